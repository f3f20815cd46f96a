"""Supervision names who answers for stations and communes, and stands in for one who is away; it browses nobody."""

import pytest

from app.dates import now
from models import delegation
from models.account import Account, Role
from models.base import db
from models.delegation import PAGE, Person
from models.errors import AlreadyHandled, NotHabilitated
from models.invitation import MOST, MOST_OF_SUPERVISION
from models.journal import Action
from tests.back_office.desks import Desk, entries, journaled
from tests.back_office.factors import enrolled, give_password, is_in
from tests.back_office.managing import CHOSEN, KEY, account, choose, codes_of, link
from tests.back_office.test_accounts import sign_in
from tests.builders import LAON, SOISSONS, World, csrf_token
from tests.database import everything, queries
from tests.page import Page, read

MANAGERS, NEW = "/admin/managers/", "/admin/managers/new/"
TYPED = {"name": "Colette HUBERT", "email": "colette@agents.test"}
TOTP = (bytes(range(32, 64)),)


def supervision(world: World, ministry: Account | None = None) -> Desk:
    return Desk(world.as_agent(ministry or world.an_account(Role.MINISTRY)), MANAGERS)


def invite(desk: Desk, **fields: str):
    return desk.client.post(NEW, data=desk.read("new/").form(NEW) | TYPED | fields)


def find(desk: Desk, email: str):
    return desk.client.post(f"{MANAGERS}find/", data=desk.read().form(f"{MANAGERS}find/") | {"email": email})


def ask(desk: Desk, agent: Account, act: str) -> Page:
    """The page that says what the act does."""
    return read(desk.client.post(f"{MANAGERS}{act}/", data=desk.read(f"one/?id={agent.id}").form(f"{MANAGERS}{act}/")))


def do(desk: Desk, agent: Account, act: str) -> Page:
    """As the pages lead."""
    form = ask(desk, agent, act).form(f"{MANAGERS}{act}/")
    return read(desk.client.post(f"{MANAGERS}{act}/", data=form, follow_redirects=True))


def test_the_chain_goes_from_supervision_to_a_station_and_to_its_officer(world: World) -> None:
    station, ministry = world.a_station(), world.an_account(Role.MINISTRY)
    assert invite(supervision(world, ministry), role="officer", places=station.code.lower()).status_code == 303
    chief = account(TYPED["email"])
    assert (chief.role, chief.station_code, chief.manages_station) == (Role.OFFICER, station.code, True)
    written = [(one.action, one.account_id, one.desk, one.detail) for one in entries()]
    assert (Action.OFFICER_INVITED, ministry.id, station.code, f"{chief.id} manager") in written
    visitor, address = world.app.test_client(), link()
    assert "Vous direz aussi qui y travaille" in read(visitor.get(address)).text
    choose(visitor, address)
    assert sign_in(visitor, TYPED["email"], CHOSEN).status_code == 303
    theirs = Desk(visitor, "/admin/habilitations/")
    form = theirs.read().form("/admin/habilitations/") | {"name": "Yannis CORDIER", "email": "yannis@agents.test"}
    assert visitor.post("/admin/habilitations/", data=form).status_code == 303
    assert account("yannis@agents.test").station_code == station.code


@pytest.mark.parametrize(("places", "codes"), [(LAON, {LAON}), (f"{LAON}, {SOISSONS};{LAON}", {LAON, SOISSONS})])
def test_a_communes_manager_is_named_for_these_and_no_other(world: World, places: str, codes: set[str]) -> None:
    desk = supervision(world)
    assert invite(desk, role="town_hall", places=places).status_code == 303
    manager = account(TYPED["email"])
    assert (codes_of(manager), manager.manages_communes) == (codes, True)
    visitor = world.app.test_client()
    choose(visitor, link())
    sign_in(visitor, TYPED["email"], CHOSEN)
    assert visitor.get("/admin/clerks/").status_code == 200
    assert "Colette HUBERT" in desk.read(f"?place={LAON}").text
    assert "Personne ne répond de 02691" in desk.read("?place=02691").text


def test_what_is_wrong_is_said_at_its_field(world: World) -> None:
    desk, station, taken = supervision(world), world.a_station(), world.a_clerk()
    before = everything()["account"]
    right = {"role": "town_hall", "places": LAON}
    wrong = {
        "Écrivez son prénom et son nom": {"name": ""},
        "Choisissez une réponse": {"role": ""},
        "Écrivez le code du lieu": {"places": ""},
        "Aucune commune n'a le code 99999": {"places": f"{LAON} 99999"},
        "Écrivez 50 codes au plus": {"places": " ".join(str(n) for n in range(10, 61))},
        f"Aucun guichet n'a le code {LAON}": {"role": "officer"},
        "écrivez un code, celui de": {"role": "officer", "places": f"{station.code} {station.code}x"},
        "a déjà un compte": {"email": taken.email},
    }
    for sentence, changes in wrong.items():
        page = read(invite(desk, **right | changes))
        assert (page.status, sentence in page.text) == (422, True), sentence
        assert page.form(NEW)["places"] == (right | changes)["places"]
    assert everything()["account"] == before


