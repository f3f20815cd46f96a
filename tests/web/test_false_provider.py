"""A provider that lies, stammers, hangs or is not there: a French page with two ways on, and no session."""

import logging
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from joserfc.jwk import ECKey, RSAKey

from app import openid
from app.identity_providers import Provider
from tests.builders import a_config
from tests.live import free_port
from tests.web.scripted_provider import ABSENT, ACCESS_TOKEN, CIVIL_STATUS, CODE, SECRET, SUBJECT, ScriptedProvider
from tests.web.sign_in import assert_refused, come_back, depart, sign_in

PERSONAL = (*CIVIL_STATUS.values(), "GOFF", "Gwénola", SUBJECT, CODE, ACCESS_TOKEN, SECRET, "eyJ")


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same time-outs, shorter: a hung provider answers only once the test is over."""
    monkeypatch.setattr(openid, "CALL_SECONDS", (0.5, 0.5))
    monkeypatch.setattr(openid, "CONVERSATION_SECONDS", 1)


# Lies

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
