"""Wrong references, at the counter and at the town hall: counted by account, slowed, blocked, told (O9; R72-1 II).

What an account has missed is one row, locked before the reference is looked up and until the caller's transaction
ends: of two processes at once, the second waits and sees what the first has counted. A station is never blocked,
whatever its officers do; its count of the hour alerts who is responsible for it. A clerk, of no station, alerts nobody.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Row, Select, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column

from models import journal, outbox, perimeter
from models.account import Account, responsibles_of
from models.base import Base, change, db, inserting, locking
from models.errors import AlreadyHandled, Closure, CounterClosed, NotHabilitated, Unknown
from models.journal import Action
from models.outbox import MailKind
from models.procuration import Procuration
from models.territory import Station

SHORT, SLOWED_FROM = timedelta(minutes=10), 5
LONG, BLOCKED_FROM = timedelta(hours=1), 20
WAIT_STEP = timedelta(seconds=30)
BLOCK = timedelta(hours=1)
_Holding = Select[*tuple[Any, ...]]
STATION_ALERT = 50
"""Misses of one hour at one station from which its responsible is told: more than two officers blocked at once make."""


class AccountMisses(Base):
    """What an account has missed: the instants of the last hour's (seconds since 1970), fewer than BLOCKED_FROM."""

    __tablename__ = "account_misses"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    instants: Mapped[list[float]] = mapped_column(JSON, default=list)
    missed_at: Mapped[datetime | None]
    wait_until: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]

    def is_blocked(self, now: datetime) -> bool:
        return self.blocked_until is not None and self.blocked_until > now

    def closure(self, now: datetime) -> Closure | None:
        """What keeps this counter closed at that instant, if anything."""
        if self.blocked_until and self.is_blocked(now):
            return Closure(self.blocked_until, is_blocked=True)
        if self.wait_until and self.wait_until > now:
            return Closure(self.wait_until, is_blocked=False)
        return None


