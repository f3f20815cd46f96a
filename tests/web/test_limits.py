"""Floods are stopped before anything is done for them, one person or one network at a time."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import limits
from app.config import Config, MailWindows
from app.environ import ConfigError
from app.factory import create_app
from app.limits import HEAVY, UNCOUNTED, Kind
from models import journey
from models.outbox import OutboxMail
from models.procuration import Procuration
from tests.builders import PASSWORD, Visitor, World, a_config
from tests.database import queries
from tests.page import read
from tests.web.journeys import MINE, RECAP, answers, fill, how_many

MakeApp = Callable[[Config], Flask]
HERE, THERE = "192.0.2.7", "198.51.100.9"
FEW = 3
SHEET = "/papier/feuille"


@pytest.fixture(autouse=True)
def few(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three requests of each kind, in a window that does not end meanwhile, and no count left by another test."""
    for kind in Kind:
        monkeypatch.setitem(limits.MOST, kind, f"{FEW}/day")
    app.extensions["procurations-limiter"].reset()
    yield
    app.extensions["procurations-limiter"].reset()


def from_there(client: FlaskClient, address: str, at: str = HERE, **headers: str) -> TestResponse:
    return client.get(address, environ_base={"REMOTE_ADDR": at}, headers=headers)


def statuses(client: FlaskClient, times: int, address: str = "/aide", at: str = HERE, **headers: str) -> list[int]:
    return [from_there(client, address, at, **headers).status_code for _ in range(times)]


def test_who_asks_too_much_is_told_how_long_to_wait(app: Flask) -> None:
    client = app.test_client()
    assert statuses(client, FEW) == [200] * FEW
    with queries() as asked:
        answer = from_there(client, "/aide")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Attendez une minute, puis recommencez" in read(answer).text
    assert asked == []


def test_another_network_does_not_wait(app: Flask) -> None:
    client = app.test_client()
    statuses(client, FEW + 1)
    assert statuses(client, 1, at=THERE) == [200]


def test_a_subscriber_has_one_count_for_all_his_addresses(app: Flask) -> None:
    client = app.test_client()
    assert [statuses(client, 1, at=f"2001:db8:1:2::{n}")[0] for n in range(FEW + 1)] == [200] * FEW + [429]
    assert statuses(client, 1, at="2001:db8:1:3::1") == [200]


def test_reading_leaves_what_may_be_posted(app: Flask) -> None:
    client = app.test_client()
    statuses(client, FEW + 1)
    token = read(client.get(SHEET)).form(SHEET)["csrf_token"]
    answer = client.post(SHEET, data={"csrf_token": token}, environ_base={"REMOTE_ADDR": HERE})
    assert answer.status_code == 422


def test_this_machine_is_not_counted(app: Flask) -> None:
    for at in ("127.0.0.1", "::1", ""):
        assert statuses(app.test_client(), FEW + 2, at=at) == [200] * (FEW + 2)


def test_what_watches_the_service_and_the_style_sheet_are_not_counted(app: Flask) -> None:
    client = app.test_client()
    statuses(client, FEW + 1)
    assert statuses(client, 2, "/healthz") == statuses(client, 2, "/readyz") == [200, 200]
    answer = from_there(client, "/static/style.css")
    assert answer.status_code == 200
    answer.close()


def test_colleagues_behind_one_address_are_counted_one_by_one(world: World) -> None:
    clients = [world.as_agent(world.a_clerk()) for _ in range(2)] + [world.as_elector(), world.as_elector()]
    for client, address in zip(clients, ["/agents/compte", "/agents/compte", MINE, MINE], strict=True):
        assert statuses(client, FEW + 1, address) == [200] * FEW + [429]


def test_a_forged_session_is_counted_with_its_network(world: World) -> None:
    seen = []
    for n in range(FEW + 1):
        client = world.app.test_client()
        client.set_cookie("agent", f"eyJfdXNlcl9pZCI6Ij{n}ifQ.aaaa.bbbb")
        seen += statuses(client, 1, "/agents/connexion")
    assert seen == [200] * FEW + [429]


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forwarded_address_that_changes_each_time_gains_nothing(
    app: Flask, another_app: MakeApp, proxies: int
) -> None:
    """The proxy adds the address it saw last; the client has written what stands before it."""
    ours = another_app(a_config(database_url=app.config["SQLALCHEMY_DATABASE_URI"], trusted_proxies=proxies))
    ours.test_client_class = Visitor
    peer = HERE if proxies == 0 else "10.0.0.1"
    forged = [f"203.0.113.{n}, {HERE}" for n in range(FEW + 1)]
    seen = [statuses(ours.test_client(), 1, at=peer, **{"X-Forwarded-For": told})[0] for told in forged]
    assert seen == [200] * FEW + [429]


