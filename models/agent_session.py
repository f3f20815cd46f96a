"""Agents' sessions: kept here so that each can be listed, and ended at once from anywhere (S1).

The browser holds a token, the database its hash: who reads the table opens no session with it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Delete, ForeignKey, String, Update, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from models.account import Account, account_commune
from models.base import Base, change, coded, db
from models.errors import Unknown
from models.territory import IN_ORDER, Commune

IDLE = timedelta(hours=1)
WHOLE = timedelta(hours=12)
PROVED_FOR = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last visit is known: one write at most in that time, whatever the number of pages."""


class Factor(StrEnum):
    """What a session was opened with, besides the password; or in its place, a provider that asks two of its own."""

    PROVIDER = "provider"
    APPLICATION = "application"
    KEY = "key"
    RECOVERY = "recovery"


class AgentSession(Base):
    """A browser in which an agent has signed in; gone once it was ended.

    `password_mark`: of the password in force then. Another password ends it. `factor`: none while the account has none.
    `proved_at`: when a password or a code was last given in it.
    """

    __tablename__ = "agent_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    password_mark: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    factor: Mapped[Factor | None] = mapped_column(coded(Factor, 12))
    proved_at: Mapped[datetime]

    account: Mapped[Account] = relationship()

    @property
    def ends_at(self) -> datetime:
        """When it ends if nothing more is asked: an hour after the last visit, twelve after the sign-in."""
        return min(self.seen_at + IDLE, self.opened_at + WHOLE)

    def is_proved(self, now: datetime) -> bool:
        """Whether who sits there has shown it lately enough for an act that could harm many."""
        return now - self.proved_at <= PROVED_FOR


def begin(account: Account, now: datetime, factor: Factor | None = None) -> tuple[str, AgentSession]:
    """Open a session; the token that its browser is to keep comes first."""
    token, mark = secrets.token_urlsafe(32), account.password_mark
    opened = AgentSession(account=account, token_hash=_hash(token), password_mark=mark, factor=factor)
    opened.opened_at = opened.seen_at = opened.proved_at = now
    db.session.add(opened)
    return token, opened


def find(token: str, now: datetime) -> AgentSession | None:
    """The session of this token, unless it is over, the account was suspended, or its password changed since.

    In one query, with what a desk asks at each page: an officer has habilitations, a clerk communes, nobody both. The
    joins are written flat: of the nested ones of a joinedload, SQLite reads every clerk's communes.
    """
    found = db.session.scalars(_OF_TOKEN, {"token_hash": _hash(token)}).unique().one_or_none()
    return found if found and _is_good(found, now) else None


_OF_TOKEN = (
    select(AgentSession)
    .join(AgentSession.account)
    .outerjoin(account_commune, account_commune.c.account_id == Account.id)
    .outerjoin(Commune, Commune.code == account_commune.c.commune_code)
    .where(AgentSession.token_hash == bindparam("token_hash"))
    .options(contains_eager(AgentSession.account).contains_eager(Account.communes))
    .options(contains_eager(AgentSession.account).joinedload(Account.habilitations))
    .order_by(*IN_ORDER)
)


def is_to_be_seen(session: AgentSession, now: datetime) -> bool:
    """Whether this visit is to be written down."""
    return now - session.seen_at >= SEEN_EVERY


def seen(session: AgentSession, now: datetime) -> Update:
    """What writes this visit down, unless the session was ended meanwhile."""
    return update(AgentSession).where(AgentSession.id == session.id).values(seen_at=now)


def of(account: Account, now: datetime) -> list[AgentSession]:
    """The account's sessions that are still good, the last opened first."""
    own = select(AgentSession).where(AgentSession.account_id == account.id).options(joinedload(AgentSession.account))
    found = db.session.scalars(own.order_by(AgentSession.opened_at.desc(), AgentSession.id.desc()))
    return [one for one in found if _is_good(one, now)]


def end(session: AgentSession) -> None:
    """It opens nothing any more."""
    change(delete(AgentSession).where(AgentSession.id == session.id))


def end_one(session_id: int, account: Account) -> None:
    """One of the account's own. Raises Unknown."""
    if not change(_own(account).where(AgentSession.id == session_id)):
        raise Unknown


def end_others(session: AgentSession) -> int:
    """All of the account but this one; how many they were."""
    return change(_own(session.account).where(AgentSession.id != session.id))


def end_all(account: Account) -> int:
    """Every session of the account; how many they were."""
    return change(_own(account))


def drop_before(now: datetime) -> None:
    """Forget those that are over."""
    is_over = or_(AgentSession.opened_at < now - WHOLE, AgentSession.seen_at < now - IDLE)
    change(delete(AgentSession).where(is_over))


def _own(account: Account) -> Delete:
    return delete(AgentSession).where(AgentSession.account_id == account.id)


def _is_good(session: AgentSession, now: datetime) -> bool:
    account = session.account
    return now < session.ends_at and account.suspended_at is None and account.password_mark == session.password_mark


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
