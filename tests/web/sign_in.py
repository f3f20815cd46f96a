"""Leaving for FranceConnect and coming back, as a browser does it."""

from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page import read
from tests.web.scripted_provider import CODE, ScriptedProvider


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
