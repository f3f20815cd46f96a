"""What tests ask of the database itself: its statements, and everything it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from models.base import Base, db

REFERENCE_DATA = {"department", "commune", "postal_code"}


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


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the territory's."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in REFERENCE_DATA]
    return {table.name: sorted(map(tuple, db.session.execute(table.select())), key=repr) for table in tables}
