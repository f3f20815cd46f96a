"""Signing in with FranceConnect: what is asked, what opens a session, and which returns do not."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from app.demo.citizens import CITIZENS
from models.base import db
from tests.builders import PUBLIC_URL, a_config, a_simulator, csrf_token
from tests.live import LiveServer, free_port
from tests.page import read
from tests.web.scripted_provider import CODE, SUBJECT, ScriptedProvider
from tests.web.sign_in import assert_refused, come_back, depart, is_signed_in, sign_in

FC_PARAMETERS = {"client_id", "redirect_uri", "response_type", "scope", "acr_values", "state", "nonce"}


# What is asked


def test_the_departure_asks_what_france_connect_wants_and_nothing_else(site: Flask, provider: ScriptedProvider) -> None:
    asked = depart(site.test_client(), provider)
    assert set(asked) == FC_PARAMETERS
    assert asked["acr_values"] == "eidas1"
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{PUBLIC_URL}/connexion/retour"
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32


def test_only_the_claims_the_law_needs_are_asked(site: Flask, provider: ScriptedProvider) -> None:
    assert set(depart(site.test_client(), provider)["scope"].split()) == {
        "openid",
        "given_name",
        "family_name",
        "birthdate",
        "gender",
    }


def test_each_departure_has_its_own_state_and_nonce(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    first, second = depart(client, provider), depart(client, provider)
    assert first["state"] != second["state"]
    assert first["nonce"] != second["nonce"]


def test_a_false_host_header_changes_no_address(site: Flask, provider: ScriptedProvider) -> None:
    answer = site.test_client().get("/connexion", headers={"Host": "attaquant.example"})
    assert "attaquant" not in answer.location


def test_the_secret_travels_in_the_body_and_no_pkce_with_it(site: Flask, provider: ScriptedProvider) -> None:
    sign_in(site.test_client(), provider)
    assert set(provider.token_form) == {"grant_type", "code", "redirect_uri", "client_id", "client_secret"}


def test_no_connection_to_the_database_is_held_while_the_provider_thinks(
    site: Flask, provider: ScriptedProvider
) -> None:
    held = []

    def watch(name: str) -> None:
        with site.app_context():
            held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]

    provider.watch = watch
    client = site.test_client()
    assert sign_in(client, provider).status_code == 302
    assert held == [0, 0, 0, 0]


# What opens a session


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_a_right_provider_opens_a_session(site: Flask, provider: ScriptedProvider, alg: str) -> None:
    provider.id_token_alg = provider.userinfo_alg = alg
    client = site.test_client()
    answer = sign_in(client, provider)
    assert (answer.status_code, answer.location) == (302, "/demande")
    with client.session_transaction() as session:
        kept = session["elector"]
    assert kept["birth_name"] == "LE GOFF-D'ARVOR"
    assert kept["first_names"] == "Gwénola Anne"
    assert (kept["sex"], kept["birth_date"]) == ("F", "1968-04-09")
    assert SUBJECT not in str(kept)


@pytest.mark.parametrize("citizen", CITIZENS, ids=lambda citizen: citizen.key)
def test_every_citizen_of_the_demonstration_can_sign_in(app: Flask, citizen: Any) -> None:
    client = app.test_client()
    page = read(client.get("/connexion", base_url=PUBLIC_URL, follow_redirects=True))
    choice = {"citizen": citizen.key, "choice": "continue"}
    answer = client.post(page.path, base_url=PUBLIC_URL, data=page.form() | choice)
    answer = client.get(answer.location)
    assert (answer.status_code, answer.location) == (302, "/demande"), answer.text
    with client.session_transaction(base_url=PUBLIC_URL) as session:
        kept = session["elector"]
    assert (kept["birth_name"], kept["first_names"]) == (citizen.family_name, citizen.given_name)
    assert "birthplace" not in str(dict(session))


def test_a_citizen_signs_in_and_out_over_real_sockets(tmp_path: Path, another_app: Any) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config = a_config(
        public_url=url,
        database_url=f"sqlite:///{tmp_path}/test.db",
        france_connect=a_simulator(url),
    )
    app = another_app(config)
    assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    browser = requests.Session()
    with LiveServer(app, port):
        page = browser.get(f"{url}/connexion")
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        address = page.url.partition("?")[0]
        page = browser.post(address, data=fields | {"citizen": "eloise", "choice": "continue"})
        assert page.url == f"{url}/demande"
        assert "HAUTPOUL DE LA TOUR" in page.text
        token = csrf_token(browser.get(f"{url}/deconnexion").text)
        page = browser.post(f"{url}/deconnexion", data={"csrf_token": token})
        assert urlsplit(page.url).path == "/"
        assert browser.get(f"{url}/demande").url.startswith(f"{url}/demo/france-connect/")


def test_the_person_comes_back_to_the_page_they_wanted(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    assert client.get("/mes-procurations").location == "/connexion"
    assert sign_in(client, provider).location == "/mes-procurations"


def test_who_is_signed_in_goes_on_without_the_provider(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    sign_in(client, provider)
    assert client.get("/connexion").location == "/demande"


def test_two_tabs_may_leave_and_the_first_come_back(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    first = depart(client, provider)
    depart(client, provider)
    provider.nonce = first["nonce"]
    assert come_back(client, first["state"]).status_code == 302


@pytest.mark.parametrize(
    "civil_status",
    [
        {"given_name": "Zoé  Łucja\u00a0Ana"},
        {"family_name": "E\u0301TE\u0301"},
        {"family_name": "X"},
        {"gender": "male", "birthdate": "1904-02-29"},
        {"birthplace": "", "birthcountry": "99243"},
    ],
    ids=["spaces", "decomposed accents", "one letter", "born long ago", "more than asked"],
)
def test_unusual_people_are_let_in(site: Flask, provider: ScriptedProvider, civil_status: dict[str, str]) -> None:
    provider.userinfo = civil_status
    client = site.test_client()
    assert sign_in(client, provider).status_code == 302
    with client.session_transaction() as session:
        kept = session["elector"]
    assert "  " not in kept["first_names"]
    assert kept["birth_name"] in ("LE GOFF-D'ARVOR", "ÉTÉ", "X")
    assert set(kept) == {"keys", "birth_name", "first_names", "sex", "birth_date"}


# Which returns do not


def test_a_cancelled_sign_in_says_so(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    error = {"error": "access_denied", "error_description": "user authentication aborted"}
    answer = client.get("/connexion/retour", query_string={"state": state, **error})
    assert_refused(client, answer, 403, "Vous avez interrompu la connexion")


@pytest.mark.parametrize(
    ("error", "status"), [("server_error", 503), ("temporarily_unavailable", 503), ("invalid_scope", 502)]
)
def test_an_error_of_the_provider_is_a_page(site: Flask, provider: ScriptedProvider, error: str, status: int) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    answer = client.get("/connexion/retour", query_string={"state": state, "error": error})
    assert answer.status_code == status
    assert not is_signed_in(client)


@pytest.mark.parametrize("query", [{}, {"code": CODE}, {"state": "x" * 43, "code": CODE}, {"error": "access_denied"}])
def test_a_return_that_answers_no_departure_is_refused(
    site: Flask, provider: ScriptedProvider, query: dict[str, str]
) -> None:
    client = site.test_client()
    depart(client, provider)
    answer = client.get("/connexion/retour", query_string=query)
    assert_refused(client, answer, 400, "Cette connexion n’est plus valable")
    assert provider.calls["token"] == 0


def test_a_state_of_another_browser_is_refused(site: Flask, provider: ScriptedProvider) -> None:
    state = depart(site.test_client(), provider)["state"]
    client = site.test_client()
    assert_refused(client, come_back(client, state), 400, "Cette connexion n’est plus valable")


def test_a_return_serves_once(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    come_back(client, state, code="wrong")
    assert_refused(client, come_back(client, state), 400, "Cette connexion n’est plus valable")


@pytest.mark.parametrize("code", ["", "used-already"])
def test_a_code_that_the_provider_refuses_is_told_as_such(site: Flask, provider: ScriptedProvider, code: str) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    assert_refused(client, come_back(client, state, code), 400, "Cette connexion n’est plus valable")


def test_a_return_from_another_issuer_is_refused(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    answer = come_back(client, state, iss="https://attaquant.example")
    assert_refused(client, answer, 502, "La connexion n’a pas abouti")
