"""An agent's own account: its sessions, listed and ended; its password, changed."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.dates import now
from models import agent_session
from models.account import Account
from models.agent_session import IDLE, SEEN_EVERY, WHOLE, AgentSession
from models.base import change, db
from models.journal import Action
from tests.back_office.desks import journaled
from tests.back_office.test_accounts import sign_in
from tests.builders import PASSWORD, World
from tests.database import queries
from tests.page import Page, read

NEW = "quatre chaises jaunes ensemble"


def is_in(client: FlaskClient) -> bool:
    return client.get("/agents/compte").status_code == 200


def own_page(client: FlaskClient) -> Page:
    return read(client.get("/agents/compte"))


def change_password(client: FlaskClient, **fields: str) -> TestResponse:
    given = own_page(client).form("/agents/compte/mot-de-passe")
    given |= {"present": PASSWORD, "password": NEW, "again": NEW}
    return client.post("/agents/compte/mot-de-passe", data=given | fields)


def moved(**changes: timedelta) -> None:
    """As if the one session had been opened, or seen, that much earlier."""
    one = db.session.scalars(select(AgentSession)).one()
    for name, by in changes.items():
        setattr(one, name, getattr(one, name) - by)
    db.session.commit()


def test_a_session_ends_in_every_browser_but_this_one(world: World) -> None:
    clerk = world.a_clerk()
    here, there, elsewhere = (world.as_agent(clerk) for _ in range(3))
    stranger = world.as_agent(world.a_clerk())
    form = own_page(here).form("/agents/compte/sessions")
    assert here.post("/agents/compte/sessions", data=form).status_code == 303
    assert (is_in(here), is_in(there), is_in(elsewhere), is_in(stranger)) == (True, False, False, True)
    assert journaled()[-1] is Action.SESSIONS_ENDED


def test_one_session_is_ended_by_its_own_agent_only(world: World) -> None:
    clerk = world.a_clerk()
    there, here = world.as_agent(clerk), world.as_agent(clerk)
    stranger = world.as_agent(world.a_clerk())
    form = own_page(here).form("/agents/compte/session")
    own = own_page(stranger).form("/agents/compte/mot-de-passe")
    taken = stranger.post("/agents/compte/session", data={"csrf_token": own["csrf_token"], "id": form["id"]})
    assert (taken.status_code, is_in(there)) == (404, True)
    assert here.post("/agents/compte/session", data=form).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)


@pytest.mark.parametrize("given", ["0", "-1", "²", "1e3", "9" * 30, "x"])
def test_a_session_that_is_none_is_not_found(world: World, given: str) -> None:
    client = world.as_agent(world.a_clerk())
    token = own_page(client).form("/agents/compte/mot-de-passe")["csrf_token"]
    assert client.post("/agents/compte/session", data={"csrf_token": token, "id": given}).status_code == 404
    assert is_in(client)


def test_signing_out_ends_it_in_the_database_so_that_a_stolen_cookie_is_worth_nothing(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    stolen = client.get_cookie("agent", path="/")
    page = read(client.get("/admin/town-hall/"))
    client.post("/agents/deconnexion", data=page.form("/agents/deconnexion"))
    client.set_cookie("agent", stolen.value)
    assert not is_in(client)
    assert db.session.scalars(select(AgentSession)).all() == []


def test_who_reads_the_table_opens_nothing_with_it(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    kept = db.session.scalars(select(AgentSession)).one()
    with client.session_transaction("/admin/") as session:
        assert kept.token_hash != session["_user_id"]
        session["_user_id"] = kept.token_hash
    assert not is_in(client)


@pytest.mark.parametrize("changes", [{"seen_at": IDLE}, {"opened_at": WHOLE}])
def test_a_session_ends_without_activity_and_in_the_end_anyway(world: World, changes: dict[str, timedelta]) -> None:
    client = world.as_agent(world.a_clerk())
    moved(**{name: by - timedelta(minutes=1) for name, by in changes.items()})
    assert is_in(client)
    moved(opened_at=timedelta(minutes=1), seen_at=IDLE if "seen_at" in changes else timedelta())
    assert client.get("/admin/town-hall/").location == "/agents/connexion"


def test_a_form_that_takes_long_is_sent_in_a_session_kept_open_beside_it(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    long_form = read(client.get("/admin/paper/")).form("/admin/paper/")
    moved(seen_at=IDLE - timedelta(minutes=1))
    kept = read(client.get(read(client.get("/agents/compte/session")).path))
    assert kept.h1 == "Votre session reste ouverte"
    assert "douze heures" not in kept.text
    moved(seen_at=timedelta(minutes=2))
    assert read(client.post("/admin/paper/", data=long_form)).status == 422
    moved(opened_at=WHOLE - timedelta(minutes=30))
    assert "C'est la fin des douze heures d'une session" in read(client.get("/agents/compte/session")).text


def test_visits_are_written_down_once_in_five_minutes(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    with queries() as sent:
        client.get("/admin/town-hall/")
    assert not [one for one in sent if one.startswith("UPDATE")]
    moved(seen_at=SEEN_EVERY)
    with queries() as sent:
        client.get("/admin/town-hall/")
        client.get("/admin/town-hall/")
    assert len([one for one in sent if one.startswith("UPDATE")]) == 1
    db.session.rollback()
    assert db.session.scalars(select(AgentSession)).one().seen_at > now() - timedelta(minutes=1)


def test_the_end_of_each_session_is_told(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    page = own_page(client)
    assert "C'est celle-ci." in page.text
    assert "Sans activité, elle se ferme à" in page.text
    assert "douze heures après la connexion" in page.text


def test_sessions_that_are_over_are_forgotten(world: World) -> None:
    world.as_agent(world.a_clerk())
    agent_session.drop_before(now())
    assert len(db.session.scalars(select(AgentSession)).all()) == 1
    agent_session.drop_before(now() + IDLE + timedelta(minutes=1))
    assert db.session.scalars(select(AgentSession)).all() == []


def test_a_password_is_changed_by_who_knows_it_and_the_other_sessions_end(world: World) -> None:
    clerk = world.a_clerk()
    here, there = world.as_agent(clerk), world.as_agent(clerk)
    assert change_password(here).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    assert sign_in(world.app.test_client(), clerk.email).status_code == 422
    assert sign_in(world.app.test_client(), clerk.email, NEW).status_code == 303
    assert Action.PASSWORD_CHANGED in journaled()


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "not the present one": ({"present": "another"}, "ce n'est pas votre mot de passe actuel"),
    "none": ({"present": ""}, "écrivez votre mot de passe actuel"),
    "short": ({"password": "jaune vif", "again": "jaune vif"}, "écrivez 12 caractères au moins"),
    "long": ({"password": "é" * 201, "again": "é" * 201}, "écrivez 200 caractères au plus"),
    "common": ({"password": "motdepasse1234", "again": "motdepasse1234"}, "ce mot de passe se devine"),
    "keyboard": ({"password": "azertyuiop123", "again": "azertyuiop123"}, "ce mot de passe se devine"),
    "one's own name": ({"password": "nadia.benali", "again": "nadia.benali"}, "ce mot de passe se devine"),
    "two different": ({"again": "quatre chaises"}, "écrivez deux fois le même mot de passe"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_and_the_password_stays(world: World, what: str) -> None:
    fields, said = WRONG[what]
    clerk = world.a_clerk()
    client, before = world.as_agent(clerk), clerk.password_hash
    page = read(change_password(client, **fields))
    assert page.status == 422
    assert said in " ".join(page.errors)
    assert not any(value in page.text for value in (NEW, "motdepasse1234"))
    db.session.expire_all()
    assert db.session.scalars(select(Account).where(Account.id == clerk.id)).one().password_hash == before
    assert is_in(client)


def test_a_suspended_agent_has_no_session_any_more(world: World) -> None:
    clerk = world.a_clerk()
    client = world.as_agent(clerk)
    change(Account.__table__.update().where(Account.id == clerk.id).values(suspended_at=now()))
    db.session.commit()
    assert not is_in(client)
