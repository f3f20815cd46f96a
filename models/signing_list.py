"""Who may sign for whom on one polling day in one commune: the procurations that serve there, bureau by bureau.

Once that day is over, there, the list is what it was at its end: nothing that happens later adds to it or removes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from models import holdings, register, rules, scrutin
from models.base import db
from models.identity import Identity, letters
from models.journal import Action, Entry
from models.matching import Found, Match
from models.procuration import PollingDay, Procuration, Status
from models.register import LookUp, RollElector
from models.territory import Commune

BATCH = 500
DECIDED_OR_ENDED = (
    Action.VALIDATED,
    Action.INVALIDATED,
    Action.REVOKED,
    Action.LAPSED,
    Action.VOIDED,
    Action.ENDED,
)
SHOWN_BEFORE = timedelta(days=31)
"""How long after the vote its lists are still offered."""


@dataclass(frozen=True)
class Place:
    """Where the mandant is on the roll; all empty when no roll says it."""

    bureau: str = ""
    bureau_name: str = ""
    order_number: str = ""

    @property
    def rank(self) -> tuple[Any, ...]:
        """By bureau, an unknown one last, then by order number: 9 before 12, and 12 before 12 bis."""
        return *bureau_rank(self.bureau), _natural(self.order_number)


@dataclass(frozen=True)
class Line:
    """One procuration, opposite its mandant's place."""

    place: Place
    procuration: Procuration


class Given(Protocol):
    """What finds the place of a mandant, of the procuration of that key."""

    @property
    def id(self) -> int: ...
    @property
    def commune_code(self) -> str: ...
    @property
    def mandant(self) -> Identity: ...
    @property
    def mandant_nne(self) -> str | None: ...


class Placed(Protocol):
    """What has a place on the roll."""

    @property
    def place(self) -> Place: ...


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True)
class Sheet(Generic[P]):
    """The lines of one bureau, which are printed apart from those of the others."""

    bureau: str
    name: str
    lines: list[P]


def polling_days(commune: Commune, now: datetime) -> list[date]:
    """The days on which this commune votes, from a month ago on."""
    return polling_days_of([commune], now)[commune.code]


def polling_days_of(communes: Sequence[Commune], now: datetime) -> dict[str, list[date]]:
    """The same of each, by its code, in two queries."""
    since = {commune.code: commune.local_day(now) - SHOWN_BEFORE for commune in communes}
    votes = scrutin.upcoming_in_each(communes, min(since.values(), default=date.max))
    return {
        code: sorted({vote.polling_day for vote in own if vote.polling_day >= since[code]})
        for code, own in votes.items()
    }


def serves(commune: Commune, day: date) -> ColumnElement[bool]:
    """Article R76-1: what the mayor has received, validated, and for that day; a day that was lost does not count.

    What changed once the day was over is read in the journal, as it stood at its end.
    """
    over = commune.end_of(day)
    stands = and_(Procuration.status == Status.VALIDATED, Procuration.decided_at < over)
    changed_since = or_(Procuration.closed_at >= over, Procuration.decided_at >= over)
    return and_(_is_for(commune, day), or_(stands, and_(changed_since, _was_validated(over))))


def undecided(commune: Commune, day: date) -> int:
    """How many that would serve that day still wait for a decision, and are therefore on no list.

    A period established once that day was over never was for it.
    """
    waiting = select(func.count(Procuration.id)).where(
        _is_for(commune, day),
        Procuration.status == Status.ESTABLISHED,
        Procuration.held_until_paper.is_(False),
        Procuration.established_at < commune.end_of(day),
    )
    return db.session.scalar(waiting) or 0


