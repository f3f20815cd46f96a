"""How long the journal is kept: what an old anchor closes goes, and what closes it stays.

Of each stream, the number and the MAC of the last entry that went are kept, under a MAC of their own: what is left
still proves. The entries of a procuration stay as long as its persons do: its history and receipts are made of them.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    Select,
    String,
    delete,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from models import journal, stored
from models.anchor import Link
from models.base import Base, inserting
from models.chain import LENGTH
from models.heads import INSTALLATION, Head
from models.journal import Action, Entry
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


class Purge(NamedTuple):
    """`number`: of its own entry, in the installation's stream. `up_to`: the key up to which it dropped.

    `left`: where all streams stood there (models.anchor.Left); former versions did not say it.
    """

    number: int
    up_to: int
    left: str = ""


NONE_YET = Purge(0, 0)


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
    return select(*(stored.raw(column, column.name) for column in columns)).order_by(columns.stream)


def limit(now: datetime, months: int) -> datetime:
    """What is older than that may go."""
    return datetime.combine(months_after(now.date(), -months), now.timetz())


def say(up_to: int, entries: int, left: str, *, now: datetime) -> None:
    """Write in the journal, before they go, that these entries do, and where every stream stands."""
    journal.record(Action.JOURNAL_PURGED, now=now, detail=f"{up_to} {entries} {left}")


def last_purge(connection: Connection, key: bytes) -> Purge:
    """What the journal says of the last one."""
    its = Entry.action == Action.JOURNAL_PURGED, Entry.stream == str(INSTALLATION)
    said = stored.entries(connection, key, stored.rows().where(*its).order_by(Entry.number.desc()))
    return next((purge_of(entry) for entry in said), NONE_YET)


def purge_of(entry: Mapping[str, Any]) -> Purge:
    """What an entry that proves itself says."""
    up_to, _, *left = entry["detail"].split()
    return Purge(entry["number"], int(up_to), *left)


def drop(connection: Connection, links: Collection[Link], key: bytes) -> None:
    """Drop these, and keep where each of their streams is closed.

    `connection`: of who may delete from the journal; the caller commits.
    """
    closed = [_closed(link, key) for link in {link.stream: link for link in links}.values()]
    new = inserting(ClosedStream)
    kept = {name: new.excluded[name] for name in ("number", "last", "mac")}
    connection.execute(new.on_conflict_do_update(index_elements=["stream"], set_=kept), closed)
    connection.execute(delete(Entry).where(Entry.id.in_([link.entry["id"] for link in links if link.entry])))


def _closed(link: Link, key: bytes) -> dict[str, Any]:
    mac = _mac(link.stream, link.number, link.mac, key)
    return {"stream": link.stream, "number": link.number, "last": link.mac, "mac": mac}


def _mac(stream: str, number: int, last: bytes, key: bytes) -> bytes:
    return hmac.new(key, f"closed {stream} {number} {last.hex()}".encode(), hashlib.sha256).digest()
