"""The law as pure functions of values and of the day; each names its article and returns reasons."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from models.errors import Reason
from models.identity import Identity, fold, letters
from models.law import Ceiling, ListType, duration
from models.territory import Commune

MAJORITY = 18
PERIOD_YEARS = 1
CONSULAR_PERIOD_YEARS = 3


@dataclass(frozen=True)
class Demande:
    """What an elector asks (R75): `days` for scrutins, or `valid_until` for a period, never both.

    `mandataire_masked`: the roll gave the mandataire's names, which the mandant did not type.
    """

    mandant: Identity
    mandant_nne: str | None
    commune: Commune
    email: str
    mandataire: Identity
    mandataire_nne: str | None
    mandataire_commune: Commune | None
    days: tuple[date, ...] = ()
    valid_until: date | None = None
    mandataire_masked: bool = False

    @property
    def last_day(self) -> date | None:
        """The last day on which it could serve."""
        return max(self.days, default=self.valid_until)


class Outcome(StrEnum):
    """What a check says; `unknown` goes to a person."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Person:
    """Somebody as a procuration names them; `roll_key` is the elector of the roll when one, and only one, was found.

    `commune_code`: on whose roll, as the mandant said or as a roll did, when known. `has_namesake`: the roll knows
    several people of that civil status.
    """

    identity: Identity
    nne: str | None = None
    commune_code: str | None = None
    roll_key: str | None = None
    has_namesake: bool = False


@dataclass(frozen=True)
class Held:
    """A procuration as a ceiling counts it: established between two instants (equal when the hour is known).

    `rank` orders those of one same instant; `is_certain` is whether its mandataire is surely the one counted.
    """

    earliest: datetime
    latest: datetime
    in_france: bool
    is_consular: bool
    rank: int = 0
    is_certain: bool = True

    def is_before(self, other: "Held") -> bool:
        """Whether it was surely established first."""
        if self.earliest == self.latest == other.earliest == other.latest:
            return self.rank < other.rank
        return self.latest < other.earliest


class Validity(Protocol):
    """What says when a procuration serves: its polling days, or the last day of its period."""

    @property
    def days(self) -> Collection[date]: ...

    @property
    def valid_until(self) -> date | None: ...


class Given(Validity, Protocol):
    """Who gives it to whom besides: a demande, or a form on paper."""

    @property
    def mandant(self) -> Identity: ...

    @property
    def mandataire(self) -> Identity: ...


def overlap(one: Validity, other: Validity, today: date) -> bool:
    """Article R74 (unread): whether both would serve on one day from today on; a period serves until its last."""
    mine, theirs = ({day for day in each.days if day >= today} for each in (one, other))
    ends = [each.valid_until for each in (one, other) if each.valid_until]
    if len(ends) == 2:
        return min(ends) >= today
    return any(day <= ends[0] for day in mine | theirs) if ends else bool(mine & theirs)


def reasons_against(demande: Demande, open_days: Collection[date], today: date) -> list[Reason]:
    """Why this demande cannot be filed that day; `open_days` are the polling days that concern its commune."""
    validity = [
        *reasons_against_days(demande.days, open_days, today),
        *reasons_against_period(demande.valid_until, today, is_consular=demande.commune.is_consular),
    ]
    return [
        *reasons_against_mandataire(
            Person(demande.mandant, demande.mandant_nne),
            Person(demande.mandataire, demande.mandataire_nne),
            is_masked=demande.mandataire_masked,
        ),
        *reasons_against_territory(demande.commune, demande.mandataire_commune),
        *(validity or reasons_against_age(demande)),
        *([Reason.DONNEES_INCOMPLETES] if bool(demande.days) is bool(demande.valid_until) else []),
    ]


def reasons_against_mandataire(mandant: Person, mandataire: Person, *, is_masked: bool = False) -> list[Reason]:
    """Article L71: one votes through somebody else, by civil status and by elector's number.

    `is_masked`: the roll gave the names, and may have more or fewer first names than the mandant's own civil status.
    """
    same = is_same_person(mandant, mandataire)
    is_oneself = same or mandant.identity.is_same_person(mandataire.identity)
    is_likely = is_masked and same is None
    return [Reason.MANDANT_EST_MANDATAIRE] if is_oneself or is_likely else []


