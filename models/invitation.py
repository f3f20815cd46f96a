"""An agent's first way in: a link that arrives by mail, serves once, and for a while (M3, T19).

The database keeps a hash of its token, and the mail to send what the token is made from with the service's key: neither
opens anything by itself.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, and_, delete, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import account_news, agent_identity, journal, outbox
from models.account import Account, Role
from models.account_news import Change
from models.base import Base, change, db
from models.errors import AddressTaken, TooMany, Unknown
from models.journal import Action, Entry
from models.outbox import MailKind

BYTES = 16
VALID_FOR = timedelta(days=7)
WINDOW = timedelta(days=1)
MOST, MOST_OF_SUPERVISION, MOST_TO_ONE = 50, 500, 5
"""Invitations of a `WINDOW`: by one manager, by one account of supervision, by either to one person."""


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


def awaited(agents: Collection[Account]) -> dict[int, datetime]:
    """Those of them who have not come in yet, and until when their link is good."""
    waiting = select(Invitation).where(Invitation.account_id.in_([agent.id for agent in agents]))
    return {one.account_id: one.expires_at for one in db.session.scalars(waiting)}


def send(agent: Account, *, key: bytes, now: datetime) -> None:
    """Write to this agent; the former link, if any, opens nothing any more. The caller records who asked."""
    nonce, until = secrets.token_urlsafe(16), now + VALID_FOR
    withdraw(agent)
    token_hash = hash_of(token_of(nonce, key))
    db.session.add(Invitation(account_id=agent.id, token_hash=token_hash, expires_at=until))
    facts = {
        "station": agent.station and agent.station.name,
        "communes": [one.name for one in agent.communes],
        "is_manager": agent.is_manager,
    }
    outbox.post_to(MailKind.INVITATION, agent.email, now=now, nonce=nonce, until=until.date().isoformat(), **facts)


def withdraw(agent: Account) -> None:
    """The link opens nothing any more."""
    change(delete(Invitation).where(Invitation.account_id == agent.id))


def require_few(manager: Account, now: datetime, *, agent: Account | None = None) -> None:
    """One more of a `WINDOW` may leave; an address that was taken counts too. Raises TooMany.

    The caller holds the manager's account, so that of two at once the second is counted.
    """
    most = MOST_OF_SUPERVISION if manager.role is Role.MINISTRY else MOST
    _require_few(_sent_by(manager, now), most, now)
    if agent is not None:
        _require_few(and_(_sent_by(manager, now), _to(agent)), MOST_TO_ONE, now)


def accept(token: str, password: str, *, now: datetime) -> Account:
    """The invited person chooses a password, once. Raises Unknown."""
    account = _accepted(token, now)
    account.set_password(password)
    account_news.tell(Change.PASSWORD_CHOSEN, account, now=now)
    return account


def accept_with(token: str, issuer: str, subject: str, *, now: datetime) -> Account:
    """The invited person will come with ProConnect, and needs no password. Raises Unknown, IdentityTaken."""
    account = _accepted(token, now)
    agent_identity.link(account, issuer, subject, is_only_way=True, now=now)
    return account


def _accepted(token: str, now: datetime) -> Account:
    found = find(token, now)
    if not change(delete(Invitation).where(Invitation.token_hash == found.token_hash)):
        raise Unknown
    journal.record(Action.INVITATION_ACCEPTED, now=now, account=found.account)
    return found.account


def _sent_by(manager: Account, now: datetime) -> ColumnElement[bool]:
    """Each at an instant of its own: one of several communes is several entries."""
    is_sent = Entry.action.in_((Action.CLERK_INVITED, Action.OFFICER_INVITED))
    is_taken = and_(Entry.action == Action.DENIED, Entry.detail == AddressTaken.__name__)
    return and_(Entry.account_id == manager.id, Entry.at > now - WINDOW, or_(is_sent, is_taken))


def _to(agent: Account) -> ColumnElement[bool]:
    return or_(Entry.detail == str(agent.id), Entry.detail.startswith(f"{agent.id} "))


def _require_few(which: ColumnElement[bool], most: int, now: datetime) -> None:
    count, first = db.session.execute(select(func.count(Entry.at.distinct()), func.min(Entry.at)).where(which)).one()
    if count >= most:
        raise TooMany(first + WINDOW - now)
