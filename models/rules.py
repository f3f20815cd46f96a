"""The law as pure functions of values and of the day; each names its article and returns reasons."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from models.errors import Reason
from models.identity import Identity
from models.territory import Commune

MAJORITY = 18
DEMANDE_LIFETIME_MONTHS = 2
PERIOD_YEARS = 1
CONSULAR_PERIOD_YEARS = 3


@dataclass(frozen=True)
class Demande:
    """What an elector asks (R75): `days` for scrutins, or `valid_until` for a period, never both."""

    mandant: Identity
    mandant_nne: str | None
    commune: Commune
    email: str
    mandataire: Identity
    mandataire_nne: str | None
    mandataire_commune: Commune | None
    days: tuple[date, ...] = ()
    valid_until: date | None = None

    @property
    def last_day(self) -> date | None:
        """The last day on which it could serve."""
        return max(self.days, default=self.valid_until)


class Validity(Protocol):
    """What says when a procuration serves: its polling days, or the last day of its period."""

    @property
    def days(self) -> Collection[date]: ...

    @property
    def valid_until(self) -> date | None: ...


def overlap(one: Validity, other: Validity, today: date) -> bool:
    """Article R74: whether both would serve on one same day from today on; a period serves until its last day."""
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
        *reasons_against_mandataire(demande.mandant, demande.mandataire),
        *(validity or reasons_against_age(demande)),
        *([Reason.DONNEES_INCOMPLETES] if bool(demande.days) is bool(demande.valid_until) else []),
    ]


def reasons_against_mandataire(mandant: Identity, mandataire: Identity) -> list[Reason]:
    """Article L71: one votes through somebody else."""
    return [Reason.MANDANT_EST_MANDATAIRE] if mandant.is_same_person(mandataire) else []


def reasons_against_days(days: Collection[date], open_days: Collection[date], today: date) -> list[Reason]:
    """Article R74: days of scrutins that concern the commune. A vote of this very day is late, never refused."""
    if any(day < today for day in days):
        return [Reason.VALIDITE_EXPIREE]
    return [] if set(days) <= set(open_days) else [Reason.SCRUTIN_INCONNU]


def reasons_against_period(valid_until: date | None, today: date, *, is_consular: bool) -> list[Reason]:
    """Article R74, when it is asked: a period still to come, and not too long."""
    if valid_until is not None and valid_until <= today:
        return [Reason.VALIDITE_EXPIREE]
    return reasons_against_length(valid_until, today, is_consular=is_consular)


def reasons_against_length(valid_until: date | None, today: date, *, is_consular: bool) -> list[Reason]:
    """Article R74: one year from establishment; three on a consular list, before a consular authority."""
    years = CONSULAR_PERIOD_YEARS if is_consular else PERIOD_YEARS
    too_long = valid_until is not None and valid_until > years_after(today, years)
    return [Reason.VALIDITE_TROP_LONGUE] if too_long else []


def reasons_against_age(demande: Demande) -> list[Reason]:
    """Article L2: electors are of age; on each day chosen, or on a period's last, for it may begin before."""
    day = min(demande.days, default=demande.valid_until)
    if day is None:
        return []
    return [
        *([Reason.MANDANT_MINEUR] if demande.mandant.age_on(day) < MAJORITY else []),
        *([Reason.MANDATAIRE_DROITS] if demande.mandataire.age_on(day) < MAJORITY else []),
    ]


def expiry(submitted_on: date, last_day: date) -> date:
    """The last day of a reference: destroyed within two months of filing (arrêté of 31 March 2021), or useless."""
    return min(months_after(submitted_on, DEMANDE_LIFETIME_MONTHS), last_day)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day.

    >>> months_after(date(2026, 12, 31), 2)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def years_after(day: date, years: int) -> date:
    """The same date of a later year; 29 February gives 28 February in a common year."""
    return months_after(day, 12 * years)
