"""What an election is to be, as values: what is wrong with it, and what it would change of one that exists."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from models.base import db
from models.errors import Fault, Problem
from models.law import Ceiling, ControlRegime, Law
from models.scrutin import (
    Election,
    ElectionKind,
    ElectionTerritory,
    LocalPollingDay,
    Scrutin,
    latest_day,
)
from models.territory import EVERY_COMMUNE, EVERY_CONSULAR_POST, Commune, Department

LONGEST_NAME = 120
MOST_TOURS = 2
MOST_YEARS_AHEAD = 5
HIGHEST_CEILING = 9
MOST_DAYS_APART = timedelta(days=14)
"""Guards against a slip of the hand, not law: how far a local day may be from the country's, and so on."""


class Part(StrEnum):
    """What a correction may change, in three letters: all of them fit the journal's forty characters."""

    NAME = "nam"
    KIND = "kin"
    DAYS = "day"
    TERRITORIES = "ter"
    CEILINGS = "max"
    REGIME = "reg"
    LISTS = "lis"
    SAME_COMMUNE = "com"
    REVOCATION = "rev"
    CERTIFIED = "cer"
    AHEAD = "ahe"


CONTROLLED = frozenset(
    {Part.DAYS, Part.TERRITORIES, Part.CEILINGS, Part.REGIME, Part.LISTS, Part.SAME_COMMUNE},
)
"""What control reads: when it changes, procurations in force are controlled again."""
MOVING = frozenset({Part.DAYS, Part.TERRITORIES})
"""What may take a vote from a day that somebody chose, or bring one back."""
TOUCHING = CONTROLLED | {Part.REVOCATION, Part.CERTIFIED}
"""What changes something for a procuration; a name and a kind do not, nor what a form not yet filled will do."""


@dataclass(frozen=True)
class Tour:
    """The day of most, and those of the territories that vote on another (the day before)."""

    day: date
    local_days: Mapping[str, date] = field(default_factory=dict)

    @property
    def every_day(self) -> list[date]:
        return [self.day, *self.local_days.values()]

    def has_begun(self, now: datetime) -> bool:
        """Whether people vote already, or have voted, somewhere."""
        return min(self.every_day) <= latest_day(now)


@dataclass(frozen=True)
class Plan:
    """An election: `territories` gives the regime of those that have one of their own."""

    name: str
    kind: ElectionKind
    tours: tuple[Tour, ...]
    territories: Mapping[str, ControlRegime | None]
    law: Law

    @property
    def every_day(self) -> set[date]:
        return {day for tour in self.tours for day in tour.every_day}


def plan_of(election: Election) -> Plan:
    """The election as it is."""
    return Plan(
        name=election.name,
        kind=election.kind,
        tours=tuple(_tour_of(scrutin) for scrutin in election.scrutins),
        territories={one.code: one.control_regime for one in sorted(election.territories, key=_rank)},
        law=election.law,
    )


def changed(before: Plan, after: Plan) -> list[Part]:
    """What differs, in the order in which it is told."""
    one, other = before.law, after.law
    differs = {
        Part.NAME: before.name != after.name,
        Part.KIND: before.kind != after.kind,
        Part.DAYS: before.tours != after.tours,
        Part.TERRITORIES: before.territories != after.territories,
        Part.CEILINGS: one.ceiling != other.ceiling,
        Part.REGIME: one.control_regime != other.control_regime,
        Part.LISTS: one.list_types != other.list_types,
        Part.SAME_COMMUNE: one.same_commune_required != other.same_commune_required,
        Part.REVOCATION: one.online_revocation != other.online_revocation,
        Part.CERTIFIED: one.certified_identity != other.certified_identity,
        Part.AHEAD: one.transmitted_ahead != other.transmitted_ahead,
    }
    return [part for part, is_other in differs.items() if is_other]


def problems_with(plan: Plan, before: Plan | None, now: datetime) -> list[Problem]:
    """Why an election cannot be so; `before` is what it is, where it exists: what has begun stays as it was."""
    department_of = _departments([*plan.territories, *(code for tour in plan.tours for code in tour.local_days)])
    former = before.tours if before else ()
    return [
        *_about_name(plan.name),
        *_about_tours(plan.tours, former, now),
        *_about_territories(plan.territories, department_of),
        *(p for number, tour in enumerate(plan.tours, 1) for p in _about_local_days(number, tour, plan, department_of)),
        *_about_ceiling(plan.law.ceiling),
        *([] if plan.law.list_types else [Problem(Fault.NO_LIST)]),
    ]


def _tour_of(scrutin: Scrutin) -> Tour:
    return Tour(scrutin.polling_day, {local.code: local.day for local in sorted(scrutin.local_days, key=_rank)})


