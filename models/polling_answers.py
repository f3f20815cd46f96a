"""What a polling officer is told of a name on one polling day: who votes for whom, who does not yet, who cannot.

Nothing is written here: nobody records who has voted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import joinedload

from models import perimeter, rules, search, signing_list
from models.account import Account
from models.base import db
from models.identity import Identity, letters
from models.procuration import IN_FORCE, Procuration, Status
from models.signing_list import SHOWN_BEFORE, Place, covers, is_for
from models.territory import Commune

MOST_ANSWERS = 20
"""More names than these are not read on a telephone: the first names tell them apart."""


class Verdict(IntEnum):
    """What a procuration gives that day, in the order in which answers are read."""

    VOTES = 0
    UNDECIDED = 1
    AWAITS_PAPER = 2
    CANNOT = 3
    NOT_OF_AGE = 4
    OTHER_DAY = 5


@dataclass(frozen=True)
class Answer:
    """One procuration under the name asked for; `with_births`: of whom only the birth date tells a namesake apart."""

    procuration: Procuration
    verdict: Verdict
    place: Place
    with_births: frozenset[str]


@dataclass(frozen=True)
class Answers:
    """All that bear the name; `are_too_many` when more do than are shown."""

    shown: list[Answer]
    are_too_many: bool


def answers(typed: str, day: date, communes: Sequence[Commune], clerk: Account) -> Answers:
    """The procurations of these communes whose mandant or mandataire has a name that starts so (article L72).

    Those that cover that day, and those of another day that somebody could take for it.
    """
    codes = [commune.code for commune in communes]
    sought = select(Procuration).where(
        perimeter.established_for(clerk),
        Procuration.commune_code.in_(codes),
        search.matches(typed),
        or_(covers(day), _could_be_taken_for(day)),
    )
    first = sought.order_by(case((covers(day), 0), else_=1), Procuration.mandant_search, Procuration.id)
    loaded = first.options(joinedload(Procuration.commune, innerjoin=True)).limit(MOST_ANSWERS + 1)
    rows = db.session.scalars(loaded).unique().all()
    return Answers(_answers(rows[:MOST_ANSWERS], day), len(rows) > MOST_ANSWERS)


def verdict(procuration: Procuration, day: date) -> Verdict:
    """What it gives that day. What is in doubt since a new control, or asked to be revoked, still counts (R76, R78;
    unread).
    """
    if not is_for(procuration, day):
        return Verdict.NOT_OF_AGE if rules.days_before_majority(procuration, {day}) else Verdict.OTHER_DAY
    if procuration.status is Status.VALIDATED:
        return Verdict.VOTES
    if procuration.status is not Status.ESTABLISHED:
        return Verdict.CANNOT
    return Verdict.AWAITS_PAPER if procuration.held_until_paper else Verdict.UNDECIDED


def _could_be_taken_for(day: date) -> ColumnElement[bool]:
    """In force, or ended by time a short while ago: the mandataire of the first tour comes back at the second."""
    return and_(
        Procuration.status.in_([*IN_FORCE, Status.ENDED]),
        Procuration.reason.is_(None),
        Procuration.last_day >= day - SHOWN_BEFORE,
    )


def _answers(rows: Sequence[Procuration], day: date) -> list[Answer]:
    places = signing_list.places_of(rows)
    ambiguous = {
        "mandant": _ambiguous(rows, lambda row: row.mandant),
        "mandataire": _ambiguous(rows, lambda row: row.mandataire),
    }
    found = [
        Answer(
            row,
            verdict(row, day),
            places[row.id],
            frozenset(who for who, names in ambiguous.items() if _name(getattr(row, who)) in names),
        )
        for row in rows
    ]
    votes = [answer.procuration for answer in found if answer.verdict is Verdict.VOTES]
    told = [one for one in found if one.verdict is Verdict.VOTES or not _is_said_by(one.procuration, votes)]
    return sorted(told, key=lambda answer: answer.verdict)


def _is_said_by(one: Procuration, votes: Iterable[Procuration]) -> bool:
    """Whether one of these lets the same person vote for the same mandant: of the pair, it is the whole answer."""
    return any(
        one.commune_code == other.commune_code
        and one.mandant.is_same_person(other.mandant)
        and one.mandataire.is_same_person(other.mandataire)
        for other in votes
    )


def _ambiguous(rows: Iterable[Procuration], of: Callable[[Procuration], Identity]) -> set[str]:
    """The full names that two birth dates share."""
    births: dict[str, set[date]] = {}
    for row in rows:
        births.setdefault(_name(of(row)), set()).add(of(row).birth_date)
    return {name for name, dates in births.items() if len(dates) > 1}


def _name(person: Identity) -> str:
    return letters(f"{person.birth_name} {person.first_names}")
