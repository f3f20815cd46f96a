"""The form that an officer fills with a person who has no FranceConnect, there at the counter (R72, R75 I; E8).

It is a procuration on paper: printed, signed by the mandant, sent to the town hall, its mandant written to by nobody.
No télé-procédure without authentication: it is of no FranceConnect session. The town hall sees it when the paper has
come, or at once where the law of each of its days lets it be transmitted ahead (unread, off).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from models import aftermath, control, holdings, journal, paper, rounds, settlement
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotHabilitated, Reason, RuleBroken
from models.insertion import insert_with_reference, key_of
from models.journal import ON_PAPER, Action
from models.paper import Form
from models.procuration import IN_FORCE, Procuration, Source
from models.rounds import Papers
from models.territory import Commune, Station
from models.visit import Round


def establish(
    form: Form,
    *,
    officer: Account,
    submission_key: str,
    during: Round | None = None,
    papers: Papers | None = None,
    now: datetime,
) -> Procuration:
    """Établir, on paper: identity checked, in person, free (R72-1, R73); its reference is printed on the form.

    `during`: a round of the officer's station, whose commune is the place, with the person's `papers` where it needs
    them. L73's nullities follow at once: its mandant is still there, and may choose somebody else. The same form under
    the same `submission_key` is established once. Raises NotHabilitated, NotAllowed (not the round's day), RuleBroken.
    """
    capacity = aftermath.require_authority(officer, now).capacity
    if reasons := paper.reasons_against(form, now=now):
        raise RuleBroken(reasons)
    key = key_of(submission_key, form)
    holdings.lock([form.mandant, form.mandataire])
    procuration, is_new = insert_with_reference(lambda: _new(form, key, officer, capacity, now))
    if not is_new:
        return procuration
    if during is not None:
        procuration.established_commune = rounds.receive_on_form(during, procuration, papers, officer=officer, now=now)
    journal.record(Action.ESTABLISHED, now=now, procuration=procuration, account=officer, detail=ON_PAPER)
    holdings.come_last(procuration)
    if may_be_transmitted_ahead(procuration, procuration.commune.local_day(now)):
        procuration.held_until_paper = False
        db.session.flush()
    settlement.settle(procuration, now=now)
    return procuration


def filled_by(officer: Account, commune: Commune, now: datetime, during: Round | None = None) -> dict[str, Any]:
    """What the authority adds to what the person says (R75 I): its name and capacity, the place, the commune's day.

    The place is the station's commune, or the round's. Raises NotHabilitated.
    """
    habilitation, today = aftermath.require_authority(officer, now), commune.local_day(now)
    return {
        "authority_name": officer.name,
        "authority_capacity": habilitation.capacity,
        "place": during.commune if during else _station_of(officer).commune,
        "established_on": today,
        "received_on": today,
    }


def may_be_transmitted_ahead(procuration: Procuration, today: date) -> bool:
    """Whether the law of each of its days lets the town hall see it before the paper (R75 I, unread since 2025)."""
    return all(law.transmitted_ahead for law in control.laws_of(procuration, today))


def receive(procuration: Procuration, *, clerk: Account, received_on: date, now: datetime) -> None:
    """The paper has come, signed, and says the same: from now on the town hall decides, or the register has (R75, R76).

    After its last day there is nothing to decide (R74, unread). Raises NotHabilitated, RuleBroken (received before it
    was established, or after today; its days are past), AlreadyHandled.
    """
    aftermath.require_clerk(procuration, clerk)
    established_at, day = procuration.established_at, procuration.commune.local_day
    if established_at is None or not day(established_at) <= received_on <= day(now):
        raise RuleBroken([Reason.DATES_DISCORDANTES])
    if procuration.last_day < day(now):
        raise RuleBroken([Reason.VALIDITE_EXPIREE])
    was_held = procuration.held_until_paper
    holdings.lock([procuration.mandant, procuration.mandataire])
    _take(procuration, received_on, today=day(now))
    journal.record(Action.PAPER_RECEIVED, now=now, procuration=procuration, account=clerk)
    if was_held:
        settlement.settle(procuration, now=now)


def _new(form: Form, key: str, officer: Account, capacity: Capacity, now: datetime) -> Procuration:
    """The row, not yet in the session. Raises RuleBroken when the form does not say for when."""
    station = _station_of(officer)
    return paper.established(
        form,
        key,
        now,
        officer_id=officer.id,
        officer_name=officer.name,
        officer_capacity=capacity,
        station_code=station.code,
        handled_at=now,
        established_at=now,
        established_commune=station.commune,
        established_in_france=station.is_in_france,
        held_until_paper=True,
    )


def _take(procuration: Procuration, received_on: date, today: date) -> None:
    """Of two clerks, or two clicks, the second finds no paper to come. Raises AlreadyHandled."""
    taken = db.session.scalar(
        update(Procuration)
        .where(
            Procuration.id == procuration.id,
            Procuration.source == Source.PAPER,
            Procuration.received_on.is_(None),
            Procuration.status.in_(IN_FORCE),
            Procuration.last_day >= today,
        )
        .values(received_on=received_on, held_until_paper=False)
        .returning(Procuration),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if taken is None:
        db.session.refresh(procuration)
        raise AlreadyHandled


def _station_of(officer: Account) -> Station:
    """Raises NotHabilitated: a habilitation is in force at a station."""
    if officer.station is None:
        raise NotHabilitated
    return officer.station
