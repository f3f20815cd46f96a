"""A commune's manager invites, limits and removes its clerks; a link serves once; a manager always remains."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.dates import now
from models import delegation, invitation
from models.account import Account, Role
from models.base import db
from models.delegation import Person
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated, Unknown
from models.journal import Action
from tests.back_office.desks import buttons, entries, town_hall
from tests.back_office.managing import (
    CHOSEN,
    CLERKS,
    KEY,
    TYPED,
    a_manager,
    account,
    choose,
    codes_of,
    desk_of,
    invite,
    link,
    page_of,
    post,
)
from tests.back_office.test_accounts import create, sign_in
from tests.builders import LAON, SOISSONS, World, csrf_token
from tests.database import everything, queries
from tests.journey.test_races import at_once
from tests.page import read


def test_a_clerk_is_invited_by_mail_chooses_a_password_and_works(world: World) -> None:
    procuration, manager = world.established(), a_manager(world)
    desk = desk_of(world, manager)
    assert invite(desk).status_code == 303
    page = desk.read()
    assert "Luc PETIT, luc@mairie.test, n'a pas encore choisi comment se connecter" in page.text
    visitor, address = world.app.test_client(), link()
    form = read(visitor.get(address))
    assert "Laon" in form.text
    answered = choose(visitor, address)
    assert (answered.status_code, answered.location) == (303, "/agents/connexion")
    assert sign_in(visitor, TYPED["email"], CHOSEN).status_code == 303
    assert procuration.reference in visitor.get("/admin/town-hall/").text
    assert "n'a pas encore choisi" not in desk.read().text
    written = [(one.action, one.account_id, one.desk, one.detail) for one in entries()]
    clerk = account()
    assert (Action.CLERK_INVITED, manager.id, LAON, str(clerk.id)) in written
    assert (Action.INVITATION_ACCEPTED, clerk.id, None, None) in written
    assert visitor.get(CLERKS).status_code == 403, "who was invited manages nobody"


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(world: World) -> None:
    desk = desk_of(world, a_manager(world, LAON, SOISSONS))
    taken = world.an_officer(email="paul@gendarmerie.test")
    before = everything()["account"]
    wrong = {
        "Écrivez son prénom et son nom": {"name": ""},
        "Écrivez son adresse professionnelle": {"email": ""},
        "Il manque le « @ »": {"email": "luc"},
        "120 caractères au plus": {"name": "x" * 121},
        "Cochez une commune au moins": {"communes": []},
        "a déjà un compte": {"email": taken.email},
    }
    for sentence, changes in wrong.items():
        page = read(invite(desk, **changes))
        assert (page.status, sentence in page.text) == (422, True), sentence
        assert page.form(CLERKS)["name"] == changes.get("name", TYPED["name"])
    assert everything()["account"] == before


def test_a_commune_of_elsewhere_cannot_be_given(world: World) -> None:
    manager = a_manager(world, LAON, SOISSONS)
    desk = desk_of(world, manager)
    assert invite(desk, communes=[LAON, "02691"]).status_code == 422
    clerk = world.a_clerk(LAON)
    assert post(desk, clerk, "one", communes=["02691"]).status_code == 422
    with pytest.raises(NotHabilitated):
        delegation.limit(clerk, [world.commune("02691")], manager=manager, now=now())
    with pytest.raises(NotHabilitated):
        delegation.invite_clerk(Person("a@b.test", "A"), [world.commune("02691")], manager=manager, key=KEY, now=now())


def test_a_clerk_is_limited_to_communes_of_the_managers_own(world: World) -> None:
    """Those that another manager opened stay."""
    manager, clerk = a_manager(world, LAON, SOISSONS), world.a_clerk(LAON, SOISSONS, "02691")
    desk = desk_of(world, manager)
    page = page_of(desk, clerk)
    assert page.form(f"{CLERKS}one/")["communes"] == [LAON, SOISSONS]
    theirs = world.established(), world.established(commune_code=SOISSONS)
    working = town_hall(world, clerk)
    assert post(desk, clerk, "one", communes=[SOISSONS]).status_code == 303
    assert codes_of(clerk) == {SOISSONS, "02691"}
    shown = working.get().text
    assert (theirs[0].reference in shown, theirs[1].reference in shown) == (False, True)
    last = entries()[-1]
    assert (last.action, last.account_id, last.desk) == (Action.CLERK_LIMITED, manager.id, LAON)
    assert last.detail == f"{clerk.id} removed"
    page = read(post(desk, clerk, "one"))
    assert (page.status, "Cochez une commune au moins" in page.text) == (422, True)
    with pytest.raises(NotAllowed):
        delegation.limit(clerk, [], manager=manager, now=now())


def test_a_clerk_is_removed_and_is_out_at_once(world: World) -> None:
    manager, clerk = a_manager(world), world.a_clerk()
    desk, working = desk_of(world, manager), town_hall(world, clerk)
    assert working.get().status_code == 200
    asked = read(desk.client.post(f"{CLERKS}remove/", data=page_of(desk, clerk).form(f"{CLERKS}remove/")))
    assert asked.h1 == "Retirer Nadia BENALI ?"
    assert working.get().status_code == 200
    form = asked.form(f"{CLERKS}remove/")
    assert desk.client.post(f"{CLERKS}remove/", data=form).status_code == 303
    assert working.get().location == "/agents/connexion"
    assert sign_in(world.app.test_client(), clerk.email).status_code == 422
    assert clerk.name not in desk.read().text
    assert desk.client.post(f"{CLERKS}remove/", data=form).status_code == 404
    last = [one for one in entries() if one.action is Action.CLERK_REMOVED]
    assert [(one.account_id, one.desk, one.detail) for one in last] == [(manager.id, LAON, str(clerk.id))]


def test_who_works_elsewhere_too_keeps_that(world: World) -> None:
    desk, clerk = desk_of(world, a_manager(world)), world.a_clerk(LAON, SOISSONS)
    assert "Elle garde : Soissons" in read(post(desk, clerk, "remove")).text
    assert post(desk, clerk, "remove", confirmed="yes").status_code == 303
    assert codes_of(clerk) == {SOISSONS}
    assert sign_in(world.app.test_client(), clerk.email).status_code == 303


def test_who_was_removed_may_be_invited_again(world: World) -> None:
    desk, clerk = desk_of(world, a_manager(world)), world.a_clerk(email=TYPED["email"])
    post(desk, clerk, "remove", confirmed="yes")
    assert invite(desk).status_code == 303
    assert sign_in(world.app.test_client(), TYPED["email"]).status_code == 422, "the former password is gone"
    assert choose(world.app.test_client(), link()).status_code == 303
    assert sign_in(world.app.test_client(), TYPED["email"], CHOSEN).status_code == 303


def test_nobody_manages_himself(world: World) -> None:
    manager = a_manager(world, LAON, SOISSONS)
    desk = desk_of(world, manager)
    page = page_of(desk, manager)
    assert "personne ne se limite ni ne se retire soi-même" in page.text
    assert buttons(page) == ["Se déconnecter"]
    before = everything()["account_commune"]
    assert post(desk, manager, "remove", confirmed="yes").status_code == 403
    assert post(desk, manager, "one", communes=[LAON]).status_code == 403
    assert everything()["account_commune"] == before


def test_of_two_managers_who_remove_one_another_one_remains(world: World) -> None:
    managers = [a_manager(world), a_manager(world, name="Autre RESPONSABLE")]
    desks = [desk_of(world, one) for one in managers]
    forms = [
        {"id": managers[1 - n].id, "confirmed": "yes", "csrf_token": csrf_token(desks[n].get().text)} for n in range(2)
    ]

    def act(n: int) -> Callable[[], TestResponse]:
        return lambda: desks[n].client.post(f"{CLERKS}remove/", data=forms[n])

    answers = sorted(one.status_code for one in at_once(act(0), act(1), table=Account.__tablename__))
    assert answers == [303, 403]
    db.session.rollback()
    left = db.session.scalars(select(Account).where(Account.manages_communes, Account.suspended_at.is_(None))).all()
    assert len(left) == 1


def test_an_account_of_elsewhere_or_of_another_role_does_not_exist(world: World) -> None:
    desk = desk_of(world, a_manager(world))
    for stranger in (world.a_clerk(SOISSONS), world.an_officer(), world.an_account(Role.AUDITOR)):
        assert desk.get(f"one/?id={stranger.id}").status_code == 404
        for where in ("one", "remove", "resend"):
            assert post(desk, stranger, where, confirmed="yes", communes=[LAON]).status_code == 404
        assert stranger.email not in desk.read().text


def test_a_clerk_who_manages_nobody_has_no_such_page(world: World) -> None:
    desk = town_hall(world)
    assert CLERKS not in read(desk.client.get("/admin/settings/")).links.values()
    assert desk.client.get(CLERKS).status_code == 403
    of_a_manager = town_hall(world, a_manager(world)).client.get("/admin/settings/")
    assert read(of_a_manager).links["Agents"] == CLERKS


def test_one_who_is_no_manager_any_more_changes_nothing(world: World) -> None:
    manager, clerk = a_manager(world), world.a_clerk()
    manager.manages_communes = False
    db.session.commit()
    with pytest.raises(NotHabilitated):
        delegation.remove(clerk, manager=manager, now=now())
    db.session.rollback()
    with pytest.raises(NotHabilitated):
        delegation.invite_clerk(Person("a@b.test", "A"), clerk.communes, manager=manager, key=KEY, now=now())


def test_what_is_over_is_over(world: World) -> None:
    manager, clerk = a_manager(world), world.a_clerk()
    delegation.remove(clerk, manager=manager, now=now())
    db.session.commit()
    with pytest.raises(AlreadyHandled):
        delegation.limit(clerk, manager.communes, manager=manager, now=now())
    with pytest.raises(Unknown):
        invitation.accept("a token", CHOSEN, now=now())


def test_the_page_costs_the_same_for_few_clerks_and_for_many(world: World) -> None:
    desk, costs = desk_of(world, a_manager(world, LAON, SOISSONS)), []
    for _ in range(3):
        world.a_clerk()
        with queries() as seen:
            desk.get()
        costs.append(len(seen))
    assert len(set(costs)) == 1


# The command.


def test_the_command_makes_a_manager(world: World) -> None:
    options = ("--role", "town_hall", "--commune", LAON, "--manager")
    assert create(world, "colette@mairie.test", *options).exit_code == 0
    assert account("colette@mairie.test").manages_communes


def test_supervision_manages_no_commune(world: World) -> None:
    done = create(world, "a@agents.test", "--role", "auditor", "--manager")
    assert done.exit_code == 1
    assert "--manager is for an officer or a town hall" in done.output
