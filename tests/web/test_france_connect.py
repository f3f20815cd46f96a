"""Signing in with FranceConnect: what opens a session, and the many things that must not."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, Response
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from app.config import DEMO_CLIENT, DEMO_SECRET, Provider, simulator_discovery
from app.demo.citizens import CITIZENS
from app.elector import openid
from app.factory import create_app
from models.base import db
from tests.builders import PUBLIC_URL, a_config, csrf_token
from tests.live import LiveServer, free_port
from tests.page import read
from tests.web.scripted_provider import (
    ABSENT,
    ACCESS_TOKEN,
    CIVIL_STATUS,
    CLIENT,
    CODE,
    SECRET,
    SUBJECT,
    ScriptedProvider,
)

FC_PARAMETERS = {"client_id", "redirect_uri", "response_type", "scope", "acr_values", "state", "nonce"}
PERSONAL = (*CIVIL_STATUS.values(), "GOFF", "Gwénola", SUBJECT, CODE, ACCESS_TOKEN, SECRET, "eyJ")


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedProvider]:
    provider = ScriptedProvider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(scripted: ScriptedProvider) -> Iterator[ScriptedProvider]:
    """The provider, right again before and after each test."""
    scripted.reset()
    yield scripted
    scripted.reset()


@pytest.fixture
def site(provider: ScriptedProvider, relying_app: Flask) -> Flask:
    """The application, knowing nothing yet of the provider."""
    relying_app.extensions["france_connect"].cache_clear()
    return relying_app


@pytest.fixture(scope="module")
def relying_app(scripted: ScriptedProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(
        a_config(
            database_url=f"sqlite:///{tmp_path_factory.mktemp('relying')}/test.db",
            france_connect=Provider(scripted.discovery_url, CLIENT, SECRET),
        )
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same time-outs, shorter: a hung provider answers only once the test is over."""
    monkeypatch.setattr(openid, "CALL_SECONDS", (0.5, 0.5))
    monkeypatch.setattr(openid, "CONVERSATION_SECONDS", 1)


def depart(client: FlaskClient, provider: ScriptedProvider) -> dict[str, str]:
    """Leave for the provider, which learns the nonce; what the address held."""
    answer = client.get("/connexion")
    assert answer.status_code == 302, answer.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    provider.nonce = asked["nonce"]
    return asked


def come_back(client: FlaskClient, state: str, code: str = CODE, **more: str) -> TestResponse:
    return client.get("/connexion/retour", query_string={"state": state, "code": code, **more})


def sign_in(client: FlaskClient, provider: ScriptedProvider) -> TestResponse:
    return come_back(client, depart(client, provider)["state"])


def is_signed_in(client: FlaskClient) -> bool:
    with client.session_transaction() as session:
        return "elector" in session


def assert_refused(client: FlaskClient, answer: TestResponse, status: int, h1: str) -> None:
    """A French page with two ways on, and no session."""
    page = read(answer)
    assert (answer.status_code, page.h1) == (status, h1)
    assert {"/connexion", "/papier"} <= set(page.links.values())
    assert not is_signed_in(client)


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
        france_connect=Provider(simulator_discovery(url), DEMO_CLIENT, DEMO_SECRET),
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


# What does not: the browser's side


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


# What does not: the provider's side


FALSE_CLAIMS: dict[str, dict[str, Any]] = {
    "wrong issuer": {"iss": "https://attaquant.example"},
    "no issuer": {"iss": ABSENT},
    "wrong audience": {"aud": "somebody-else"},
    "audience without us": {"aud": ["one", "two"]},
    "no audience": {"aud": ABSENT},
    "expired": {"exp": int(time.time()) - 60},
    "no expiry": {"exp": ABSENT},
    "expiry in words": {"exp": "demain"},
    "no subject": {"sub": ABSENT},
    "empty subject": {"sub": ""},
    "subject that is no text": {"sub": 12},
    "wrong level": {"acr": "eidas0"},
    "level that is no text": {"acr": {"eidas1": True}},
    "issued in the future": {"iat": int(time.time()) + 3600},
    "not valid yet": {"nbf": int(time.time()) + 3600},
}
FALSE_ID_TOKENS: dict[str, dict[str, Any]] = FALSE_CLAIMS | {
    "no level": {"acr": ABSENT},
    "wrong nonce": {"nonce": "another nonce, of another departure"},
    "no nonce": {"nonce": ABSENT},
    "other party": {"azp": "somebody-else"},
    "hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "too long for a cookie": {"padding": "x" * 3000},
}
FALSE_USERINFO = FALSE_CLAIMS | {"other subject": {"sub": "subject-of-another"}}


