"""Many rows at once, in one transaction that leaves all of them or none: raw lines, by COPY on PostgreSQL.

Where more is added than there was, the tables lose their indexes meanwhile, and on PostgreSQL their foreign keys: they
are made again, and all rows checked, once everything is there, which costs less than one row after the other. Nobody
else can use these tables on PostgreSQL until then.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, column, func, select, text

from models.base import Base

Line = tuple[Any, ...]
CACHE_KB = 256 * 1024
POSTGRESQL_SETTINGS = (
    *("statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "TIME ZONE 'UTC'"),
    f"maintenance_work_mem = '{CACHE_KB}kB'",
)
FOREIGN_KEYS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND conrelid = CAST(:name AS regclass) ORDER BY conname"
)


@contextmanager
def loading(connection: Connection, tables: Collection[type[Base]], size: int) -> Iterator[None]:
    """Set the connection up to write that many rows to the first of these tables, and what belongs to them."""
    with _sqlite_cache(connection) if _is_sqlite(connection) else _postgresql_settings(connection):
        written = [table.metadata.tables[table.__tablename__] for table in tables]
        is_most = (connection.scalar(select(func.count()).select_from(written[0])) or 0) < size
        with _bare(connection, written if is_most else []):
            yield


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


def settle(engine: Engine, tables: Collection[type[Base]]) -> None:
    """Tell PostgreSQL at once what it would find out in some minutes: how full these tables are, and seen by whom."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # its time-out is no longer that of the others
        connection.exec_driver_sql("SET statement_timeout = 0")
        for table in tables:
            connection.exec_driver_sql(f"VACUUM ANALYZE {table.__tablename__}")


@contextmanager
def _bare(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """SQLite cannot drop a foreign key, and checks one at next to no cost."""
    indexes = [index for table in tables for index in table.indexes]
    foreign_keys = (
        [] if _is_sqlite(connection) else [key for table in tables for key in _foreign_keys(connection, table)]
    )
    for index in indexes:
        index.drop(connection)
    for table, name, _ in foreign_keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for index in indexes:
        index.create(connection)
    for table, name, definition in foreign_keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _foreign_keys(connection: Connection, table: Table) -> Sequence[Row[*tuple[str, str, str]]]:
    """Of which table, how they are called and what they say, as PostgreSQL has them."""
    return connection.execute(text(FOREIGN_KEYS), {"name": table.name}).all()


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
