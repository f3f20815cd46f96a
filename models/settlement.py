"""What follows an establishment, in its own transaction: L73's nullities, and the register's decision where it decides.

One message tells the mandant both that the procuration is established and what was decided at once.
"""

from datetime import datetime
from typing import Any

from models import aftermath, control, holdings, journal, late_arrivals, majority, reason_words, standing
from models.base import db
from models.errors import AlreadyHandled
from models.findings import RULES_VERSION, Control
from models.journal import Action
from models.outbox import MailKind
from models.procuration import Procuration, Status
from models.rules import Outcome
from models.transition import move, tell


def settle(procuration: Procuration, *, now: datetime) -> None:
    """Give an established procuration its outcome: void, decided by the register, or left to the town hall.

    Who is on duty there is told of it when it comes late. Before its paper has come, void or nothing. The caller
    holds holdings.lock on its two people since before the establishment.
    """
    today = procuration.commune.local_day(now)
    found = control.at_establishment(procuration, today)
    void_later(procuration, found, now=now)
    if procuration in found.excess:
        aftermath.void(procuration, found, now=now, just_established=True)
    elif procuration.held_until_paper:
        return
    elif found.is_decided_by_register:
        _decide(procuration, found, now)
    else:
        tell(MailKind.ESTABLISHED, procuration, now, **_unserved(procuration, now))
    if procuration.is_in_force:
        late_arrivals.note(procuration, now=now)


def void_later(procuration: Procuration, found: Control, *, now: datetime) -> None:
    """Void what the count beside this procuration shows to be beyond the ceiling (L73, old wording)."""
    for later in found.excess:
        if later is not procuration:
            _void(later, now)


def doubt_tied(procuration: Procuration, found: Control, *, is_again: bool, now: datetime) -> None:
    """A person has validated it where the data do not say which counts (L73, L75; old wording).

    What was validated beside it and may be the one that does not is in doubt, and its mandant told: a person decides
    on each. When this one was itself looked at again (`is_again`), what was decided knowing of it stands.
    """
    if all(one.outcome is Outcome.FAILED for one in found.rivalries):
        return
    today = procuration.commune.local_day(now)
    for other in holdings.beside(procuration, today):
        theirs = control.control(other, today)
        is_known = is_again and not theirs.differs_from(other.findings)
        if other.status is Status.VALIDATED and not other.is_in_doubt and theirs.rivalries and not is_known:
            _doubt(other, theirs, now)


def recontrol(procuration: Procuration, *, election_id: int | None = None, now: datetime) -> None:
    """Control it again because an election of one of its days is new or corrected (R74, unread): by its law.

    Or, without an election, because a roll names its people otherwise. L73's nullities follow, and the register's own
    decision where an election gives it to the register; whatever else fails is stored, told to the mandant unless the
    town hall is still to decide on a roll's word, and for the town hall to look at again if it had been validated. A
    doubt that nothing founds any more goes, and its mandant is told.
    Of what is held until its paper comes, the nullities alone; of what has served its last day, nothing.
    """
    holdings.lock([procuration.mandant, procuration.mandataire])
    db.session.refresh(procuration)
    today = procuration.commune.local_day(now)
    if not procuration.is_in_force or procuration.last_day < today:
        return
    found = control.recontrol(procuration, today)
    for one in found.excess:
        _void(one, now)
    if procuration in found.excess or procuration.held_until_paper:
        return
    cause = None if election_id else standing.ROLL
    is_told = election_id is not None or not procuration.awaits_decision
    is_new = is_told and bool(found.failures) and found.differs_from(procuration.findings)
    is_untold = procuration.is_in_doubt and found.loses_sight_of(procuration.findings)
    is_open = is_untold or (procuration.is_in_doubt and bool(found.objections))
    has_doubt = not procuration.awaits_decision and (is_new or is_open)
    is_cleared = procuration.is_in_doubt and not has_doubt
    doubted_at = now if has_doubt else None
    values: dict[str, Any] = {"findings": found.as_json, "rules_version": RULES_VERSION, "doubted_at": doubted_at}
    move(procuration, {procuration.status}, procuration.status, **({} if is_untold and not is_new else values))
    detail = standing.detail(cause, is_in_doubt=is_new or has_doubt, is_cleared=is_cleared)
    journal.record(Action.RECONTROLLED, now=now, procuration=procuration, election_id=election_id, detail=detail)
    if election_id is not None and procuration.awaits_decision and found.is_decided_by_register:
        _decide(procuration, found, now)
    elif is_new:
        reasons = [finding.reason for finding in found.failures]
        texts = reason_words.of_each(procuration, reasons, today)
        words = {reason: reason_words.told(text, procuration) for reason, text in texts.items()}
        tell(MailKind.RECONTROLLED, procuration, now, reasons=reasons, cause=cause, texts=words)
    elif is_cleared:
        tell(MailKind.DOUBT_OVER, procuration, now)


def rename(procuration: Procuration, *, now: datetime) -> None:
    """A roll names its people otherwise: count again what they hold and gave (L73, L75; old wording)."""
    today = procuration.commune.local_day(now)
    given = [procuration, *holdings.given_too(procuration, today)]
    holdings.lock([person for one in given for person in (one.mandant, one.mandataire)])
    for one in given:
        recontrol(one, now=now)


def _unserved(procuration: Procuration, now: datetime) -> dict[str, list[str]]:
    """The votes of its period on which one of the two is not of age yet (L2), as a fact of the message."""
    days = majority.unserved(procuration, now)
    return {"unserved": [day.isoformat() for day in days]} if days else {}


def _void(procuration: Procuration, now: datetime) -> None:
    """Void one established after those that fill the ceiling; somebody may have ended it meanwhile."""
    try:
        aftermath.void(procuration, control.ceilings(procuration, procuration.commune.local_day(now)), now=now)
    except AlreadyHandled:
        return


def _doubt(procuration: Procuration, found: Control, now: datetime) -> None:
    """In force, and to be looked at again; somebody may have ended it, or put it in doubt, meanwhile."""
    values: dict[str, Any] = {"findings": found.as_json, "rules_version": RULES_VERSION, "doubted_at": now}
    try:
        move(procuration, {Status.VALIDATED}, Status.VALIDATED, **values)
    except AlreadyHandled:
        return
    detail = standing.detail(standing.TIE, is_in_doubt=True)
    journal.record(Action.RECONTROLLED, now=now, procuration=procuration, detail=detail)
    tell(MailKind.RECONTROLLED, procuration, now, reasons=[], cause=standing.TIE)


def _decide(procuration: Procuration, found: Control, now: datetime) -> None:
    """The register's own decision: automated, and said to be so (R76 since 2022, unread)."""
    reason = found.failures[0].reason if found.failures else None
    text = reason_words.of(procuration, reason, procuration.commune.local_day(now)) if reason else None
    status = Status.INVALIDATED if reason else Status.VALIDATED
    values: dict[str, Any] = {
        "decided_at": now,
        "is_automated": True,
        "reason": reason,
        "reason_text_id": text and text.id,
        "findings": found.as_json,
        "rules_version": RULES_VERSION,
    }
    move(procuration, {Status.ESTABLISHED}, status, **values)
    action = Action.INVALIDATED if reason else Action.VALIDATED
    kind = MailKind.INVALIDATED if reason else MailKind.VALIDATED
    journal.record(action, now=now, procuration=procuration, detail=reason)
    facts = reason_words.facts(text, procuration) if reason else _unserved(procuration, now)
    tell(kind, procuration, now, reason=reason, is_automated=True, **facts)
