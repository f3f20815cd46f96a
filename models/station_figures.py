"""What a station did, day by day: how many of each outcome, how long people stood there; never an officer's name."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median

from sqlalchemy import select

from models.account import Account
from models.base import db
from models.journal import Action, Entry
from models.procuration import Procuration
from models.territory import Station

DAYS = 30
LONGEST_VISIT = timedelta(hours=1)
"""A file that stayed open longer was left open, and says nothing of a visit."""
OUTCOMES = {
    **{action: action for action in (Action.ESTABLISHED, Action.REFUSED, Action.POSTPONED, Action.REVOKED)},
    Action.REVOCATION_STATED: Action.REVOKED,
}
"""What ends a visit, and as what it is counted: a revocation with or without its reference is one."""


@dataclass
class DayFigures:
    """One day at the counter: acts by outcome."""

    day: date
    counts: Counter[Action] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Figures:
    """The last thirty days, today included, the oldest first; the median is of visits that ended in an act."""

    days: list[DayFigures]
    median_visit: timedelta | None

    @property
    def busiest(self) -> int:
        return max((day.total for day in self.days), default=0)

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)


def figures(station: Station, *, now: datetime) -> Figures:
    """From the journal of the station's counters, in the station's own days."""
    today = station.commune.local_day(now)
    first = today - timedelta(days=DAYS - 1)
    since = datetime.combine(first, time(), station.commune.zone)
    days = {first + timedelta(days=n): DayFigures(first + timedelta(days=n)) for n in range(DAYS)}
    acts = _acts(station, since)
    for act in acts:
        day = station.commune.local_day(act.at)
        if day in days:
            days[day].counts[OUTCOMES[act.action]] += 1
    visits = [visit.total_seconds() for visit in _visits(acts, since)]
    return Figures(list(days.values()), timedelta(seconds=median(visits)) if visits else None)


def _acts(station: Station, since: datetime) -> list[Entry]:
    """What the station's officers did at its counters; of two stations, an officer who moved counts where it was."""
    officers = select(Account.id).where(Account.station_code == station.code)
    were_here = select(Procuration.officer_id).where(Procuration.station_code == station.code)
    done = select(Entry).where(
        Entry.account_id.in_(officers.union(were_here)),
        Entry.action.in_(OUTCOMES),
        Entry.at >= since,
        Entry.desk == station.code,
    )
    return list(db.session.scalars(done.order_by(Entry.id)))


def _visits(acts: Iterable[Entry], since: datetime) -> Iterable[timedelta]:
    """From the last opening of the file by the same officer to the act."""
    acts = [act for act in acts if act.procuration_id is not None]
    officers = {act.account_id for act in acts}
    opened: dict[tuple[int | None, int | None], list[datetime]] = defaultdict(list)
    readings = select(Entry.account_id, Entry.procuration_id, Entry.at).where(
        Entry.account_id.in_(officers), Entry.action == Action.OPENED, Entry.at >= since
    )
    for account_id, procuration_id, at in db.session.execute(readings):
        opened[account_id, procuration_id].append(at)
    for act in acts:
        before = [at for at in opened[act.account_id, act.procuration_id] if at <= act.at]
        if before and act.at - max(before) <= LONGEST_VISIT:
            yield act.at - max(before)
