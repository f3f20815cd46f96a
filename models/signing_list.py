"""Who may sign for whom on one polling day in one commune: the procurations that serve there, bureau by bureau."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from models import rules, scrutin
from models.base import db
from models.identity import letters
from models.matching import Found, match
from models.procuration import PollingDay, Procuration, Status
from models.register import CurrentRoll, RollElector
from models.territory import Commune

BATCH = 500
SHOWN_BEFORE = timedelta(days=31)
"""How long after the vote its lists are still offered."""


@dataclass(frozen=True, order=True)
class Place:
    """Where the mandant is on the roll; all empty when no roll says it."""

    bureau: str = ""
    bureau_name: str = ""
    order_number: str = ""


@dataclass(frozen=True)
class Line:
    """One procuration, opposite its mandant's place."""

    place: Place
    procuration: Procuration


def polling_days(commune: Commune, now: datetime) -> list[date]:
    """The days on which this commune votes, from a month ago on."""
    since = commune.local_day(now) - SHOWN_BEFORE
    return sorted({vote.polling_day for vote in scrutin.upcoming_in(commune, since)})


def serves(commune: Commune, day: date) -> ColumnElement[bool]:
    """Article R76-1: what the mayor has received, validated, and for that day; a day that was lost does not count."""
    return and_(_is_for(commune, day), Procuration.status == Status.VALIDATED)


def undecided(commune: Commune, day: date) -> int:
    """How many that would serve that day still wait for a decision, and are therefore on no list."""
    waiting = select(func.count(Procuration.id)).where(
        _is_for(commune, day), Procuration.status == Status.ESTABLISHED, Procuration.held_until_paper.is_(False)
    )
    return db.session.scalar(waiting) or 0


def lines(commune: Commune, day: date, bureau: str | None = None) -> list[Line]:
    """Those of the commune, or of one bureau (empty: not known), in the order of the roll, then of names.

    Opposite each mandant, as article R76 asks (unread since 2022).
    """
    loaded = (joinedload(Procuration.established_commune), joinedload(Procuration.commune, innerjoin=True))
    rows = db.session.scalars(select(Procuration).where(serves(commune, day)).options(*loaded)).unique().all()
    places = places_of(commune, rows)
    found = [Line(places[row.id], row) for row in rows if bureau is None or places[row.id].bureau == bureau]
    return sorted(found, key=_in_order)


def bureaux(found: Iterable[Line]) -> dict[str, tuple[str, int]]:
    """The bureaux of these lines, by code: name and how many."""
    counted: dict[str, tuple[str, int]] = {}
    for line in found:
        _, count = counted.get(line.place.bureau, ("", 0))
        counted[line.place.bureau] = (line.place.bureau_name, count + 1)
    return counted


def places_of(commune: Commune, procurations: Sequence[Procuration]) -> dict[int, Place]:
    """The place of each mandant in the commune's current roll, a query a batch; nobody is guessed."""
    places: dict[int, Place] = {}
    for first in range(0, len(procurations), BATCH):
        batch = procurations[first : first + BATCH]
        electors = _electors(commune, batch)
        places |= {one.id: _place(one, electors) for one in batch}
    return places


def _is_for(commune: Commune, day: date) -> ColumnElement[bool]:
    """Both are of age that day (L2): a period may begin before (holdings.covers)."""
    columns, youngest = Procuration.__table__.columns, rules.latest_birth(day)
    chosen = select(PollingDay.procuration_id).where(PollingDay.day == day, PollingDay.lost_at.is_(None))
    return and_(
        Procuration.commune_code == commune.code,
        Procuration.purged_at.is_(None),
        columns["mandant_birth_date"] <= youngest,
        columns["mandataire_birth_date"] <= youngest,
        or_(Procuration.valid_until >= day, Procuration.id.in_(chosen)),
    )


def _electors(commune: Commune, batch: Sequence[Procuration]) -> dict[str, list[RollElector]]:
    """The lines of the roll that share a name or a number with one of these mandants, under each of them."""
    names = {letters(one.mandant.birth_name) for one in batch}
    numbers = {one.mandant_nne for one in batch if one.mandant_nne}
    current = and_(
        CurrentRoll.edition_id == RollElector.edition_id, CurrentRoll.commune_code == RollElector.commune_code
    )
    same = or_(RollElector.name_key.in_(names), RollElector.usual_key.in_(names), RollElector.nne.in_(numbers))
    query = select(RollElector).join(CurrentRoll, current).where(RollElector.commune_code == commune.code, same)
    found: dict[str, list[RollElector]] = {}
    for line in db.session.scalars(query.order_by(RollElector.id)):
        for key in {line.name_key, line.usual_key, line.nne} - {None}:
            found.setdefault(str(key), []).append(line)
    return found


def _place(procuration: Procuration, electors: dict[str, list[RollElector]]) -> Place:
    keys = (letters(procuration.mandant.birth_name), procuration.mandant_nne)
    near = {line.id: line for key in keys if key for line in electors.get(key, [])}
    found = match(procuration.mandant, procuration.mandant_nne, near.values())
    if found.found is not Found.ONE:
        return Place()
    own = [line for line in near.values() if any(line is elector for elector in found.electors)]
    line = min(own, key=lambda one: (not one.bureau_code, one.list_type != "LP", one.id))
    return Place(line.bureau_code or "", line.bureau_name or "", line.order_number or "")


def _in_order(line: Line) -> tuple[bool, str, int, str, str, str, int]:
    """By bureau, those without one last; by number, then name."""
    place, who = line.place, line.procuration.mandant
    number = int(place.order_number) if place.order_number.isdecimal() else 0
    names = letters(who.birth_name), letters(who.first_names)
    return (not place.bureau, place.bureau, number, place.order_number, *names, line.procuration.id)
