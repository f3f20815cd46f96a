"""A clerk of one town hall is offered a commune of another's manager, with the account that there is (T3, T19)."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.dates import now
from app.message import render
from models import delegation, desk_offer
from models.account import Account, Role
from models.base import db
from models.delegation import Person
from models.desk_offer import VALID_FOR, DeskOffer
from models.errors import AlreadyHandled, NotHabilitated, TooMany, Unknown
from models.invitation import MOST_TO_ONE
from models.journal import Action
from models.outbox import MailKind
from tests.back_office.desks import Desk, buttons, entries, town_hall
from tests.back_office.managing import CLERKS, KEY, TYPED, a_manager, codes_of, desk_of, invite, post
from tests.builders import LAON, SOISSONS, World
from tests.journey.test_races import at_once
from tests.mail.outbox import claim_all
from tests.page import read

ACCOUNT = "/agents/compte"
ANSWER = f"{ACCOUNT}/commune"


def a_clerk_elsewhere(world: World) -> Account:
    return world.a_clerk(SOISSONS, email=TYPED["email"], name="Nadia BENALI")


def offer(world: World, *codes: str) -> tuple[Account, Account]:
    """The manager, and the clerk of Soissons who may answer."""
    manager, clerk = a_manager(world, *codes or (LAON,)), a_clerk_elsewhere(world)
    assert invite(desk_of(world, manager), communes=[*codes] or [LAON]).status_code == 303
    return manager, clerk


def answer(at: Desk, said: str, code: str = LAON) -> TestResponse:
    """As the form of the own account, whatever it offers by now."""
    return at.client.post(ANSWER, data=at.read().form("/agents/deconnexion") | {"code": code, "answer": said})


def own_account(world: World, clerk: Account) -> Desk:
    return Desk(world.as_agent(clerk), ACCOUNT)


def test_who_works_elsewhere_is_offered_a_commune_and_says_yes(world: World) -> None:
    here, there = world.established(), world.established(commune_code=SOISSONS)
    manager, clerk = offer(world)
    assert codes_of(clerk) == {SOISSONS}
    [mail] = [render(one) for one in claim_all() if one.kind is MailKind.DESK_OFFERED]
    written = " ".join((mail.body or "").split())
    assert (mail.recipients, "Laon. Rien ne s'ouvre sans votre accord" in written) == ([clerk.email], True)
    assert f"http://127.0.0.1:5000{ACCOUNT} " in written
    at = own_account(world, clerk)
    page = at.read()
    assert "Laon (02, Aisne), à accepter avant le" in page.text
    assert buttons(page)[1:3] == ["Accepter", "Refuser"]
    assert here.reference not in at.client.get("/admin/town-hall/").text
    answered = at.client.post(ANSWER, data=page.form(ANSWER) | {"answer": "accept"}, follow_redirects=True)
    assert "Laon : acceptée" in read(answered).text.replace("\u00a0", " ")
    assert codes_of(clerk) == {LAON, SOISSONS}
    shown = at.client.get("/admin/town-hall/").text
    assert (here.reference in shown, there.reference in shown) == (True, True)
    assert "Communes proposées" not in at.read().text
    journaled = [(one.action, one.account_id, one.desk, one.detail) for one in entries()]
    assert (Action.CLERK_INVITED, manager.id, LAON, f"{clerk.id} offered") in journaled
    assert (Action.INVITATION_ACCEPTED, clerk.id, LAON, None) in journaled
    assert clerk.name in desk_of(world, manager).read().text


def test_who_says_no_sees_nothing(world: World) -> None:
    _, clerk = offer(world)
    at = own_account(world, clerk)
    assert answer(at, "decline").status_code == 303
    assert (codes_of(clerk), db.session.query(DeskOffer).count()) == ({SOISSONS}, 0)
    assert [one.desk for one in entries() if one.action is Action.INVITATION_DECLINED] == [LAON]
    assert answer(at, "accept").status_code == 404, "it was answered"
    assert codes_of(clerk) == {SOISSONS}


def test_another_word_than_yes_is_no_yes(world: World) -> None:
    _, clerk = offer(world)
    assert answer(own_account(world, clerk), "accepter").status_code == 303
    assert codes_of(clerk) == {SOISSONS}


def test_the_manager_sees_an_address_and_no_name_until_it_is_accepted(world: World) -> None:
    manager, clerk = offer(world, LAON, "02691")
    page = desk_of(world, manager).read()
    assert f"{clerk.email}, jusqu'au" in page.text
    assert "Laon, Saint-Quentin" in page.text
    assert clerk.name not in page.text
    for where in ("one", "limit", "remove", "factor"):
        assert post(desk_of(world, manager), clerk, where, confirmed="yes").status_code in (404, 405)
    assert codes_of(clerk) == {SOISSONS}


def test_what_was_offered_is_taken_back(world: World) -> None:
    manager, clerk = offer(world)
    at, stranger = own_account(world, clerk), a_manager(world, "02691", email="autre@mairie.test")
    assert post(desk_of(world, stranger), clerk, "withdraw").status_code == 404
    desk = desk_of(world, manager)
    form = desk.read().form(f"{CLERKS}withdraw/")
    assert desk.client.post(f"{CLERKS}withdraw/", data=form).status_code == 303
    assert clerk.email not in desk.read().text
    assert answer(at, "accept").status_code == 404
    assert codes_of(clerk) == {SOISSONS}
    last = [one for one in entries() if one.action is Action.CLERK_REMOVED]
    assert [(one.account_id, one.desk, one.detail) for one in last] == [(manager.id, LAON, f"{clerk.id} offered")]
    with pytest.raises(AlreadyHandled):
        delegation.withdraw_offer(clerk, manager=manager, now=now())
    with pytest.raises(NotHabilitated):
        delegation.withdraw_offer(clerk, manager=world.a_clerk(), now=now())


def test_after_a_week_nothing_is_offered_any_more(world: World) -> None:
    manager, clerk = offer(world)
    later = now() + VALID_FOR + timedelta(seconds=1)
    assert desk_offer.made_to(clerk, now())
    assert (list(desk_offer.made_to(clerk, later)), list(desk_offer.made_by(manager, later))) == ([], [])
    with pytest.raises(Unknown):
        desk_offer.accept(LAON, account=clerk, now=later)
    desk_offer.drop_before(now())
    assert db.session.query(DeskOffer).count() == 1
    desk_offer.drop_before(later)
    assert db.session.query(DeskOffer).count() == 0


def test_who_works_here_already_is_said_to_and_nothing_leaves(world: World) -> None:
    """Oneself too; of two communes of which one is new, that one is offered."""
    manager, clerk = a_manager(world, LAON, SOISSONS), a_clerk_elsewhere(world)
    desk = desk_of(world, manager)
    for email in (clerk.email, manager.email):
        page = read(invite(desk, email=email, communes=[SOISSONS]))
        assert (page.status, "cette personne travaille déjà pour vous" in page.text.lower()) == (422, True)
    assert not claim_all()
    assert invite(desk, communes=[LAON, SOISSONS]).status_code == 303
    assert [one.commune_code for one in desk_offer.made_to(clerk, now())] == [LAON]


def test_an_address_is_offered_to_as_seldom_as_it_is_invited(world: World) -> None:
    manager, clerk = a_manager(world), a_clerk_elsewhere(world)
    person = Person(clerk.email, "Nadia")
    for n in range(MOST_TO_ONE):
        at = now() + timedelta(seconds=n)
        delegation.invite_clerk(person, manager.communes, manager=manager, key=KEY, now=at)
    with pytest.raises(TooMany):
        delegation.invite_clerk(person, manager.communes, manager=manager, key=KEY, now=at)


def test_an_account_that_is_closed_is_offered_nothing_any_more(world: World) -> None:
    _, clerk = offer(world)
    delegation.remove(clerk, manager=world.an_account(Role.MINISTRY), now=now())
    assert db.session.query(DeskOffer).count() == 0


def test_an_officer_or_an_auditor_is_offered_nothing(world: World) -> None:
    manager = a_manager(world)
    for other in (world.an_officer(), world.an_account(Role.AUDITOR), world.an_account(Role.MINISTRY)):
        page = read(invite(desk_of(world, manager), email=other.email))
        assert (page.status, "a déjà un compte" in page.text) == (422, True)
    assert db.session.query(DeskOffer).count() == 0


def test_of_two_answers_at_once_one_counts(world: World) -> None:
    _, clerk = offer(world)
    desks = [own_account(world, clerk) for _ in range(2)]
    forms = [at.read().form(ANSWER) | {"answer": "accept"} for at in desks]
    answers = at_once(*[lambda n=n: desks[n].client.post(ANSWER, data=forms[n]) for n in range(2)], table="account")
    assert sorted(one.status_code for one in answers) == [303, 404]
    assert codes_of(clerk) == {LAON, SOISSONS}


def test_each_commune_of_several_is_answered_by_itself(world: World) -> None:
    _, clerk = offer(world, LAON, "02691")
    at = own_account(world, clerk)
    answer(at, "accept", "02691")
    answer(at, "decline", LAON)
    assert codes_of(clerk) == {SOISSONS, "02691"}
    assert "Saint-Quentin" in town_hall(world, clerk).get().text
