"""What tests ask of the database itself: its statements, and everything it holds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Select, TextClause, Update, event, select

from models.base import Base, db

REFERENCE_DATA = {"department", "commune", "postal_code"}
HEADS = {"head_number", "head_mac"}
"""Of the journal's streams: they change with each entry, and say nothing that the entries do not."""


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@contextmanager
def two_meet(table: str) -> Iterator[None]:
    """Hold the first lock of people, or UPDATE or locking SELECT of that table, of two threads until both are there."""
    meeting, met = threading.Barrier(2, timeout=20), threading.local()

    def wait(connection: Any, statement: Any, *rest: Any) -> None:
        if _is_act(statement, table) and not hasattr(met, "done"):
            met.done = True
            meeting.wait()

    event.listen(db.engine, "before_execute", wait)
    try:
        yield
    finally:
        event.remove(db.engine, "before_execute", wait)


def _is_act(statement: Any, table: str) -> bool:
    if isinstance(statement, TextClause):
        return "pg_advisory" in statement.text
    if isinstance(statement, Select):
        is_locking = statement.get_execution_options().get("takes_write_lock", False)
        return is_locking and statement.columns_clause_froms[0].name == table
    return isinstance(statement, Update) and statement.table.name == table


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the territory's, without the heads of the journal's streams."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in REFERENCE_DATA | {"installation"}]
    told = {table.name: [column for column in table.columns if column.name not in HEADS] for table in tables}
    return {name: sorted(map(tuple, db.session.execute(select(*columns))), key=repr) for name, columns in told.items()}
