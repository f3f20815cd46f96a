"""What ends a procuration that was established: revocation, lapse, death, nullity. Each frees the ceiling.

From `established` as from `validated` (L75 says always). None of them needs a reason from the mandant.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import exists, select, update

from models import control, journal, outbox, reason_words
from models.account import Account, Habilitation, Role
from models.base import db
from models.errors import OFFICER_POSTPONEMENTS, AlreadyHandled, NotAllowed, NotHabilitated, Reason, RuleBroken
from models.findings import RULES_VERSION, Control
from models.journal import Action
from models.outbox import MailKind
from models.procuration import IN_FORCE, Procuration, Replacement, Status
from models.transition import move, tell

BAD_NEWS = (Status.INVALIDATED, Status.LAPSED, Status.VOID)
LAPSES = (Reason.DECES_MANDATAIRE, Reason.MANDATAIRE_DROITS)


def may_revoke_online(procuration: Procuration, today: date) -> bool:
    """Article R78 (unread): where the law of each of its coming days lets a revocation be asked on line."""
    return all(law.online_revocation for law in control.laws_of(procuration, today))


def ask_revocation(procuration: Procuration, *, now: datetime) -> None:
    """Demander la résiliation, on line (L75; R78, unread): valid until an officer, or a certified identity, confirms.

    Raises NotAllowed, AlreadyHandled (not in force any more, or asked already).
    """
    if procuration.is_in_force and not may_revoke_online(procuration, procuration.commune.local_day(now)):
        raise NotAllowed
    asked = db.session.scalar(
        update(Procuration)
        .where(
            Procuration.id == procuration.id,
            Procuration.status.in_(IN_FORCE),
            Procuration.revocation_requested_at.is_(None),
        )
        .values(revocation_requested_at=now)
        .returning(Procuration),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if asked is None:
        db.session.refresh(procuration)
        raise AlreadyHandled
    journal.record(Action.REVOCATION_ASKED, now=now, procuration=procuration)
    tell(MailKind.REVOCATION_ASKED, procuration, now)


def revoke(procuration: Procuration, *, officer: Account, now: datetime) -> None:
    """Résilier in person, before any authority that establishes, asked on line or not (L75: always; R78, unread).

    Which file an officer can open is the perimeter's (opened_at_counter). Raises NotHabilitated, AlreadyHandled.
    """
    require_authority(officer, now)
    _revoke(procuration, now, account=officer)


def postpone_revocation(procuration: Procuration, *, officer: Account, reason: Reason | None, now: datetime) -> None:
    """Not today: the revocation stays asked, the procuration valid.

    Raises NotHabilitated, RuleBroken, AlreadyHandled.
    """
    require_habilitation(officer, now)
    if reason is not None:
        require_reason(reason, OFFICER_POSTPONEMENTS)
    if not procuration.is_revocation_asked:
        raise AlreadyHandled
    move(procuration, {procuration.status}, procuration.status)
    journal.record(Action.POSTPONED, now=now, procuration=procuration, account=officer, detail=reason)


def revoke_from_paper(procuration: Procuration, *, clerk: Account, now: datetime) -> None:
    """Résilier on the authority's form, received by the town hall (R78, unread).

    Raises NotHabilitated, NotAllowed (its own paper has not come), AlreadyHandled.
    """
    require_desk(procuration, clerk)
    _revoke(procuration, now, account=clerk, detail="paper")


def revoke_stated(procuration: Procuration, *, clerk: Account, now: datetime) -> None:
    """Résilier what the mandant stated before an officer without a reference, attached by the town hall (R78, unread).

    Even before its paper has come: the mandant may revoke always (L75). Raises NotHabilitated, AlreadyHandled.
    """
    require_clerk(procuration, clerk)
    _revoke(procuration, now, account=clerk, detail="stated")


def revoke_certified(procuration: Procuration, *, now: datetime) -> None:
    """Résilier with a certified identity, without a visit (R78 since 2025, unread), where each day's law allows it.

    The caller has checked the level that the provider asserted. Raises NotAllowed, AlreadyHandled.
    """
    today = procuration.commune.local_day(now)
    if procuration.is_in_force and not may_be_certified(procuration, today):
        raise NotAllowed
    _revoke(procuration, now, detail="certified")


def may_be_certified(procuration: Procuration, today: date) -> bool:
    """Article R72 since 2025: where the law of each coming day lets a certified identity stand for the visit."""
    return all(law.certified_identity for law in control.laws_of(procuration, today))


def revoke_replaced(successor: Procuration, *, now: datetime) -> None:
    """A change of mind (L75, old wording): what the successor replaces, if in force, its establishment revokes."""
    if not db.session.scalar(select(exists().where(Replacement.procuration_id == successor.id))):
        return
    for former in successor.replaced:
        try:
            _revoke(former, now, detail="replaced", successor=successor)
        except AlreadyHandled:
            continue


def lapse(procuration: Procuration, *, clerk: Account, reason: Reason, now: datetime) -> None:
    """Caduque: the mandataire died or lost the right to vote (L77); the mandant is told (R80, old wording).

    Raises NotHabilitated, NotAllowed (its paper has not come), RuleBroken, AlreadyHandled.
    """
    require_desk(procuration, clerk)
    require_reason(reason, LAPSES)
    text = reason_words.of(procuration, reason, procuration.commune.local_day(now))
    move(procuration, IN_FORCE, Status.LAPSED, reason=reason, reason_text_id=text and text.id, closed_at=now)
    journal.record(Action.LAPSED, now=now, procuration=procuration, account=clerk, detail=reason)
    tell(MailKind.LAPSED, procuration, now, reason=reason, **reason_words.facts(text, procuration))


def end_on_death(procuration: Procuration, *, clerk: Account, now: datetime) -> None:
    """The mandant died: nobody votes for them (L71), nobody is written to; what has not left will not.

    So it is of all that the same elector asked: what waits is withdrawn, what is in force in that commune ends.
    Raises NotHabilitated, NotAllowed (its paper has not come), AlreadyHandled.
    """
    require_desk(procuration, clerk)
    _end_with_mandant(procuration, clerk, now)
    for other in _of_same_elector(procuration):
        if other.status is Status.SUBMITTED:
            _withdraw_with_mandant(other, clerk, now)
        elif other.is_in_force and other.commune_code == procuration.commune_code:
            _end_with_mandant(other, clerk, now)
        else:
            other.email = None
            outbox.erase_of(other, now)


def void(procuration: Procuration, found: Control, *, now: datetime, just_established: bool = False) -> None:
    """Nulle de plein droit: its mandataire held all that L73 (old wording) allows, established before.

    The mandant is told (R77, old wording). Raises AlreadyHandled.
    """
    text = reason_words.of(procuration, Reason.PLAFOND, procuration.commune.local_day(now))
    move(
        procuration,
        IN_FORCE,
        Status.VOID,
        reason=Reason.PLAFOND,
        reason_text_id=text and text.id,
        closed_at=now,
        is_automated=True,
        findings=found.as_json,
        rules_version=RULES_VERSION,
    )
    journal.record(Action.VOIDED, now=now, procuration=procuration, detail=Reason.PLAFOND)
    words = reason_words.facts(text, procuration)
    tell(MailKind.VOID, procuration, now, reason=Reason.PLAFOND, just_established=just_established, **words)


def letters(procuration: Procuration) -> list[str]:
    """Whom the town hall tells by letter (R77, R80, old wordings).

    The mandataire of a nullity; and a mandant who left no e-mail, of what will not serve, or not on a day chosen, or
    could not for want of a decision (R74, unread).
    """
    if procuration.purged_at is not None:
        return []
    has_lost_days = procuration.is_in_force and bool(procuration.lost_days)
    is_bad_news = procuration.status in BAD_NEWS or has_lost_days or procuration.is_ended_undecided
    is_unreached = procuration.email is None and is_bad_news
    to_mandataire = ["mandataire"] if procuration.status is Status.VOID else []
    return [*to_mandataire, *(["mandant"] if is_unreached else [])]


def require_habilitation(officer: Account, now: datetime) -> Habilitation:
    """Somebody of a counter, délégué or not, whose habilitation is in force (R72-1). Raises NotHabilitated."""
    habilitation = officer.habilitation_at(now)
    if habilitation is None:
        raise NotHabilitated
    return habilitation


def require_authority(officer: Account, now: datetime) -> Habilitation:
    """The same, in a capacity that establishes: not a délégué's (R72-1 V). Raises NotHabilitated."""
    habilitation = require_habilitation(officer, now)
    if not habilitation.may_establish:
        raise NotHabilitated
    return habilitation


