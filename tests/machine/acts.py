"""Every act on one procuration, by whom it is done, and from which statuses; and what may not be done by whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models import aftermath, handover, journey
from models.account import Account, Capacity, Role
from models.errors import Reason
from models.procuration import Procuration, Status
from models.territory import Commune, StationKind
from tests.builders import LAON, SOISSONS, World, a_habilitation

BRUSSELS = "C0009"


@dataclass
class Cast:
    """The agents of the play, and where a certified elector swears to be."""

    officer: Account
    consul: Account
    delegue: Account
    clerk: Account
    clerk_elsewhere: Account
    ministry: Account
    here: Commune
    abroad: Commune

    @classmethod
    def of(cls, world: World) -> "Cast":
        consulate = world.a_station(BRUSSELS, kind=StationKind.CONSULATE)
        officer = world.an_officer()
        designated = a_habilitation(capacity=Capacity.DELEGUE, opj=officer)
        return cls(
            officer=officer,
            consul=world.an_officer(Capacity.CONSUL, consulate),
            delegue=world.an_officer(station=officer.station, habilitations=[designated]),
            clerk=world.a_clerk(LAON, BRUSSELS),
            clerk_elsewhere=world.a_clerk(SOISSONS),
            ministry=world.an_account(Role.MINISTRY),
            here=world.commune(LAON),
            abroad=world.commune(BRUSSELS),
        )


Act = Callable[[Procuration, Cast, datetime], None]
Acts = dict[str, tuple[Act, frozenset[Status]]]
NOTE = "Vérifié par téléphone."
SUBMITTED, ESTABLISHED = frozenset({Status.SUBMITTED}), frozenset({Status.ESTABLISHED})
IN_FORCE = frozenset({Status.ESTABLISHED, Status.VALIDATED})
NEW_ADDRESS = "nouvelle@electeurs.test"


def invalidate(reason: Reason, note: str | None) -> Act:
    return lambda p, cast, at: journey.invalidate(p, clerk=cast.clerk, reason=reason, note=note, now=at)


def lapse(reason: Reason) -> Act:
    return lambda p, cast, at: aftermath.lapse(p, clerk=cast.clerk, reason=reason, now=at)


OF_ELECTORS: Acts = {
    "withdraw": (lambda p, cast, at: journey.withdraw(p, now=at), SUBMITTED),
    "correct the e-mail": (lambda p, cast, at: journey.correct_email(p, NEW_ADDRESS, now=at), SUBMITTED),
    "establish, certified": (
        lambda p, cast, at: journey.establish_certified(p, place=cast.here, now=at),
        SUBMITTED,
    ),
    "establish abroad, certified": (
        lambda p, cast, at: journey.establish_certified(p, place=cast.abroad, now=at),
        SUBMITTED,
    ),
    "ask for a revocation": (lambda p, cast, at: aftermath.ask_revocation(p, now=at), IN_FORCE),
    "revoke, certified": (lambda p, cast, at: aftermath.revoke_certified(p, now=at), IN_FORCE),
}
OF_OFFICERS: Acts = {
    "establish": (lambda p, cast, at: journey.establish(p, officer=cast.officer, now=at), SUBMITTED),
    "establish once more": (lambda p, cast, at: journey.establish(p, officer=cast.officer, now=at), SUBMITTED),
    "establish abroad": (lambda p, cast, at: journey.establish(p, officer=cast.consul, now=at), SUBMITTED),
    "refuse": (
        lambda p, cast, at: journey.refuse(p, officer=cast.officer, reason=Reason.CONTRAINTE, now=at),
        SUBMITTED,
    ),
    "pass on": (lambda p, cast, at: handover.pass_on(p, delegue=cast.delegue, now=at), SUBMITTED),
    "postpone": (lambda p, cast, at: journey.postpone(p, officer=cast.delegue, reason=None, now=at), SUBMITTED),
    "revoke": (lambda p, cast, at: aftermath.revoke(p, officer=cast.officer, now=at), IN_FORCE),
    "postpone a revocation": (
        lambda p, cast, at: aftermath.postpone_revocation(
            p, officer=cast.delegue, reason=Reason.IDENTITE_ABSENTE, now=at
        ),
        IN_FORCE,
    ),
}
OF_CLERKS: Acts = {
    "validate": (lambda p, cast, at: journey.validate(p, clerk=cast.clerk, now=at), ESTABLISHED),
    "validate with a note": (lambda p, cast, at: journey.validate(p, clerk=cast.clerk, note=NOTE, now=at), ESTABLISHED),
    "invalidate": (invalidate(Reason.MANDANT_NON_INSCRIT, None), ESTABLISHED),
    "invalidate with a note": (invalidate(Reason.MANDATAIRE_NON_INSCRIT, NOTE), ESTABLISHED),
    "revoke from paper": (lambda p, cast, at: aftermath.revoke_from_paper(p, clerk=cast.clerk, now=at), IN_FORCE),
    "lapse by death": (lapse(Reason.DECES_MANDATAIRE), IN_FORCE),
    "lapse by lost rights": (lapse(Reason.MANDATAIRE_DROITS), IN_FORCE),
    "death of the mandant": (lambda p, cast, at: aftermath.end_on_death(p, clerk=cast.clerk, now=at), IN_FORCE),
}
ACTS = OF_ELECTORS | OF_OFFICERS | OF_CLERKS

ONLY_WHERE = {
    "establish, certified": "certified",
    "establish abroad, certified": "certified",
    "revoke, certified": "certified",
    "ask for a revocation": "online",
}
"""What the law of each day must allow."""

FORBIDDEN: dict[str, Act] = {
    "a délégué establishes": lambda p, cast, at: journey.establish(p, officer=cast.delegue, now=at),
    "an officer passes on": lambda p, cast, at: handover.pass_on(p, delegue=cast.officer, now=at),
    "a clerk establishes": lambda p, cast, at: journey.establish(p, officer=cast.clerk, now=at),
    "the ministry establishes": lambda p, cast, at: journey.establish(p, officer=cast.ministry, now=at),
    "a délégué refuses": lambda p, cast, at: journey.refuse(p, officer=cast.delegue, reason=Reason.CONTRAINTE, now=at),
    "a clerk refuses": lambda p, cast, at: journey.refuse(p, officer=cast.clerk, reason=Reason.CONTRAINTE, now=at),
    "a clerk postpones": lambda p, cast, at: journey.postpone(p, officer=cast.clerk, reason=None, now=at),
    "a délégué revokes": lambda p, cast, at: aftermath.revoke(p, officer=cast.delegue, now=at),
    "a clerk revokes at the counter": lambda p, cast, at: aftermath.revoke(p, officer=cast.clerk, now=at),
    "a clerk postpones a revocation": lambda p, cast, at: aftermath.postpone_revocation(
        p, officer=cast.clerk, reason=None, now=at
    ),
    "another commune validates": lambda p, cast, at: journey.validate(p, clerk=cast.clerk_elsewhere, note=NOTE, now=at),
    "an officer validates": lambda p, cast, at: journey.validate(p, clerk=cast.officer, note=NOTE, now=at),
    "the ministry validates": lambda p, cast, at: journey.validate(p, clerk=cast.ministry, note=NOTE, now=at),
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