@pytest.mark.parametrize("claims", FALSE_ID_TOKENS.values(), ids=FALSE_ID_TOKENS)
def test_a_false_id_token_opens_nothing(site: Flask, provider: ScriptedProvider, claims: dict[str, Any]) -> None:
    provider.id_token = claims
    client = site.test_client()
    assert_refused(client, sign_in(client, provider), 502, "La connexion n’a pas abouti")


@pytest.mark.parametrize("claims", FALSE_USERINFO.values(), ids=FALSE_USERINFO)
def test_a_false_userinfo_opens_nothing(site: Flask, provider: ScriptedProvider, claims: dict[str, Any]) -> None:
    provider.userinfo = claims
    client = site.test_client()
    assert_refused(client, sign_in(client, provider), 502, "La connexion n’a pas abouti")


@pytest.mark.parametrize("alg", ["HS256", "none", "RS512", "PS256", "ES384"])
@pytest.mark.parametrize("which", ["id_token_alg", "userinfo_alg"])
def test_only_es256_and_rs256_are_signatures(site: Flask, provider: ScriptedProvider, which: str, alg: str) -> None:
    other_keys = {
        "RS512": RSAKey.generate_key(2048, {"kid": "rs"}),
        "PS256": RSAKey.generate_key(2048, {"kid": "ps"}),
        "ES384": ECKey.generate_key("P-384", {"kid": "es"}),
    }
    provider.keys |= other_keys
    provider.published += other_keys.values()
    setattr(provider, which, alg)
    client = site.test_client()
    assert_refused(client, sign_in(client, provider), 502, "La connexion n’a pas abouti")


@pytest.mark.parametrize(
    "header", [{"kid": "unknown"}, {"kid": None}, {"kid": "rsa-1"}, {"crit": ["b64"], "b64": False}]
)
def test_a_token_of_an_unknown_key_opens_nothing(
    site: Flask, provider: ScriptedProvider, header: dict[str, Any]
) -> None:
    provider.keys["ES256"] = ECKey.generate_key("P-256", {"kid": "ec-1"})
    provider.header = header
    client = site.test_client()
    assert_refused(client, sign_in(client, provider), 502, "La connexion n’a pas abouti")


ANSWERS = {
    "unsigned userinfo": ("userinfo", 200, '{"sub": "subject-of-gwenola", "family_name": "LE GOFF"}', 502),
    "empty userinfo": ("userinfo", 200, "", 502),
    "userinfo of four parts": ("userinfo", 200, "a.b.c.d", 502),
    "userinfo forbidden": ("userinfo", 401, "{}", 502),
    "userinfo down": ("userinfo", 500, "{}", 503),
    "userinfo elsewhere": ("userinfo", 302, "", 502),
    "token elsewhere": ("token", 307, "", 502),
    "token down": ("token", 503, "oh", 503),
    "token of a wrong client": ("token", 401, '{"error": "invalid_client"}', 502),
    "token refused otherwise": ("token", 400, '{"error": "unauthorized_client"}', 502),
    "token that is no JSON": ("token", 200, "<html>", 502),
    "token that is a list": ("token", 200, "[1]", 502),
    "token without id_token": ("token", 200, '{"access_token": "a", "token_type": "Bearer"}', 502),
    "id_token that is a number": ("token", 200, '{"access_token": "a", "token_type": "Bearer", "id_token": 1}', 502),
    "nested without end": ("token", 200, "[" * 60_000, 502),
    "endless": ("token", 200, " " * 200_000, 502),
    "no keys": ("jwks", 200, '{"keys": []}', 502),
    "keys that are none": ("jwks", 200, '{"keys": ["a"]}', 502),
    "keys down": ("jwks", 500, "", 503),
    "too many requests": ("token", 429, "", 503),
}


