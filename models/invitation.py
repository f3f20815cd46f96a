"""A clerk's first way in: a link that arrives by mail, serves once, and for a while (T19).

The database keeps a hash of its token, and the mail to send what the token is made from with the service's key: neither
opens anything by itself.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.base import Base, db
from models.errors import Unknown

BYTES = 16


class Invitation(Base):
    """Of an account whose password nobody knows yet; it goes when it has served."""

    __tablename__ = "invitation"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


def token_of(nonce: str, key: bytes) -> str:
    """What the link holds: 22 characters that nobody makes without the key."""
    digest = hmac.new(key, f"invitation {nonce}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:BYTES]).decode().rstrip("=")


def hash_of(token: str) -> str:
    """What the database knows of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str, now: datetime) -> Invitation:
    """The invitation of this link, while it is good. Raises Unknown: never existed, served, replaced, too old."""
    good = (Invitation.token_hash == hash_of(token), Invitation.expires_at > now)
    found = db.session.scalar(select(Invitation).where(*good))
    if found is None or found.account.suspended_at is not None:
        raise Unknown
    return found
