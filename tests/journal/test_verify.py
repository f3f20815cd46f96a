"""`verify-journal` finds whatever was done to the journal behind the application's back, and names it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import DataError

from app.dates import now
from models import chain, journal
from models.base import Base, db, is_sqlite
from models.journal import Action, Entry
from models.procuration import Procuration
from tests.builders import World
from tests.database import queries
from tests.journal.journals import a_journal, verified

FORGED = bytes(32)


def sql(statement: str, **values: Any) -> None:
    """What a thief of the database could do to it."""
    db.session.execute(text(statement), values)
    db.session.commit()


def streams() -> dict[str, int]:
    """How many entries each stream has."""
    return dict(db.session.execute(text("select stream, count(*) from journal_entry group by stream")).all())


@pytest.fixture
def stream(world: World) -> str:
    """The stream of a procuration, of six entries, beside many others."""
    a_journal(world)
    return next(name for name, size in streams().items() if size == 6)


def test_a_journal_that_nobody_touched_is_intact(world: World) -> None:
    assert verified(world) == (0, ["intact, 0 entries"])
    size = a_journal(world)
    assert verified(world) == (0, [f"intact, {size} entries"])
    assert sorted(streams().values()) == [1, 1, 4, 4, 4, 6]


def test_every_column_of_an_entry_is_covered() -> None:
    assert {*chain.COVERED, "mac"} == set(Entry.__table__.columns.keys())


@pytest.mark.parametrize("column", sorted({*chain.COVERED, "mac"} - {"stream", "number"}))
def test_an_altered_entry_is_named_whatever_was_altered(world: World, stream: str, column: str) -> None:
    other: dict[str, Any] = {"at": now(), "previous": FORGED, "mac": FORGED, "action": "expired", "id": 999_999}
    value = other.get(column, 7 if column.endswith("_id") else "else")
    if column == "procuration_id":
        value = world.submitted().id
    if column == "account_id":
        value = world.an_officer().id
    sql(f"update journal_entry set {column} = :value where stream = :stream and number = 3", value=value, stream=stream)
    assert verified(world) == (1, [f"{stream} 3 altered"])


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_removed_entry_is_named_the_last_one_too(world: World, stream: str, number: int) -> None:
    sql("delete from journal_entry where stream = :stream and number = :number", stream=stream, number=number)
    assert verified(world) == (1, [f"{stream} {number} removed"])


def test_a_stream_taken_away_whole_is_named(world: World, stream: str) -> None:
    sql("delete from journal_entry where stream = :stream", stream=stream)
    assert verified(world) == (1, [f"{stream} {number} removed" for number in range(1, 7)])


INSERT = """
insert into journal_entry (id, at, action, procuration_id, account_id, desk, election_id, detail, stream, number,
                           previous, mac)
