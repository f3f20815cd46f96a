"""Wrong references at the counter: counted by account and by station, slowed, blocked, told (O9; R72-1 II).

What an account has missed is one row, locked before the reference is looked up and until the caller's transaction
ends: of two processes at once, the second waits and sees what the first has counted. A station is never blocked,
whatever its officers do; its count of the hour alerts who is responsible for it.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Row, Select, String, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, joinedload, mapped_column

from models import journal, outbox, perimeter
from models.account import Account, responsibles_of
from models.base import Base, change, db, locking
from models.errors import AlreadyHandled, Closure, CounterClosed, NotHabilitated, Unknown
from models.journal import Action
from models.outbox import MailKind
from models.procuration import Procuration
from models.reference import clean
from models.territory import Station

SHORT, SLOWED_FROM = timedelta(minutes=10), 5
LONG, BLOCKED_FROM = timedelta(hours=1), 20
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)
BLOCK = timedelta(hours=1)
ONE_GESTURE = timedelta(seconds=5)
STATION_ALERT = 50
"""Misses of one hour at one station from which its responsible is told: more than two officers blocked at once make."""


class AccountMisses(Base):
    """What an account has missed: the instants (seconds) of the last hour's, at most BLOCKED_FROM.

    `last_mark` is a keyed hash of the last reference missed, kept to know one gesture made twice.
    """

    __tablename__ = "account_misses"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    instants: Mapped[list[float]] = mapped_column(JSON, default=list)
    last_mark: Mapped[str | None] = mapped_column(String(64))
    missed_at: Mapped[datetime | None]
    wait_until: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]

    def closure(self, now: datetime) -> Closure | None:
        """What keeps this counter closed at that instant, if anything."""
        if self.blocked_until and self.blocked_until > now:
            return Closure(self.blocked_until, is_blocked=True)
        if self.wait_until and self.wait_until > now:
            return Closure(self.wait_until, is_blocked=False)
        return None

    def is_same_gesture(self, mark: str, now: datetime) -> bool:
        """One hand on one reference: Enter or the scanner twice. Counted from the first, so that it cannot last."""
        return self.last_mark == mark and self.missed_at is not None and now - self.missed_at <= ONE_GESTURE


class StationMisses(Base):
    """How many references the officers of a station missed in an hour of the clock."""

    __tablename__ = "station_misses"

    station_code: Mapped[str] = mapped_column(ForeignKey("station.code", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


def look_up(reference: str, *, officer: Account, now: datetime) -> Procuration:
    """The file that a reference opens for this officer, in one query with what the account has missed.

    Raises CounterClosed while the account waits or is blocked, for a right reference too: otherwise the wait itself
    would answer. Raises Unknown for all else that opens nothing: `count` it, in the same transaction.
    """
    misses, found = _held(officer, _beside(officer, reference))
    if closure := misses.closure(now):
        raise CounterClosed(closure, now)
    if found is None or perimeter.has_expired(found, now):
        raise Unknown
    return found


def count(reference: str, *, officer: Account, key: bytes, now: datetime, block: timedelta = BLOCK) -> Closure | None:
    """Count and journal one wrong reference; what it closes, if anything.

    From the fifth in ten minutes the account waits: 30 s, then twice as long for each further one, ten minutes at
    most. The twentieth in an hour blocks its counter for `block`, and its responsibles are told, once; it then starts
    anew. What was right resets nothing. The same reference again within five seconds is the same miss.
    """
    (misses,) = _held(officer, select(AccountMisses).where(AccountMisses.account_id == officer.id))
    mark = hmac.new(key, clean(reference).encode(), hashlib.sha256).hexdigest()
    if misses.is_same_gesture(mark, now):
        return misses.closure(now)
    journal.record(Action.MISSED, now=now, account=officer)
    _count_at_station(officer.station, now)
    hour = [instant for instant in misses.instants if instant > (now - LONG).timestamp()] + [now.timestamp()]
    misses.instants, misses.last_mark, misses.missed_at = hour, mark, now
    if len(hour) >= BLOCKED_FROM:
        _block(misses, officer, now, block)
    else:
        recent = sum(instant > (now - SHORT).timestamp() for instant in hour)
        misses.wait_until = now + min(wait_after(recent), block)
    return misses.closure(now)


def wait_after(recent: int) -> timedelta:
    """How long after that many misses in ten minutes.

    >>> [int(wait_after(n).total_seconds()) for n in (4, 5, 6, 7, 8, 9, 10, 19)]
    [0, 30, 60, 120, 240, 480, 600, 600]
    """
    if recent < SLOWED_FROM:
        return timedelta()
    return min(FIRST_WAIT * 2 ** (recent - SLOWED_FROM), LONGEST_WAIT)


def closure_of(officer: Account, now: datetime) -> Closure | None:
    """What keeps this account's counter closed, to be told before a reference is typed."""
    misses = db.session.get(AccountMisses, officer.id)
    return misses.closure(now) if misses else None


def blocked_at(station: Station, now: datetime) -> list[tuple[Account, datetime]]:
    """The accounts of a station whose counter is blocked, and until when."""
    blocked = select(Account, AccountMisses.blocked_until).join(AccountMisses)
    here = blocked.where(Account.station_code == station.code, AccountMisses.blocked_until > now)
    return [(account, until) for account, until in db.session.execute(here.order_by(Account.name, Account.id))]


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
    change(update(AccountMisses).where(is_old).values(instants=[], last_mark=None, missed_at=None, wait_until=None))
    change(delete(StationMisses).where(StationMisses.hour < now - timedelta(days=1)))


def _beside(officer: Account, reference: str) -> Select[Any]:
    """The account's row, and beside it what the reference opens."""
    loaded = (joinedload(Procuration.commune), joinedload(Procuration.polling_days))
    return (
        select(AccountMisses, Procuration)
        .outerjoin(Procuration, perimeter.opened_at_counter(reference, officer))
        .where(AccountMisses.account_id == officer.id)
        .options(*loaded)
    )


def _held(officer: Account, query: Select[Any]) -> Row[Any]:
    """What the query finds, as it is now, its account's row held until the transaction ends and made when absent."""
    locked = locking(query, of=AccountMisses).execution_options(populate_existing=True)
    row = db.session.execute(locked).unique().first()
    if row is None:
        db.session.execute(_insert(AccountMisses).values(account_id=officer.id, instants=[]).on_conflict_do_nothing())
        row = db.session.execute(locked).unique().one()
    return row


def _insert(table: type[Base]) -> Any:
    return (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


def _block(misses: AccountMisses, officer: Account, now: datetime, block: timedelta) -> None:
    misses.instants, misses.wait_until, misses.blocked_until = [], None, now + block
    journal.record(Action.COUNTER_BLOCKED, now=now, account=officer)
    _alert(MailKind.COUNTER_BLOCKED, officer.station, now, name=officer.name, until=(now + block).isoformat())


def _count_at_station(station: Station | None, now: datetime) -> None:
    if station is None:
        return
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = _insert(StationMisses).values(station_code=station.code, hour=hour, count=1)
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
    for responsible in responsibles_of(station.code) if station else []:
        place = {"station": responsible.station.name, "time_zone": responsible.station.commune.time_zone}
        outbox.post_to(kind, responsible.email, now=now, **place, **facts)
