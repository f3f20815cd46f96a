"""The whole journey on the real server, with everything that goes wrong: its log is lines of JSON, and names nobody."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from app.config import PROJECT, Config
from app.demo.citizens import CITIZENS
from app.demo.world import AGENTS, PASSWORD
from models.base import db
from tests.builders import LAON
from tests.contracts.server import Server, make_world, start
from tests.live import HOST
from tests.mail.smtp import Relay
from tests.page import Page, read
from tests.web.journeys import FORM, MINE, RECAP
from tests.web.killed_service import Answer

COUNTER, TOWN_HALL = "/admin/officer/action/", "/admin/town-hall/action/"
MANDATAIRE = {
    "mandataire_birth_name": "Kermarrec",
    "mandataire_first_names": "Gwendoline",
    "mandataire_birth_date": "28/08/1986",
    "mandataire_sex": "F",
}
TYPED = ("Kermarrec", "Gwendoline", "28/08/1986", "1986-08-28", "une note sur Gwendoline", "quelqu-un@fautes.test")
ALLOWED = {"at", "level", "logger", "event", "request", "method", "rule", "status", "ms", "error", "stack"}


class Browser:
    """Somebody at a browser: cookies, redirects, forms."""

    def __init__(self, server: Server) -> None:
        self.server, self.http = server, requests.Session()
        self.statuses: list[int] = []

    def get(self, address: str) -> Answer:
        return self._answer(self.http.get(self.server.address + address, timeout=60))

    def read(self, address: str) -> Page:
        return read(self.get(address))  # type: ignore[arg-type]

    def post(self, address: str, **fields: Any) -> Answer:
        return self._answer(self.http.post(self.server.address + address, data=fields, timeout=60))

    def send(self, page: Page, address: str, **fields: Any) -> Answer:
        """The form of that page."""
        return self.post(address, **page.form(address) | fields)

    def sign_in_as_citizen(self, key: str) -> Page:
        page = read(self.get("/connexion"))  # type: ignore[arg-type]
        [choice] = [form for form in page.forms if "france-connect" in form]
        return read(self.send(page, choice, citizen=key, choice="continue"))  # type: ignore[arg-type]

    def sign_in_as_agent(self, email: str, password: str = PASSWORD) -> Answer:
        return self.send(self.read("/agents/connexion"), "/agents/connexion", email=email, password=password)

    def _answer(self, answer: requests.Response) -> Answer:
        self.statuses += [one.status_code for one in (*answer.history, answer)]
        return Answer(answer)


@pytest.fixture
def relay() -> Iterator[Relay]:
    """It knows nobody at one of the addresses."""
    with Relay({"RCPT quelqu-un@fautes.test": ["550 5.1.1 <quelqu-un@fautes.test> unknown"]}) as relay:
        yield relay


@pytest.fixture
def environ(app: Flask, config: Config, relay: Relay) -> dict[str, str]:
    """The demonstration's world on that database, with a relay."""
    make_world(config.database_url)
    db.session.rollback()
    mail = {"MAIL_SERVER": HOST, "MAIL_PORT": str(relay.port), "MAIL_USE_TLS": "0"}
    return {"DEMO": "1", "DATABASE_URL": config.database_url, **mail}


@contextmanager
def without(table: str) -> Iterator[None]:
    """The service meets an error that nobody foresaw."""
    db.session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    db.session.commit()
    yield
    db.session.execute(text(f"ALTER TABLE {table}_away RENAME TO {table}"))
    db.session.commit()


def file_a_demande(elector: Browser) -> str:
    """With an error on the way, and an address that nobody reads; the reference."""
    page = elector.sign_in_as_citizen("eloise")
    day = next(e.get("value", "") for e in page.all("input") if e.get("name") == "scrutins")
    fields = MANDATAIRE | {"commune": LAON, "mandataire_commune": LAON, "email": "quelqu-un@fautes.test"}
    wrong = elector.send(page, FORM, **fields)
    assert wrong.status_code == 422
    right = elector.send(read(wrong), FORM, **fields, validity="scrutins", scrutins=day)  # type: ignore[arg-type]
    receipt = read(elector.send(read(right), RECAP, sworn="y"))  # type: ignore[arg-type]
    assert receipt.data_reference
    return receipt.data_reference


