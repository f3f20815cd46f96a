"""Which account a person opens with ProConnect (S1): tied by the provider's subject, never by an e-mail address.

An address may change hands, a subject does not. It is tied when an invitation is accepted, or from inside the account.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import account_news, journal
from models.account import Account
from models.account_news import Change
from models.base import Base, change, db
from models.errors import IdentityTaken, NotAllowed, Unknown
from models.journal import Action


class AgentIdentity(Base):
    """Whom the provider calls `subject` opens that account. `is_only_way`: nobody has ever chosen its password."""

    __tablename__ = "agent_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    is_only_way: Mapped[bool]
    linked_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


def of(account: Account) -> AgentIdentity | None:
    """What opens this account beside its password, or in its place."""
    return db.session.get(AgentIdentity, account.id)


def account_of(issuer: str, subject: str) -> Account | None:
    """The account that this person opens, unless it is suspended."""
    its = select(AgentIdentity).where(AgentIdentity.issuer == issuer, AgentIdentity.subject == subject)
    found = db.session.scalar(its)
    return found.account if found and found.account.suspended_at is None else None


def link(account: Account, issuer: str, subject: str, *, is_only_way: bool = False, now: datetime) -> None:
    """This person opens the account from now on, and who did before no more. Raises IdentityTaken."""
    change(delete(AgentIdentity).where(AgentIdentity.account_id == account.id))
    linked = AgentIdentity(account_id=account.id, issuer=issuer, subject=subject, linked_at=now)
    linked.is_only_way = is_only_way
    try:
        with db.session.begin_nested():
            db.session.add(linked)
    except IntegrityError as error:
        raise IdentityTaken from error
    journal.record(Action.IDENTITY_LINKED, now=now, account=account)
    account_news.tell(Change.IDENTITY_LINKED, account, now=now)


def unlink(account: Account, *, now: datetime) -> None:
    """The password alone opens it again. Raises Unknown, and NotAllowed when there is none."""
    linked = of(account)
    if linked is None:
        raise Unknown
    if linked.is_only_way:
        raise NotAllowed
    db.session.delete(linked)
    journal.record(Action.IDENTITY_UNLINKED, now=now, account=account)
    account_news.tell(Change.IDENTITY_UNLINKED, account, now=now)


def forget(account: Account) -> None:
    """Nobody opens it so any more: it is given anew, to whoever reads its mail by now."""
    change(delete(AgentIdentity).where(AgentIdentity.account_id == account.id))
