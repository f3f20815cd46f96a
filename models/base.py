"""The declarative base, the session, and the column types that every table shares."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Enum,
    Executable,
    LargeBinary,
    MetaData,
    Select,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, stored in UTC (SQLite keeps no offset)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def coded(kind: type[StrEnum], length: int, *, check: str | None = None) -> Enum:
    """Text that holds a value of the enumeration; `check` names the constraint that lets nothing else in."""
    return Enum(
        kind,
        native_enum=False,
        length=length,
        create_constraint=check is not None,
        name=check,
        values_callable=lambda members: [m.value for m in members],
    )


class Codes(TypeDecorator[frozenset[StrEnum]]):
    """A few codes of one enumeration, kept as their values in alphabetical order: « LCM LP »."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.kind = kind

    def process_bind_param(self, value: Iterable[StrEnum] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[StrEnum] | None:
        return None if value is None else frozenset(self.kind(code) for code in value.split())


class Base(DeclarativeBase):
    """Parent of every table; names each constraint, so that code can turn a broken one into a sentence."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UtcDateTime},
    )

    def __repr__(self) -> str:
        """The class and its key only: a repr ends up in logs, and rows hold persons."""
        key: Any = self.__mapper__.primary_key_from_instance(self)
        return f"<{type(self).__name__} {key}>"


class HeadOfStream:
    """A row that has a stream of the journal of its own (models/heads.py): the number and the MAC of its last entry."""

    head_number: Mapped[int] = mapped_column(default=0, server_default="0", deferred=True)
    head_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32), deferred=True)


class SentOnce:
    """A row that a form sends: one for each key that its page was given (models/insertion.py)."""

    submission_key: Mapped[str] = mapped_column(String(43), unique=True)


db = SQLAlchemy(model_class=Base)


def change(statement: Executable, values: Mapping[str, Any] | None = None) -> int:
    """Run an update or a delete on rows that the session does not hold; how many rows it changed."""
    done = db.session.execute(statement, values, execution_options={"synchronize_session": False})
    return done.rowcount if isinstance(done, CursorResult) else 0


def inserting(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that may say what becomes of a row that is there already (ON CONFLICT), which each database spells."""
    return sqlite.insert(table) if is_sqlite() else postgresql.insert(table)


def is_sqlite() -> bool:
    """Whether the database behind the session is SQLite, which has one writer at a time."""
    return db.session.get_bind().dialect.name == "sqlite"


def locking(query: Select[*tuple[Any, ...]], of: type[Base]) -> Select[*tuple[Any, ...]]:
    """The same query, holding those rows of `of` until the transaction ends.

    PostgreSQL locks the rows. SQLite knows no such lock: there the query first takes the one write lock.
    """
    return query.with_for_update(of=of).execution_options(takes_write_lock=True)
