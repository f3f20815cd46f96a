"""A polling day is moved or a commune left out: who chose that day for there has no vote on it, and is told once.

A procuration given for a day serves for that day and no other (R74, unread): the mandant of one whose vote has moved
must know. When the day has a vote again, they are told that too. The election keeps the days that its correction moved
until all are told; each row says what its mandant was told, so that a walk that stopped, or two workers, tell once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, select, update

from models import journal, reach, scrutin
from models.base import change, db
from models.journal import Action
from models.outbox import MailKind
from models.procuration import PollingDay, Procuration
from models.reach import LIVING
from models.scrutin import Election, Moved, moved_tours
from models.territory import Commune
from models.transition import tell

BATCH = 200
SETTLED_AFTER = timedelta(minutes=2)
"""A demande being filed when the election changed did not see it; by then, it has been."""


class _Moved(NamedTuple):
    """What corrections moved of an election: by day, the tours that were voted then."""

    election_id: int
    tours: Mapping[str, Collection[int]]

    def tours_on(self, days: Collection[date]) -> set[int]:
        return {tour for day in days for tour in self.tours.get(day.isoformat(), ())}


def walk(now: datetime) -> Iterator[int]:
    """Tell one mandant a step (R74, unread); the caller commits after each, and after the last."""
    while waiting := db.session.execute(_waiting(now).limit(1)).one_or_none():
        election_id, version, moved_days = waiting
        moved = _Moved(election_id, moved_tours(moved_days))
        for day in moved.tours:
            yield from _tell_of(date.fromisoformat(day), moved, now)
        is_same = (Election.id == election_id, Election.version == version)
        change(update(Election).where(*is_same).values(moved_days=None))


def count(now: datetime) -> int:
    """How many would be told."""
    days = {day for _, _, days in db.session.execute(_waiting(now)) for day in days or ()}
    return sum(len(db.session.execute(_untold(date.fromisoformat(day))).all()) for day in days)


def _waiting(now: datetime) -> Select[int, int, Moved | None]:
    """The elections whose correction moved days, and has settled."""
    has_settled = Election.changed_at <= now - SETTLED_AFTER
    moved = select(Election.id, Election.version, Election.moved_days)
    return moved.where(Election.moved_days.is_not(None), has_settled).order_by(Election.id)


def _untold(day: date) -> Select[int]:
    """What is alive and chose that day, and whose mandant was told otherwise than it is."""
    is_lost = PollingDay.lost_at.is_not(None)
    return (
        select(Procuration.id)
        .join(PollingDay, PollingDay.procuration_id == Procuration.id)
        .join(Commune, Commune.code == Procuration.commune_code)
        .where(PollingDay.day == day, Procuration.status.in_(LIVING), is_lost == reach.votes_there_on(day))
        .order_by(Procuration.id)
    )


def _tell_of(day: date, moved: _Moved, now: datetime) -> Iterator[int]:
    last, untold = 0, _untold(day)
    while keys := db.session.scalars(untold.where(Procuration.id > last).limit(BATCH)).all():
        for key in keys:
            procuration = db.session.get_one(Procuration, key, populate_existing=True)
            if day >= procuration.commune.local_day(now) and _mark(procuration, day, moved, now):
                yield key
        last = keys[-1]


def _mark(procuration: Procuration, day: date, moved: _Moved, now: datetime) -> bool:
    """Note that the day is lost, or back, and tell its mandant; False when another worker has."""
    (chosen,) = (one for one in procuration.polling_days if one.day == day)
    is_back = chosen.lost_at is not None
    its = (PollingDay.procuration_id == procuration.id, PollingDay.day == day)
    as_read = PollingDay.lost_at.is_not_distinct_from(chosen.lost_at)
    if not change(update(PollingDay).where(*its, as_read).values(lost_at=None if is_back else now)):
        return False
    db.session.refresh(chosen)
    action, kind = (Action.DAY_BACK, MailKind.DAY_BACK) if is_back else (Action.DAY_LOST, MailKind.DAY_LOST)
    journal.record(action, now=now, procuration=procuration, election_id=moved.election_id, detail=day.isoformat())
    left, moved_to = _left(procuration, now), _moved_to(procuration, moved, now)
    tell(kind, procuration, now, day=day.isoformat(), left=_iso(left), moved_to=_iso(moved_to))
    return True


def _left(procuration: Procuration, now: datetime) -> list[date]:
    """Its coming days on which there is a vote."""
    today, lost = procuration.commune.local_day(now), procuration.lost_days
    return [day for day in procuration.days if day >= today and day not in lost]


def _moved_to(procuration: Procuration, moved: _Moved, now: datetime) -> list[date]:
    """The days on which the tours of its days are voted there now, and which it does not cover."""
    votes = scrutin.upcoming_in(procuration.commune, procuration.commune.local_day(now))
    own = [(moved.election_id, tour) for tour in moved.tours_on(procuration.days)]
    days = [vote.polling_day for vote in votes if (vote.election.id, vote.tour) in own]
    return [day for day in days if day not in procuration.days]


def _iso(days: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in days]
