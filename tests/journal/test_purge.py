"""An old journal goes, what closes it stays, and what is left still proves; nobody else may change or delete it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, func, insert, make_url, select, text, update
from sqlalchemy.exc import ProgrammingError

from app import integrity
from app.config import Config
from app.dates import now
from app.factory import create_app
from models import anchor, journal, journal_purge
from models.anchor import Link, Mark
from models.base import db, is_sqlite
from models.journal import Action, Entry
from models.journal_purge import ClosedStream
from models.procuration import Procuration
from tests.builders import World
from tests.contracts.test_migrations import run
from tests.journal.journals import KEPT, LONG_AGO, a_journal, closed, count, long_ago, purge, verified


def test_what_an_old_anchor_closes_goes_and_the_rest_proves(world: World, aged: int) -> None:
    """Of the procuration whose persons are still there nothing goes; the purge is written too."""
    before = count()
    assert f"entries of the journal purged: {aged - KEPT}" in purge(world, "--dry-run")
    assert count() == before
    assert f"entries of the journal purged: {aged - KEPT}" in purge(world)
    assert count() == before - (aged - KEPT) + 1
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
    drop, dropped = journal_purge.drop, list[int]()

    def drop_once(connection: Connection, links: Sequence[Link], key: bytes) -> None:
        if not dropped:
            dropped.append(len(links))
            drop(connection, links, key)

    monkeypatch.setattr(journal_purge, "BATCH", 5)
    monkeypatch.setattr(journal_purge, "drop", drop_once)
    integrity.purge_journal(now(), dry_run=False)
    assert dropped == [5]
    assert verified(world)[0] == 0
    monkeypatch.setattr(journal_purge, "drop", drop)
    assert f"entries of the journal purged: {aged - KEPT - 5}" in purge(world)
    assert verified(world)[0] == 0


def test_what_is_young_by_itself_does_not_go_whatever_the_anchor_says(world: World) -> None:
    """Nor what follows it in its stream."""
    with long_ago():
        size = a_journal(world)
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    with long_ago():
        journal.record(Action.SIGN_IN_FAILED, now=now())
        db.session.commit()
    closed(days=400)
    kept = db.session.scalar(select(func.count(Entry.id)).where(Entry.procuration_id.is_not(None)))
    assert f"entries of the journal purged: {size - (kept or 0)}" in purge(world)
    rest = db.session.scalars(select(Entry.number).where(Entry.stream == "installation-1").order_by(Entry.number))
    assert list(rest) == [5, 6, 7, 8]
    assert verified(world)[0] == 0


@pytest.mark.parametrize(
    "damage",
    [
        "delete from journal_entry where stream = 'installation-1' and number = 2",
        "update journal_entry set detail = 'other' where stream = 'installation-1' and number = 4",
        "update installation set head_number = 6",
        "update journal_entry set detail = '1 x' where action = 'anchored'",
    ],
)
def test_nothing_goes_where_what_the_anchor_closed_does_not_prove(world: World, aged: int, damage: str) -> None:
    """What is left shows what was done; the other purges are done."""
    db.session.execute(text(damage))
    db.session.commit()
    before, found = count(), verified(world)
    done = world.app.test_cli_runner().invoke(args=["purge"])
    assert done.exit_code == 1
    assert "the journal was not purged" in done.output
    assert count() == before
    assert found == verified(world)


def test_nothing_goes_where_a_stream_was_cut_with_its_head(world: World, aged: int) -> None:
    cut_with_its_head(2)
    before = count()
    assert world.app.test_cli_runner().invoke(args=["purge"]).exit_code == 1
    assert count() == before


def cut_with_its_head(number: int) -> None:
    """Of the procuration whose persons are still there, from that entry on; its row says so as if restored."""
    kept = select(Procuration.id).where(Procuration.purged_at.is_(None)).scalar_subquery()
    first = db.session.scalars(select(Entry).where(Entry.procuration_id == kept, Entry.number == number)).one()
    head = {"id": first.procuration_id, "number": number - 1, "mac": first.previous}
    db.session.execute(text("delete from journal_entry where procuration_id = :id and number > :number"), head)
    db.session.execute(text("update procuration set head_number = :number, head_mac = :mac where id = :id"), head)
    db.session.commit()


@pytest.mark.parametrize("number", [1, 2, KEPT])
def test_what_is_cut_with_its_head_of_what_a_purge_kept_is_told_by_that_purge(
    world: World, aged: int, number: int
) -> None:
    """The anchors that closed it have gone, or cannot say any more; and no other purge hides it."""
    purge(world)
    said = db.session.scalar(select(func.max(Entry.number)).where(Entry.action == Action.JOURNAL_PURGED))
    cut_with_its_head(number)
    assert verified(world) == (1, [f"installation-1 {said} altered (what this purge left)"])
    assert world.app.test_cli_runner().invoke(args=["purge"]).exit_code == 1


def test_what_a_purge_kept_goes_with_its_persons_later(world: World, aged: int) -> None:
    purge(world)
    db.session.execute(update(Procuration).values(purged_at=now()))
    db.session.commit()
    assert f"entries of the journal purged: {KEPT}" in purge(world)
    assert verified(world)[0] == 0
    assert "journal" not in purge(world)


def test_a_purge_of_a_former_version_said_less(world: World, aged: int) -> None:
    journal.record(Action.JOURNAL_PURGED, now=now(), detail="0 3")
    db.session.commit()
    assert verified(world)[0] == 0
    assert f"entries of the journal purged: {aged - KEPT}" in purge(world)
    assert verified(world)[0] == 0


@pytest.mark.parametrize("is_anchored_since", [False, True])
def test_what_two_wrote_at_once_goes_in_the_order_of_its_numbers(world: World, is_anchored_since: bool) -> None:
    """PostgreSQL may draw the key of the later entry first; an anchor may come between the two."""
    officer = world.an_officer()
    with long_ago(), pytest.MonkeyPatch.context() as patch:
        for keys in ([30], [20], [50], [40], [35], [60]):
            patch.setattr(journal, "_ids", lambda count, known, keys=keys: keys)
            journal.record(Action.SIGNED_IN, now=now(), account=officer)
        db.session.commit()
    assert anchor.add(Mark(45, 0), now=now() - LONG_AGO)
    db.session.commit()
    last = db.session.scalar(select(func.max(Entry.id))) or 0
    if not is_sqlite():
        db.session.execute(text(f"alter sequence journal_entry_id_seq restart {last + 1}"))
        db.session.commit()
    if is_anchored_since:
        closed(days=10)
    assert verified(world)[0] == 0
    assert "entries of the journal purged: 2" in purge(world)
    rest = db.session.scalars(select(Entry.number).where(Entry.stream == f"account-{officer.id}"))
    assert sorted(rest) == [3, 4, 5, 6]
    assert verified(world)[0] == 0
    if not is_anchored_since:
        closed(days=390)
        assert "entries of the journal purged: 5" in purge(world)
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


FORGED_ANCHOR = """
insert into journal_entry (id, at, action, detail, stream, number, mac)
select nextval('journal_entry_id_seq'), '2020-01-01', 'anchored', (select max(id) from journal_entry) || ' x',
       'installation-1', 9998, 'x'"""


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_the_applications_role_reads_the_journal_adds_to_it_and_no_more(limited: Flask) -> None:
    run(limited, "upgrade")
    journal.record(Action.SIGN_IN_FAILED, now=now() - LONG_AGO)
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
    db.session.execute(text(FORGED_ANCHOR))
    db.session.commit()
    assert integrity.purge_journal(now(), dry_run=False) == 0
    assert count() == 3
    assert limited.test_cli_runner().invoke(args=["verify-journal"]).output == "installation-1 9998 inserted\n"
