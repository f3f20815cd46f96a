"""Every act on one procuration, by whom it is done, and from which statuses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models import aftermath, journey
from models.account import Account, Capacity
from models.errors import Reason
from models.procuration import IN_FORCE, Procuration, Status
from models.territory import StationKind
from tests.builders import LAON, SOISSONS, World


@dataclass
class Cast:
    """The agents of the play."""

    officer: Account
    consul: Account
    delegue: Account
    clerk: Account
    clerk_elsewhere: Account

    @classmethod
    def of(cls, world: World) -> "Cast":
        consulate = world.a_station("C0009", kind=StationKind.CONSULATE)
        return cls(
            officer=world.an_officer(),
            consul=world.an_officer(Capacity.CONSUL, consulate),
            delegue=world.an_officer(Capacity.DELEGUE),
            clerk=world.a_clerk(LAON),
            clerk_elsewhere=world.a_clerk(SOISSONS),
        )


Act = Callable[[Procuration, Cast, datetime], None]
NOTE = "Vérifié par téléphone."
SUBMITTED, ESTABLISHED = frozenset({Status.SUBMITTED}), frozenset({Status.ESTABLISHED})

ACTS: dict[str, tuple[Act, frozenset[Status]]] = {
    "withdraw": (lambda p, cast, at: journey.withdraw(p, now=at), SUBMITTED),
    "establish": (lambda p, cast, at: journey.establish(p, officer=cast.officer, now=at), SUBMITTED),
    "establish abroad": (lambda p, cast, at: journey.establish(p, officer=cast.consul, now=at), SUBMITTED),
    "refuse": (
        lambda p, cast, at: journey.refuse(p, officer=cast.officer, reason=Reason.CONTRAINTE, now=at),
        SUBMITTED,
    ),
    "postpone": (lambda p, cast, at: journey.postpone(p, officer=cast.delegue, reason=None, now=at), SUBMITTED),
    "validate": (lambda p, cast, at: journey.validate(p, clerk=cast.clerk, now=at), ESTABLISHED),
    "validate with a note": (lambda p, cast, at: journey.validate(p, clerk=cast.clerk, note=NOTE, now=at), ESTABLISHED),
    "invalidate": (
        lambda p, cast, at: journey.invalidate(
            p, clerk=cast.clerk, reason=Reason.MANDATAIRE_NON_INSCRIT, note=NOTE, now=at
        ),
        ESTABLISHED,
    ),
    "ask for a revocation": (lambda p, cast, at: aftermath.ask_revocation(p, now=at), frozenset(IN_FORCE)),
    "revoke": (lambda p, cast, at: aftermath.revoke(p, officer=cast.officer, now=at), frozenset(IN_FORCE)),
    "revoke from paper": (
        lambda p, cast, at: aftermath.revoke_from_paper(p, clerk=cast.clerk, now=at),
        frozenset(IN_FORCE),
    ),
    "lapse": (
        lambda p, cast, at: aftermath.lapse(p, clerk=cast.clerk, reason=Reason.DECES_MANDATAIRE, now=at),
        frozenset(IN_FORCE),
    ),
    "death of the mandant": (
        lambda p, cast, at: aftermath.end_on_death(p, clerk=cast.clerk, now=at),
        frozenset(IN_FORCE),
    ),
}

FORBIDDEN: dict[str, Act] = {
    "a délégué establishes": lambda p, cast, at: journey.establish(p, officer=cast.delegue, now=at),
    "a clerk establishes": lambda p, cast, at: journey.establish(p, officer=cast.clerk, now=at),
    "a délégué refuses": lambda p, cast, at: journey.refuse(p, officer=cast.delegue, reason=Reason.CONTRAINTE, now=at),
    "a délégué revokes": lambda p, cast, at: aftermath.revoke(p, officer=cast.delegue, now=at),
    "another commune validates": lambda p, cast, at: journey.validate(p, clerk=cast.clerk_elsewhere, now=at),
    "an officer validates": lambda p, cast, at: journey.validate(p, clerk=cast.officer, note=NOTE, now=at),
    "another commune invalidates": lambda p, cast, at: journey.invalidate(
        p, clerk=cast.clerk_elsewhere, reason=Reason.PLAFOND, note=NOTE, now=at
    ),
    "another commune attaches a revocation": lambda p, cast, at: aftermath.revoke_from_paper(
        p, clerk=cast.clerk_elsewhere, now=at
    ),
    "another commune declares a lapse": lambda p, cast, at: aftermath.lapse(
        p, clerk=cast.clerk_elsewhere, reason=Reason.DECES_MANDATAIRE, now=at
    ),
    "an officer declares a death": lambda p, cast, at: aftermath.end_on_death(p, clerk=cast.officer, now=at),
}
