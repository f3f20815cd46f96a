"""A station's responsible invites its officers and removes them; the habilitation comes after, from its paper."""

import pytest
from sqlalchemy import select

from app.dates import now
from models import agent_identity, delegation, invitation
from models.account import Account, Role
from models.base import db
from models.delegation import Person
from models.errors import TooMany
from models.invitation import MOST, MOST_TO_ONE, Invitation
from models.journal import Action
from models.outbox import MailKind
from tests.back_office.desks import Desk, buttons, counter, entries, journaled
from tests.back_office.factors import is_in
from tests.back_office.managing import CHOSEN, KEY, account, choose, link
from tests.back_office.test_accounts import sign_in
from tests.builders import World, csrf_token
from tests.database import everything, queries
from tests.mail.outbox import claim_all
from tests.page import read

STATION = "/admin/habilitations/"
TYPED = {"name": "Yannis CORDIER", "email": "yannis@gendarmerie.test"}


def a_responsible(world: World, **changes: object) -> Account:
    return world.an_officer(**{"manages_station": True, "name": "Hélène FAUVEL"} | changes)


def desk_of(world: World, manager: Account) -> Desk:
    return Desk(world.as_agent(manager), STATION)


def invite(desk: Desk, **changes: str):
    return desk.client.post(STATION, data=desk.read().form(STATION) | TYPED | changes)


def post(desk: Desk, agent: Account, where: str, **fields: str):
    """The form of an agent's page, whatever the page offers by now."""
    token = csrf_token(desk.get().text)
    return desk.client.post(f"{STATION}{where}/", data={"id": agent.id, "csrf_token": token, **fields})


def test_an_officer_is_invited_by_mail_and_acts_once_habilitated(world: World) -> None:
    responsible = a_responsible(world)
    desk = desk_of(world, responsible)
    assert invite(desk).status_code == 303
    assert (
        "Yannis CORDIER : pas d'habilitation en cours, n'a pas encore choisi comment se connecter" in desk.read().text
    )
    visitor, address = world.app.test_client(), link()
    assert responsible.station
    assert responsible.station.name in read(visitor.get(address)).text
    assert choose(visitor, address).status_code == 303
    assert sign_in(visitor, TYPED["email"], CHOSEN).status_code == 303
    assert "Vous n'avez pas d'habilitation en cours" in read(visitor.get("/admin/officer/")).text
    officer = account(TYPED["email"])
    assert (officer.role, officer.station_code, officer.is_manager) == (Role.OFFICER, responsible.station_code, False)
    written = [(one.action, one.account_id, one.desk, one.detail, one.stream) for one in entries()]
    stream = f"account-{responsible.id}"
    assert (Action.OFFICER_INVITED, responsible.id, officer.station_code, str(officer.id), stream) in written
    assert visitor.get(STATION).status_code == 403, "who was invited manages nobody"


def test_what_is_wrong_is_said_and_a_taken_address_is_the_same_wherever_it_is(world: World) -> None:
    desk, answers = desk_of(world, a_responsible(world)), set()
    taken = (world.an_officer(), world.a_clerk(), world.an_account(Role.AUDITOR))
    before = everything()["account"]
    for other in taken:
        page = read(invite(desk, email=other.email))
        assert page.form(STATION)["name"] == TYPED["name"]
        answers.add((page.status, page.text.replace(other.email, "")))
    assert len(answers) == 1
    assert journaled().count(Action.DENIED) == len(taken)
    for sentence, changes in {"Écrivez son prénom": {"name": ""}, "Il manque le « @ »": {"email": "yannis"}}.items():
        page = read(invite(desk, **changes))
        assert (page.status, sentence in page.text) == (422, True)
    assert everything()["account"] == before


def test_a_second_click_says_that_the_person_is_in_the_list(world: World) -> None:
    desk = desk_of(world, a_responsible(world))
    form = desk.read().form(STATION) | TYPED
    assert desk.client.post(STATION, data=form).status_code == 303
    again = read(desk.client.post(STATION, data=form))
    assert (again.status, "elle est dans la liste de cette page" in again.text) == (422, True)
    assert len([mail for mail in claim_all() if mail.kind is MailKind.INVITATION]) == 1


def test_supervision_invites_no_officer_and_a_responsible_none_elsewhere(world: World) -> None:
    ministry, responsible = world.an_account(Role.MINISTRY), a_responsible(world)
    desk = desk_of(world, ministry)
    token = csrf_token(desk.get().text)
    assert desk.client.post(STATION, data=TYPED | {"csrf_token": token}).status_code == 403
    assert entries()[-1].action is Action.DENIED
    foreign = world.an_officer()
    for act in ("resend", "remove"):
        assert post(desk_of(world, responsible), foreign, act, confirmed="yes").status_code == 404
    last = entries()[-1]
    assert (last.action, last.account_id, last.detail) == (Action.DENIED, responsible.id, "Unknown")


def test_an_invitation_is_sent_again_and_withdrawn(world: World) -> None:
    desk = desk_of(world, a_responsible(world))
    invite(desk)
    officer, first = account(TYPED["email"]), link()
    page = desk.read(f"agent/?id={officer.id}")
    assert desk.client.post(f"{STATION}resend/", data=page.form(f"{STATION}resend/")).status_code == 303
    visitor, second = world.app.test_client(), link()
    assert (visitor.get(first).status_code, visitor.get(second).status_code) == (404, 200)
    asked = read(desk.client.post(f"{STATION}remove/", data=page.form(f"{STATION}remove/")))
    assert asked.h1 == "Retirer l'invitation de Yannis CORDIER ?"
    done = desk.client.post(f"{STATION}remove/", data=asked.form(f"{STATION}remove/"), follow_redirects=True)
    assert "Invitation retirée" in read(done).text
    assert visitor.get(second).status_code == 404
    assert db.session.scalars(select(Invitation)).all() == []