def lines(commune: Commune, day: date, bureau: str | None = None) -> list[Line]:
    """Those of the commune, or of one bureau (empty: not known), in the order of the roll, then of names.

    Opposite each mandant, as article R76 asks (unread since 2022).
    """
    loaded = (joinedload(Procuration.established_commune), joinedload(Procuration.commune, innerjoin=True))
    rows = db.session.scalars(select(Procuration).where(serves(commune, day)).options(*loaded)).unique().all()
    places = places_of(rows)
    found = [Line(places[row.id], row) for row in rows if bureau is None or places[row.id].bureau == bureau]
    return sorted(found, key=lambda line: in_order(line.place, line.procuration))


def sheets(found: Iterable[P]) -> list[Sheet[P]]:
    """These lines, in their order, a sheet a bureau."""
    by_bureau = [(bureau, list(own)) for bureau, own in groupby(found, lambda line: line.place.bureau)]
    return [Sheet(bureau, own[0].place.bureau_name, own) for bureau, own in by_bureau]


def bureau_rank(bureau: str) -> tuple[Any, ...]:
    """The order of the bureaux: 2 before 10, the unknown one last."""
    return not bureau, _natural(bureau)


def places_of(given: Sequence[Given]) -> dict[int, Place]:
    """The place of each mandant in the current roll of the commune, a few queries a batch; nobody is guessed."""
    places: dict[int, Place] = {}
    for first in range(0, len(given), BATCH):
        batch = given[first : first + BATCH]
        sought = {one.id: LookUp(one.commune_code, one.mandant, one.mandant_nne) for one in batch}
        found = register.find_all(sought.values())
        places |= {key: _place(found[asked]) for key, asked in sought.items()}
    return places


def covers(day: date) -> ColumnElement[bool]:
    """Chosen for that day and not lost, or a period that reaches it, of two people who are of age then (L2).

    Each row is asked for its own day, which is no EXISTS: PostgreSQL would hash that day of the whole country.
    """
    columns, youngest = Procuration.__table__.columns, rules.latest_birth(day)
    is_a_period = and_(Procuration.valid_until.is_not(None), Procuration.valid_until >= day)
    chosen = select(PollingDay.day).where(
        PollingDay.procuration_id == Procuration.id, PollingDay.day == day, PollingDay.lost_at.is_(None)
    )
    return and_(
        columns["mandant_birth_date"] <= youngest,
        columns["mandataire_birth_date"] <= youngest,
        or_(is_a_period, chosen.scalar_subquery().is_not(None)),
    )


def is_for(procuration: Procuration, day: date) -> bool:
    """The same, of a row that was read."""
    return holdings.covers(procuration, day) and day not in procuration.lost_days


def _is_for(commune: Commune, day: date) -> ColumnElement[bool]:
    return and_(Procuration.commune_code == commune.code, Procuration.purged_at.is_(None), covers(day))


def _was_validated(instant: datetime) -> ColumnElement[bool]:
    """Whether the last that was decided of it before, or that ended it, is its validation."""
    before = select(Entry.action).where(
        Entry.procuration_id == Procuration.id, Entry.at < instant, Entry.action.in_(DECIDED_OR_ENDED)
    )
    last = before.order_by(Entry.id.desc()).limit(1).scalar_subquery()
    return last == Action.VALIDATED


def _place(found: Match) -> Place:
    """On the main list first, of who is on two."""
    if found.found is not Found.ONE:
        return Place()
    own = [line for line in found.electors if isinstance(line, RollElector)]
    line = min(own, key=lambda one: (not one.bureau_code, one.list_type != "LP", one.id))
    return Place(line.bureau_code or "", line.bureau_name or "", line.order_number or "")


def in_order(place: Place, procuration: Procuration) -> tuple[Any, ...]:
    """As the roll is, then by name; who was erased has none left."""
    who = procuration.mandant
    names = (who.birth_name, who.first_names) if procuration.purged_at is None else ("", "")
    return *place.rank, *map(letters, names), procuration.id


def _natural(text: str) -> tuple[str | int, ...]:
    """Its words and its numbers in turn, so that numbers compare as numbers."""
    return tuple(int(part) if n % 2 else part for n, part in enumerate(re.split("([0-9]+)", text.upper())))