def require_reason(reason: Reason, allowed: Collection[Reason]) -> None:
    """One of the coded reasons of this act. Raises RuleBroken."""
    if reason not in allowed:
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])


def require_clerk(procuration: Procuration, clerk: Account) -> None:
    """A clerk of the commune where the mandant votes (R76, unread since 2022). Raises NotHabilitated."""
    codes = {commune.code for commune in clerk.communes}
    if clerk.role is not Role.TOWN_HALL or procuration.commune_code not in codes:
        raise NotHabilitated


def require_desk(procuration: Procuration, clerk: Account) -> None:
    """The same, of a town hall that has it in hand: its paper has come, or was not waited for (R75 I).

    Raises NotHabilitated, NotAllowed.
    """
    require_clerk(procuration, clerk)
    if procuration.is_held:
        raise NotAllowed


def _of_same_elector(procuration: Procuration) -> Sequence[Procuration]:
    """What the same FranceConnect session asked besides, held as it is until the transaction ends."""
    if procuration.elector_key is None:
        return []
    others = select(Procuration).where(
        Procuration.elector_key == procuration.elector_key, Procuration.id != procuration.id
    )
    locked = others.order_by(Procuration.id).with_for_update(of=Procuration)
    return db.session.scalars(locked, execution_options={"populate_existing": True}).all()


def _end_with_mandant(procuration: Procuration, clerk: Account, now: datetime) -> None:
    move(procuration, IN_FORCE, Status.ENDED, reason=Reason.DECES_MANDANT, closed_at=now, email=None)
    outbox.erase_of(procuration, now)
    journal.record(Action.ENDED, now=now, procuration=procuration, account=clerk, detail=Reason.DECES_MANDANT)


def _withdraw_with_mandant(demande: Procuration, clerk: Account, now: datetime) -> None:
    move(demande, {Status.SUBMITTED}, Status.WITHDRAWN, reason=Reason.DECES_MANDANT, email=None)
    outbox.erase_of(demande, now)
    journal.record(Action.WITHDRAWN, now=now, procuration=demande, account=clerk, detail=Reason.DECES_MANDANT)


def _revoke(
    procuration: Procuration,
    now: datetime,
    *,
    account: Account | None = None,
    detail: str | None = None,
    successor: Procuration | None = None,
) -> None:
    move(procuration, IN_FORCE, Status.REVOKED, closed_at=now)
    journal.record(Action.REVOKED, now=now, procuration=procuration, account=account, detail=detail)
    tell(MailKind.REVOKED, procuration, now, **({"successor": successor.reference} if successor else {}))
