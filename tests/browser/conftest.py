"""A demonstration of its own behind a real socket, and a browser that fails a test on what people never see.

Every page is watched: a console error, a refused script or style, or a request to another origin fails the test.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from app.config import Config
from app.dates import now
from app.factory import create_app
from app.worker import deliver_forever
from models.account import Account, Role
from models.base import db
from models.delays import DelayFigure, Level, Step
from models.law import ControlRegime
from models.scrutin import Election, ElectionKind, ElectionTerritory, Scrutin
from models.territory import Station, StationKind
from tests.browser import people
from tests.browser.measures import FOLLOW_SHIFTS
from tests.builders import a_config, a_habilitation, a_simulator
from tests.live import HOST, LiveServer, free_port

WEEK = 7 * 24


@dataclass
class Site:
    """The demonstration, where it answers, and what it runs on."""

    url: str
    app: object
    config: Config


@dataclass
class Watch:
    """What a test must not cause, collected while it runs."""

    origin: str
    faults: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self._console(message.type, message.text, message.location))
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        context.on("request", lambda request: self._request(request.url))

    def _console(self, kind: str, text: str, location: dict) -> None:
        is_status = "the server responded with a status of" in text.lower()
        if kind == "error" and not is_status:
            self.faults.append(f"console: {text} ({location.get('url')})")

    def _request(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "about:")):
            self.faults.append(f"off origin: {url}")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration's world on a database of its own, with its mail thread."""
    if request.param == "sqlite":
        database = f"sqlite:///{tmp_path_factory.mktemp('browser')}/demo.db"
    else:
        database = a_database(request.getfixturevalue("postgresql"))
    with a_site(database) as served:
        yield served


@contextmanager
def a_site(database: str) -> Iterator[Site]:
    """The demonstration served on that database, with what its world lacks for some pages."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    config = a_config(
        database_url=database,
        public_url=url,
        france_connect=a_simulator(url),
    )
    app = create_app(config)
    done = app.test_cli_runner().invoke(args=["demo-world"])
    assert done.exit_code == 0, done.output
    add_an_election_without_visits(app)
    add_a_station_in_trouble(app)
    add_slow_town_halls(app)
    stop = threading.Event()
    postman = threading.Thread(target=deliver_forever, args=(app, stop), daemon=True)
    postman.start()
    with LiveServer(app, port):
        yield Site(url, app, config)
    stop.set()
    postman.join()
    with app.app_context():
        db.engine.dispose()


def add_an_election_without_visits(app: Flask) -> None:
    """The last polling day offered: in Corse-du-Sud, where a certified identity may stand for the visit."""
    with app.app_context():
        law = {"control_regime": ControlRegime.REGISTER, "certified_identity": True}
        election = Election(name="Élection sans visite", kind=ElectionKind.REGIONAL, **law)
        election.scrutins = [Scrutin(tour=1, polling_day=now().date() + timedelta(weeks=30))]
        election.territories = [ElectionTerritory(code="2A")]
        db.session.add(election)
        db.session.commit()


def add_a_station_in_trouble(app: Flask) -> None:
    """One to wait, one to be blocked, one not habilitated, and who answers for them, at a station of their own."""
    with app.app_context():
        station = Station(code="DEMO-VERVINS", name="Brigade de Vervins", kind=StationKind.GENDARMERIE)
        station.commune_code = "02789"
        db.session.add(station)
        for name, manages_station in people.VERVINS.items():
            account = Account(email=name, name=name.partition("@")[0], role=Role.OFFICER, station=station)
            account.manages_station = manages_station
            account.habilitations = [] if name.startswith("sans") else [a_habilitation()]
            account.set_password(people.PASSWORD)
            db.session.add(account)
        db.session.commit()


def add_slow_town_halls(app: Flask) -> None:
    """One that answers late one time in ten, and one that takes until after the next vote."""
    with app.app_context():
        for code, usual_weeks in people.SLOW.values():
            figure = DelayFigure(step=Step.ANSWER, level=Level.OWN, code=code, count=12, measured_at=now())
            figure.usual_hours, figure.slow_hours = usual_weeks * WEEK, 20 * WEEK
            db.session.add(figure)
        db.session.commit()


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    """Fail the test on what was seen."""
    watching = Watch(site.url)
    yield watching
    assert not watching.faults


@pytest.fixture
def page(browser: Browser, site: Site, watch: Watch) -> Iterator[Page]:
    """A tab of its own, at a desk's width."""
    yield from a_tab(browser, site, watch)


@pytest.fixture
def page_without_scripts(browser: Browser, site: Site, watch: Watch) -> Iterator[Page]:
    """The same with JavaScript off."""
    yield from a_tab(browser, site, watch, java_script_enabled=False)


def a_tab(browser: Browser, site: Site, watch: Watch, **options: object) -> Iterator[Page]:
    """A watched tab; `options` are Playwright's."""
    context = browser.new_context(base_url=site.url, viewport={"width": 1200, "height": 900}, locale="fr-FR", **options)
    context.add_init_script(FOLLOW_SHIFTS)
    watch.follow(context)
    yield context.new_page()
    context.close()


def a_database(server: str) -> str:
    """A new PostgreSQL database beside the suite's."""
    name = f"site_{secrets.token_hex(4)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)
