"""Signing out of both sessions, ours and the provider's."""

from urllib.parse import parse_qs, urlsplit

from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PUBLIC_URL, csrf_token
from tests.page import read
from tests.web.scripted_provider import ABSENT, ScriptedProvider
from tests.web.sign_in import is_signed_in, sign_in


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