@pytest.mark.parametrize(("where", "status", "body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_none_is_a_page(
    site: Flask, provider: ScriptedProvider, where: str, status: int, body: str, expected: int
) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    provider.answers[where] = Response(body, status, headers={"Location": f"{provider.url}/elsewhere"})
    h1 = "La connexion n’a pas abouti" if expected == 502 else "FranceConnect ne répond pas"
    assert_refused(client, come_back(client, state), expected, h1)
    assert provider.calls["elsewhere"] == 0


@pytest.mark.parametrize(
    ("metadata", "body"),
    [
        ({"token_endpoint": ABSENT}, None),
        ({"authorization_endpoint": "javascript:alert(1)"}, None),
        ({"userinfo_endpoint": "ftp://127.0.0.1/userinfo"}, None),
        ({"issuer": ABSENT}, None),
        ({"jwks_uri": 12}, None),
        ({}, "[]"),
        ({}, "<html>"),
    ],
)
def test_a_broken_description_is_a_page_and_is_forgotten(
    site: Flask, provider: ScriptedProvider, metadata: dict[str, Any], body: str | None
) -> None:
    provider.metadata = metadata
    if body:
        provider.answers["discovery"] = Response(body)
    client = site.test_client()
    assert_refused(client, client.get("/connexion"), 502, "La connexion n’a pas abouti")
    provider.reset()
    assert sign_in(client, provider).status_code == 302


@pytest.mark.parametrize("where", ["discovery", "token", "jwks", "userinfo"])
@pytest.mark.parametrize("how", ["hanging", "dripping"])
def test_a_provider_that_never_finishes_is_a_page(
    site: Flask, provider: ScriptedProvider, short_patience: None, where: str, how: str
) -> None:
    client = site.test_client()
    state = depart(client, provider)["state"]
    site.extensions["france_connect"].cache_clear()
    setattr(provider, how, where)
    assert_refused(client, come_back(client, state), 503, "FranceConnect ne répond pas")


def test_a_provider_that_is_not_there_is_a_page(tmp_path: Path, another_app: Any) -> None:
    nobody = Provider(f"http://127.0.0.1:{free_port()}/discovery", "client", SECRET)
    app = another_app(a_config(database_url=f"sqlite:///{tmp_path}/test.db", france_connect=nobody))
    client = app.test_client()
    assert_refused(client, client.get("/connexion"), 503, "FranceConnect ne répond pas")


@pytest.mark.parametrize(
    "claims",
    [
        {"family_name": ABSENT},
        {"family_name": ""},
        {"family_name": "   "},
        {"family_name": "-"},
        {"family_name": "X" * 121},
        {"family_name": "LE\u0000GOFF"},
        {"given_name": ABSENT},
        {"given_name": ["Gwénola"]},
        {"given_name": None},
        {"gender": ABSENT},
        {"gender": "unspecified"},
        {"gender": ["female"]},
        {"birthdate": ABSENT},
        {"birthdate": "1951-00-00"},
        {"birthdate": "1951-02-30"},
        {"birthdate": "19510228"},
        {"birthdate": "1951-02-28T00:00:00"},
        {"birthdate": "0001-01-01"},
        {"birthdate": "2999-01-01"},
        {"birthdate": 1951},
    ],
    ids=str,
)
def test_an_incomplete_civil_status_leads_to_the_paper_path(
    site: Flask, provider: ScriptedProvider, claims: dict[str, Any]
) -> None:
    provider.userinfo = claims
    client = site.test_client()
    assert_refused(client, sign_in(client, provider), 502, "Votre état civil nous arrive incomplet")


@pytest.mark.parametrize("how", ["right", "incomplete", "false", "refused", "refused code", "unsigned"])
def test_nothing_of_the_person_is_in_the_logs_or_on_the_page(
    site: Flask, provider: ScriptedProvider, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.DEBUG)
    client = site.test_client()
    state = depart(client, provider)["state"]
    if how == "incomplete":
        provider.userinfo = {"birthdate": "1951-00-00"}
    if how == "false":
        provider.userinfo = {"sub": SUBJECT + "x"}
    if how == "refused":
        description = f"{SUBJECT} LE GOFF"
        provider.answers["token"] = Response(f'{{"error": "x", "error_description": "{description}"}}', 400)
    if how == "unsigned":
        provider.answers["userinfo"] = Response(f'{{"family_name": "LE GOFF", "sub": "{SUBJECT}"}}')
    answer = come_back(client, state, CODE + "x" if how == "refused code" else CODE)
    told = caplog.text + ("" if how == "right" else answer.text)
    assert not [secret for secret in (*PERSONAL, state, provider.nonce) if secret in told]


# Keys


def test_a_new_key_of_the_provider_is_learnt_at_once(site: Flask, provider: ScriptedProvider) -> None:
    assert sign_in(site.test_client(), provider).status_code == 302
    provider.keys["ES256"] = ECKey.generate_key("P-256", {"kid": "ec-2"})
    provider.published = [provider.keys["ES256"]]
    assert sign_in(site.test_client(), provider).status_code == 302
    assert provider.calls["jwks"] == 2


def test_invented_keys_do_not_make_us_hammer_the_provider(site: Flask, provider: ScriptedProvider) -> None:
    provider.header = {"kid": "invented"}
    for _ in range(3 * openid.KEY_REFRESHES):
        sign_in(site.test_client(), provider)
    assert provider.calls["jwks"] <= openid.KEY_REFRESHES + 1


def test_the_description_and_the_keys_are_fetched_once(site: Flask, provider: ScriptedProvider) -> None:
    for _ in range(3):
        sign_in(site.test_client(), provider)
    assert (provider.calls["discovery"], provider.calls["jwks"]) == (1, 1)


# Signing out


def sign_out(client: FlaskClient) -> TestResponse:
    token = csrf_token(client.get("/deconnexion").text)
    return client.post("/deconnexion", data={"csrf_token": token})


def test_signing_out_ends_both_sessions(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    sign_in(client, provider)
    with client.session_transaction() as session:
        id_token = session["id_token"]
    answer = sign_out(client)
    assert answer.status_code == 303
    assert answer.location.startswith(f"{provider.url}/session/end?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    assert set(asked) == {"id_token_hint", "post_logout_redirect_uri", "state"}
    assert asked["id_token_hint"] == id_token
    assert asked["post_logout_redirect_uri"] == f"{PUBLIC_URL}/"
    assert not is_signed_in(client)


def test_reading_the_sign_out_page_signs_nobody_out(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    sign_in(client, provider)
    assert read(client.get("/deconnexion")).h1 == "Se déconnecter"
    assert is_signed_in(client)


def test_another_site_cannot_sign_somebody_out(site: Flask, provider: ScriptedProvider) -> None:
    client = site.test_client()
    sign_in(client, provider)
    assert client.post("/deconnexion").status_code == 400
    assert is_signed_in(client)


def test_signing_out_when_nobody_is_signed_in_leads_home(site: Flask, provider: ScriptedProvider) -> None:
    answer = sign_out(site.test_client())
    assert (answer.status_code, answer.location) == (303, "/")


def test_signing_out_while_the_provider_is_down_ends_ours_and_says_what_is_left(
    site: Flask, provider: ScriptedProvider
) -> None:
    client = site.test_client()
    sign_in(client, provider)
    site.extensions["france_connect"].cache_clear()
    provider.answers["discovery"] = Response("", 500)
    answer = sign_out(client)
    assert (answer.status_code, read(answer).h1) == (503, "Vous êtes déconnecté de ce service")
    assert not is_signed_in(client)


def test_a_provider_without_sign_out_leads_home(site: Flask, provider: ScriptedProvider) -> None:
    provider.metadata = {"end_session_endpoint": ABSENT}
    client = site.test_client()
    sign_in(client, provider)
    assert sign_out(client).location == f"{PUBLIC_URL}/"
