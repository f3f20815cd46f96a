"""The application that shows six digits (TOTP, RFC 6238), on a telephone or a computer, as a second factor (S1).

Its secret is encrypted with a key that the database does not hold, and bound to its account: who copies the table makes
no code, and who moves a line to another account opens nothing. A code serves once (RFC 6238, 5.2): the step of the last
one that served is kept, and none of that step or before it serves again.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.account import Account
from models.base import Base, change, db
from models.errors import Unknown

ISSUER = "Procurations"
TOLERANCE = 1
"""How many steps of thirty seconds a clock may be wrong by, before and after."""
DRAFT_LASTS = timedelta(minutes=30)


class Totp(Base):
    """The application of an account; `last_step` is of the last code that served."""

    __tablename__ = "totp"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int]
    added_at: Mapped[datetime]


class Draft(NamedTuple):
    """A secret that a page shows and that no row holds yet; `sealed` is what its form brings back."""

    secret: str
    sealed: str


def draw(account: Account, key: bytes, now: datetime) -> Draft:
    """A secret for this account, to be confirmed by a first code."""
    secret = pyotp.random_base32()
    return Draft(secret, _seal("draft", account, secret, key, now))


def read_draft(sealed: str, account: Account, key: bytes, now: datetime) -> Draft:
    """What this account's page was given. Raises Unknown: altered, another account's, or too old."""
    try:
        opened = fernet_of(key).decrypt_at_time(sealed.encode(), int(DRAFT_LASTS.total_seconds()), int(now.timestamp()))
    except (InvalidToken, UnicodeError) as error:
        raise Unknown from error
    return Draft(_secret_of(opened, "draft", account), sealed)


def uri_of(draft: Draft, account: Account) -> str:
    """What the QR code says to the application."""
    return pyotp.TOTP(draft.secret).provisioning_uri(name=account.email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The last step of which this is the code, one before or after this instant's included, or None."""
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    steps = range(current + TOLERANCE, current - TOLERANCE - 1, -1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)), None)


def keep(draft: Draft, step: int, account: Account, *, key: bytes, now: datetime) -> None:
    """From now on this application is the account's, and no other; the code that confirmed it has served."""
    change(delete(Totp).where(Totp.account_id == account.id))
    sealed = _seal("kept", account, draft.secret, key, now)
    db.session.add(Totp(account_id=account.id, sealed_secret=sealed, last_step=step, added_at=now))
    db.session.flush()


def take(account: Account, code: str, *, key: bytes, now: datetime) -> bool:
    """Whether this is a code of the account's application, which serves by this: of two at once, one passes."""
    kept = db.session.scalar(select(Totp.sealed_secret).where(Totp.account_id == account.id))
    if kept is None:
        return False
    opened = fernet_of(key).decrypt(kept.encode())
    step = step_of(_secret_of(opened, "kept", account), code, now)
    if step is None:
        return False
    once = (Totp.account_id == account.id, Totp.last_step < step)
    return change(update(Totp).where(*once).values(last_step=step)) == 1


def fernet_of(key: bytes) -> Fernet:
    """What encrypts with the 32 bytes of TOTP_KEY."""
    return Fernet(base64.urlsafe_b64encode(key))


def _seal(use: str, account: Account, secret: str, key: bytes, now: datetime) -> str:
    plain = f"{use} {account.id} {secret}".encode()
    return fernet_of(key).encrypt_at_time(plain, int(now.timestamp())).decode()


def _secret_of(opened: bytes, use: str, account: Account) -> str:
    """The secret, if it was sealed for this use and this account. Raises Unknown."""
    beginning = f"{use} {account.id} "
    text = opened.decode()
    if not text.startswith(beginning):
        raise Unknown
    return text.removeprefix(beginning)