def test_nobody_else_names_a_manager(world: World) -> None:
    for manager in (world.an_officer(manages_station=True), world.a_clerk(manages_communes=True)):
        with pytest.raises(NotHabilitated):
            delegation.invite_manager(Person(**TYPED), [world.commune()], manager=manager, key=KEY, now=now())
        db.session.rollback()


def test_an_agent_whose_manager_is_away_is_found_by_the_whole_address_only(world: World) -> None:
    ministry, officer, clerk = world.an_account(Role.MINISTRY), world.an_officer(), world.a_clerk()
    desk = supervision(world, ministry)
    for agent in (officer, clerk):
        assert agent.email not in desk.read().text
        found = find(desk, agent.email.upper())
        assert (found.status_code, found.location) == (303, f"{MANAGERS}one/?id={agent.id}")
        assert agent.email in desk.read(f"one/?id={agent.id}").text
    answers = set()
    for email in (clerk.email[1:], "nobody@agents.test", world.an_account(Role.AUDITOR).email, ministry.email):
        page = read(find(desk, email))
        answers.add((page.status, "Aucun agent de guichet ou de mairie" in page.text))
    assert answers == {(422, True)}
    assert journaled().count(Action.DENIED) == 4


@pytest.mark.parametrize("kind", ["responsible", "officer", "communes' manager", "clerk"])
def test_supervision_suspends_restores_resets_and_removes(world: World, kind: str) -> None:
    agent = {
        "responsible": lambda: world.an_officer(manages_station=True),
        "officer": world.an_officer,
        "communes' manager": lambda: world.a_clerk(LAON, SOISSONS, manages_communes=True),
        "clerk": lambda: world.a_clerk(LAON, SOISSONS),
    }[kind]()
    ministry, client, other = world.an_account(Role.MINISTRY), world.as_agent(agent), world.as_agent(world.a_clerk())
    desk = supervision(world, ministry)
    assert "Suspendre le compte de" in (ask(desk, agent, "suspend").h1 or "")
    assert is_in(client)
    assert "ses sessions sont fermées" in do(desk, agent, "suspend").text
    assert (is_in(client), is_in(other)) == (False, True)
    page = desk.read(f"one/?id={agent.id}")
    assert desk.client.post(f"{MANAGERS}restore/", data=page.form(f"{MANAGERS}restore/")).status_code == 303
    assert (is_in(client), is_in(world.as_agent(agent))) == (False, True)
    enrolled(agent, TOTP)
    assert "Double authentification effacée" in do(desk, agent, "factor").text
    assert give_password(world.app.test_client(), agent).location == "/admin/"
    assert "Agent retiré" in do(desk, agent, "remove").text
    assert desk.get(f"one/?id={agent.id}").status_code == 404
    assert give_password(world.app.test_client(), agent).status_code == 422
    db.session.rollback()
    db.session.refresh(agent)
    assert (agent.place, agent.is_manager) == (None, False)
    done = {one.action for one in entries() if one.account_id == ministry.id and one.detail == str(agent.id)}
    removed = Action.OFFICER_REMOVED if agent.role is Role.OFFICER else Action.CLERK_REMOVED
    assert {Action.ACCOUNT_SUSPENDED, Action.ACCOUNT_RESTORED, Action.FACTOR_RESET, removed} <= done


@pytest.mark.parametrize("kind", ["officer", "clerk"])
def test_supervision_names_who_works_there_already_and_takes_it_back(world: World, kind: str) -> None:
    agent = world.an_officer() if kind == "officer" else world.a_clerk(LAON, SOISSONS)
    desk, client = supervision(world), world.as_agent(agent)
    theirs = "/admin/habilitations/" if kind == "officer" else "/admin/clerks/"
    assert client.get(theirs).status_code == 403
    role, place = (agent.role, agent.station_code) if agent.station else (agent.role, LAON)
    wrong = read(invite(desk, email=agent.email, role=role, places=place or ""))
    assert wrong.status == 422
    assert "ouvrez-le par l'adresse entière" in wrong.text
    agent_page = find(desk, agent.email).location
    for act, said, status in (("appoint", "est responsable", 200), ("relieve", "n'est plus responsable", 403)):
        assert agent.name in (ask(desk, agent, act).h1 or "")
        assert said in do(desk, agent, act).text
        assert client.get(theirs).status_code == status, "in the session that is open"
    assert "Nommer cette personne responsable…" in read(desk.client.get(agent_page)).text
    written = [(one.action, one.desk) for one in entries() if one.detail == str(agent.id)]
    codes = [agent.station_code] if agent.station else sorted([LAON, SOISSONS])
    appointed, relieved = Action.MANAGER_APPOINTED, Action.MANAGER_RELIEVED
    assert written == [(action, code) for action in (appointed, relieved) for code in codes]


