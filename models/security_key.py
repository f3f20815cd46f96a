"""A security key (WebAuthn level 2) as a second factor: nothing to copy, and nothing that a false site can use.

The database keeps public keys only. What is said with a key is in models/key_dialogue.py.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.account import Account
from models.base import Base, change, db

LASTS = timedelta(minutes=5)
LONGEST_NAME = 60


class SecurityKey(Base):
    """One of an account's, under the name that its owner gave it."""

    __tablename__ = "security_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2000))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime]


class KeyChallenge(Base):
    """What a key has still to sign; it goes when it has served."""

    __tablename__ = "key_challenge"

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Site(NamedTuple):
    """Where keys are used: the host they are bound to, and the origin that browsers tell."""

    host: str
    origin: str


def keys_of(account: Account) -> list[SecurityKey]:
    """In the order in which they were added."""
    own = select(SecurityKey).where(SecurityKey.account_id == account.id)
    return list(db.session.scalars(own.order_by(SecurityKey.id)))


def drop_before(now: datetime) -> None:
    """Forget the challenges that nobody answered."""
    change(delete(KeyChallenge).where(KeyChallenge.expires_at < now))
