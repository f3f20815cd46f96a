"""Who may act at a counter, from when, until when, and who says so (R72-1)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.dates import DESK_ZONE, now
from models import aftermath, habilitation, journey
from models.account import Account, Capacity, Habilitation, Role
from models.base import db
from models.errors import AlreadyHandled, HabilitationRefused, NotHabilitated, Reason, Unfit, Unknown
from models.habilitation import Designation
from models.journal import Action
from models.outbox import MailKind, OutboxMail
from models.procuration import Status
from models.territory import StationKind
from tests.back_office.desks import journaled
from tests.builders import World, a_habilitation

BRUSSELS = "C0009"


def a_designation(**changes: Any) -> Designation:
    values: dict[str, Any] = {
        "capacity": Capacity.APJ,
        "authority": "Anne ROUSSEL, juge directrice",
        "court": "Tribunal judiciaire de Laon",
        "valid_from": now().astimezone(DESK_ZONE).date(),
        "valid_until": None,
        "opj": None,
        "is_mayor_or_deputy": False,
    }
    return Designation(**(values | changes))


def without_habilitation(world: World, **changes: Any) -> Account:
    return world.an_officer(habilitations=[], **changes)


def a_chief(world: World, **changes: Any) -> Account:
    return world.an_officer(manages_station=True, **changes)


def refused(designation: Designation, agent: Account, manager: Account) -> tuple[Unfit, ...]:
    with pytest.raises(HabilitationRefused) as refusal:
        habilitation.record(designation, agent, manager=manager, now=now())
    return refusal.value.unfit


@pytest.mark.parametrize("held", ["none", "over", "to come", "ended"])
def test_without_a_habilitation_in_force_no_act_is_done_r72_1(world: World, held: str) -> None:
    today = world.today
    theirs = {
        "none": [],
        "over": [a_habilitation(valid_until=today - timedelta(days=2))],
        "to come": [a_habilitation(valid_from=today + timedelta(days=2))],
        "ended": [a_habilitation(ended_at=now())],
    }[held]
    officer, demande, procuration = world.an_officer(habilitations=theirs), world.submitted(), world.established()
    for act in (
        lambda: journey.establish(demande, officer=officer, now=now()),
        lambda: journey.refuse(demande, officer=officer, reason=Reason.CONTRAINTE, now=now()),
        lambda: journey.postpone(demande, officer=officer, reason=None, now=now()),
        lambda: aftermath.revoke(procuration, officer=officer, now=now()),
    ):
        with pytest.raises(NotHabilitated):
            act()
    assert (demande.status, procuration.status) == (Status.SUBMITTED, Status.ESTABLISHED)


def test_the_last_day_is_whole_where_the_counter_is(world: World) -> None:
    """In Tahiti it is still the last day when Paris is in the next."""
    last = date(2026, 12, 31)
    officer = world.an_officer(station=world.a_station("98735"), habilitations=[a_habilitation(valid_until=last)])
    zone = world.commune("98735").zone
    assert officer.habilitation_at(datetime.combine(last, time(23, 59), zone))
    assert officer.habilitation_at(datetime.combine(last + timedelta(days=1), time(0, 0), zone)) is None


def test_the_last_recorded_of_two_in_force_names_the_capacity(world: World) -> None:
    officer = world.an_officer(habilitations=[a_habilitation(), a_habilitation(capacity=Capacity.RESERVIST)])
    demande = world.submitted()
    journey.establish(demande, officer=officer, now=now())
    assert demande.officer_capacity is Capacity.RESERVIST


def test_who_answers_for_the_station_habilitates_and_ends(world: World) -> None:
    chief = a_chief(world)
    agent = without_habilitation(world, station=chief.station)
    recorded = habilitation.record(a_designation(), agent, manager=chief, now=now())
    db.session.commit()
    held = agent.habilitation_at(now())
    assert (held, recorded.capacity) == (recorded, Capacity.APJ)
    habilitation.end(recorded.id, agent, manager=chief, now=now())
    db.session.commit()
    assert agent.habilitation_at(now()) is None
    assert journaled() == [Action.HABILITATED, Action.HABILITATION_ENDED]
    with pytest.raises(AlreadyHandled):
        habilitation.end(recorded.id, agent, manager=chief, now=now())


def test_nobody_habilitates_themselves_nor_without_answering_for_the_station(world: World) -> None:
    chief = a_chief(world)
    agent = without_habilitation(world, station=chief.station)
    for manager, who in ((chief, chief), (agent, agent), (world.an_officer(station=chief.station), agent)):
        with pytest.raises(NotHabilitated):
            habilitation.record(a_designation(), who, manager=manager, now=now())
        with pytest.raises(NotHabilitated):
            habilitation.end(1, who, manager=manager, now=now())
    with pytest.raises(NotHabilitated):
        habilitation.find_agent(agent.id, world.a_clerk())
    assert db.session.scalar(select(Habilitation).where(Habilitation.account_id == agent.id)) is None


def test_a_responsible_finds_the_agents_of_the_station_and_supervision_all(world: World) -> None:
    chief, elsewhere, clerk = a_chief(world), world.an_officer(), world.a_clerk()
    for foreign in (elsewhere, clerk):
        with pytest.raises(Unknown):
            habilitation.find_agent(foreign.id, chief)
    ministry = world.an_account(Role.MINISTRY)
    assert habilitation.find_agent(elsewhere.id, ministry) is elsewhere
    with pytest.raises(Unknown):
        habilitation.find_agent(clerk.id, ministry)


def test_a_mayor_or_a_deputy_is_never_habilitated_r72_1_i(world: World) -> None:
    chief = a_chief(world)
    agent = without_habilitation(world, station=chief.station)
    designation = a_designation(capacity=Capacity.OPJ, is_mayor_or_deputy=True)
    assert refused(designation, agent, chief) == (Unfit.MAYOR,)
    assert agent.habilitation_at(now()) is None


def test_the_capacity_is_that_of_the_place(world: World) -> None:
    """Consular authorities at the posts (R72-1-1), judicial ones in France."""
    chief = a_chief(world)
    agent = without_habilitation(world, station=chief.station)
    assert refused(a_designation(capacity=Capacity.CONSUL), agent, chief) == (Unfit.CAPACITY_ELSEWHERE,)
    post = world.a_station(BRUSSELS, kind=StationKind.CONSULATE)
    consul, head = without_habilitation(world, station=post), a_chief(world, station=post)
    assert refused(a_designation(), consul, head) == (Unfit.CAPACITY_ELSEWHERE,)
    habilitation.record(a_designation(capacity=Capacity.CONSUL, court=None), consul, manager=head, now=now())
    assert consul.habilitation_at(now())


def test_what_the_paper_must_say_is_asked(world: World) -> None:
    chief = a_chief(world)
    agent = without_habilitation(world, station=chief.station)
    good = a_designation()
    assert refused(replace(good, authority=""), agent, chief) == (Unfit.AUTHORITY_MISSING,)
    assert refused(replace(good, court=None), agent, chief) == (Unfit.AUTHORITY_MISSING,)
    assert refused(replace(good, valid_until=good.valid_from - timedelta(days=1)), agent, chief) == (Unfit.ENDS_BEFORE,)


def test_a_delegue_is_chosen_by_an_opj_of_the_station_habilitated_as_one_r72_1_v(world: World) -> None:
    """An APJ, a reservist, the délégué himself, an OPJ of elsewhere or no longer habilitated choose nobody."""
    chief = a_chief(world)
    agent, station = without_habilitation(world, station=chief.station), chief.station
    over = [a_habilitation(valid_until=world.today - timedelta(days=2))]
    wrong = (
        None,
        agent,
        world.an_officer(),
        world.an_officer(Capacity.APJ, station),
        world.an_officer(station=station, habilitations=over),
    )
    for opj in wrong:
        designation = a_designation(capacity=Capacity.DELEGUE, opj=opj)
        assert refused(designation, agent, chief) == (Unfit.OPJ_MISSING,), opj
    habilitation.record(a_designation(capacity=Capacity.DELEGUE, opj=chief), agent, manager=chief, now=now())
    held = agent.habilitation_at(now())
    assert held
    assert (held.may_establish, held.opj) == (False, chief)


def let_warn(at: datetime) -> list[str]:
    """Whom a night's work writes to."""
    for batch in habilitation.to_warn(at):
        for one in batch:
            habilitation.warn(one, now=at)
    db.session.commit()
    mails = select(OutboxMail).where(OutboxMail.kind == MailKind.HABILITATION_ENDS).order_by(OutboxMail.id)
    return [mail.facts["to"] for mail in db.session.scalars(mails) if mail.facts]


def test_the_end_is_told_thirty_days_before_once_to_the_officer_and_the_responsible(world: World) -> None:
    chief, last = a_chief(world), now().date() + timedelta(days=60)
    officer = world.an_officer(station=chief.station, habilitations=[a_habilitation(valid_until=last)])
    noon = datetime.combine(last, time(12), now().tzinfo)
    assert let_warn(noon - timedelta(days=31)) == []
    assert habilitation.ends_soon(officer, noon - timedelta(days=31)) is None
    both = sorted([chief.email, officer.email])
    assert let_warn(noon - timedelta(days=30)) == both
    assert habilitation.ends_soon(officer, noon - timedelta(days=30)) == last
    assert let_warn(noon - timedelta(days=29)) == both


def test_who_has_the_next_already_is_not_warned(world: World) -> None:
    last = now().date() + timedelta(days=10)
    held = [a_habilitation(valid_until=last), a_habilitation(valid_from=last + timedelta(days=1))]
    officer = world.an_officer(habilitations=held)
    assert let_warn(now()) == []
    assert habilitation.ends_soon(officer, now()) is None