select 888888, at, action, procuration_id, account_id, desk, election_id, detail, :into, :number, previous, mac
from journal_entry where stream = :stream and number = 3"""


def test_an_entry_put_at_the_end_or_in_a_stream_of_nobody_is_named(world: World, stream: str) -> None:
    sql(INSERT, stream=stream, into=stream, number=7)
    sql(INSERT.replace("888888", "888889"), stream=stream, into="procuration-99999", number=1)
    assert verified(world) == (1, [f"{stream} 7 inserted", "procuration-99999 1 inserted"])


def test_an_entry_put_in_the_middle_is_named_with_those_it_moved(world: World, stream: str) -> None:
    for number in (6, 5, 4):
        sql("update journal_entry set number = :to where stream = :stream and number = :number",
            stream=stream, number=number, to=number + 1)  # fmt: skip
    sql(INSERT, stream=stream, into=stream, number=4)
    code, lines = verified(world)
    assert code == 1
    assert sorted(lines) == [f"{stream} 4 inserted", *(f"{stream} {number} reordered" for number in (5, 6, 7))]


def test_two_entries_that_change_places_are_named(world: World, stream: str) -> None:
    for number, to in ((2, -1), (5, 2), (-1, 5)):
        sql("update journal_entry set number = :to where stream = :stream and number = :number",
            stream=stream, number=number, to=to)  # fmt: skip
    assert verified(world) == (1, [f"{stream} 2 reordered", f"{stream} 5 reordered"])


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("head_number = 5", 5),
        ("head_number = 7", 7),
        ("head_number = 2000000000", 2_000_000_000),
        ("head_mac = :forged", 6),
        ("head_number = 0, head_mac = null", 0),
    ],
)
def test_an_altered_head_is_named(world: World, stream: str, change: str, number: int) -> None:
    values = {"forged": FORGED} if ":forged" in change else {}
    sql(f"update procuration set {change} where id = :id", id=int(stream.split("-")[1]), **values)
    assert verified(world) == (1, [f"{stream} {number} altered (head)"])


def test_an_entry_of_another_history_written_with_the_same_key_is_named(world: World) -> None:
    """As from a copy that went on by itself: its MAC is right, and it follows what this history never had."""
    columns = list(Entry.__table__.c)

    def two_more(name: str) -> dict[str, Any]:
        for step in "ab":
            journal.record(Action.SIGN_IN_FAILED, now=now(), detail=name + step)
        db.session.flush()
        found = db.session.execute(select(*columns).order_by(Entry.id.desc()).limit(1)).one()
        return dict(found._mapping)

    theirs = two_more("there ")
    db.session.rollback()
    ours = two_more("here ")
    db.session.execute(delete(Entry).where(Entry.id == ours["id"]))
    db.session.execute(insert(Entry).values(theirs))
    sql("update installation set head_mac = :mac", mac=theirs["mac"])
    assert verified(world) == (1, [f"{theirs['stream']} {theirs['number']} altered"])


def test_what_is_no_instant_and_no_number_is_named_and_stops_nothing(world: World, stream: str) -> None:
    if db.engine.dialect.name != "sqlite":
        with pytest.raises(DataError):
            sql("update journal_entry set at = 'soon' where stream = :stream", stream=stream)
        return
    sql("update journal_entry set at = 'soon' where stream = :stream and number = 2", stream=stream)
    sql("update journal_entry set number = 'four' where stream = :stream and number = 4", stream=stream)
    sql("update journal_entry set mac = 'text' where stream = :stream and number = 5", stream=stream)
    code, lines = verified(world)
    assert (code, sorted(lines)) == (
        1,
        [f"{stream} 2 altered", f"{stream} 4 removed", f"{stream} 5 altered", f"{stream} four inserted"],
    )


TAMPERING: dict[str, Callable[[str, int], str]] = {
    "altered": lambda stream, number: (
        f"update journal_entry set detail = 'forged' where stream = '{stream}' and number = {number}"
    ),
    "removed": lambda stream, number: f"delete from journal_entry where stream = '{stream}' and number = {number}",
}


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_altered_or_removed_at_random_is_found_and_named(
    world: World, a_size: int, data: st.DataObject
) -> None:
    """Each example is undone: the same journal is damaged anew."""
    places = [(name, number) for name, size in sorted(streams().items()) for number in range(1, size + 1)]
    damages = data.draw(
        st.dictionaries(st.sampled_from(places), st.sampled_from(sorted(TAMPERING)), min_size=1, max_size=8)
    )
    kept = db.session.execute(Entry.__table__.select()).mappings().all()
    for (name, number), damage in damages.items():
        sql(TAMPERING[damage](name, number))
    try:
        code, lines = verified(world)
        assert code == 1
        assert sorted(lines) == sorted(f"{name} {number} {damage}" for (name, number), damage in damages.items())
    finally:
        db.session.execute(Entry.__table__.delete())
        db.session.execute(Entry.__table__.insert(), [dict(row) for row in kept])
        db.session.commit()
    assert verified(world) == (0, [f"intact, {a_size} entries"])


@pytest.fixture
def a_size(world: World) -> int:
    return a_journal(world)


def test_the_journal_is_read_while_people_act_and_seen_as_of_one_instant(world: World) -> None:
    procuration, stop = world.submitted(), threading.Event()
    key = procuration.id

    def act() -> None:
        with world.app.app_context():
            while not stop.is_set():
                journal.record(Action.OPENED, now=now(), procuration=db.session.get_one(Procuration, key))
                db.session.commit()

    acting = threading.Thread(target=act)
    acting.start()
    try:
        said = [verified(world) for _ in range(10)]
    finally:
        stop.set()
        acting.join()
    assert all(code == 0 for code, _ in said), said


def test_acts_at_once_on_one_file_leave_one_chain(world: World) -> None:
    key, together = world.submitted().id, threading.Barrier(4)

    def act() -> None:
        with world.app.app_context():
            for _ in range(10):
                together.wait()
                journal.record(Action.OPENED, now=now(), procuration=db.session.get_one(Procuration, key))
                db.session.commit()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified(world) == (0, ["intact, 41 entries"])


def test_many_entries_of_many_streams_cost_as_many_statements_as_one(world: World) -> None:
    files = [world.submitted() for _ in range(30)]
    for some in (files[:1], files):
        lines = [journal.line(Action.OPENED, now=now(), procuration=one) for one in some]
        with queries() as sent:
            journal.record_all(lines)
        # Of several, PostgreSQL draws the keys that the first one's statement did not.
        drawn = 0 if len(some) == 1 or is_sqlite() else 1
        assert len([one for one in sent if "journal_entry" in one or "head_" in one]) == 3 + drawn
        db.session.commit()
    assert verified(world)[0] == 0


def test_no_act_undone_is_in_the_chain(world: World) -> None:
    procuration = world.submitted()
    for is_kept in (False, True):
        with db.session.begin_nested() as savepoint:
            journal.record(Action.OPENED, now=now(), procuration=procuration)
            if not is_kept:
                savepoint.rollback()
    db.session.commit()
    assert streams() == {f"procuration-{procuration.id}": 2}
    assert verified(world)[0] == 0


def test_the_key_is_in_no_table(world: World) -> None:
    a_journal(world)
    key = world.app.extensions["procurations"].journal_key
    held = [
        value for table in Base.metadata.sorted_tables for row in db.session.execute(table.select()) for value in row
    ]
    assert not [value for value in held if value == key or (isinstance(value, str) and key.hex() in value)]
