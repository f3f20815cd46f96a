"""The acts. Each changes the state, writes the journal and posts the mail in the caller's one transaction.

Each is a conditional update: of two people, or two clicks, the second finds nothing to change and gets
AlreadyHandled. None reads the clock, none commits.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from models import aftermath, decision, handover, holdings, journal, reason_words, rounds, rules, scrutin, settlement
from models.account import Account
from models.base import db
from models.errors import (
    OFFICER_POSTPONEMENTS,
    OFFICER_REFUSALS,
    AlreadyHandled,
    DomainError,
    NotAllowed,
    NotHabilitated,
    Reason,
    RuleBroken,
    TooMany,
    Unknown,
)
from models.insertion import insert_with_reference
from models.journal import Action
from models.outbox import MailKind
from models.perimeter import Elector
from models.procuration import IN_FORCE, Procuration, Status
from models.territory import Commune, Station
from models.transition import facts_of_visit, move, tell
from models.visit import Round

MINISTER = "Ministre de l'intérieur"
MOST_CORRECTIONS = 5
MOST_DEMANDES = 20
"""Of one elector in a window, the withdrawn ones too: each writes to an address that nobody has verified."""
MAIL_WINDOW = timedelta(days=1)


def submit(
    demande: rules.Demande,
    *,
    elector: Elector,
    submission_key: str,
    replaces: Collection[Procuration] = (),
    now: datetime,
    window: timedelta = MAIL_WINDOW,
) -> Procuration:
    """Step 1, déposer: create the demande and its reference, and write to the elector.

    The same `submission_key` twice gives the same demande (double click, back, retry after a lost answer).
    `replaces`: this elector's own procurations, revoked if and when this one is established (L75). Raises RuleBroken,
    Unknown (somebody else's procuration), AlreadyHandled (one of them is not in force: nothing is promised on it),
    TooMany (more than MOST_DEMANDES a `window`).
    """
    if earlier := submitted_with(submission_key, elector):
        return earlier
    if not all(former.elector_key in elector.keys for former in replaces):
        raise Unknown
    if reasons := reasons_against(demande, now=now):
        raise RuleBroken(reasons)
    if window and _filed_since(now - window, elector) >= MOST_DEMANDES:
        raise TooMany(window)
    procuration, is_new = insert_with_reference(lambda: _new(demande, elector, submission_key, now))
    if not is_new:
        return _must_exist(submitted_with(submission_key, elector))
    if replaces:
        procuration.replaced.extend(_held_in_force(replaces))
    journal.record(Action.SUBMITTED, now=now, procuration=procuration)
    tell(MailKind.SUBMITTED, procuration, now, **facts_of_visit(procuration, now))
    return procuration


def submitted_with(submission_key: str, elector: Elector) -> Procuration | None:
    """The demande that this elector has already confirmed under that key."""
    return db.session.scalar(_SUBMITTED_WITH, {"submission_key": submission_key, "keys": elector.keys})


_SUBMITTED_WITH = select(Procuration).where(
    Procuration.submission_key == bindparam("submission_key"),
    Procuration.elector_key.in_(bindparam("keys", expanding=True)),
)


def _filed_since(instant: datetime, elector: Elector) -> int:
    """How many demandes this elector has filed since."""
    return db.session.scalar(_FILED_SINCE, {"keys": elector.keys, "instant": instant}) or 0


_FILED_SINCE = select(func.count(Procuration.id)).where(
    Procuration.elector_key.in_(bindparam("keys", expanding=True)), Procuration.submitted_at > bindparam("instant")
)


def reasons_against(demande: rules.Demande, *, now: datetime) -> list[Reason]:
    """What the law holds against this demande at that instant, in the commune's own day."""
    today = demande.commune.local_day(now)
    open_days = {s.polling_day for s in scrutin.upcoming_in(demande.commune, today)}
    return rules.reasons_against(demande, open_days, today)


def correct_email(procuration: Procuration, email: str, *, now: datetime, window: timedelta = MAIL_WINDOW) -> None:
    """The elector's address (R75 II), corrected before the visit; the reference is sent again, five times a `window`.

    Raises AlreadyHandled, TooMany.
    """
    recent = journal.count(Action.EMAIL_CORRECTED, procuration, since=now - window)
    if recent >= MOST_CORRECTIONS:
        raise TooMany(window)
    today = procuration.commune.local_day(now)
    move(procuration, {Status.SUBMITTED}, Status.SUBMITTED, alive_on=today, email=email)
    journal.record(Action.EMAIL_CORRECTED, now=now, procuration=procuration)
    tell(MailKind.SUBMITTED, procuration, now, **facts_of_visit(procuration, now))


def withdraw(procuration: Procuration, *, now: datetime) -> None:
    """Retirer, before the officer: the elector's own act, always (L75, old wording). Raises AlreadyHandled."""
    move(procuration, {Status.SUBMITTED}, Status.WITHDRAWN)
    journal.record(Action.WITHDRAWN, now=now, procuration=procuration)
    tell(MailKind.WITHDRAWN, procuration, now)


def establish(procuration: Procuration, *, officer: Account, during: Round | None = None, now: datetime) -> None:
    """Step 2, établir: identity checked, in person, free (R72-1, R73). The town hall sees it from this transaction.

    `during`: a round of the officer's station, whose commune is the place of establishment. What it replaces is
    revoked, and L73's nullities and the register's decision follow (settlement.settle). Raises NotHabilitated,
    NotAllowed (not the day of the round), RuleBroken (a period too long for this authority, or no vote left, R74,
    unread; no papers, R73), AlreadyHandled.
    """
    capacity = aftermath.require_authority(officer, now).capacity
    station, today = _station_of(officer), procuration.commune.local_day(now)
    is_consular = procuration.commune.is_consular and not station.is_in_france
    if reasons := _reasons_against_establishment(procuration, today, is_consular=is_consular):
        raise RuleBroken(reasons)
    place = rounds.receive(during, procuration, officer=officer, now=now) if during else station.commune
    holdings.lock([procuration.mandant, procuration.mandataire])
    _handle(
        procuration,
        Status.ESTABLISHED,
        officer,
        now,
        officer_capacity=capacity,
        **handover.kept_by(procuration, officer),
        established_at=now,
        established_commune_code=place.code,
        established_in_france=station.is_in_france,
    )
    journal.record(Action.ESTABLISHED, now=now, procuration=procuration, account=officer)
    _after_establishment(procuration, now)


def may_establish_certified(procuration: Procuration, today: date) -> bool:
    """Whether a certified identity would do now: the law of each day (R72 since 2025), and R74's length (unread)."""
    return _is_certifiable(procuration, today) and not _reasons_against_minister(procuration, today)


def establish_certified(procuration: Procuration, *, place: Commune, now: datetime) -> None:
    """Step 2 without a visit: a certified identity, and the minister as authority (R72; R75 II since 2025, unread).

    `place` is the commune where the elector swears to be; the caller has checked the level that the provider asserted.
    Raises NotAllowed (the law of one of its days has no such way), RuleBroken, AlreadyHandled.
    """
    today = procuration.commune.local_day(now)
    if not _is_certifiable(procuration, today):
        raise NotAllowed
    if reasons := _reasons_against_minister(procuration, today):
        raise RuleBroken(reasons)
    holdings.lock([procuration.mandant, procuration.mandataire])
    move(
        procuration,
        {Status.SUBMITTED},
        Status.ESTABLISHED,
        alive_on=today,
        officer_name=MINISTER,
        authority_capacity=MINISTER,
        handled_at=now,
        established_at=now,
        established_commune_code=place.code,
        established_in_france=not place.is_consular,
        **handover.NO_CHECK,
    )
    journal.record(Action.ESTABLISHED, now=now, procuration=procuration, detail="certified")
    _after_establishment(procuration, now)


def refuse(procuration: Procuration, *, officer: Account, reason: Reason, now: datetime) -> None:
    """Step 2, refuser, with a coded reason and no free text. Raises NotHabilitated, RuleBroken, AlreadyHandled."""
    capacity = aftermath.require_authority(officer, now).capacity
    aftermath.require_reason(reason, OFFICER_REFUSALS)
    text = reason_words.of(procuration, reason, procuration.commune.local_day(now))
    why: dict[str, Any] = {"reason": reason, "reason_text_id": text and text.id}
    _handle(procuration, Status.REFUSED, officer, now, officer_capacity=capacity, **why)
    journal.record(Action.REFUSED, now=now, procuration=procuration, account=officer, detail=reason)
    words = reason_words.facts(text, procuration)
    tell(MailKind.REFUSED, procuration, now, reason=reason, authority=_station_of(officer).name, **words)


def postpone(procuration: Procuration, *, officer: Account, reason: Reason | None, now: datetime) -> None:
    """Not today: no document, somebody else came, or the visit was interrupted. The demande stays as it is."""
    aftermath.require_habilitation(officer, now)
    if reason is not None:
        aftermath.require_reason(reason, OFFICER_POSTPONEMENTS)
    move(procuration, {Status.SUBMITTED}, Status.SUBMITTED)
    journal.record(Action.POSTPONED, now=now, procuration=procuration, account=officer, detail=reason)


def validate(procuration: Procuration, *, clerk: Account, note: str | None = None, now: datetime) -> None:
    """Step 3, valider (R76, unread since 2022): the checks are good, or a written `note` says why one is set aside.

    So it does when the data do not say which of two procurations counts (L73, old wording): then what was validated
    beside it is in doubt. What is in doubt since a new control may be kept so. No note keeps what L73 makes void: it
    is void then, and not validated. Raises NotHabilitated, NotAllowed (its paper has not come), RuleBroken (nobody
    votes any more on the days that are left, R74, unread), NoteRequired, AlreadyHandled.
    """
    _raise_any(decision.validate([procuration], clerk=clerk, note=note, now=now))


def invalidate(
    procuration: Procuration, *, clerk: Account, reason: Reason, note: str | None = None, now: datetime
) -> None:
    """Step 3, invalider (R76, unread since 2022), for a coded reason that writes the message; `note` stays inside.

    Or end so what was validated and is in doubt since a new control (R74, R76; unread). The note is required when every
    check has passed. Raises NotHabilitated, NotAllowed (its paper has not come), RuleBroken, NoteRequired,
    AlreadyHandled.
    """
    _raise_any(decision.invalidate([procuration], clerk=clerk, reason=reason, note=note, now=now))


def _raise_any(not_done: Mapping[int, DomainError]) -> None:
    """Of a decision on one, what it says."""
    for refusal in not_done.values():
        raise refusal


def _held_in_force(formers: Collection[Procuration]) -> list[Procuration]:
    """These, as they are until the transaction ends: nobody ends one meanwhile. Raises AlreadyHandled."""
    keys = {former.id for former in formers}
    in_force = select(Procuration).where(Procuration.id.in_(keys), Procuration.status.in_(IN_FORCE))
    held = db.session.scalars(
        in_force.order_by(Procuration.id).with_for_update(of=Procuration), execution_options={"populate_existing": True}
    ).all()
    if len(held) < len(keys):
        raise AlreadyHandled
    return list(held)


def _must_exist(procuration: Procuration | None) -> Procuration:
    if procuration is None:
        raise Unknown
    return procuration


def _new(demande: rules.Demande, elector: Elector, submission_key: str, now: datetime) -> Procuration:
    if demande.last_day is None:
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])
    return Procuration(
        status=Status.SUBMITTED,
        submission_key=submission_key,
        elector_key=elector.key,
        email=demande.email,
        mandataire_masked=demande.mandataire_masked,
        **holdings.columns_of(demande),
        submitted_at=now,
        expires_on=rules.expiry(demande.commune.local_day(now), demande.last_day),
    )