def reasons_against_days(days: Collection[date], open_days: Collection[date], today: date) -> list[Reason]:
    """Article R74 (unread): days on which the commune votes. A vote of this very day is late, never refused."""
    if any(day < today for day in days):
        return [Reason.VALIDITE_EXPIREE]
    return [] if set(days) <= set(open_days) else [Reason.SCRUTIN_INCONNU]


def reasons_against_period(valid_until: date | None, today: date, *, is_consular: bool) -> list[Reason]:
    """Article R74 (unread), when it is asked: a period still to come, and not too long."""
    if valid_until is not None and valid_until <= today:
        return [Reason.VALIDITE_EXPIREE]
    return reasons_against_length(valid_until, today, is_consular=is_consular)


def reasons_against_length(valid_until: date | None, today: date, *, is_consular: bool) -> list[Reason]:
    """Article R74 (unread): one year from establishment; three on a consular list, before a consular authority."""
    too_long = valid_until is not None and valid_until > longest_period(today, is_consular=is_consular)
    return [Reason.VALIDITE_TROP_LONGUE] if too_long else []


def needs_consulate(validity: Validity, today: date) -> bool:
    """Article R74 (unread): a period longer than police, gendarmerie or the minister establish that day."""
    return bool(reasons_against_length(validity.valid_until, today, is_consular=False))


def longest_period(today: date, *, is_consular: bool) -> date:
    """The last day of the longest period that could be established that day (R74, unread)."""
    return years_after(today, CONSULAR_PERIOD_YEARS if is_consular else PERIOD_YEARS)


def reasons_against_age(given: Given) -> list[Reason]:
    """Article L2: electors are of age; on each day chosen, or on a period's last, for it may begin before.

    Then it serves on those of its polling days on which both are.
    """
    day = min(given.days, default=given.valid_until)
    if day is None:
        return []
    return [
        *([] if is_of_age(given.mandant, day) else [Reason.MANDANT_MINEUR]),
        *([] if is_of_age(given.mandataire, day) else [Reason.MANDATAIRE_DROITS]),
    ]


def serves_on(given: Given, day: date) -> bool:
    """Whether it is given for that day (R74, unread), and both are of age then (L2)."""
    is_given = day in given.days or (given.valid_until is not None and day <= given.valid_until)
    return is_given and is_of_age(given.mandant, day) and is_of_age(given.mandataire, day)


def days_before_majority(given: Given, days: Collection[date]) -> list[date]:
    """Those of these days that a period reaches and does not serve, for one of the two is not of age then (L2)."""
    reached = (day for day in sorted(days) if given.valid_until is not None and day <= given.valid_until)
    return [day for day in reached if not serves_on(given, day)]


def is_of_age(person: Identity, day: date) -> bool:
    """Article L2: an elector is eighteen on the polling day."""
    return person.age_on(day) >= MAJORITY


def latest_birth(day: date) -> date:
    """The birth date of the youngest who are of age that day (L2), for a database to compare."""
    return years_after(day, -MAJORITY)


def reasons_against_territory(commune: Commune, mandataire_commune: Commune | None) -> list[Reason]:
    """Article R213-1: no télé-procédure when the mandataire votes in New Caledonia and the mandant does not."""
    is_excluded = mandataire_commune is not None and mandataire_commune.is_caledonian and not commune.is_caledonian
    return [Reason.TELEPROCEDURE_EXCLUE] if is_excluded else []


def is_same_person(one: Person, other: Person) -> bool | None:
    """Whether two procurations name one person (L73, L75), or None when the data cannot tell.

    The same elector's number (permanent, one person's) says yes; otherwise the roll's same answer, or the civil status:
    the same in full, or with some of the first names only. Two numbers, or two communes, may be those of two people of
    one civil status; or a mandant may have mistyped the one or mistaken the other, and two editions of a roll may write
    one person in two ways. Even when a roll gave a number, the row does not say so: what would be void for good, a
    person tells.
    """
    is_same_birth = one.identity.birth_date == other.identity.birth_date
    if one.nne and one.nne == other.nne:
        return is_same_birth or None
    if not is_same_birth:
        return False
    is_same_answer = bool(one.roll_key and one.roll_key == other.roll_key)
    same = is_same_answer or _is_same_status(one, other)
    return None if same and _is_contradicted(one, other) else same


