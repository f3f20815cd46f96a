"""What is asked of each database: nothing confirmed is lost, two people never block each other, no value leaks."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.environ import ConfigError
from app.factory import create_app
from models.account import Account, Role
from models.base import db
from models.scrutin import Election
from models.territory import Department, PostalCode
from tests.builders import World, a_config
from tests.live import free_port
from tests.web.real_service import a_real_service

SQLITE_BUSY_SNAPSHOT = 517
ROUNDS = 60


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Flask]:
    """The application over a new SQLite file with one department in it."""
    application = create_app(a_config(database_url=f"sqlite:///{tmp_path}/new/place/test.db"))
    assert application.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    with application.app_context():
        db.session.add(Department(code="00", name="0"))
        db.session.commit()
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def on_postgresql(postgresql: str) -> Iterator[Flask]:
    application = create_app(a_config(database_url=postgresql))
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def driver() -> Any:
    """The driver's own connection under the session."""
    return db.session.connection().connection.dbapi_connection


def pragma(name: str) -> Any:
    return db.session.execute(text(f"PRAGMA {name}")).scalar()


def test_sqlite_survives_a_power_cut_and_keeps_its_references(on_sqlite: Flask) -> None:
    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    assert pragma("foreign_keys") == 1
    assert pragma("busy_timeout") == 15_000


def test_every_connection_of_the_pool_is_set_up(on_sqlite: Flask) -> None:
    with db.engine.connect() as first, db.engine.connect() as second, db.engine.connect() as third:
        for connection in (first, second, third):
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_reading_opens_no_transaction(on_sqlite: Flask) -> None:
    assert db.session.scalars(select(Department)).one().name == "0"
    assert not driver().in_transaction


def test_the_first_write_takes_the_lock_before_it_looks(on_sqlite: Flask) -> None:
    statements: list[str] = []
    department = db.session.scalars(select(Department)).one()
    driver().set_trace_callback(statements.append)
    department.name = "1"
    db.session.commit()
    acts = [one for one in statements if not one.startswith("PRAGMA")]
    assert acts[0] == "BEGIN IMMEDIATE"
    assert acts[1].startswith("UPDATE department")
    assert acts[-1] == "COMMIT"


def test_a_savepoint_begins_under_the_lock_too(on_sqlite: Flask) -> None:
    statements: list[str] = []
    driver().set_trace_callback(statements.append)
    with db.session.begin_nested():
        db.session.add(Department(code="01", name="Ain"))
    db.session.rollback()
    assert "BEGIN IMMEDIATE" in statements[: statements.index("SAVEPOINT sa_savepoint_1")]
    assert db.session.get(Department, "01") is None


def test_who_waits_for_the_lock_looks_again_until_it_is_free(on_sqlite: Flask) -> None:
    somebody_else = sqlite3.connect(db.engine.url.database or "", isolation_level=None, check_same_thread=False)
    somebody_else.execute("BEGIN IMMEDIATE")
    looked = threading.Event()
    statements: list[str] = []
    driver().set_trace_callback(lambda one: (statements.append(one), looked.set() if len(statements) > 3 else None))
    threading.Thread(target=lambda: looked.wait(60) and somebody_else.execute("COMMIT")).start()
    db.session.execute(update(Department).values(name="mine"))
    db.session.commit()
    assert statements.count("BEGIN IMMEDIATE") > 2
    assert pragma("busy_timeout") == 15_000


