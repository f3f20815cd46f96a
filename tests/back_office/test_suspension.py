"""An officer's account is closed at once by who answers for the station, or supervision, and opened again."""

import pytest

from app.dates import now
from models import habilitation
from models.account import Account, Role
from models.base import db
from models.journal import Action
from tests.back_office.desks import Desk, entries, journaled
from tests.back_office.factors import give_password, is_in
from tests.builders import World
from tests.page import Page, read

STATION = "/admin/habilitations/"


def desk_of(world: World, manager: Account) -> Desk:
    return Desk(world.as_agent(manager), STATION)


def page_of(desk: Desk, agent: Account) -> Page:
    return desk.read(f"agent/?id={agent.id}")


def suspend(desk: Desk, agent: Account) -> Page:
    """As the pages lead: the button, the page that asks, its button."""
    asked = read(desk.client.post(f"{STATION}suspend/", data=page_of(desk, agent).form(f"{STATION}suspend/")))
    done = desk.client.post(f"{STATION}suspend/", data=asked.form(f"{STATION}suspend/"), follow_redirects=True)
    return read(done)


@pytest.mark.parametrize("role", ["responsible", "ministry"])
def test_a_suspension_ends_the_sessions_at_once_and_nothing_opens_the_account(world: World, role: str) -> None:
    officer = world.an_officer()
    client, other = world.as_agent(officer), world.as_agent(world.an_officer())
    manager = (
        world.an_account(Role.MINISTRY)
        if role == "ministry"
        else world.an_officer(station=officer.station, manages_station=True)
    )
    desk = desk_of(world, manager)
    assert "ses sessions sont fermées" in suspend(desk, officer).text
    assert (is_in(client), is_in(other)) == (False, True)
    assert give_password(world.app.test_client(), officer).status_code == 422
    done = next(one for one in entries() if one.action is Action.ACCOUNT_SUSPENDED)
    assert (done.account_id, done.detail, done.desk) == (manager.id, str(officer.id), officer.station_code)


def test_an_account_opened_again_has_its_password_and_none_of_its_sessions(world: World) -> None:
    officer = world.an_officer()
    client = world.as_agent(officer)
    desk = desk_of(world, world.an_officer(station=officer.station, manages_station=True))
    page = suspend(desk, officer)
    assert desk.client.post(f"{STATION}restore/", data=page.form(f"{STATION}restore/")).status_code == 303
    assert not is_in(client)
    assert is_in(world.as_agent(officer))
    again = desk.client.post(f"{STATION}restore/", data=page.form(f"{STATION}restore/"), follow_redirects=True)
    assert "Rien n'a changé" in read(again).text
    assert journaled().count(Action.ACCOUNT_RESTORED) == 1


def test_the_page_that_asks_changes_nothing(world: World) -> None:
    officer = world.an_officer()
    desk = desk_of(world, world.an_account(Role.MINISTRY))
    asked = read(desk.client.post(f"{STATION}suspend/", data=page_of(desk, officer).form(f"{STATION}suspend/")))
    assert "ni mot de passe, ni code, ni clé" in asked.text
    assert is_in(world.as_agent(officer))


def test_nobody_suspends_themselves_nor_an_officer_of_elsewhere(world: World) -> None:
    responsible, foreign = world.an_officer(manages_station=True), world.an_officer()
    desk = desk_of(world, responsible)
    token = desk.read().form("/agents/deconnexion")
    for account, status in ((responsible, 403), (foreign, 404)):
        for act in ("suspend", "restore"):
            data = token | {"id": str(account.id), "confirmed": "yes"}
            assert desk.client.post(f"{STATION}{act}/", data=data).status_code == status
    assert is_in(desk.client)


def test_no_delegue_is_designated_by_who_is_suspended_r72_1(world: World) -> None:
    opj = world.an_officer()
    assert opj.station_code
    assert opj in habilitation.opjs_at(opj.station_code, now())
    suspend(desk_of(world, world.an_account(Role.MINISTRY)), opj)
    db.session.rollback()
    assert habilitation.opjs_at(opj.station_code, now()) == []
