"""Who the rolls say the two people of a procuration are, and the names under which it is counted from then on.

A procuration may name somebody by usual name, by number or with one first name: what L73 and L75 count is people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from models import matching, register, rules
from models.identity import family_key, person_key
from models.matching import Found, Match
from models.procuration import Procuration
from models.register import LookUp, Number
from models.rules import Person

PEOPLE = ("mandant", "mandataire")
COLUMNS = tuple(f"{who}_{part}" for who in PEOPLE for part in ("key", "roll_key", "nne"))
"""Those of a procuration that say who the rolls say its people are."""
NOBODY = (Found.NONE, Found.NO_ROLL, Found.SET_ASIDE)


@dataclass(frozen=True)
class Named:
    """What the rolls answer of each."""

    mandant: Match
    mandataire: Match

    def of(self, who: str) -> Match:
        return self.mandant if who == "mandant" else self.mandataire


@dataclass(frozen=True)
class Known:
    """A mandant or a mandataire as procurations are searched for: under every family key, or the elector's number.

    `persons`: as the procuration names them, and as the roll does when one and only one elector was found.
    """

    keys: frozenset[str]
    persons: tuple[Person, ...]

    @property
    def nne(self) -> str | None:
        return self.persons[-1].nne

    @property
    def in_roll(self) -> Person | None:
        """The one elector who was found, if one was."""
        return self.persons[-1] if len(self.persons) > 1 else None

    def is_same_as(self, *others: Person) -> bool | None:
        """Whether it is that person, by any of their names; None when the data cannot tell."""
        answers = [rules.is_same_person(person, other) for person in self.persons for other in others]
        return True if True in answers else None if None in answers else False


def look_up(procuration: Procuration) -> Named:
    """Both, in the current rolls."""
    found = look_up_each([procuration])
    return Named(*(found[procuration, who] for who in PEOPLE))


class _Asked(NamedTuple):
    """Where somebody is looked for: in the roll of a commune, and by number in any."""

    here: LookUp | None
    anywhere: Number | None


def look_up_each(
    procurations: Iterable[Procuration], people: Iterable[str] = PEOPLE
) -> dict[tuple[Procuration, str], Match]:
    """The mandants in the roll of the stated commune (L71), the mandataires there or else by number in any (L72).

    In a constant number of queries. Both places are always looked in: time tells nothing.
    """
    asked = {(one, who): _asked(one, who) for one in procurations for who in people}
    here = register.find_all({one.here for one in asked.values() if one.here})
    numbered = register.find_numbers({one.anywhere for one in asked.values() if one.anywhere})
    found = {}
    for (one, who), places in asked.items():
        at_home = here[places.here] if places.here else Match(Found.NO_ROLL)
        anywhere = _as_named(one, numbered[places.anywhere]) if places.anywhere else Match(Found.NONE)
        found[one, who] = at_home if who == "mandant" else _wherever(at_home, anywhere)
    return found


def _asked(procuration: Procuration, who: str) -> _Asked:
    if who == "mandant":
        return _Asked(LookUp(procuration.commune_code, procuration.mandant, procuration.mandant_nne), None)
    code, mandataire, nne = procuration.mandataire_commune_code, procuration.mandataire, procuration.mandataire_nne
    return _Asked(LookUp(code, mandataire, nne) if code else None, Number(nne, mandataire.birth_date) if nne else None)


def _wherever(here: Match, anywhere: Match) -> Match:
    """The mandataire is an elector of any commune, and a mandant may mistake it.

    Who is in neither is not surely on no list: another roll, or a commune that gave none, may hold them.
    """
    if here.found in NOBODY and anywhere.found not in NOBODY:
        return anywhere
    return replace(here, found=Found.ELSEWHERE) if here.found is Found.NONE else here


def _as_named(procuration: Procuration, found: Match) -> Match:
    """Who has that number and birth date on any roll; for a person to look at when the names are another's."""
    if found.found is not Found.ONE:
        return found
    return matching.match(procuration.mandataire, procuration.mandataire_nne, found.electors, found.commune_code)


def known(procuration: Procuration, who: str, match: Match | None = None) -> Known:
    """As its row says, and as this answer of the roll does."""
    as_typed = person(procuration, who, has_namesake=match is not None and match.found is Found.SEVERAL)
    key = getattr(procuration, f"{who}_key")
    keys = frozenset({key} if key else ())
    if match is None or match.found is not Found.ONE or match.identity is None:
        return Known(keys, (as_typed,))
    in_roll = Person(
        match.identity,
        nne=as_typed.nne or match.nne,
        commune_code=match.commune_code or as_typed.commune_code,
        roll_key=person_key(match.identity),
    )
    own_key = family_key(match.identity.birth_name, match.identity.birth_date)
    return Known(keys | {own_key}, (as_typed, in_roll))


def is_oneself(mandant: Known, mandataire: Known) -> bool | None:
    """Whether both are one person; None when the data cannot tell. Two electors of one roll are two people."""
    one, other = mandant.in_roll, mandataire.in_roll
    if one and other and one.commune_code == other.commune_code:
        return one.roll_key == other.roll_key and len({one.nne, other.nne} - {None}) < 2
    return mandant.is_same_as(*mandataire.persons)


def person(procuration: Procuration, who: str, *, has_namesake: bool = False) -> Person:
    """The mandant or the mandataire, as the row says."""
    identity, nne, roll_key = (getattr(procuration, f"{who}{part}") for part in ("", "_nne", "_roll_key"))
    commune_code = procuration.commune_code if who == "mandant" else procuration.mandataire_commune_code
    return Person(identity, nne, commune_code, roll_key, has_namesake)


def news(procuration: Procuration, named: Named) -> dict[str, str | None]:
    """The columns that name its people otherwise than its row does; none when the rolls teach nothing."""
    columns: dict[str, str | None] = {}
    for who in PEOPLE:
        match = named.of(who)
        if match.found is Found.ONE and match.identity is not None:
            columns[f"{who}_key"] = family_key(match.identity.birth_name, match.identity.birth_date)
            columns[f"{who}_roll_key"] = person_key(match.identity)
            columns[f"{who}_nne"] = getattr(procuration, f"{who}_nne") or match.nne
    return {name: value for name, value in columns.items() if value != getattr(procuration, name)}


def keep(procuration: Procuration, named: Named) -> None:
    """Let it be found under these names from now on."""
    for name, value in news(procuration, named).items():
        setattr(procuration, name, value)
