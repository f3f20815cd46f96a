"""Who finds a weakness is told where to write, on the page of who publishes and where programs look."""

from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask

from app.dates import now
from app.installation import FICTIONAL
from tests.web.real_service import PUBLIC_URL

ADDRESS = "/.well-known/security.txt"


def test_who_finds_a_weakness_is_told_where_to_write_rfc_9116(https_app: Flask) -> None:
    client = https_app.test_client()
    answer = client.get(ADDRESS, base_url=PUBLIC_URL)
    assert answer.content_type == "text/plain; charset=utf-8"
    told = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert told["Contact"] == f"mailto:{FICTIONAL.security_contact}"
    assert told["Canonical"] == f"{PUBLIC_URL}{ADDRESS}"
    assert timedelta(days=30) < datetime.fromisoformat(told["Expires"]) - now() < timedelta(days=365)
    assert FICTIONAL.security_contact in client.get("/mentions-legales", base_url=PUBLIC_URL).text


def test_a_page_to_write_at_is_told_as_it_is() -> None:
    page = replace(FICTIONAL, security_contact="https://procurations.example/faille")
    assert page.security_address == "https://procurations.example/faille"
