"""Only what the application writes, as it writes it, proves itself: SQLite keeps any text, and bytes, in any column."""

import pytest
from sqlalchemy import text

from app.dates import now
from models import journal
from models.base import db
from models.journal import Action
from tests.builders import World
from tests.journal.journals import a_journal, verified


def alter(column: str, value: str) -> None:
    """The same to who reads it, and written otherwise."""
    changed = f"update journal_entry set {column} = {value} where stream = 'installation-1' and number = 5"
    db.session.execute(text(changed))
    db.session.commit()


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at || '+05:00'"),
        ("at", "at || 'Z'"),
        ("at", "replace(at, ' ', 'T')"),
        ("at", "replace(at, ' ', 'T') || '+00:00'"),
        ("at", "substr(at, 1, 23)"),
        ("at", "cast(at as blob)"),
        ("detail", "x'1204'"),
        ("desk", "''"),
        ("previous", "lower(hex(previous))"),
        ("mac", "lower(hex(mac))"),
        ("election_id", "7.5"),
        ("election_id", "x'37'"),
    ],
)
def test_what_is_written_otherwise_is_named_though_it_reads_the_same(world: World, column: str, value: str) -> None:
    a_journal(world)
    journal.record(Action.ROLL_IMPORTED, now=now().replace(microsecond=120_000), election_id=7, detail="1204")
    db.session.commit()
    alter(column, value)
    code, lines = verified(world)
    assert code == 1
    assert lines[0] == "installation-1 5 altered"


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
@pytest.mark.parametrize("at", ["infinity", "-infinity", "12000-01-01", "0044-03-15 BC"])
def test_an_instant_that_no_program_of_ours_can_read_is_named_and_stops_nothing(world: World, at: str) -> None:
    a_journal(world)
    db.session.execute(
        text("update journal_entry set at = :at where stream = 'installation-1' and number = 2"), {"at": at}
    )
    db.session.commit()
    assert verified(world) == (1, ["installation-1 2 altered"])
