"""Two sessions in two cookies, out of reach of scripts, of other sites and of each other."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import Config
from app.security import COOKIE_LIFETIME
from tests.builders import PASSWORD, Visitor, World, a_config, csrf_token
from tests.page import read
from tests.web.real_service import PUBLIC_URL

MakeApp = Callable[[Config], Flask]


def cookies_set(answer) -> dict[str, set[str]]:
    """The attributes of each cookie that an answer sets."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        name, *attributes = [part.strip() for part in line.split(";")]
        found[name.split("=")[0]] = {attribute.split("=")[0] for attribute in attributes} | set(attributes)
    return found


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(app: Flask) -> None:
    (name, attributes), *others = cookies_set(app.test_client().get("/agents/connexion")).items()
    assert (name, others) == ("agent", [])
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert not {"Secure", "Domain"} & attributes


def test_over_https_cookies_are_bound_to_the_host(https_app: Flask) -> None:
    (name, attributes), *_ = cookies_set(https_app.test_client().get("/agents/connexion", base_url=PUBLIC_URL)).items()
    assert name == "__Host-agent"
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= attributes
    assert "Domain" not in attributes


def test_an_agent_signs_in_and_out_over_https(world: World, https_app: Flask) -> None:
    account, client = world.an_officer(), https_app.test_client()
    token = csrf_token(client.get("/agents/connexion", base_url=PUBLIC_URL).text)
    data = {"email": account.email, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/agents/connexion", data=data, base_url=PUBLIC_URL)
    assert answer.status_code == 303
    assert cookies_set(answer)["__Host-agent"] >= {"Expires"}
    page = read(client.get("/admin/officer/", base_url=PUBLIC_URL))
    form = page.form("/agents/deconnexion")
    assert client.post("/agents/deconnexion", data=form, base_url=PUBLIC_URL).status_code == 303


def test_a_page_that_needs_no_session_sets_no_cookie(app: Flask) -> None:
    for address in ("/", "/aide", "/ou-aller", "/papier", "/healthz"):
        assert cookies_set(app.test_client().get(address)) == {}, address


def test_what_a_page_fetches_brings_no_cookie_back_over_what_its_form_has_begun(world: World) -> None:
    client = world.as_elector()
    assert "elector" in cookies_set(client.get("/demande"))
    for address in ("/communes?q=laon", "/static/style.css"):
        with client.get(address) as answer:
            assert (answer.status_code, cookies_set(answer)) == (200, {}), address


def test_the_cookie_follows_the_signs_of_life_minute_by_minute(world: World) -> None:
    client = world.as_elector()
    client.get("/demande")
    assert cookies_set(client.get("/demande")) == {}
    with client.session_transaction() as session:
        session["until"] -= 61
    assert "elector" in cookies_set(client.get("/demande"))


def test_a_session_ends_within_the_day() -> None:
    assert COOKIE_LIFETIME.total_seconds() <= 24 * 3600


def both_sides(world: World) -> FlaskClient:
    """One browser, signed in as an elector and as an agent."""
    elector, account = world.as_elector(), world.an_officer()
    token = csrf_token(elector.get("/agents/connexion").text)
    data = {"email": account.email, "password": PASSWORD, "csrf_token": token}
    assert elector.post("/agents/connexion", data=data).status_code == 303
    return elector


def is_elector(client: FlaskClient) -> bool:
    return client.get("/mes-procurations").status_code == 200


def is_agent(client: FlaskClient) -> bool:
    return client.get("/admin/officer/").status_code == 200


def test_the_two_sessions_live_side_by_side(world: World) -> None:
    client = both_sides(world)
    assert is_elector(client)
    assert is_agent(client)


def test_an_agent_who_signs_out_stays_an_elector(world: World) -> None:
    client = both_sides(world)
    form = read(client.get("/admin/officer/")).form("/agents/deconnexion")
    client.post("/agents/deconnexion", data=form)
    assert is_elector(client)
    assert not is_agent(client)


def test_an_elector_who_signs_out_stays_an_agent(world: World) -> None:
    client = both_sides(world)
    client.post("/deconnexion", data=read(client.get("/deconnexion")).form("/deconnexion"))
    assert is_agent(client)
    assert not is_elector(client)


def test_a_token_of_one_side_is_none_on_the_other(world: World) -> None:
    client = both_sides(world)
    token = csrf_token(client.get("/deconnexion").text)
    assert client.post("/agents/deconnexion", data={"csrf_token": token}).status_code == 400
    assert is_agent(client)


@pytest.mark.parametrize("name", ["agent", "elector"])
@pytest.mark.parametrize("value", ["x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "%00", "é"])
def test_a_forged_cookie_opens_nothing(world: World, name: str, value: str) -> None:
    world.an_officer()
    client = world.app.test_client()
    client.set_cookie(name, value)
    assert not is_agent(client)
    assert not is_elector(client)


def test_a_session_signed_with_another_key_opens_nothing(world: World, another_app: MakeApp) -> None:
    client = both_sides(world)
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    other = another_app(a_config(database_url=url, secret_key="another key, another key, another key"))
    other.test_client_class = Visitor
    thief = other.test_client()
    for name in ("agent", "elector"):
        cookie = client.get_cookie(name)
        assert cookie
        thief.set_cookie(name, cookie.value)
    assert not is_agent(thief)
    assert not is_elector(thief)


# Posts.
