"""Proxies and hosts that nobody vouched for are neither believed, shown nor followed."""

import re
from collections.abc import Callable

import pytest
from flask import Flask, request

from app.config import Config
from tests.builders import World, a_config
from tests.web.real_service import readable

MakeApp = Callable[[Config], Flask]


def seen_from(app: Flask, **headers: str) -> str:
    """What the application believes of a request that brings these headers."""
    if "seen" not in app.view_functions:
        app.add_url_rule("/vu", "seen", lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    return app.test_client().get("/vu", headers={name.replace("_", "-"): value for name, value in headers.items()}).text


FORWARDED = {
    "X_Forwarded_For": "203.0.113.9, 198.51.100.7",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "evil.test",
    "X_Forwarded_Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.test",
    "X_Real_IP": "203.0.113.9",
}


def test_forwarded_headers_are_ignored(app: Flask, another_app: MakeApp) -> None:
    ours = another_app(a_config(database_url=app.config["SQLALCHEMY_DATABASE_URI"]))
    assert seen_from(ours, **FORWARDED) == "127.0.0.1 http localhost"


def test_as_many_proxies_are_believed_as_there_are(app: Flask, another_app: MakeApp) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    one = another_app(a_config(database_url=url, trusted_proxies=1))
    two = another_app(a_config(database_url=url, trusted_proxies=2))
    assert seen_from(one, **FORWARDED).startswith("198.51.100.7 https ")
    assert seen_from(two, **FORWARDED).startswith("203.0.113.9 ")


def test_a_false_host_is_neither_shown_nor_followed(world: World) -> None:
    for client in (world.app.test_client(), world.as_elector(), world.as_agent(world.a_clerk())):
        for address in readable(world.app):
            answer = client.get(address, headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
            assert "evil.test" not in answer.text, address
            assert "evil.test" not in answer.headers.get("Location", ""), address


@pytest.mark.parametrize(
    "address",
    [
        "/agents/connexion?next=https://evil.test",
        "/connexion?next=https://evil.test&suite=//evil.test&retour=https://evil.test",
        "/admin/?url=https://evil.test&next=//evil.test",
        "/deconnexion?next=https://evil.test",
        "/admin//evil.test/",
        "/demande?next=//evil.test",
        "/connexion/retour?state=x&code=y&next=//evil.test",
    ],
)
def test_no_address_sends_elsewhere(world: World, address: str) -> None:
    for client in (world.app.test_client(), world.as_agent(world.a_clerk()), world.as_elector()):
        location = client.get(address).headers.get("Location", "")
        assert not re.match(r"(https?:)?//(?!127\.0\.0\.1:5000/|localhost/)", location), location


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Proto": "https"}, {}])
def test_the_redirect_to_a_missing_slash_names_no_host(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().get("/admin", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/admin/")
