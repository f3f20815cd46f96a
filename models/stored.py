"""The rows of the journal as the database keeps them: anything may be there, and what proves itself is an entry."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Label, Row, Select, case, select, type_coerce
from sqlalchemy.types import NullType

from models import chain
from models.chain import COVERED
from models.journal import Entry

AT_ONCE = 1_000
FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def rows() -> Select[*tuple[Any, ...]]:
    """Every column of every row, and no value made into what the column promises."""
    columns = Entry.__table__.c
    # PostgreSQL keeps instants that Python cannot read: infinity, and years beyond its own.
    at = case((columns.at.between(FIRST, LAST), columns.at))
    kept = {**columns, "at": at}
    return select(*(raw(kept[name], name) for name in (*COVERED, "mac")))


def raw(column: Any, name: str) -> Label[Any]:
    """A column as the database keeps it, whatever is there, under that name."""
    return type_coerce(column, NullType()).label(name)


@contextmanager
def any_text(connection: Connection) -> Iterator[None]:
    """SQLite keeps any bytes as a text: what is none is read too, as no text that anybody writes."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    former, driver.text_factory = driver.text_factory, partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = former


def entries(connection: Connection, key: bytes, query: Select[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Of these rows, those that prove themselves."""
    with any_text(connection), connection.execute(query, execution_options={"yield_per": AT_ONCE}) as found:
        for row in found:
            entry = as_written(row)
            if chain.is_authentic(entry, key):
                yield entry


def as_written(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The columns as the act that wrote them had them; on SQLite an instant is a text, and any text may be there."""
    entry = dict(row._mapping)
    if isinstance(entry["at"], str):
        entry["at"] = _instant(entry["at"])
    return entry


def _instant(text: str) -> datetime | None:
    """What is written so; None when the application writes no instant so."""
    with suppress(ValueError):
        read = datetime.fromisoformat(text)
        if read.tzinfo is None and read.isoformat(" ", "microseconds") == text:
            return read.replace(tzinfo=UTC)
    return None


def place(row: Row[*tuple[Any, ...]]) -> tuple[bool, Any]:
    """As both databases order the names of streams: bytes, which SQLite lets be there, after every text."""
    return isinstance(row.stream, bytes), row.stream
