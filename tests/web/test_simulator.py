"""The demonstration's FranceConnect is as strict as the real one, so that what works here works there."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.config import Config
from app.dates import now
from app.demo.citizens import CITIZENS
from app.demo.issuer import SimulatedCode, SimulatedToken
from app.environ import DEMO_SECRET
from app.identity_providers import DEMO_CLIENT, Provider
from models.base import db
from tests.builders import PUBLIC_URL, a_config, an_identity
from tests.page import read

BASE = "/demo/france-connect/api/v2"
STATE, NONCE = "s" * 32, "n" * 22
ASKED = {
    "client_id": DEMO_CLIENT,
    "redirect_uri": f"{PUBLIC_URL}/connexion/retour",
    "response_type": "code",
    "scope": "openid given_name family_name birthdate gender",
    "acr_values": "eidas1",
    "state": STATE,
    "nonce": NONCE,
}


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def authorize(browser: FlaskClient, asked: dict[str, Any]) -> TestResponse:
    return browser.get(f"{BASE}/authorize", query_string=asked)


def choose(browser: FlaskClient, asked: dict[str, Any] = ASKED, **fields: str) -> TestResponse:
    form = read(authorize(browser, asked)).form()
    return browser.post(f"{BASE}/authorize", data=form | {"citizen": "eloise", "choice": "continue"} | fields)


def returned(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(ASKED["redirect_uri"] + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


def exchange(client: FlaskClient, code: str, /, **changes: str) -> TestResponse:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": ASKED["redirect_uri"],
        "client_id": DEMO_CLIENT,
        "client_secret": DEMO_SECRET,
    }
    return client.post(f"{BASE}/token", data=form | changes)


def tokens(browser: FlaskClient, asked: dict[str, Any] = ASKED, citizen: str = "eloise") -> dict[str, Any]:
    answer = exchange(browser, returned(choose(browser, asked, citizen=citizen))["code"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def userinfo(browser: FlaskClient, access_token: str) -> TestResponse:
    return browser.get(f"{BASE}/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def opened(browser: FlaskClient, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(browser.get(f"{BASE}/jwks").json)
    return jwt.decode(token, keys, algorithms=["ES256"]).claims


def test_the_page_says_what_it_is_and_lists_everybody(browser: FlaskClient) -> None:
    page = read(authorize(browser, ASKED))
    assert "Démonstration, sans valeur légale" in page.text
    assert all(citizen.family_name in page.text for citizen in CITIZENS)
    assert len(page.forms) == 1


WRONG = {
    "PKCE": {"code_challenge": "x" * 43},
    "PKCE's method": {"code_challenge_method": "S256"},
    "max_age": {"max_age": "60"},
    "login_hint": {"login_hint": "eloise"},
    "response_mode": {"response_mode": "query"},
    "another client": {"client_id": "somebody-else"},
    "another address": {"redirect_uri": f"{PUBLIC_URL}/connexion/retour/"},
    "implicit": {"response_type": "id_token"},
    "no openid": {"scope": "given_name"},
    "unknown scope": {"scope": "openid phone"},
    "another level": {"acr_values": "eidas2"},
    "short state": {"state": "s" * 31},
    "short nonce": {"nonce": "n" * 21},
    "silent": {"prompt": "none"},
    "claims that are no JSON": {"claims": "{"},
    "claims that are no object": {"claims": "[]"},
    "repeated": {"state": [STATE, STATE]},
    **{f"no {name}": {name: []} for name in ASKED},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_refused_here_and_nobody_is_sent_back(browser: FlaskClient, changes: dict[str, Any]) -> None:
    answer = authorize(browser, ASKED | changes)
    assert answer.status_code == 400
    assert read(answer).h1 == "FranceConnect simulé refuse cette demande"


def test_the_same_is_refused_when_posted(browser: FlaskClient) -> None:
    assert choose(browser, nonce="short").status_code == 400
    assert choose(browser, login_hint="eloise").status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "login consent"},
        {"ui_locales": "fr"},
        {"idp_hint": "x"},
        {"claims": '{"id_token":{"amr":{"essential":true}}}'},
    ],
    ids=str,
)
def test_what_france_connect_allows_is_allowed(browser: FlaskClient, changes: dict[str, str]) -> None:
    assert authorize(browser, ASKED | changes).status_code == 200


def test_choosing_needs_the_csrf_token(browser: FlaskClient) -> None:
    assert choose(browser, csrf_token="").status_code == 400


def test_choosing_nobody_shows_the_page_again(browser: FlaskClient) -> None:
    answer = choose(browser, citizen="")
    assert answer.status_code == 422
    assert read(answer).errors
    assert choose(browser, choice="").status_code == 422


def test_the_person_comes_back_with_a_code(browser: FlaskClient) -> None:
    back = returned(choose(browser))
    assert set(back) == {"code", "state", "iss"}
    assert back["state"] == STATE
    assert back["iss"] == browser.get(f"{BASE}/.well-known/openid-configuration").json["issuer"]


def test_the_person_may_give_up_without_choosing(browser: FlaskClient) -> None:
    back = returned(choose(browser, citizen="", choice="cancel"))
    assert (back["error"], back["state"]) == ("access_denied", STATE)
    assert "code" not in back


def test_a_code_serves_once_and_its_replay_revokes_the_token(browser: FlaskClient) -> None:
    code = returned(choose(browser))["code"]
    access_token = exchange(browser, code).json["access_token"]
    assert userinfo(browser, access_token).status_code == 200
    again = exchange(browser, code)
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert userinfo(browser, access_token).status_code == 401


def test_of_many_exchanges_at_once_one_gets_the_token(app: Flask, browser: FlaskClient) -> None:
    code = returned(choose(browser))["code"]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: exchange(app.test_client(), code).status_code, range(8)))
    assert sorted(statuses) == [200] + [400] * 7


def test_a_code_dies_after_thirty_seconds(browser: FlaskClient) -> None:
    code = returned(choose(browser))["code"]
    row = db.session.query(SimulatedCode).filter_by(used=False).order_by(SimulatedCode.expires_at.desc()).first()
    assert row is not None
    assert timedelta(seconds=0) < row.expires_at - now() <= timedelta(seconds=30)
    db.session.execute(update(SimulatedCode).values(expires_at=now()))
    db.session.commit()
    assert exchange(browser, code).json == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "somebody-else"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"redirect_uri": f"{PUBLIC_URL}/"}, 400, "invalid_grant"),
        ({"code": "invented"}, 400, "invalid_grant"),
    ],
    ids=str,
)
def test_a_wrong_exchange_is_refused(browser: FlaskClient, changes: dict[str, str], status: int, error: str) -> None:
    answer = exchange(browser, returned(choose(browser))["code"], **changes)
    assert (answer.status_code, answer.json) == (status, {"error": error})


def test_the_secret_is_not_taken_from_a_header(browser: FlaskClient) -> None:
    basic = base64.b64encode(f"{DEMO_CLIENT}:{DEMO_SECRET}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": ASKED["redirect_uri"]}
    answer = browser.post(f"{BASE}/token", data=form, headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 401


def test_tokens_live_sixty_seconds_and_say_who_and_how_well(browser: FlaskClient) -> None:
    given = tokens(browser)
    claims = opened(browser, given["id_token"])
    assert given["expires_in"] == 60
    assert 59 <= claims["exp"] - claims["iat"] <= 61
    assert (claims["aud"], claims["nonce"], claims["acr"]) == (DEMO_CLIENT, NONCE, "eidas1")
    assert not {"family_name", "given_name"} & set(claims)


def test_userinfo_is_signed_and_holds_only_what_was_asked(browser: FlaskClient) -> None:
    given = tokens(browser)
    answer = userinfo(browser, given["access_token"])
    assert answer.mimetype == "application/jwt"
    claims = opened(browser, answer.text)
    assert claims["sub"] == opened(browser, given["id_token"])["sub"]
    identity = an_identity()
    assert (claims["family_name"], claims["given_name"]) == (identity.birth_name, identity.first_names)
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "family_name", "given_name", "birthdate", "gender"}


def test_the_birthplace_of_who_was_born_abroad_is_empty(browser: FlaskClient) -> None:
    given = tokens(browser, ASKED | {"scope": "openid identite_pivot"}, citizen="mai")
    claims = opened(browser, userinfo(browser, given["access_token"]).text)
    assert (claims["birthplace"], claims["birthcountry"]) == ("", "99243")
    assert claims["given_name_array"] == ["Thi", "Mai"]


def test_an_old_or_invented_access_token_opens_nothing(browser: FlaskClient) -> None:
    access_token = tokens(browser)["access_token"]
    assert userinfo(browser, "invented").status_code == 401
    assert browser.get(f"{BASE}/userinfo").status_code == 401
    db.session.execute(update(SimulatedToken).values(expires_at=now()))
    db.session.commit()
    assert userinfo(browser, access_token).status_code == 401


def test_the_published_key_is_the_public_half_and_the_same_for_every_process(
    config: Config, app: Flask, another_app: Any
) -> None:
    key = app.test_client().get(f"{BASE}/jwks").json["keys"][0]
    assert (key["kty"], key["crv"], key["alg"]) == ("EC", "P-256", "ES256")
    assert "d" not in key
    assert another_app(config).test_client().get(f"{BASE}/jwks").json["keys"] == [key]


def test_secrets_are_stored_as_hashes_only(browser: FlaskClient) -> None:
    code = returned(choose(browser))["code"]
    access_token = exchange(browser, code).json["access_token"]
    stored = [row.digest for table in (SimulatedCode, SimulatedToken) for row in db.session.query(table)]
    assert stored
    assert not {code, access_token} & set(stored)


def test_signing_out_needs_a_token_of_ours_and_the_registered_address(browser: FlaskClient) -> None:
    hint = {"id_token_hint": tokens(browser)["id_token"]}
    good = hint | {"post_logout_redirect_uri": f"{PUBLIC_URL}/", "state": "s" * 43}
    answer = browser.get(f"{BASE}/session/end", query_string=good)
    assert (answer.status_code, answer.location) == (302, f"{PUBLIC_URL}/?state={'s' * 43}")
    for wrong in (
        {"post_logout_redirect_uri": "https://attaquant.example/"},
        {"id_token_hint": []},
        {"id_token_hint": _altered(hint["id_token_hint"])},
        {"id_token_hint": "not.a.token"},
        {"client_id": "somebody-else"},
        {"redirect": "x"},
    ):
        assert browser.get(f"{BASE}/session/end", query_string=good | wrong).status_code == 400, wrong


def test_a_provider_of_ones_own_replaces_the_simulator(tmp_path: Path, another_app: Any) -> None:
    own = Provider("http://127.0.0.1:9/discovery", "client", "secret")
    app = another_app(a_config(database_url=f"sqlite:///{tmp_path}/test.db", france_connect=own))
    assert app.test_client().get(f"{BASE}/.well-known/openid-configuration").status_code == 404


def _altered(token: str) -> str:
    """Another person's token, under the same signature."""
    header, _, signature = token.split(".")
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "somebody"}).encode()).decode().rstrip("=")
    return f"{header}.{claims}.{signature}"


def test_a_certified_identity_is_asserted_for_who_has_one_and_refused_to_the_others(browser: FlaskClient) -> None:
    certified = ASKED | {"acr_values": "eidas3"}
    token = tokens(browser, certified, "camille")
    assert json.loads(base64.urlsafe_b64decode(token["id_token"].split(".")[1] + "=="))["acr"] == "eidas3"
    answer = returned(choose(browser, certified, citizen="eloise"))
    assert (answer["error"], "code" in answer) == ("access_denied", False)
    assert authorize(browser, ASKED | {"acr_values": "eidas1 eidas3"}).status_code == 400
