"""A copy of the database, made while people act, and its way back: all or nothing, and nothing by mistake."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import Result
from flask import Flask, has_app_context
from sqlalchemy import create_engine, make_url, select, text

from app.backup.command import KINDS
from app.backup.postgresql import _whereabouts
from app.config import Config
from app.factory import create_app
from models.base import Base, db
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from tests.builders import World, a_config
from tests.contracts.programs import with_postgresqls_programs
from tests.killing import Slot, wait_until
from tests.live import HOST, free_port
from tests.mail.processes import starting, told
from tests.sizes import sized
from tests.web.real_service import a_real_service

BACKUPS, ACTS_BETWEEN = sized(2, 12), sized(15, 100)
ONLY_RIGHT_ACTS = {
    Status.SUBMITTED: [Action.SUBMITTED],
    Status.WITHDRAWN: [Action.SUBMITTED, Action.WITHDRAWN],
}


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", with_postgresqls_programs()["PATH"])


@pytest.fixture
def elsewhere(config: Config, tmp_path: Path) -> Iterator[Flask]:
    """The application over another database of the same kind, without a table."""
    if config.database_url.startswith("sqlite"):
        other = create_app(replace(config, database_url=f"sqlite:///{tmp_path}/elsewhere.db"))
        with closed(other):
            yield other
        return
    server = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE elsewhere"))
        url = make_url(config.database_url).set(database="elsewhere")
        other = create_app(replace(config, database_url=url.render_as_string(hide_password=False)))
        with closed(other):
            yield other
        connection.execute(text("DROP DATABASE elsewhere WITH (FORCE)"))
    server.dispose()


@contextmanager
def closed(app: Flask) -> Iterator[None]:
    yield
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, *arguments: str | Path) -> Result:
    if has_app_context():
        db.session.rollback()  # what this test has read would keep PostgreSQL's tables from being replaced
    with app.app_context():
        return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


def refused(app: Flask, *arguments: str | Path) -> str:
    """The one sentence of a command that was refused."""
    done = run(app, *arguments)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    return done.output


def references(app: Flask) -> set[str | None]:
    with app.app_context():
        found = set(db.session.scalars(select(Procuration.reference)))
        db.session.remove()
        return found


def faults(app: Flask) -> list[Any]:
    """What differs from the models in its tables, indexes and references; which page or reference does not hold."""
    with app.app_context(), db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": lambda name, *rest: not (name or "").startswith("demo_")}
        found = list(compare_metadata(MigrationContext.configure(connection, opts=opts), Base.metadata))
        if connection.dialect.name == "sqlite":
            found += [one for one in connection.scalars(text("PRAGMA integrity_check")) if one != "ok"]
            found += connection.execute(text("PRAGMA foreign_key_check")).all()
        return found


@pytest.fixture
def made(world: World, app: Flask, tmp_path: Path) -> Path:
    """A backup of two procurations."""
    world.established()
    world.submitted()
    file = tmp_path / "kept" / "backup"
    file.parent.mkdir()
    done = run(app, "backup", file)
    assert done.exit_code == 0, done.output
    return file


@pytest.mark.proof
def test_a_backup_holds_all_that_was_answered_before_it_and_nothing_half_done(
    world: World, app: Flask, config: Config, elsewhere: Flask, tmp_path: Path
) -> None:
    world.an_election()
    outputs = tmp_path / "told"
    outputs.mkdir()
    with ExitStack() as running:
        start = starting(config, outputs)
        actors = [Slot(f"a{n}-", start("acting"), never, 1) for n in range(2)]
        for actor in actors:
            running.enter_context(actor)
        for number in range(BACKUPS):
            wait_for(random.randint(1, ACTS_BETWEEN), outputs, actors)
            before = told(outputs)
            done = run(app, "backup", tmp_path / f"backup{number}")
            assert done.exit_code == 0, done.output
            wait_for(3, outputs, actors)
            done = run(elsewhere, "restore", "--replace", tmp_path / f"backup{number}")
            assert done.exit_code == 0, done.output
            assert_whole(elsewhere, before)
            assert faults(elsewhere) == []
            assert run(elsewhere, "verify-journal").output.startswith("intact")
    assert references(elsewhere) < references(app)


def never(name: str) -> int:
    """No sign of life: whoever is looked at so is never killed."""
    return 0


def wait_for(more: int, outputs: Path, actors: Sequence[Slot]) -> None:
    """Until so many more acts were answered."""
    until = len(told(outputs)) + more
    wait_until(lambda: len(told(outputs)) >= until, actors, seconds=600)


def assert_whole(app: Flask, before: list[tuple[str, ...]]) -> None:
    """Each act that was answered is there; of each that is there, the state, the journal and the mail agree."""
    with app.app_context():
        told = {(mail.kind, (mail.facts or {})["to"]) for mail in db.session.scalars(select(OutboxMail))}
        assert set(before) <= told
        for row in db.session.scalars(select(Procuration)).all():
            entries = select(Entry.action).where(Entry.procuration_id == row.id).order_by(Entry.id)
            mails = select(OutboxMail.kind).where(OutboxMail.procuration_id == row.id).order_by(OutboxMail.id)
            assert db.session.scalars(entries).all() == ONLY_RIGHT_ACTS[row.status]
            assert [str(kind) for kind in db.session.scalars(mails)] == [str(a) for a in ONLY_RIGHT_ACTS[row.status]]
            assert len(row.days) == 1
        db.session.remove()


def test_what_is_restored_is_what_was_there_and_can_be_gone_on_with(made: Path, app: Flask, elsewhere: Flask) -> None:
    done = run(elsewhere, "restore", made)
    assert (done.exit_code, "restored: 2 procurations, 3 journal entries" in done.output) == (0, True), done.output
    assert references(elsewhere) == references(app)
    assert faults(elsewhere) == []
    with elsewhere.app_context():
        assert World(elsewhere).established().reference
        db.session.remove()
    assert made.stat().st_mode & 0o777 == 0o600
    assert list(made.parent.iterdir()) == [made]


def test_a_database_that_holds_something_is_replaced_only_when_asked(
    made: Path, app: Flask, world: World, elsewhere: Flask
) -> None:
    then = references(app)
    late = world.submitted().reference
    assert "not empty" in refused(app, "restore", made)
    assert references(app) == then | {late}
    done = run(app, "restore", "--replace", made)
    assert done.exit_code == 0, done.output
    assert references(app) == then


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 0.999, 1.0])
def test_a_backup_that_was_cut_is_refused_whatever_is_missing(made: Path, elsewhere: Flask, part: float) -> None:
    whole = made.read_bytes()
    made.write_bytes(whole[: min(int(len(whole) * part), len(whole) - 1)])
    assert "was cut or damaged. Nothing was changed" in refused(elsewhere, "restore", made)
    assert "not empty" not in run(elsewhere, "restore", made).output


def test_a_backup_cut_between_two_pages_is_refused(made: Path, elsewhere: Flask) -> None:
    whole = made.read_bytes()
    made.write_bytes(whole[:-4096])
    assert "was cut" in refused(elsewhere, "restore", made)


def test_what_is_no_backup_of_this_service_is_refused(elsewhere: Flask, tmp_path: Path) -> None:
    words, other = tmp_path / "words", tmp_path / "other.db"
    words.write_text("This is no database. " * 100)
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE t (a)")
    database.close()
    kind = make_url(elsewhere.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name()
    assert "is no backup of this service" in refused(elsewhere, "restore", words)
    assert {"sqlite": "is no backup of this service", "postgresql": "another kind of database, sqlite"}[
        kind
    ] in refused(elsewhere, "restore", other)


def test_a_backup_of_a_later_version_is_refused(made: Path, app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    db.session.commit()
    later = tmp_path / "later"
    try:
        assert run(app, "backup", later).exit_code == 0
    finally:
        db.session.execute(text("UPDATE alembic_version SET version_num = :former"), {"former": revision})
        db.session.commit()
    assert "is of a later version, whose tables are 9999" in refused(elsewhere, "restore", later)


def test_a_file_that_exists_is_never_written_over(made: Path, app: Flask) -> None:
    kept = made.read_bytes()
    assert "exists already" in refused(app, "backup", made)
    assert made.read_bytes() == kept


def test_a_copy_that_cannot_be_read_back_is_not_kept(
    made: Path, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[make_url(app.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name()]
    monkeypatch.setattr(kind, "fault", lambda file: True)
    done = run(app, "backup", tmp_path / "another")
    assert done.exit_code == 2
    assert "nothing was kept" in done.output
    assert list(tmp_path.glob("*another*")) == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_database_that_cannot_be_reached_is_one_line_and_exit_2(
    command: str, made: Path, config: Config, tmp_path: Path
) -> None:
    is_sqlite = config.database_url.startswith("sqlite")
    (tmp_path / "notes.db").write_text("This is no database. " * 100)
    nowhere = f"sqlite:///{tmp_path}/notes.db" if is_sqlite else f"postgresql+psycopg://a:secret@{HOST}:{free_port()}/x"
    with closed(lost := create_app(a_real_service(nowhere))):
        done = run(lost, command, made if command == "restore" else tmp_path / "new")
    assert (done.exit_code, done.output.count("\n"), "secret" in done.output) == (2, 1, False), done.output
    assert not (tmp_path / "new").exists()


def test_a_directory_that_is_not_there_is_one_line_and_exit_2(app: Flask, tmp_path: Path) -> None:
    done = run(app, "backup", tmp_path / "nowhere" / "file")
    assert (done.exit_code, done.output.count("\n")) == (2, 1), done.output


def test_without_postgresqls_programs_one_line_says_what_to_install(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with closed(app := create_app(a_config(database_url=postgresql))):
        done = run(app, "backup", tmp_path / "file")
    assert (done.exit_code, "postgresql-client" in done.output, done.output.count("\n")) == (2, True, 1)


def test_no_password_is_on_a_command_line() -> None:
    where, environ = _whereabouts(make_url("postgresql+psycopg://app:p%40ss@db.example:5433/name"))
    assert "p@ss" not in where
    assert "p%40ss" not in where
    assert environ["PGPASSWORD"] == "p@ss"
    assert {"host=db.example", "port=5433", "dbname=name", "user=app"} <= set(where.split())
