"""What every answer carries: the headers, the policy and its nonce."""

import re

from flask import Flask

from tests.builders import World
from tests.page import read
from tests.web.real_service import PUBLIC_URL, readable

WITH_A_SCRIPT = "/ou-aller"


def test_every_answer_carries_its_headers(world: World) -> None:
    clients = [world.app.test_client(), world.as_agent(world.a_clerk()), world.as_elector()]
    for client in clients:
        for address in [*readable(world.app), "/nulle-part", "/admin/nulle-part", "/demande/ZZZZZZ"]:
            answer = client.get(address)
            headers = answer.headers
            assert headers["X-Content-Type-Options"] == "nosniff", address
            assert headers["Referrer-Policy"] == "no-referrer", address
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", address
            assert headers["Cache-Control"] == "no-store", address
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], address
            assert "unsafe" not in headers["Content-Security-Policy"], address
            assert "Strict-Transport-Security" not in headers, address


def test_the_policy_lets_nothing_in_but_ours(app: Flask) -> None:
    policy = app.test_client().get(WITH_A_SCRIPT).headers["Content-Security-Policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["default-src"] == "'none'"
    assert parts["style-src"] == "'self'"
    assert parts["base-uri"] == "'none'"
    assert parts["form-action"] == "'self'", "the simulator is on our own origin"
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", parts["script-src"])


def test_a_nonce_serves_once(app: Flask) -> None:
    client = app.test_client()
    policies = [client.get(WITH_A_SCRIPT).headers["Content-Security-Policy"] for _ in range(5)]
    assert len({re.search(r"'nonce-[\w-]+'", policy)[0] for policy in policies}) == 5  # type: ignore[index]


def test_a_page_without_a_script_runs_none(app: Flask) -> None:
    assert "script-src 'none';" in app.test_client().get("/").headers["Content-Security-Policy"]


def test_every_script_of_a_page_carries_the_nonce_of_its_policy(world: World) -> None:
    for client in (world.app.test_client(), world.as_elector(), world.as_agent(world.a_clerk())):
        for address in readable(world.app):
            answer = client.get(address)
            if answer.mimetype != "text/html" or answer.status_code >= 300:
                continue
            policy = answer.headers["Content-Security-Policy"]
            for script in read(answer).all("script"):
                assert f"'nonce-{script.get('nonce')}'" in policy, address


def test_forms_may_lead_to_the_provider_and_nowhere_else(https_app: Flask) -> None:
    policy = https_app.test_client().get("/", base_url=PUBLIC_URL).headers["Content-Security-Policy"]
    assert "form-action 'self' https://fc.example;" in policy


def test_https_is_remembered_where_the_service_is_https(https_app: Flask) -> None:
    answer = https_app.test_client().get("/", base_url=PUBLIC_URL)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


# Cookies.
