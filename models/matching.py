"""« Who is this on that roll? » as a function of values: tolerant of spelling, and never a guess.

One person, none, or a person must look: several fit, or the one who fits does so only perhaps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Protocol

from models.identity import Identity, Sex, fold, letters
from models.law import ListType


class Line(Protocol):
    """A line of a roll; `birth_text` is what it says of a birth whose day it does not know (`00/00/1953`)."""

    @property
    def list_type(self) -> ListType: ...
    @property
    def nne(self) -> str | None: ...
    @property
    def birth_name(self) -> str: ...
    @property
    def usual_name(self) -> str | None: ...
    @property
    def first_names(self) -> str: ...
    @property
    def sex(self) -> Sex: ...
    @property
    def birth_date(self) -> date | None: ...
    @property
    def birth_text(self) -> str | None: ...


class Found(StrEnum):
    """What a look-up says; nobody can tell without a roll of that commune, or with one whose lines were set aside.

    `elsewhere`: not on the roll of the commune named, and perhaps on that of another.
    """

    ONE = "one"
    NONE = "none"
    SEVERAL = "several"
    UNCERTAIN = "uncertain"
    NO_ROLL = "no_roll"
    SET_ASIDE = "set_aside"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Match:
    """One person (`found` is ONE), or why a person must look.

    `identity` and `nne` are the roll's, `list_types` every list that person is on, `electors` the lines that fit.
    """

    found: Found
    commune_code: str | None = None
    identity: Identity | None = None
    nne: str | None = None
    list_types: frozenset[ListType] = frozenset()
    electors: tuple[Line, ...] = ()


class Fit(IntEnum):
    """How well a person of the roll fits what was typed."""

    NO = 0
    PERHAPS = 1
    YES = 2
    IN_FULL = 3
    BY_NUMBER = 4


def match(person: Identity, nne: str | None, lines: Iterable[Line], commune_code: str | None = None) -> Match:
    """This person among these lines of a roll.

    The elector's number decides when both give one. Otherwise birth or usual name, birth date, and first names in any
    order, one of them at least: when more than one person fits, only the one whose first names are all those typed,
    and no longer, is found. Who would fit but for the number is for a person to look at, and so is a name without Latin
    letters, which fits nobody and may be anybody's (L71, L72).
    """
    fits = [(_best_fit(person, nne, same), same) for same in _people(lines)]
    best = max((fit for fit, _ in fits), default=Fit.NO)
    fitting = [same for fit, same in fits if fit is not Fit.NO]
    electors = tuple(line for same in fitting for line in same)
    if best is Fit.NO:
        is_only_the_number = any(_best_fit(person, None, same) is not Fit.NO for _, same in fits)
        is_nobody = person.can_be_compared and not is_only_the_number
        return Match(Found.NONE if is_nobody else Found.UNCERTAIN, commune_code)
    of_best = [same for fit, same in fits if fit is best]
    if best is Fit.PERHAPS:
        return Match(Found.UNCERTAIN, commune_code, electors=electors)
    if len(of_best) > 1 or (best is not Fit.BY_NUMBER and _is_rivalled(person, of_best[0], fitting)):
        return Match(Found.SEVERAL, commune_code, electors=electors)
    return _one(of_best[0], commune_code)


def match_by_number(nne: str, birth_date: date, lines: Iterable[Line]) -> Match:
    """The one person who has this elector's number and was born that day."""
    people = [same for same in _people(lines) if same[0].nne == nne and same[0].birth_date == birth_date]
    if not people:
        return Match(Found.NONE)
    return _one(people[0], None) if len(people) == 1 else Match(Found.SEVERAL)


def _one(same: Sequence[Line], commune_code: str | None) -> Match:
    line = same[0]
    identity = Identity(line.birth_name, line.first_names, line.sex, line.birth_date) if line.birth_date else None
    lists = frozenset(one.list_type for one in same)
    return Match(Found.ONE, commune_code, identity, line.nne, lists, tuple(same))


def _people(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines by person: a European citizen may be on two lists; two lines of one list are two people."""
    people: list[list[Line]] = []
    for line in lines:
        for same in people:
            if _is_on_another_list(line, same):
                same.append(line)
                break
        else:
            people.append([line])
    return people


def _is_on_another_list(line: Line, same: Sequence[Line]) -> bool:
    return _status(line) == _status(same[0]) and line.list_type not in {one.list_type for one in same}


def _status(line: Line) -> tuple[object, ...]:
    names = letters(line.birth_name), letters(line.first_names)
    return *names, line.sex, line.birth_date, line.birth_text, line.nne


def _best_fit(person: Identity, nne: str | None, same: Sequence[Line]) -> Fit:
    """One list may know a usual name that another does not."""
    return max(_fit(person, nne, line) for line in same)


def _fit(person: Identity, nne: str | None, line: Line) -> Fit:
    """One line against what was typed: another number is another person; another sex, or no Latin letters, a doubt."""
    if nne and line.nne and nne != line.nne:
        return Fit.NO
    is_same_number = bool(nne and line.nne)
    born, named = _is_born(person, line), _has_name(person, line) and _first_names_fit(person, line)
    is_legible = person.can_be_compared and bool(letters(line.first_names))
    if is_same_number:
        return Fit.BY_NUMBER if named and born and is_legible else Fit.PERHAPS
    if not named or born is None:
        return Fit.NO
    if not born or not is_legible or person.sex is not line.sex:
        return Fit.PERHAPS
    return Fit.IN_FULL if letters(person.first_names) == letters(line.first_names) else Fit.YES


def _is_born(person: Identity, line: Line) -> bool | None:
    """That day; False when the roll knows only the year, and it is that one; None otherwise."""
    if line.birth_date is not None:
        return True if line.birth_date == person.birth_date else None
    return False if (line.birth_text or "").endswith(str(person.birth_date.year)) else None


def _has_name(person: Identity, line: Line) -> bool:
    """By birth name or usual name, whatever the case, accents, hyphens, apostrophes, particles and spaces."""
    return letters(person.birth_name) in {letters(line.birth_name), letters(line.usual_name or line.birth_name)}


def _first_names_fit(person: Identity, line: Line) -> bool:
    """Some of the first names, or all and more, in any order; « Jean-Marie » is « Jean Marie » and « Jeanmarie »."""
    if letters(person.first_names) == letters(line.first_names):
        return True
    typed, known = set(fold(person.first_names).split()), set(fold(line.first_names).split())
    return typed <= known or known <= typed


def _is_rivalled(person: Identity, best: Sequence[Line], fitting: Sequence[Sequence[Line]]) -> bool:
    """Whether somebody else may have been meant: who has the typed first names and more, or fits perhaps."""
    typed = set(fold(person.first_names).split())
    others = [same[0] for same in fitting if same is not best]
    return any(typed <= set(fold(line.first_names).split()) for line in others)
