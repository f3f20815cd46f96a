"""The application that shows six digits (TOTP, RFC 6238), on a telephone or a computer, as a second factor (S1).

Its secret is encrypted with a key that the database does not hold, and bound to its account: who copies the table makes
no code, and who moves a line to another account opens nothing. A code serves once (RFC 6238, 5.2): the step of the last
one that served is kept, and none of that step or before it serves again.
"""

import base64
import hmac
import re
from datetime import datetime, timedelta
from typing import NamedTuple

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.account import Account
from models.base import Base, change, db
from models.errors import KeyLost, Unknown

ISSUER = "Procurations"
TOLERANCE = 1
"""How many steps of thirty seconds a clock may be wrong by, before and after."""
DRAFT_LASTS = timedelta(minutes=30)
Keys = tuple[bytes, ...]
"""The 32 bytes of TOTP_KEY, then those that were before it: the first seals, each opens what it has sealed."""


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


class Sealed(NamedTuple):
    """How many secrets were sealed anew, and how many no key opens."""

    anew: int
    lost: int


def draw(account: Account, keys: Keys, now: datetime) -> Draft:
    """A secret for this account, to be confirmed by a first code."""
    secret = pyotp.random_base32()
    return Draft(secret, _seal("draft", account, secret, keys, now))


def read_draft(sealed: str, account: Account, keys: Keys, now: datetime) -> Draft:
    """What this account's page was given. Raises Unknown: altered, another account's, or too old."""
    try:
        lasts, instant = int(DRAFT_LASTS.total_seconds()), int(now.timestamp())
        opened = fernet_of(keys).decrypt_at_time(sealed.encode(), lasts, instant)
    except (InvalidToken, UnicodeError) as error:
        raise Unknown from error
    return Draft(_secret_of(opened, "draft", account), sealed)


def uri_of(draft: Draft, account: Account) -> str:
    """What the QR code says to the application."""
    return pyotp.TOTP(draft.secret).provisioning_uri(name=account.email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The last step of which this is the code, one before or after this instant's included, or None."""
    if not re.fullmatch("[0-9]{6}", code):
        return None
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    steps = range(current + TOLERANCE, current - TOLERANCE - 1, -1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)), None)


def keep(draft: Draft, step: int, account: Account, *, keys: Keys, now: datetime) -> None:
    """From now on this application is the account's, and no other; the code that confirmed it has served."""
    change(delete(Totp).where(Totp.account_id == account.id))
    sealed = _seal("kept", account, draft.secret, keys, now)
    db.session.add(Totp(account_id=account.id, sealed_secret=sealed, last_step=step, added_at=now))
    db.session.flush()


def take(account: Account, code: str, *, keys: Keys, now: datetime) -> bool:
    """Whether this is a code of the account's application, which serves by this: of two at once, one passes.

    Raises KeyLost.
    """
    kept = db.session.scalar(select(Totp.sealed_secret).where(Totp.account_id == account.id))
    if kept is None:
        return False
    step = step_of(_secret_of(unsealed(kept, keys), "kept", account), code, now)
    if step is None:
        return False
    once = (Totp.account_id == account.id, Totp.sealed_secret == kept, Totp.last_step < step)
    return change(update(Totp).where(*once).values(last_step=step, sealed_secret=_by_the_first(kept, keys))) == 1


def seal_anew(keys: Keys) -> Sealed:
    """Seal with the first key what the others have sealed, so that these can go."""
    anew, lost = 0, 0
    for account_id, kept in db.session.execute(select(Totp.account_id, Totp.sealed_secret)).all():
        try:
            sealed = _by_the_first(kept, keys)
        except InvalidToken:
            lost += 1
            continue
        its = (Totp.account_id == account_id, Totp.sealed_secret == kept)
        anew += change(update(Totp).where(*its).values(sealed_secret=sealed)) if sealed != kept else 0
    return Sealed(anew, lost)


def is_key_lost(keys: Keys) -> bool:
    """Whether none opens the application that has gone unused for longest: who uses one has it sealed by the first."""
    kept = db.session.scalar(select(Totp.sealed_secret).order_by(Totp.last_step).limit(1))
    try:
        return kept is not None and not unsealed(kept, keys)
    except KeyLost:
        return True


def unsealed(sealed: str, keys: Keys) -> bytes:
    """What one of these keys has sealed. Raises KeyLost."""
    try:
        return fernet_of(keys).decrypt(sealed.encode())
    except InvalidToken as error:
        raise KeyLost from error


def fernet_of(keys: Keys) -> MultiFernet:
    """What encrypts with the first of these, and opens what any of them has encrypted."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _by_the_first(kept: str, keys: Keys) -> str:
    """The same secret, sealed with the first key. Raises InvalidToken: no key opens it."""
    try:
        fernet_of(keys[:1]).decrypt(kept.encode())
    except InvalidToken:
        return fernet_of(keys).rotate(kept.encode()).decode()
    return kept


def _seal(use: str, account: Account, secret: str, keys: Keys, now: datetime) -> str:
    plain = f"{use} {account.id} {secret}".encode()
    return fernet_of(keys).encrypt_at_time(plain, int(now.timestamp())).decode()


def _secret_of(opened: bytes, use: str, account: Account) -> str:
    """The secret, if it was sealed for this use and this account. Raises Unknown."""
    beginning = f"{use} {account.id} "
    text = opened.decode()
    if not text.startswith(beginning):
        raise Unknown
    return text.removeprefix(beginning)