def test_behind_a_trusted_proxy_visitors_are_told_apart(app: Flask, another_app: MakeApp) -> None:
    ours = another_app(a_config(database_url=app.config["SQLALCHEMY_DATABASE_URI"], trusted_proxies=1))
    ours.test_client_class = Visitor
    for told in (HERE, THERE):
        assert statuses(ours.test_client(), FEW, at="10.0.0.1", **{"X-Forwarded-For": told}) == [200] * FEW


def test_a_form_sent_too_often_comes_back_with_its_answers(world: World) -> None:
    elector = world.as_elector()
    typed = answers(world, mandataire_birth_name="D'AUBIGNÉ <LE> BRETHON")
    posted = read(elector.get("/demande")).form("/demande") | typed
    where = {"REMOTE_ADDR": HERE}
    refused = [elector.post("/demande", data=posted, environ_base=where) for _ in range(FEW + 1)][-1]
    assert refused.status_code == 429
    page = read(refused)
    assert "Vos réponses sont gardées" in page.text
    kept = page.form("/demande")
    assert {name: kept[name] for name in typed if name != "scrutins"} == {n: typed[n] for n in typed if n != "scrutins"}


def test_a_password_sent_too_often_is_not_shown_again(world: World) -> None:
    client = world.app.test_client()
    typed = read(client.get("/agents/connexion")).form("/agents/connexion")
    data = typed | {"email": "nobody@agents.test", "password": PASSWORD}
    sent = [client.post("/agents/connexion", data=data, environ_base={"REMOTE_ADDR": HERE}) for _ in range(FEW + 1)]
    assert sent[-1].status_code == 429
    assert PASSWORD not in sent[-1].text


def test_an_elector_who_files_without_end_writes_to_nobody_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "MOST_DEMANDES", 2)
    a_minute = replace(world.app.extensions["procurations"], mail_windows=MailWindows(filing=timedelta(minutes=1)))
    monkeypatch.setitem(world.app.extensions, "procurations", a_minute)
    person = world.an_elector()
    for _ in range(2):
        world.submitted(person)
    elector = world.as_elector(person)
    assert fill(elector, answers(world, mandataire_birth_name="AUTRE")).status_code == 303
    recap = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y"}
    refused = elector.post(RECAP, data=recap)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 60, "a minute here"
    assert read(refused).form(RECAP) == recap
    assert how_many(Procuration) == how_many(OutboxMail) == 2


def test_the_demonstrations_few_citizens_file_for_a_whole_country(world: World) -> None:
    person = world.an_elector()
    elector = world.as_elector(person)
    for n in range(journey.MOST_DEMANDES + 5):
        assert fill(elector, answers(world, mandataire_birth_name=f"VOISIN {chr(65 + n)}")).status_code == 303
        recap = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y"}
        assert elector.post(RECAP, data=recap).status_code == 303


def test_a_store_whose_driver_is_absent_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    config = a_config(database_url=f"sqlite:///{tmp_path}/x.db", ratelimit_storage="redis://:secret@127.0.0.1:1")
    with pytest.raises(ConfigError, match="RATELIMIT_STORAGE_URI") as refusal:
        create_app(config)
    assert "secret" not in str(refusal.value)


def test_every_kind_of_the_list_is_an_address_that_exists(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= HEAVY | UNCOUNTED


@pytest.mark.parametrize(
    "told", ["203.0.113.9:5678", "[2001:db8::1]:443", "unknown", "1.2.3.4, bogus", "::ffff:1.2.3.4"]
)
def test_whatever_a_proxy_tells_is_counted_and_breaks_nothing(app: Flask, another_app: MakeApp, told: str) -> None:
    """A port says nothing of who asks: another one gains nothing."""
    ours = another_app(a_config(database_url=app.config["SQLALCHEMY_DATABASE_URI"], trusted_proxies=1))
    ours.test_client_class = Visitor
    client = ours.test_client()
    assert statuses(client, FEW, at="10.0.0.1", **{"X-Forwarded-For": told}) == [200] * FEW
    assert statuses(client, 1, at="10.0.0.1", **{"X-Forwarded-For": told}) == [429]
    if ":5678" in told:
        other = {"X-Forwarded-For": told.replace("5678", "1234")}
        assert statuses(client, 1, at="10.0.0.1", **other) == [429]
