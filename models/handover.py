"""A délégué checks the identity and passes on; the officer who designated him reads, then establishes (R72-1 V).

Signed by the délégué alone, a procuration would be void, and the vote with it (TA Toulouse, 8 June 1989): until the
officer has established it, it is a demande like another, which its elector may withdraw and any officer may establish.
"""

from datetime import datetime
from typing import Any

from models import aftermath, journal, rounds
from models.account import Account, Capacity
from models.errors import NotAllowed, NotHabilitated
from models.journal import Action
from models.outbox import MailKind
from models.procuration import Procuration, Status
from models.transition import move, tell
from models.visit import Round

NO_CHECK: dict[str, Any] = {"checked_by_name": None, "checked_at": None, "passed_to_id": None}
"""What an act keeps that owes nothing to a délégué's check: none of it."""


def officer_behind(delegue: Account, now: datetime) -> Account | None:
    """The officer of police judiciaire who designated this délégué, while habilitated as one at the same station."""
    habilitation = delegue.habilitation_at(now)
    officer = habilitation.opj if habilitation else None
    is_there = officer is not None and officer.suspended_at is None and officer.station_code == delegue.station_code
    theirs = officer.habilitation_at(now) if officer and is_there else None
    return officer if theirs and theirs.capacity is Capacity.OPJ else None


def pass_on(procuration: Procuration, *, delegue: Account, during: Round | None = None, now: datetime) -> None:
    """Identity checked, in person, free: to the officer who designated this délégué. The mandant is told what is left.

    `during`: the round in which the mandant is met, with the papers it asks for (R73). Raises NotHabilitated (not a
    délégué), NotAllowed (no officer behind, for now; not the day of the round), RuleBroken (no papers), AlreadyHandled
    (by its mandant, by an officer, or passed on to that officer before).
    """
    if aftermath.require_habilitation(delegue, now).capacity is not Capacity.DELEGUE:
        raise NotHabilitated
    officer = officer_behind(delegue, now)
    if officer is None:
        raise NotAllowed
    if during:
        rounds.receive(during, procuration, officer=delegue, now=now)
    today = procuration.commune.local_day(now)
    move(
        procuration,
        {Status.SUBMITTED},
        Status.SUBMITTED,
        alive_on=today,
        unless={"passed_to_id": officer.id},
        checked_by_name=delegue.name,
        checked_at=now,
        passed_to_id=officer.id,
    )
    journal.record(Action.PASSED_ON, now=now, procuration=procuration, account=delegue)
    tell(MailKind.PASSED_ON, procuration, now, expires_on=procuration.expires_on.isoformat())


def kept_by(procuration: Procuration, officer: Account) -> dict[str, Any]:
    """What the act of this officer keeps of the check: nothing, unless it was passed on to this one."""
    return {} if procuration.passed_to_id == officer.id else NO_CHECK
