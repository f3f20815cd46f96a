"""What the domain answers when it does not do what was asked, and the coded reasons it gives.

One place (app/errors.py) turns the exceptions into pages; templates/components/words.html the codes into French.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Reason(StrEnum):
    """Why a demande or a procuration is refused: the codes of the law's vocabulary, posted, stored, exported."""

    MANDANT_NON_INSCRIT = "MANDANT_NON_INSCRIT"
    MANDATAIRE_NON_INSCRIT = "MANDATAIRE_NON_INSCRIT"
    MANDATAIRE_AUTRE_COMMUNE = "MANDATAIRE_AUTRE_COMMUNE"
    MANDATAIRE_NON_ELECTEUR_SCRUTIN = "MANDATAIRE_NON_ELECTEUR_SCRUTIN"
    MANDATAIRE_DROITS = "MANDATAIRE_DROITS"
    PLAFOND = "PLAFOND"
    DOUBLON_MANDANT = "DOUBLON_MANDANT"
    MANDANT_EST_MANDATAIRE = "MANDANT_EST_MANDATAIRE"
    MANDANT_MINEUR = "MANDANT_MINEUR"
    IDENTITE_DISCORDANTE = "IDENTITE_DISCORDANTE"
    IDENTITE_ABSENTE = "IDENTITE_ABSENTE"
    ABSENCE_PERSONNELLE = "ABSENCE_PERSONNELLE"
    CONTRAINTE = "CONTRAINTE"
    VALIDITE_EXPIREE = "VALIDITE_EXPIREE"
    VALIDITE_TROP_LONGUE = "VALIDITE_TROP_LONGUE"
    SCRUTIN_INCONNU = "SCRUTIN_INCONNU"
    TELEPROCEDURE_EXCLUE = "TELEPROCEDURE_EXCLUE"
    DECES_MANDANT = "DECES_MANDANT"
    DECES_MANDATAIRE = "DECES_MANDATAIRE"
    DATES_DISCORDANTES = "DATES_DISCORDANTES"
    DONNEES_INCOMPLETES = "DONNEES_INCOMPLETES"


OFFICER_REFUSALS = (Reason.IDENTITE_DISCORDANTE, Reason.CONTRAINTE)
OFFICER_POSTPONEMENTS = (Reason.IDENTITE_ABSENTE, Reason.ABSENCE_PERSONNELLE)
TOWN_HALL_REFUSALS = (
    Reason.MANDANT_NON_INSCRIT,
    Reason.MANDANT_EST_MANDATAIRE,
    Reason.MANDATAIRE_NON_INSCRIT,
    Reason.MANDATAIRE_AUTRE_COMMUNE,
    Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN,
    Reason.MANDATAIRE_DROITS,
    Reason.PLAFOND,
    Reason.DOUBLON_MANDANT,
)


class Fault(StrEnum):
    """What is wrong with an election that supervision would create or correct."""

    NAME_MISSING = "name_missing"
    NAME_TOO_LONG = "name_too_long"
    NAME_TAKEN = "name_taken"
    NO_TOUR = "no_tour"
    TOO_MANY_TOURS = "too_many_tours"
    TOURS_OUT_OF_ORDER = "tours_out_of_order"
    TOUR_BEGUN = "tour_begun"
    DAY_NOT_TO_COME = "day_not_to_come"
    DAY_TOO_FAR = "day_too_far"
    NO_TERRITORY = "no_territory"
    TERRITORY_UNKNOWN = "territory_unknown"
    LOCAL_CODE_UNKNOWN = "local_code_unknown"
    LOCAL_CODE_ELSEWHERE = "local_code_elsewhere"
    LOCAL_DAY_TOO_FAR = "local_day_too_far"
    CEILING_TOTAL = "ceiling_total"
    CEILING_IN_FRANCE = "ceiling_in_france"
    CEILING_CONSULAR = "ceiling_consular"
    NO_LIST = "no_list"
    NOTHING_CHANGED = "nothing_changed"


class Problem(NamedTuple):
    """A fault, of which tour where it is of one, and the codes of territories that it is about."""

    fault: Fault
    tour: int = 0
    codes: tuple[str, ...] = ()


class DomainError(Exception):
    """Parent of every refusal: nothing was changed."""


class Unknown(DomainError):
    """No such row for this person: it does not exist, or it is outside the perimeter."""


class NotHabilitated(DomainError):
    """This account may not do this act (R72-1): the wrong role, or a délégué who would establish."""


class IdentityTaken(DomainError):
    """Whom the provider names opens another account already."""


class AlreadyHandled(DomainError):
    """Somebody else, or an earlier click, acted first; the conditional update found nothing to change."""


class RuleBroken(DomainError):
    """The law, as models/rules.py reads it, forbids the act; `reasons` says why."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(", ".join(self.reasons))


class ElectionRefused(DomainError):
    """An election cannot be so; `problems` says what is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(problem.fault for problem in self.problems))


class NoteRequired(DomainError):
    """A decision against what the findings say needs a written reason; `against` is what they object, if anything."""

    def __init__(self, against: Iterable[Reason] = ()) -> None:
        self.against = tuple(dict.fromkeys(against))
        super().__init__()


class NotAllowed(DomainError):
    """The law of these polling days, or the state of the procuration, leaves no such way (online revocation, e-id)."""


class AddressTaken(DomainError):
    """This address has an account already."""


class CodeRefused(DomainError):
    """This code of a second factor is not the account's, or has served already."""


class KeyLost(DomainError):
    """What was sealed is opened by no key at hand: TOTP_KEY was changed, and the former was not kept."""


class Forged(DomainError):
    """This code of a receipt was not signed by this service, or something in it was changed."""


class TooMany(DomainError):
    """The same thing was asked too often; `wait` is how long before it may be asked again."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__()


class Unfit(StrEnum):
    """Why a designation cannot be recorded as a habilitation."""

    MAYOR = "mayor"
    CAPACITY_ELSEWHERE = "capacity_elsewhere"
    AUTHORITY_MISSING = "authority_missing"
    ENDS_BEFORE = "ends_before"
    OPJ_MISSING = "opj_missing"


class HabilitationRefused(DomainError):
    """The designation does not habilitate; `unfit` says all that is wrong."""

    def __init__(self, unfit: Iterable[Unfit]) -> None:
        self.unfit = tuple(unfit)
        super().__init__()


class Closure(NamedTuple):
    """Until when an account's counter opens nothing, and whether that is the block or a wait."""

    until: datetime
    is_blocked: bool


class CounterClosed(DomainError):
    """Too many wrong references: for a while this account's counter opens nothing, a right one included."""


def must_exist(found: T | None) -> T:
    """What was looked for. Raises Unknown: there is none, or none for who asks."""
    if found is None:
        raise Unknown
    return found