def ceiling_outcome(one: Held, others: Collection[Held], ceiling: Ceiling) -> Outcome:
    """Article L73 (old wording): the first established are valid; failed when those before fill the ceiling.

    Unknown when it depends on an order, or on a person, that the data do not give: the tie-break of two of one day
    is unread, if there is one.
    """
    before = [other for other in others if other.is_certain and other.is_before(one)]
    if not _is_within(one, before, ceiling):
        return Outcome.FAILED
    not_after = [other for other in others if not one.is_before(other)]
    return Outcome.PASSED if _is_within(one, not_after, ceiling) else Outcome.UNKNOWN


def duplicate_outcome(one: Held, others: Collection[Held]) -> Outcome:
    """Article L75 (old wording): who has given a procuration for a day revokes it before giving another."""
    if any(other.is_certain and other.is_before(one) for other in others):
        return Outcome.FAILED
    return Outcome.UNKNOWN if any(not one.is_before(other) for other in others) else Outcome.PASSED


def list_outcome(lists: Collection[ListType], of_votes: Collection[Collection[ListType]]) -> Outcome:
    """Article L72: an elector for every vote of those days, by one list or another; unknown when only for some."""
    can_vote = [bool(set(lists) & set(of_vote)) for of_vote in of_votes]
    if all(can_vote):
        return Outcome.PASSED
    return Outcome.UNKNOWN if any(can_vote) else Outcome.FAILED


def is_same_commune(one: Commune, other: Commune) -> bool:
    """Article L72 before 2022: one commune; the arrondissements of Paris, Lyon and Marseille are of one."""
    return (one.parent_code or one.code) == (other.parent_code or other.code)


def expiry(submitted_on: date, last_day: date) -> date:
    """The last day of a reference (R72-1 II): data are destroyed within two months of filing (arrêté of 31 March 2021).

    So it serves until the day before; or until its last polling day, when that comes first.
    """
    destroyed_on = months_after(submitted_on, duration("demande", submitted_on).months)
    return min(destroyed_on - timedelta(days=1), last_day)


def _is_contradicted(one: Person, other: Person) -> bool:
    """Whether two numbers, communes or answers of a roll may make two people of one civil status."""
    pairs = (one.nne, other.nne), (one.commune_code, other.commune_code), (one.roll_key, other.roll_key)
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)


def _is_same_status(one: Person, other: Person) -> bool | None:
    mine, theirs = one.identity, other.identity
    if letters(mine.birth_name) != letters(theirs.birth_name):
        return False
    mine_first, theirs_first = fold(mine.first_names).split(), fold(theirs.first_names).split()
    if mine.is_same_person(theirs):
        return None if one.has_namesake or other.has_namesake else True
    if set(mine_first) <= set(theirs_first) or set(theirs_first) <= set(mine_first):
        return None
    return False


def _is_within(one: Held, before: Collection[Held], ceiling: Ceiling) -> bool:
    """Whether it finds room after those, counted in their order."""
    valid: list[Held] = []
    for held in sorted(before, key=lambda held: (held.earliest, held.rank)):
        if _has_room(held, valid, ceiling):
            valid.append(held)
    return _has_room(one, valid, ceiling)


def _has_room(one: Held, valid: list[Held], ceiling: Ceiling) -> bool:
    with_one = [*valid, one]
    total = ceiling.total(with_consular=any(held.is_consular for held in with_one))
    in_france = sum(held.in_france for held in with_one)
    return len(with_one) <= total and (not one.in_france or in_france <= ceiling.max_established_in_france)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day.

    >>> months_after(date(2026, 12, 31), 2)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_after(day: date, years: int) -> date:
    """The same date of a later year; 29 February gives 28 February in a common year."""
    return months_after(day, 12 * years)
