"""Which procurations an election reaches: as one criterion for the database, and as counts without a person."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import selectinload

from models.base import db
from models.plan import Plan, Tour, plan_of
from models.procuration import PollingDay, Procuration, Status
from models.scrutin import Election, LocalPollingDay, Scrutin, Vote, earliest_day, every
from models.territory import EVERY_COMMUNE, EVERY_CONSULAR_POST, Commune

LIVING = (Status.SUBMITTED, Status.ESTABLISHED, Status.VALIDATED)
MOST_COUNTED = 10_000
LENGTH_OF_COMMUNE = 5


class Touched(NamedTuple):
    """How many procurations a change would touch; each count stops after MOST_COUNTED.

    `periods` are those of the first three that run until a date; `without_vote` those for whom a day they chose would
    no longer be one on which their commune votes.
    """

    waiting: int = 0
    to_decide: int = 0
    validated: int = 0
    periods: int = 0
    without_vote: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.to_decide + self.validated


def touched(before: Plan | None, after: Plan, now: datetime, *, election_id: int | None = None) -> Touched:
    """What serves on a coming day of the election as it is, or as it would be; one query, a few more if days move."""
    today = earliest_day(now)
    is_reached = or_(serves(after, today), serves(before, today) if before else false())
    loses_vote = _loses_vote(before, after, election_id) if before else false()
    counted = union_all(*(_counted(status, today, is_reached, loses_vote) for status in LIVING))
    rows = {status: numbers for status, *numbers in db.session.execute(counted)}
    waiting, to_decide, validated = (rows[status][0] for status in LIVING)
    periods, without_vote = (sum(row[column] for row in rows.values()) for column in (1, 2))
    return Touched(waiting, to_decide, validated, periods, without_vote)


def serves(plan: Plan, today: date) -> ColumnElement[bool]:
    """Over Procuration joined with its Commune: it would serve on one of the plan's days, from today on."""
    days = [_day_there(tour) for tour in plan.tours]
    on_a_day = (and_(day >= today, or_(_has_chosen(day), Procuration.valid_until >= day)) for day in days)
    return and_(_is_concerned(plan.territories), or_(false(), *on_a_day))


def votes_there_on(day: date) -> ColumnElement[bool]:
    """Over Procuration joined with its Commune: whether the commune votes that day, in any election."""
    there = literal(day, Date)
    return or_(false(), *(_votes_on(plan, there) for plan in _others_on([day], None)))


def covers_in(communes: Iterable[Commune], is_asked: Callable[[Vote], bool]) -> ColumnElement[bool]:
    """Chosen for the day of one of these votes, past or to come, in its own commune, or a period that contains it."""
    calendar, alike = every(), defaultdict(list)
    for commune in communes:
        days = {vote.polling_day for vote in calendar.votes_in(commune) if is_asked(vote)}
        alike[tuple(sorted(days)), commune.time_zone].append(commune)
    return or_(false(), *(_covers_one_of(days, places) for (days, _), places in alike.items() if days))


def _covers_one_of(days: Sequence[date], places: Sequence[Commune]) -> ColumnElement[bool]:
    """In places of one time zone. What a row chose is asked of itself: an EXISTS would hash those days everywhere."""
    chosen = select(func.max(PollingDay.day)).where(
        PollingDay.procuration_id == Procuration.id, PollingDay.day.in_(days)
    )
    in_period = (
        and_(Procuration.valid_until >= day, Procuration.established_at < places[0].end_of(day)) for day in days
    )
    is_theirs = Procuration.commune_code.in_([place.code for place in places])
    return and_(is_theirs, or_(*in_period, chosen.scalar_subquery().is_not(None)))


def _counted(
    status: Status, today: date, is_reached: ColumnElement[bool], loses_vote: ColumnElement[bool]
) -> Select[str, int, int, int]:
    found = (
        select(
            case((Procuration.valid_until.is_not(None), 1), else_=0).label("is_period"),
            case((loses_vote, 1), else_=0).label("loses_vote"),
        )
        .join(Commune, Commune.code == Procuration.commune_code)
        .where(Procuration.status == status, Procuration.last_day >= today, is_reached)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return select(
        literal(status.value, String),
        func.count(),
        func.coalesce(func.sum(found.c.is_period), 0),
        func.coalesce(func.sum(found.c.loses_vote), 0),
    ).select_from(found)


def _loses_vote(before: Plan, after: Plan, election_id: int | None) -> ColumnElement[bool]:
    """A day was chosen that would be nobody's: neither this election's any more, nor another's."""
    if before.tours == after.tours and before.territories == after.territories:
        return false()
    left = [after, *_others_on(before.every_day, election_id)]
    lost = []
    for tour in before.tours:
        day = _day_there(tour)
        lost.append(and_(_has_chosen(day), not_(or_(*(_votes_on(plan, day) for plan in left)))))
    return and_(_is_concerned(before.territories), or_(*lost))


def _others_on(days: Collection[date], election_id: int | None) -> Sequence[Plan]:
    """The other elections with a vote on one of these days."""
    on_them = (
        select(Scrutin.election_id)
        .outerjoin(LocalPollingDay, LocalPollingDay.scrutin_id == Scrutin.id)
        .where(or_(Scrutin.polling_day.in_(days), LocalPollingDay.day.in_(days)))
    )
    others = select(Election).where(Election.id.in_(on_them), Election.id != (election_id or 0))
    loaded = (selectinload(Election.scrutins).selectinload(Scrutin.local_days), selectinload(Election.territories))
    return [plan_of(election) for election in db.session.scalars(others.options(*loaded))]


def _votes_on(plan: Plan, day: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(_is_concerned(plan.territories), or_(false(), *(_day_there(tour) == day for tour in plan.tours)))


def _is_concerned(codes: Collection[str]) -> ColumnElement[bool]:
    named = or_(Commune.code.in_(codes), Commune.department_code.in_(codes))
    in_france = Commune.department_code != EVERY_CONSULAR_POST if EVERY_COMMUNE in codes else false()
    return or_(named, in_france)


def _day_there(tour: Tour) -> ColumnElement[date]:
    """The day on which the commune votes; a commune's own before its department's."""
    own = sorted(tour.local_days.items(), key=lambda local: -len(local[0]))
    days = [(_is_in(code), literal(day, Date)) for code, day in own]
    return case(*days, else_=literal(tour.day, Date)) if days else literal(tour.day, Date)


def _is_in(code: str) -> ColumnElement[bool]:
    return Commune.code == code if len(code) == LENGTH_OF_COMMUNE else Commune.department_code == code


def _has_chosen(day: ColumnElement[date]) -> ColumnElement[bool]:
    chosen = select(PollingDay.day).where(PollingDay.procuration_id == Procuration.id, PollingDay.day == day)
    return chosen.correlate(Procuration, Commune).exists()
