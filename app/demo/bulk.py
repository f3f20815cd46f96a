"""Many rows at once, in one transaction that leaves all of them or none: raw lines, by COPY on PostgreSQL.

Where more is added than there was, the tables lose their indexes meanwhile, and have them made again from all there is,
which costs less than one row after the other. Nobody else can use these tables on PostgreSQL until then.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, column, func, select

from models.base import Base

Line = tuple[Any, ...]
CACHE_KB = 256 * 1024
POSTGRESQL_SETTINGS = (
    *("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "TIME ZONE 'UTC'"),
    f"maintenance_work_mem = '{CACHE_KB}kB'",
)


@contextmanager
def loading(connection: Connection, tables: Collection[type[Base]], size: int) -> Iterator[None]:
    """Set the connection up to write that many rows to the first of these tables, and what belongs to them."""
    with _sqlite_cache(connection) if _is_sqlite(connection) else _postgresql_settings(connection):
        written = [table.__table__ for table in tables]
        is_most = (connection.scalar(select(func.count()).select_from(written[0])) or 0) < size
        indexes = [index for table in written for index in table.indexes] if is_most else []
        for index in indexes:
            index.drop(connection)
        yield
        for index in indexes:
            index.create(connection)


def keys(connection: Connection, table: type[Base], count: int) -> int:
    """The first of as many keys that follow one another and are nobody else's. Raises RuntimeError: somebody writes."""
    if _is_sqlite(connection):
        newest = select(func.max(table.__table__.c.id)).execution_options(takes_write_lock=True)
        return (connection.scalar(newest) or 0) + 1
    drawn = select(func.nextval(f"{table.__tablename__}_id_seq").label("key")).select_from(
        func.generate_series(1, count)
    )
    first, last = connection.execute(
        select(func.min(column("key")), func.max(column("key"))).select_from(drawn.subquery())
    ).one()
    if last - first + 1 != count:
        raise RuntimeError(f"{table.__tablename__} is written to meanwhile")
    return int(first)


def write(connection: Connection, table: type[Base], columns: Sequence[str], lines: Iterable[Line]) -> None:
    """Add these lines, which hold those columns as both databases read them: text, whole numbers, bytes or None."""
    name, listed = table.__tablename__, ", ".join(columns)
    if _is_sqlite(connection):
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {name} ({listed}) VALUES ({marks})", list(lines))  # noqa: S608
        return
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY {name} ({listed}) FROM STDIN") as copy:
        for line in lines:
            copy.write_row(line)


@contextmanager
def _sqlite_cache(connection: Connection) -> Iterator[None]:
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KB}")
    yield
    connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


@contextmanager
def _postgresql_settings(connection: Connection) -> Iterator[None]:
    for setting in POSTGRESQL_SETTINGS:
        connection.exec_driver_sql(f"SET LOCAL {setting}")
    yield


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
