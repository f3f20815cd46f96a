"""An old journal goes, what closes it stays, and what is left still proves; nobody else may change or delete it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, insert, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from app import integrity
from app.config import Config
from app.dates import now
from app.factory import create_app
from models import anchor, journal, journal_purge
from models.base import db
from models.journal import Action, Entry
from models.journal_purge import ClosedStream
from models.procuration import Procuration
from tests.builders import World
from tests.contracts.test_migrations import run
from tests.journal.journals import a_journal, verified

LONG_AGO = timedelta(days=400)


def closed(days: int) -> None:
    """An anchor, as if it had been taken that long ago."""
    db.session.rollback()
    assert anchor.add(anchor.mark(), now=now() - timedelta(days=days))
    db.session.commit()


def purge(world: World, *options: str) -> str:
    db.session.rollback()
    done = world.app.test_cli_runner().invoke(args=["purge", *options])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def count() -> int:
    return db.session.scalar(select(func.count(Entry.id))) or 0


@pytest.fixture
def aged(world: World) -> int:
    """A journal that an old anchor closes, of two procurations of which one is erased, and what came since."""
    size = a_journal(world)
    erased = db.session.scalars(select(Procuration).order_by(Procuration.id)).first()
    assert erased
    erased.purged_at = now()
    db.session.commit()
    closed(days=400)
    journal.record(Action.SIGN_IN_FAILED, now=now())
    journal.record(Action.PURGED, now=now(), procuration=erased)
    db.session.commit()
    closed(days=10)
    return size


def test_what_an_old_anchor_closes_goes_and_the_rest_proves(world: World, aged: int) -> None:
    """Of the procuration whose persons are still there nothing goes; the purge is written too."""
    before = count()
    kept = 1
    assert f"entries of the journal purged: {aged - kept}" in purge(world, "--dry-run")
    assert count() == before
    assert f"entries of the journal purged: {aged - kept}" in purge(world)
    assert count() == before - (aged - kept) + 1
    assert verified(world) == (0, [f"intact, {count()} entries"])
    assert "journal" not in purge(world)
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    closed(days=0)
    assert verified(world)[0] == 0


def test_what_was_written_since_does_not_go(world: World) -> None:
    a_journal(world)
    closed(days=364)
    assert "journal" not in purge(world)


def test_a_purge_that_was_stopped_proves_and_goes_on(world: World, aged: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_purge, "BATCH", 5)
    up_to = journal_purge.due(now(), 12)
    journal_purge.say(up_to, aged, now=now())
    with db.session.begin_nested():
        journal_purge.drop(db.session.connection(), up_to, world.app.extensions["procurations"].journal_key)
    db.session.commit()
    assert verified(world)[0] == 0
    assert "entries of the journal purged" in purge(world)
    assert verified(world)[0] == 0


def test_what_goes_without_a_purge_is_found_after_one(world: World, aged: int) -> None:
    purge(world)
    rest = db.session.scalars(select(Entry).where(Entry.action == Action.PURGED)).one()
    name, number, key = rest.stream, rest.number, rest.id
    db.session.execute(text("delete from journal_entry where id = :id"), {"id": key})
    db.session.commit()
    assert f"{name} {number} removed" in verified(world)[1]


def test_what_says_how_far_it_was_purged_cannot_be_moved(world: World, aged: int) -> None:
    """To hide that the next ones went too."""
    purge(world)
    one = db.session.scalars(select(ClosedStream).where(ClosedStream.stream == "installation-1")).one()
    number = one.number
    db.session.execute(text("update closed_stream set number = number + 1 where stream = 'installation-1'"))
    db.session.commit()
    code, lines = verified(world)
    assert code == 1
    assert f"installation-1 {number + 1} altered (what was purged)" in lines


def test_an_entry_that_went_cannot_be_put_back(world: World, aged: int) -> None:
    """It is as it was written, but its place is closed."""
    db.session.rollback()
    first = select(*Entry.__table__.c).where(Entry.stream == "installation-1").order_by(Entry.number).limit(1)
    gone = dict(db.session.execute(first).one()._mapping)
    purge(world)
    db.session.execute(insert(Entry).values(gone))
    db.session.commit()
    assert f"installation-1 {gone['number']} inserted" in verified(world)[1]


@pytest.fixture
def limited(config: Config) -> Iterator[Flask]:
    """The application with a role of its own, over tables that another owns."""
    server = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE ROLE journal_app LOGIN"))
        connection.execute(text("CREATE DATABASE limited"))
    owner = server.url.set(database="limited")
    rights = "SELECT, INSERT, UPDATE, DELETE ON TABLES TO journal_app"
    within = create_engine(owner, isolation_level="AUTOCOMMIT")
    with within.connect() as connection:
        connection.execute(text("GRANT USAGE ON SCHEMA public TO journal_app"))
        connection.execute(text(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights}"))
        connection.execute(text("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO journal_app"))
    as_owner, as_app = (
        url.render_as_string(hide_password=False) for url in (owner, make_url(owner).set(username="journal_app"))
    )
    try:
        application = create_app(replace(config, demo=False, database_url=as_app, database_admin_url=as_owner))
        with application.app_context():
            yield application
            db.session.remove()
            db.engine.dispose()
    finally:
        with within.connect() as connection:
            connection.execute(text("DROP OWNED BY journal_app"))
        within.dispose()
        with server.connect() as connection:
            connection.execute(text("DROP DATABASE limited WITH (FORCE)"))
            connection.execute(text("DROP ROLE journal_app"))
        server.dispose()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_the_applications_role_reads_the_journal_adds_to_it_and_no_more(limited: Flask) -> None:
    run(limited, "upgrade")
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    assert anchor.add(anchor.mark(), now=now() - LONG_AGO)
    db.session.commit()
    for statement in (
        "update journal_entry set detail = 'forged'",
        "delete from journal_entry",
        "truncate journal_entry",
        "delete from closed_stream",
        "insert into closed_stream values ('installation-1', 1, '', '')",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(statement))
        db.session.rollback()
    assert integrity.purge_journal(now(), dry_run=False) == 1
    assert count() == 2
    assert limited.test_cli_runner().invoke(args=["verify-journal"]).output == "intact, 2 entries\n"