def test_nobody_but_supervision_names_and_nobody_is_named_twice_or_while_suspended(world: World) -> None:
    ministry, chief = world.an_account(Role.MINISTRY), world.an_officer(manages_station=True)
    officer = world.an_officer(station=chief.station)
    for act in (delegation.appoint, delegation.relieve):
        with pytest.raises(NotHabilitated):
            act(officer, manager=chief, now=now())
        db.session.rollback()
    for act, agent in ((delegation.appoint, chief), (delegation.relieve, officer)):
        with pytest.raises(AlreadyHandled):
            act(agent, manager=ministry, now=now())
        db.session.rollback()
    delegation.suspend(officer, manager=ministry, now=now())
    db.session.commit()
    with pytest.raises(AlreadyHandled):
        delegation.appoint(officer, manager=ministry, now=now())
    db.session.rollback()
    assert (chief.is_manager, officer.is_manager) == (True, False)


def test_the_ministry_and_the_auditor_are_nobodys_people(world: World) -> None:
    ministry = world.an_account(Role.MINISTRY)
    desk = supervision(world, ministry)
    token = csrf_token(desk.get().text)
    for account_ in (ministry, world.an_account(Role.MINISTRY), world.an_account(Role.AUDITOR)):
        for act in ("suspend", "remove", "factor", "resend", "restore", "appoint", "relieve"):
            data = {"id": account_.id, "confirmed": "yes", "csrf_token": token}
            assert desk.client.post(f"{MANAGERS}{act}/", data=data).status_code == 404
    assert is_in(desk.client)


def test_an_invitation_of_a_manager_is_sent_again_and_withdrawn(world: World) -> None:
    desk = supervision(world)
    invite(desk, role="town_hall", places=LAON)
    manager, first = account(TYPED["email"]), link()
    page = desk.read(f"one/?id={manager.id}")
    assert desk.client.post(f"{MANAGERS}resend/", data=page.form(f"{MANAGERS}resend/")).status_code == 303
    visitor, second = world.app.test_client(), link()
    assert visitor.get(first).status_code == 404
    assert "Invitation retirée" in do(desk, manager, "remove").text
    assert visitor.get(second).status_code == 404
    assert TYPED["email"] not in desk.read().text


def test_supervision_may_write_to_more_a_day(world: World) -> None:
    assert MOST_OF_SUPERVISION > MOST
    ministry = world.an_account(Role.MINISTRY)
    for n in range(MOST + 1):
        person = Person(f"agent-{n}@mairie.test", "Luc PETIT")
        delegation.invite_manager(person, [world.commune()], manager=ministry, key=KEY, now=now())


def test_the_list_is_read_page_by_page_and_costs_the_same_for_few_and_for_many(world: World) -> None:
    desk, costs = supervision(world), []
    for n in range(PAGE + 1):
        _a_manager(world, n)
        if n in (1, PAGE - 1):
            with queries() as seen:
                desk.get()
            costs.append(len(seen))
    assert len(set(costs)) == 1, costs
    page = desk.read()
    assert ("Personne 50" in page.text, "Personne 00" in page.text) == (True, False)
    older = desk.client.get(page.links["Plus anciens →"])
    assert ("Personne 00" in older.text, "Personne 50" in older.text) == (True, False)
    assert desk.get("?before=x").status_code == 404


def _a_manager(world: World, n: int) -> None:
    """Of a station and of communes in turn."""
    if n % 2:
        world.a_clerk(name=f"Personne {n:02}", manages_communes=True)
    else:
        world.an_officer(name=f"Personne {n:02}", manages_station=True)


def test_supervision_finds_each_of_its_pages_from_where_it_starts(world: World) -> None:
    client = world.as_agent(world.an_account(Role.MINISTRY))
    first = read(client.get("/admin/", follow_redirects=True)).links
    for name in ("Élections", "Responsables", "Habilitations", "Lieux"):
        assert read(client.get(first[name])).links[name] == first[name]