def look_around(elector: Browser, reference: str) -> str:
    """What an elector may get wrong, and an error of ours; the number of the latter."""
    for address in (f"/demande/{reference}", f"{MINE}/donnees.json", "/demande/ZZZZZZ", f"/{reference}/Kermarrec"):
        elector.get(address)
    elector.post(f"{MINE}/{reference}/retirer", confirmed="yes")
    elector.send(elector.read(MINE), f"{MINE}/{reference}/courriel", email="pas une adresse de Gwendoline")
    elector.send(elector.read("/verifier"), "/verifier", code="Gwendoline Kermarrec a signé")
    with without("draft"):
        failed = elector.get("/demande?nom=Kermarrec")
    assert failed.status_code == 500
    return read(failed).text.rpartition("donnez ce numéro : ")[2].split()[0]  # type: ignore[arg-type]


def establish(officer: Browser, reference: str) -> None:
    officer.sign_in_as_agent("opj.laon@demo.test", "Gwendoline-Kermarrec")
    officer.sign_in_as_agent("opj.laon@demo.test")
    officer.get("/admin/officer/?reference=ZZZZZZ")
    officer.get("/admin/town-hall/?search=Kermarrec")
    page = officer.read(f"/admin/officer/?reference={reference}")
    act = {"rowid": reference, "confirmed": "yes"}
    for action in ("invalidate", "validate", "validate"):
        officer.send(page, COUNTER, **act, action=action)


def validate(clerk: Browser) -> None:
    clerk.sign_in_as_agent("mairie.laon@demo.test")
    listed = clerk.read("/admin/town-hall/?search=d'haut")
    details = next(link for link in listed.links.values() if "/details/" in link)
    key = parse_qs(urlsplit(details).query)["id"][0]
    page = clerk.read(details)
    clerk.get("/admin/polling-day/?name=hautpoul&search=d'haut")
    for how in ({"action": "invalidate"}, {"action": "validate", "note": "une note sur Gwendoline"}):
        clerk.send(page, TOWN_HALL, rowid=key, confirmed="yes", **how)


@pytest.mark.usefixtures("app")
def test_the_log_of_the_whole_journey_names_nobody(environ: dict[str, str], tmp_path: Path) -> None:
    server = start(tmp_path / "log", **environ)
    try:
        server.until_it_answers()
        people = [Browser(server) for _ in range(3)]
        reference = file_a_demande(people[0])
        failure = look_around(people[0], reference)
        establish(people[1], reference)
        validate(people[2])
        log = server.stop()
    finally:
        server.process.kill()
        server.process.wait()
    assert {200, 302, 303, 400, 403, 404, 409, 422, 500} <= {status for one in people for status in one.statuses}
    lines = [json.loads(line) for line in log.splitlines()]
    assert_it_helps(lines, failure)
    assert named_in(log + delivered(environ), reference) == []


def assert_it_helps(lines: list[dict[str, Any]], failure: str) -> None:
    """Each line is an event with nothing but what is announced; the number on an error's page leads to its cause."""
    assert all({"at", "level", "logger", "event"} <= line.keys() <= ALLOWED for line in lines)
    told = [line for line in lines if line.get("request") == failure]
    assert [line["event"] for line in told] == ["unforeseen error", "answered"]
    assert "OperationalError" in told[0]["error"] or "ProgrammingError" in told[0]["error"]
    assert any(place.startswith("app/elector/views.py:") for place in told[0]["stack"])
    assert (told[1]["rule"], told[1]["status"]) == ("/demande", 500)


def delivered(environ: dict[str, str]) -> str:
    """What the worker says, of which one message is refused for ever."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "deliver-mail", "--once"]
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )
    assert "given up" in done.stdout, done
    return done.stdout + done.stderr


def named_in(said: str, reference: str) -> list[str]:
    """The names, addresses, birth dates and references of the demonstration's people that stand there."""
    secrets = {reference, *TYPED}
    for person in CITIZENS:
        secrets |= {person.family_name, person.birthdate, f"{person.key}@electeurs.test", *person.given_name.split()}
    for agent in AGENTS:
        secrets |= {agent.email, agent.name, agent.name.split()[-1]}
    return [one for one in secrets if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", said, re.IGNORECASE)]


def test_the_search_finds_a_name() -> None:
    assert named_in('{"event": "d\'hautpoul de la tour"}', "K7M4PX") == ["D'HAUTPOUL DE LA TOUR"]
    assert named_in('{"rule": "/demande/K7M4PX"}', "K7M4PX") == ["K7M4PX"]
