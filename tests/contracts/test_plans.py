"""How each database means to find what an act or a page asks for: never by reading a table that grows with the country.

PostgreSQL is asked without its sequential scans, which it rightly prefers in tables as small as these: one that is
left says that no index serves. SQLite chooses without knowing sizes, so its choice itself is looked at.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from models.base import db
from tests.back_office.desks import Desk, counter, town_hall
from tests.builders import LAON, World, a_mandataire

GROWING = (
    "account",
    "commune",
    "journal_entry",
    "outbox_mail",
    "polling_day",
    "procuration",
    "roll_elector",
    "station",
)
READS_ALL = re.compile(rf"(?:SCAN|Seq Scan on) (?:{'|'.join(GROWING)})(?:_\d+)?(?![\w.])(?!.*USING)")
READS_ALL_IN_FORCE = re.compile(r"USING (?:COVERING )?INDEX ix_procuration_status_")


@contextmanager
def plans() -> Iterator[list[str]]:
    """The steps of every search and change sent meanwhile, each with the beginning of its statement."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            sent.append((statement, parameters))

    steps: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield steps
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    steps += [step for statement, parameters in sent for step in explain(statement, parameters)]


def explain(statement: str, parameters: Any) -> list[str]:
    """What the database would do, a line a step."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not is_sqlite:
            connection.execute(text("SET enable_seqscan = off"))
        cursor = connection.connection.cursor()
        cursor.execute(("EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN ") + statement, parameters)
        told = [" ".join(statement.split())[-60:] + " | " + str(row[-1]).strip() for row in cursor.fetchall()]
        connection.rollback()
    return told


def without_an_index(steps: list[str]) -> list[str]:
    return [step for step in steps if READS_ALL.search(step) or READS_ALL_IN_FORCE.search(step)]


@pytest.mark.parametrize("nne", [None, "123456789"])
def test_an_act_finds_its_rows_by_an_index_whatever_the_size_of_the_country(world: World, nne: str | None) -> None:
    world.established(mandataire_nne=nne)
    reference = world.submitted(mandataire_nne=nne, mandataire=a_mandataire()).reference
    officer, clerk = counter(world), town_hall(world)
    with plans() as steps:
        officer.read(f"?reference={reference}")
        officer.act("validate", reference)
        row = clerk.read().main.find(".//input[@name='rowid']")
        assert row is not None
        clerk.read(f"details/?id={row.get('value')}")
        clerk.act("validate", row.get("value"), note="Vérifié.")
    assert len(steps) > 20
    assert not without_an_index(steps)


def test_a_search_without_an_index_would_be_seen(world: World) -> None:
    with plans() as steps:
        db.session.execute(text("SELECT id FROM procuration WHERE note = 'x'"))
    assert without_an_index(steps)


def test_the_lists_of_a_polling_day_read_the_rows_of_their_commune(world: World) -> None:
    day = world.established().days[0]
    clerk = world.a_clerk()
    at = Desk(world.as_agent(clerk), "/admin/register/")
    with plans() as steps:
        at.read(f"day/?commune={LAON}&day={day}")
        at.read(f"mentions/?commune={LAON}&day={day}")
    assert len(steps) > 10
    assert without_an_index(steps) == []
    assert not [step for step in steps if "ix_polling_day_day" in step]