class StationMisses(Base):
    """How many references the officers of a station missed in an hour of the clock."""

    __tablename__ = "station_misses"

    station_code: Mapped[str] = mapped_column(ForeignKey("station.code", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


def look_up(reference: str, *, officer: Account, now: datetime) -> Procuration:
    """The file that a reference opens for this officer (R72-1 II), which tells whom to compare (R73).

    One query, with what the account has missed.

    Raises CounterClosed while the account waits or is blocked, for a right reference too: otherwise the wait itself
    would answer. Raises Unknown for all else that opens nothing. Either way the caller counts it (`count`), in the
    same transaction.
    """
    asked = {"account_id": officer.id, "officer": officer.id, "reference": perimeter.as_kept(reference)}
    return _open(officer, _AT_COUNTER, asked, now)


def look_up_paper(reference: str, *, clerk: Account, now: datetime) -> Procuration:
    """What the reference that a paper bears opens at its town hall, under the same count. Raises as `look_up`."""
    return _open(clerk, _beside(perimeter.opened_by_paper(reference, clerk)), {"account_id": clerk.id}, now)


def count(*, account: Account, now: datetime, block: timedelta = BLOCK) -> Closure | None:
    """Count and journal one reference that opened nothing; what then closes the counter, if anything.

    From the fifth in ten minutes the account waits, longer for each further one, and a try while it waits is one more.
    The twentieth in an hour blocks its counter for `block`, and its responsibles are told, once; a try while it is
    blocked is journaled only, so that the block ends. What was right resets nothing.
    """
    misses: AccountMisses = _held(account, _OWN, {"account_id": account.id})[0]
    journal.record(Action.MISSED, now=now, account=account)
    _count_at_station(account.station, now)
    if misses.is_blocked(now):
        return misses.closure(now)
    hour = [instant for instant in misses.instants if instant > (now - LONG).timestamp()] + [now.timestamp()]
    misses.instants, misses.missed_at = hour, now
    if len(hour) >= BLOCKED_FROM:
        _block(misses, account, now, block)
    else:
        recent = sum(instant > (now - SHORT).timestamp() for instant in hour)
        misses.wait_until = now + wait_after(recent, block)
    return misses.closure(now)


def wait_after(recent: int, block: timedelta = BLOCK) -> timedelta:
    """How long after that many misses in ten minutes: longer for each, and less than the block that comes in the end.

    >>> [int(wait_after(n).total_seconds()) for n in (4, 5, 6, 7, 19)]
    [0, 30, 60, 90, 450]
    """
    return max(recent - SLOWED_FROM + 1, 0) * min(WAIT_STEP, block / (BLOCKED_FROM - SLOWED_FROM + 1))


def closure_of(account: Account, now: datetime) -> Closure | None:
    """What keeps this account's counter closed, to be told before a reference is typed."""
    misses = db.session.get(AccountMisses, account.id)
    return misses.closure(now) if misses else None


def blocked_at(station: Station, now: datetime) -> list[tuple[Account, datetime]]:
    """The accounts of a station whose counter is blocked, and until when."""
    blocked = select(Account, AccountMisses.blocked_until).join(AccountMisses)
    here = blocked.where(Account.station_code == station.code, AccountMisses.blocked_until > now)
    rows = db.session.execute(here.order_by(Account.name, Account.id))
    return [(account, until) for account, until in rows if until is not None]


def unblock(account_id: int, *, manager: Account, now: datetime) -> None:
    """Lift the block of an account of the station that this one manages, never one's own.

    Raises NotHabilitated; Unknown (another station's, or one's own); AlreadyHandled (over, or lifted).
    """
    if not manager.manages_station or manager.station is None:
        raise NotHabilitated
    account = db.session.get(Account, account_id)
    if account is None or account.station_code != manager.station_code or account.id == manager.id:
        raise Unknown
    still = (AccountMisses.account_id == account.id, AccountMisses.blocked_until > now)
    if not change(update(AccountMisses).where(*still).values(blocked_until=None)):
        raise AlreadyHandled
    journal.record(Action.COUNTER_UNBLOCKED, now=now, account=manager, detail=str(account.id))


def drop_before(now: datetime) -> None:
    """Forget what no count needs any more: an hour later for accounts, a day later for stations."""
    is_old = AccountMisses.missed_at <= now - LONG
    change(update(AccountMisses).where(is_old).values(instants=[], missed_at=None, wait_until=None))
    change(delete(StationMisses).where(StationMisses.hour < now - timedelta(days=1)))


def _open(account: Account, query: _Holding, asked: dict[str, Any], now: datetime) -> Procuration:
    held = _held(account, query, asked)
    misses: AccountMisses = held.AccountMisses
    found: Procuration | None = held.Procuration
    if misses.closure(now):
        raise CounterClosed
    if found is None or perimeter.has_expired(found, now):
        raise Unknown
    return found


def _held(account: Account, query: _Holding, asked: dict[str, Any]) -> Row[Any]:
    """What the query finds, as it is now, its account's row held until the transaction ends and made when absent."""
    row = db.session.execute(query, asked).unique().first()
    if row is None:
        db.session.execute(inserting(AccountMisses).values(account_id=account.id, instants=[]).on_conflict_do_nothing())
        row = db.session.execute(query, asked).unique().one()
    return row


def _holding(query: _Holding) -> _Holding:
    """The row of the account `account_id`, held, and what the query reads beside it."""
    own = query.where(AccountMisses.account_id == bindparam("account_id"))
    return locking(own, of=AccountMisses).execution_options(populate_existing=True)


def _beside(opened: ColumnElement[bool]) -> _Holding:
    """And beside it what the reference opens."""
    loaded = (joinedload(Procuration.commune), joinedload(Procuration.polling_days))
    return _holding(select(AccountMisses, Procuration).outerjoin(Procuration, opened).options(*loaded))


_OWN = _holding(select(AccountMisses))
_AT_COUNTER = _beside(perimeter.opened_at_counter())


def _block(misses: AccountMisses, account: Account, now: datetime, block: timedelta) -> None:
    misses.instants, misses.wait_until, misses.blocked_until = [], None, now + block
    journal.record(Action.COUNTER_BLOCKED, now=now, account=account)
    _alert(MailKind.COUNTER_BLOCKED, account.station, now, until=(now + block).isoformat())


def _count_at_station(station: Station | None, now: datetime) -> None:
    if station is None:
        return
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = inserting(StationMisses).values(station_code=station.code, hour=hour, count=1)
    counted = db.session.execute(
        row.on_conflict_do_update(
            index_elements=[StationMisses.station_code, StationMisses.hour],
            set_={"count": StationMisses.count + 1},
        ).returning(StationMisses.count)
    ).scalar()
    if counted == STATION_ALERT:
        _alert(MailKind.STATION_MISSES, station, now, count=counted)


def _alert(kind: MailKind, station: Station | None, now: datetime, **facts: Any) -> None:
    """Write to each responsible of the station, in the words of its own clock."""
    if station is not None:
        place = {"station": station.name, "time_zone": station.commune.time_zone}
        for responsible in responsibles_of(station.code):
            outbox.post_to(kind, responsible.email, now=now, **place, **facts)