def _is_certifiable(procuration: Procuration, today: date) -> bool:
    """By the law of its days, and of what it revokes in taking its place: nothing is revoked so by a detour."""
    replaced = (former for former in procuration.replaced if former.is_in_force)
    return all(aftermath.may_be_certified(one, today) for one in (procuration, *replaced))


def _reasons_against_minister(procuration: Procuration, today: date) -> list[Reason]:
    """The minister is no consular authority: one year, for all."""
    return _reasons_against_establishment(procuration, today, is_consular=False)


def _reasons_against_establishment(procuration: Procuration, today: date, *, is_consular: bool) -> list[Reason]:
    """Article R74 (unread), at the establishment: not too long, and of the days chosen that come, a vote on one."""
    coming = [day for day in procuration.days if day >= today]
    voted = {vote.polling_day for vote in scrutin.upcoming_in(procuration.commune, today)} if coming else set()
    return [
        *rules.reasons_against_length(procuration.valid_until, today, is_consular=is_consular),
        *([Reason.SCRUTIN_INCONNU] if coming and voted.isdisjoint(coming) else []),
    ]


def _station_of(officer: Account) -> Station:
    """Raises NotHabilitated: a habilitation is in force at a station."""
    if officer.station is None:
        raise NotHabilitated
    return officer.station


def _handle(procuration: Procuration, to: Status, officer: Account, now: datetime, **values: Any) -> None:
    """An officer's act on a living demande: those that expired, where the vote is, are nobody's to handle."""
    move(
        procuration,
        {Status.SUBMITTED},
        to,
        alive_on=procuration.commune.local_day(now),
        officer_id=officer.id,
        officer_name=officer.name,
        station_code=officer.station_code,
        handled_at=now,
        **values,
    )


def _after_establishment(procuration: Procuration, now: datetime) -> None:
    holdings.come_last(procuration)
    aftermath.revoke_replaced(procuration, now=now)
    settlement.settle(procuration, now=now)
