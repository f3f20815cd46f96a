"""Who has lost a second factor is let in again by who answers for them, and by nobody else."""

import pytest
from sqlalchemy import select

from app.dates import now
from models import agent_session, second_factor, totp
from models.account import Account, Role
from models.agent_session import Factor
from models.base import db
from models.errors import NotAllowed
from models.journal import Action
from models.recovery_code import RecoveryCode
from models.totp import Totp
from tests.back_office.desks import Desk, entries, journaled
from tests.back_office.factors import ENROL, Application, enrolled, give_password, is_in, signed_in
from tests.back_office.managing import a_manager, desk_of, page_of, post
from tests.builders import LAON, SOISSONS, World
from tests.page import read

KEYS = (bytes(range(32, 64)),)
STATION, CLERKS = "/admin/habilitations/", "/admin/clerks/"


def has_one(account: Account) -> bool:
    db.session.rollback()
    return second_factor.is_set_up(account)


def test_a_manager_forgets_a_clerks_after_a_page_that_asks(world: World) -> None:
    clerk, manager = world.a_clerk(), a_manager(world)
    client = world.as_agent(clerk)
    enrolled(clerk, KEYS)
    other = world.as_agent(world.a_clerk())
    desk = desk_of(world, manager)
    form = page_of(desk, clerk).form(f"{CLERKS}factor/")
    asked = read(desk.client.post(f"{CLERKS}factor/", data=form))
    assert "de vive voix" in asked.text
    assert has_one(clerk)
    assert desk.client.post(f"{CLERKS}factor/", data=asked.form(f"{CLERKS}factor/")).status_code == 303
    assert (has_one(clerk), is_in(client), is_in(other)) == (False, False, True)
    assert db.session.scalars(select(RecoveryCode)).all() == []
    last = entries()[-1]
    assert (last.action, last.account_id, last.detail, last.desk) == (
        Action.FACTOR_RESET,
        manager.id,
        str(clerk.id),
        LAON,
    )
    again = world.app.test_client()
    assert give_password(again, clerk).location == "/admin/"
    assert read(again.get(ENROL)).status == 200


def test_who_was_about_to_add_a_factor_when_it_was_forgotten_adds_none(world: World) -> None:
    """A session that has proved what it must, of somebody whom the act was to keep out."""
    clerk = world.a_clerk()
    enrolled(clerk, KEYS)
    _, opened = agent_session.begin(clerk, now(), Factor.APPLICATION)
    db.session.commit()
    draft = totp.draw(clerk, KEYS, now())
    assert opened.factor is Factor.APPLICATION
    second_factor.forget(clerk, now=now())
    with pytest.raises(NotAllowed):
        second_factor.add_application(opened, draft, Application(draft.secret).code(), keys=KEYS, now=now())
    assert not second_factor.is_set_up(clerk)


def test_no_manager_forgets_their_own_nor_that_of_elsewhere(world: World) -> None:
    manager, foreign = a_manager(world), world.a_clerk(SOISSONS)
    enrolled(foreign, KEYS)
    application, _ = enrolled(manager, KEYS)
    desk = Desk(signed_in(world.app, manager, application.code()), CLERKS)
    assert post(desk, manager, "factor", confirmed="yes").status_code == 403
    assert post(desk, foreign, "factor", confirmed="yes").status_code == 404
    assert (has_one(manager), has_one(foreign)) == (True, True)
    assert Action.FACTOR_RESET not in journaled()


def test_the_page_offers_it_only_where_there_is_one(world: World) -> None:
    clerk, desk = world.a_clerk(), desk_of(world, a_manager(world))
    assert "Effacer sa double authentification" not in page_of(desk, clerk).text
    assert post(desk, clerk, "factor", confirmed="yes").status_code == 303
    assert "n'est plus possible" in desk.read().text
    enrolled(clerk, KEYS)
    assert "Effacer sa double authentification" in page_of(desk, clerk).text


@pytest.mark.parametrize("role", ["responsible", "ministry"])
def test_who_answers_for_a_station_and_supervision_forget_an_officers(world: World, role: str) -> None:
    officer = world.an_officer()
    client = world.as_agent(officer)
    enrolled(officer, KEYS)
    manager = (
        world.an_account(Role.MINISTRY)
        if role == "ministry"
        else world.an_officer(station=officer.station, manages_station=True)
    )
    desk = Desk(world.as_agent(manager), STATION)
    page = desk.read(f"agent/?id={officer.id}")
    asked = read(desk.client.post(f"{STATION}factor/", data=page.form(f"{STATION}factor/")))
    assert has_one(officer)
    assert desk.client.post(f"{STATION}factor/", data=asked.form(f"{STATION}factor/")).status_code == 303
    assert (has_one(officer), is_in(client)) == (False, False)
    last = entries()[-1]
    assert (last.action, last.account_id, last.detail, last.desk) == (
        Action.FACTOR_RESET,
        manager.id,
        str(officer.id),
        officer.station_code,
    )
    assert (
        "Cela était déjà fait"
        in read(desk.client.post(f"{STATION}factor/", data=asked.form(f"{STATION}factor/"), follow_redirects=True)).text
    )


def test_no_responsible_forgets_their_own_nor_that_of_another_station(world: World) -> None:
    responsible, foreign = world.an_officer(manages_station=True), world.an_officer()
    enrolled(foreign, KEYS)
    application, _ = enrolled(responsible, KEYS)
    desk = Desk(signed_in(world.app, responsible, application.code()), STATION)
    token = desk.read().form("/agents/deconnexion")
    for account, status in ((responsible, 403), (foreign, 404)):
        act = token | {"id": str(account.id), "confirmed": "yes"}
        assert desk.client.post(f"{STATION}factor/", data=act).status_code == status
        assert has_one(account)


def test_an_operator_forgets_the_one_of_who_has_nobody_to_ask(world: World) -> None:
    ministry = world.an_account(Role.MINISTRY)
    enrolled(ministry, KEYS)
    run = world.app.test_cli_runner().invoke
    done = run(args=["reset-second-factor", f" {ministry.email.upper()}"])
    assert (done.exit_code, done.output) == (0, f"second factor forgotten: {ministry.email}\n")
    assert db.session.scalars(select(Totp)).all() == []
    assert entries()[-1].detail == str(ministry.id)
    again = run(args=["reset-second-factor", ministry.email])
    assert (again.exit_code, "has no second factor" in again.output) == (1, True)
    assert run(args=["reset-second-factor", "nobody@agents.test"]).exit_code == 1