def _rank(place: ElectionTerritory | LocalPollingDay) -> tuple[bool, bool, str]:
    """The whole country first, then the consular posts, then by code."""
    return place.code != EVERY_COMMUNE, place.code != EVERY_CONSULAR_POST, place.code


def _about_name(name: str) -> Iterator[Problem]:
    if not name.strip():
        yield Problem(Fault.NAME_MISSING)
    if len(name) > LONGEST_NAME:
        yield Problem(Fault.NAME_TOO_LONG)


def _about_tours(tours: tuple[Tour, ...], former: tuple[Tour, ...], now: datetime) -> Iterator[Problem]:
    if not tours:
        yield Problem(Fault.NO_TOUR)
    if len(tours) > MOST_TOURS:
        yield Problem(Fault.TOO_MANY_TOURS)
    for number in range(1, max(len(tours), len(former)) + 1):
        yield from _about_days(number, _nth(tours, number), _nth(former, number), now)
    if len(tours) == MOST_TOURS and not _is_ordered(*tours):
        yield Problem(Fault.TOURS_OUT_OF_ORDER, tour=2)


def _about_days(number: int, tour: Tour | None, former: Tour | None, now: datetime) -> Iterator[Problem]:
    """A day that is chosen is to come; a tour that has begun stays where it is."""
    if tour == former:
        return
    if former and former.has_begun(now):
        yield Problem(Fault.TOUR_BEGUN, number)
    elif tour and tour.has_begun(now):
        yield Problem(Fault.DAY_NOT_TO_COME, number)
    elif tour and max(tour.every_day).year > now.year + MOST_YEARS_AHEAD:
        yield Problem(Fault.DAY_TOO_FAR, number)


def _is_ordered(first: Tour, second: Tour) -> bool:
    """Everywhere, the second tour comes after the first."""
    places = {None, *first.local_days, *second.local_days}
    return all(_day_in(first, place) < _day_in(second, place) for place in places)


def _day_in(tour: Tour, place: str | None) -> date:
    return tour.local_days.get(place, tour.day) if place else tour.day


def _about_territories(codes: Collection[str], department_of: Mapping[str, str]) -> Iterator[Problem]:
    unknown = tuple(code for code in codes if code != EVERY_COMMUNE and code not in department_of)
    if not codes:
        yield Problem(Fault.NO_TERRITORY)
    if unknown:
        yield Problem(Fault.TERRITORY_UNKNOWN, codes=unknown)


def _about_local_days(number: int, tour: Tour, plan: Plan, department_of: Mapping[str, str]) -> Iterator[Problem]:
    """Of a territory that exists, votes in this election, and does so about the same time."""
    unknown = tuple(code for code in tour.local_days if code not in department_of)
    elsewhere = tuple(
        code
        for code in tour.local_days
        if code in department_of and not _is_within(code, plan.territories, department_of)
    )
    if unknown:
        yield Problem(Fault.LOCAL_CODE_UNKNOWN, number, unknown)
    if elsewhere:
        yield Problem(Fault.LOCAL_CODE_ELSEWHERE, number, elsewhere)
    if any(abs(day - tour.day) > MOST_DAYS_APART for day in tour.local_days.values()):
        yield Problem(Fault.LOCAL_DAY_TOO_FAR, number)


def _is_within(code: str, territories: Collection[str], department_of: Mapping[str, str]) -> bool:
    """Whether the election concerns it: itself, all around it, or a part of it."""
    department = department_of[code]
    around = EVERY_CONSULAR_POST if department == EVERY_CONSULAR_POST else EVERY_COMMUNE
    parts = {one for one in territories if department_of.get(one) == code}
    return bool({code, department, around} & set(territories) or parts)


def _about_ceiling(ceiling: Ceiling) -> Iterator[Problem]:
    if not 1 <= ceiling.max_total <= HIGHEST_CEILING:
        yield Problem(Fault.CEILING_TOTAL)
    if not 1 <= ceiling.max_established_in_france <= ceiling.max_total:
        yield Problem(Fault.CEILING_IN_FRANCE)
    consular = ceiling.max_total_if_consular
    if consular is not None and not ceiling.max_total <= consular <= HIGHEST_CEILING:
        yield Problem(Fault.CEILING_CONSULAR)


def _departments(codes: Collection[str]) -> dict[str, str]:
    """The department of each code that has electors; of a department, itself. Unknown codes are absent."""
    asked = set(codes)
    departments = db.session.scalars(select(Department.code).where(Department.code.in_(asked)))
    found = {code: code for code in departments}
    communes = select(Commune.code, Commune.department_code).where(Commune.code.in_(asked), Commune.elects)
    return found | dict(db.session.execute(communes).all())


def _nth(tours: tuple[Tour, ...], number: int) -> Tour | None:
    return tours[number - 1] if number <= len(tours) else None