def test_an_officer_who_is_removed_is_out_at_once_and_what_was_done_stays(world: World) -> None:
    responsible = a_responsible(world)
    officer = world.an_officer(station=responsible.station, name="Régine MASSON")
    elector = world.an_elector()
    refused = world.submitted(elector)
    working, desk = counter(world, officer), desk_of(world, responsible)
    working.act("invalidate", refused.reference, reason="IDENTITE_DISCORDANTE")
    assert post(desk, officer, "remove").status_code == 200
    assert is_in(working.client)
    assert post(desk, officer, "remove", confirmed="yes").location == STATION
    assert not is_in(working.client)
    assert sign_in(world.app.test_client(), officer.email).status_code == 422
    assert desk.get(f"agent/?id={officer.id}").status_code == 404
    db.session.rollback()
    db.session.refresh(officer)
    assert (officer.station, officer.is_manager) == (None, False)
    assert all(one.ended_at for one in officer.habilitations)
    assert journaled()[-3:-1] == [Action.HABILITATION_ENDED, Action.OFFICER_REMOVED]
    mine = read(world.as_elector(elector).get("/mes-procurations"))
    assert f"Refus enregistré par : {responsible.station and responsible.station.name}" in mine.text


def test_who_left_a_station_may_be_invited_at_another_and_brings_no_habilitation(world: World) -> None:
    first, second = a_responsible(world), a_responsible(world)
    officer = world.an_officer(station=first.station, email=TYPED["email"])
    refused = read(invite(desk_of(world, second)))
    assert (refused.status, "responsable là-bas, ou le ministère, l'en retire d'abord" in refused.text) == (422, True)
    post(desk_of(world, first), officer, "remove", confirmed="yes")
    assert invite(desk_of(world, second)).status_code == 303
    assert sign_in(world.app.test_client(), officer.email).status_code == 422, "the former password is gone"
    db.session.rollback()
    db.session.refresh(officer)
    assert (officer.station_code, officer.habilitation_at(now())) == (second.station_code, None)


def test_who_opened_it_with_a_provider_opens_it_no_more_once_it_is_given_anew(world: World) -> None:
    first, second = a_responsible(world), a_responsible(world)
    officer = world.an_officer(station=first.station, email=TYPED["email"])
    agent_identity.link(officer, "https://provider.test", "a subject", now=now())
    db.session.commit()
    post(desk_of(world, first), officer, "remove", confirmed="yes")
    assert invite(desk_of(world, second)).status_code == 303
    assert agent_identity.account_of("https://provider.test", "a subject") is None


def test_nobody_removes_themselves(world: World) -> None:
    responsible = a_responsible(world)
    desk = desk_of(world, responsible)
    assert post(desk, responsible, "remove", confirmed="yes").status_code == 403
    assert buttons(desk.read(f"agent/?id={responsible.id}")) == ["Se déconnecter"]
    last = entries()[-1]
    assert (last.action, last.detail) == (Action.DENIED, "NotHabilitated")


def test_invitations_are_counted_by_the_day_and_refused_beyond(world: World) -> None:
    responsible = a_responsible(world)
    desk = desk_of(world, responsible)
    for n in range(MOST - 1):
        person = Person(f"agent-{n}@gendarmerie.test", "Yannis CORDIER")
        delegation.invite_officer(person, manager=responsible, key=KEY, now=now())
    db.session.commit()
    assert invite(desk, email=world.a_clerk().email).status_code == 422
    refused = invite(desk)
    page = read(refused)
    assert (page.status, "Trop d'invitations sont parties" in page.text) == (429, True)
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600 + 1
    assert (entries()[-1].action, entries()[-1].detail) == (Action.DENIED, "TooMany")
    delegation.invite_officer(Person(**TYPED), manager=responsible, key=KEY, now=now() + invitation.WINDOW)


def test_one_person_gets_a_few_a_day(world: World) -> None:
    desk = desk_of(world, a_responsible(world))
    invite(desk)
    officer = account(TYPED["email"])
    answers = [post(desk, officer, "resend").status_code for _ in range(MOST_TO_ONE)]
    assert answers == [303] * (MOST_TO_ONE - 1) + [429]
    assert [mail.kind for mail in claim_all()] == [MailKind.INVITATION] * MOST_TO_ONE
    invite(desk, email="another@gendarmerie.test")


def test_a_count_is_of_one_account_and_a_mail_for_several_communes_is_one(world: World) -> None:
    manager, other = world.a_clerk("02408", "02722", manages_communes=True), a_responsible(world)
    for n in range(MOST):
        person = Person(f"agent-{n}@mairie.test", "Luc PETIT")
        delegation.invite_clerk(person, manager.communes, manager=manager, key=KEY, now=now())
    with pytest.raises(TooMany):
        invitation.require_few(manager, now())
    invitation.require_few(other, now())


def test_the_page_costs_the_same_for_few_officers_and_for_many(world: World) -> None:
    responsible = a_responsible(world)
    desk, costs = desk_of(world, responsible), []
    for _ in range(3):
        world.an_officer(station=responsible.station)
        with queries() as seen:
            desk.get()
        costs.append(len(seen))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 5
