"""How long the journal is kept: what an old anchor closes goes, and what closes it stays.

Of each stream, the number and the MAC of the last entry that went are kept, under a MAC of their own: what is left
still proves. The entries of a procuration stay as long as its persons do: its history and receipts are made of them.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Row,
    Select,
    String,
    and_,
    delete,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import NullType

from models import journal, stored
from models.base import Base, db, inserting
from models.chain import LENGTH
from models.heads import INSTALLATION, Head
from models.journal import Action, Entry
from models.procuration import Procuration
from models.rules import months_after

BATCH = 2_000


class ClosedStream(Base):
    """How far a stream was purged: up to that number, whose entry had that MAC."""

    __tablename__ = "closed_stream"

    stream: Mapped[str] = mapped_column(
        String(24).with_variant(String(24, collation="C"), "postgresql"), primary_key=True
    )
    number: Mapped[int]
    last: Mapped[bytes] = mapped_column(LargeBinary(LENGTH))
    mac: Mapped[bytes] = mapped_column(LargeBinary(LENGTH))


def end_of(closed: Row[Any], key: bytes) -> Head | None:
    """Where what was purged of a stream ended; None when no purge wrote this."""
    kinds = (str, int, bytes, bytes)
    if not all(isinstance(value, kind) for value, kind in zip(closed, kinds, strict=True)):
        return None
    is_ours = hmac.compare_digest(_mac(closed.stream, closed.number, closed.last, key), closed.mac)
    return Head(closed.number, closed.last) if is_ours else None


def ends() -> Select[*tuple[Any, ...]]:
    """What was purged of every stream, as the database keeps it, in the order of the streams."""
    columns = ClosedStream.__table__.c
    return select(*(type_coerce(column, NullType()).label(column.name) for column in columns)).order_by(columns.stream)


def due(now: datetime, months: int) -> int:
    """Up to which key the entries are older than that: those that the newest anchor of before closes."""
    limit = datetime.combine(months_after(now.date(), -months), now.timetz())
    old = Entry.action == Action.ANCHORED, Entry.stream == str(INSTALLATION), Entry.at <= limit
    detail = db.session.scalar(select(Entry.detail).where(*old).order_by(Entry.number.desc()).limit(1))
    return int(detail.split()[0]) if detail else 0


def count(up_to: int) -> int:
    """How many entries would go."""
    return db.session.scalar(select(func.count(Entry.id)).outerjoin(Procuration).where(_goes(0, up_to))) or 0


def say(up_to: int, entries: int, *, now: datetime) -> None:
    """Write in the journal, before they go, that these entries do."""
    journal.record(Action.JOURNAL_PURGED, now=now, detail=f"{up_to} {entries}")


def purged_up_to(connection: Connection, key: bytes) -> int:
    """The key up to which the journal says it was purged."""
    its = Entry.action == Action.JOURNAL_PURGED, Entry.stream == str(INSTALLATION)
    said = stored.entries(connection, key, stored.rows().where(*its).order_by(Entry.number.desc()))
    return next((int(entry["detail"].split()[0]) for entry in said), 0)


def drop(connection: Connection, up_to: int, key: bytes, after: int = 0) -> int | None:
    """Drop some of them, and keep where each stream is closed; the key to go on after, None when nothing is left.

    `connection`: of who may delete from the journal; the caller commits.
    """
    some = select(Entry.id, Entry.stream, Entry.number, Entry.mac).outerjoin(Procuration).where(_goes(after, up_to))
    rows = connection.execute(some.order_by(Entry.id).limit(BATCH)).all()
    if not rows:
        return None
    closed = [_closed(row, key) for row in {row.stream: row for row in rows}.values()]
    new = inserting(ClosedStream)
    kept = {name: new.excluded[name] for name in ("number", "last", "mac")}
    connection.execute(new.on_conflict_do_update(index_elements=["stream"], set_=kept), closed)
    connection.execute(delete(Entry).where(Entry.id.in_([row.id for row in rows])))
    return int(rows[-1].id)


def _goes(after: int, up_to: int) -> ColumnElement[bool]:
    is_nobodys = or_(Entry.procuration_id.is_(None), Procuration.purged_at.is_not(None))
    return and_(Entry.id > after, Entry.id <= up_to, is_nobodys)


def _closed(row: Row[int, str, int, bytes], key: bytes) -> dict[str, Any]:
    mac = _mac(row.stream, row.number, row.mac, key)
    return {"stream": row.stream, "number": row.number, "last": row.mac, "mac": mac}


def _mac(stream: str, number: int, last: bytes, key: bytes) -> bytes:
    return hmac.new(key, f"closed {stream} {number} {last.hex()}".encode(), hashlib.sha256).digest()