def test_a_lock_that_is_never_free_is_an_error_in_the_end(on_sqlite: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.database.BUSY_TIMEOUT_MS", 1)
    somebody_else = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    somebody_else.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        db.session.execute(update(Department).values(name="mine"))
    somebody_else.execute("ROLLBACK")


def test_who_read_before_somebody_else_wrote_can_still_write(on_sqlite: Flask) -> None:
    mine = db.session.scalars(select(Department)).one()
    with db.engine.begin() as somebody_else:
        somebody_else.execute(update(Department).values(name="theirs"))
    mine.name = "mine"
    db.session.commit()
    assert db.session.scalar(select(Department.name)) == "mine"


def test_the_trap_is_real_with_the_driver_s_ordinary_transactions(on_sqlite: Flask) -> None:
    """Why reads must open no transaction: this one fails at once, whatever the time-out."""
    careless = sqlite3.connect(db.engine.url.database or "", isolation_level=None, timeout=60)
    careless.execute("BEGIN")
    careless.execute("SELECT name FROM department").fetchall()
    with db.engine.begin() as somebody_else:
        somebody_else.execute(update(Department).values(name="theirs"))
    with pytest.raises(sqlite3.OperationalError) as error:
        careless.execute("UPDATE department SET name = 'mine'")
    assert error.value.sqlite_errorcode == SQLITE_BUSY_SNAPSHOT
    careless.close()


def test_two_people_who_read_then_write_at_once_both_succeed(app: Flask, world: World) -> None:
    """Each reads, then adds one to what the database holds; no act is lost and none fails."""
    identifier = world.an_election(max_total=2).id
    together = threading.Barrier(2)
    failures: list[DBAPIError] = []

    def work() -> None:
        with app.app_context():
            for _ in range(ROUNDS):
                together.wait()
                try:
                    db.session.get_one(Election, identifier)
                    add_one = update(Election).where(Election.id == identifier)
                    db.session.execute(add_one.values(max_total=Election.max_total + 1))
                    db.session.commit()
                except DBAPIError as error:
                    failures.append(error)
                    db.session.rollback()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert not failures
    assert db.session.scalar(select(Election.max_total)) == 2 + 2 * ROUNDS


def test_a_row_cannot_point_to_nothing(app: Flask) -> None:
    db.session.add(PostalCode(commune_code="99999", code="99999"))
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_the_error_of_a_refused_row_names_the_rule_and_nobody(app: Flask, world: World) -> None:
    """PostgreSQL quotes the whole refused row (« Failing row contains … »): it must not reach a log."""
    person = Account(email="Personne@Agents.Test", name="Éloïse D'HAUTPOUL", role=Role.AUDITOR, password_hash="secret")
    db.session.add(person)
    with pytest.raises(IntegrityError) as error:
        db.session.flush()
    said = f"{error.value} {error.value!r} {error.value.orig} {error.value.orig!r}"
    assert "email_lower" in said
    assert not [value for value in ("Personne", "HAUTPOUL", "secret") if value in said]


def test_the_error_of_a_row_that_exists_already_names_the_rule_and_nobody(app: Flask, world: World) -> None:
    email = world.an_account(Role.AUDITOR).email
    db.session.add(Account(email=email, name="Éloïse D'HAUTPOUL", role=Role.AUDITOR, password_hash="secret"))
    with pytest.raises(IntegrityError) as error:
        db.session.flush()
    said = f"{error.value} {error.value!r} {error.value.orig} {error.value.orig!r}"
    assert "account" in said
    assert not [value for value in (email, "HAUTPOUL", "secret") if value in said]


def test_a_page_waits_neither_for_ever_nor_in_a_transaction_left_open(on_postgresql: Flask) -> None:
    shown = {name: db.session.execute(text(f"SHOW {name}")).scalar() for name in ("statement_timeout", "lock_timeout")}
    assert shown == {"statement_timeout": "30s", "lock_timeout": "5s"}
    assert db.session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1min"


COMMANDS: dict[str, list[str]] = {
    "close-scrutins": ["--dry-run"],
    "purge": ["--dry-run"],
    "verify-journal": [],
    "anchor-journal": [],
    "create-station": ["S1", "--name", "Brigade", "--kind", "police", "--commune", "02408"],
    "create-account": ["a@agents.test", "--role", "town_hall", "--commune", "02408"],
    "load-communes": [],
    "import-roll": ["{roll}"],
    "import-roll --commune": ["{roll}", "--commune", "02408"],
    "db": ["upgrade"],
    "demo-world": [],
    "deliver-mail": ["--once"],
    "backup": ["{roll}.kept"],
}
UNAVAILABLE = re.compile("(Error: )?(nothing was imported: )?the database is unavailable: (Operational|Database)Error")
WITHOUT_TABLES = re.compile(
    "(Error: )?(nothing was imported: )?"
    r"the database has no tables, this version needs \d{4}: flask --app wsgi db upgrade"
)
MAKES_TABLES = ("db", "demo-world")


def run(url: str, command: str, roll: Path) -> tuple[int, list[str]]:
    """The exit code and the lines of a command; an exception that nobody expected is raised.

    The demonstration's own command runs there, where the start itself makes tables.
    """
    try:
        app = create_app(replace(a_real_service(url), demo=command == "demo-world"))
    except click.ClickException as error:
        return error.exit_code, [error.format_message()]
    arguments = [argument.format(roll=roll) for argument in COMMANDS[command]]
    with app.app_context():
        done = app.test_cli_runner().invoke(args=[command.split()[0], *arguments], input="a good long password\n")
        db.engine.dispose()
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output.splitlines()


@pytest.fixture
def roll(tmp_path: Path) -> Path:
    """A file that is no roll: its refusal is to be journaled."""
    path = tmp_path / "roll.csv"
    path.write_text("")
    return path


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in MAKES_TABLES])
def test_a_command_without_tables_could_not_run_and_says_so(command: str, tmp_path: Path, roll: Path) -> None:
    code, lines = run(f"sqlite:///{tmp_path}/empty.db", command, roll)
    assert code == 2
    assert lines
    assert all(WITHOUT_TABLES.fullmatch(line) for line in lines), lines


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["a directory", "a text", "nobody answers"])
def test_a_database_that_cannot_be_opened_is_said_in_plain_lines(
    command: str, what: str, tmp_path: Path, roll: Path
) -> None:
    (tmp_path / "notes.db").write_text("This is no database. " * 100)
    url = {
        "a directory": f"sqlite:///{tmp_path}",
        "a text": f"sqlite:///{tmp_path}/notes.db",
        "nobody answers": f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing",
    }[what]
    code, lines = run(url, command, roll)
    assert code == 2
    assert lines
    assert all(UNAVAILABLE.fullmatch(line) for line in lines), lines


@pytest.mark.parametrize("command", COMMANDS)
def test_a_mistyped_path_makes_no_directory_outside_the_demonstration(command: str, tmp_path: Path, roll: Path) -> None:
    code, lines = run(f"sqlite:///{tmp_path}/mistyped/app.db", command, roll)
    if command == "demo-world":
        assert (code, lines, (tmp_path / "mistyped").is_dir()) == (0, [], True)
    else:
        assert (code, (tmp_path / "mistyped").exists()) == (2, False)
        assert all(UNAVAILABLE.fullmatch(line) for line in lines), lines


def test_a_place_that_cannot_be_made_stops_the_start_and_names_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="DATABASE_URL"):
        create_app(a_config(database_url=f"sqlite:///{tmp_path}/file/below/app.db"))
