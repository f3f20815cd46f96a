"""The streams of the journal, and where each has come to: the number and the MAC of its last entry.

A stream belongs to one procuration, one account or one commune, whose row holds its head; what concerns none of them is
the installation's. The head is held from its reading until the transaction ends, in one order for all.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Update, bindparam, null, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.account import Account
from models.base import Base, HeadOfStream, db, inserting
from models.procuration import Procuration
from models.territory import Commune


class Installation(HeadOfStream, Base):
    """The one row of what concerns no procuration, no account and no commune."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)


ONLY = 1
OWNERS: dict[str, tuple[type[HeadOfStream], InstrumentedAttribute[Any]]] = {
    "procuration": (Procuration, Procuration.id),
    "account": (Account, Account.id),
    "commune": (Commune, Commune.code),
    "installation": (Installation, Installation.id),
}
"""Whose row holds a stream's head, and its key, in the order in which they are held."""


class Stream(NamedTuple):
    """Of whom, by the kind and the key of the row."""

    owner: str
    key: int | str

    def __str__(self) -> str:
        return f"{self.owner}-{self.key}"


class Head(NamedTuple):
    """Of the last entry: none yet when the number is 0."""

    number: int
    mac: bytes | None


INSTALLATION = Stream("installation", ONLY)
NOTHING: ColumnElement[Any] = null()


def stream_of(line: Mapping[str, Any]) -> Stream:
    """Its procuration's, else its account's, else its desk's (a commune; a station acts by accounts), else nobody's."""
    if line["procuration_id"] is not None:
        return Stream("procuration", line["procuration_id"])
    if line["account_id"] is not None:
        return Stream("account", line["account_id"])
    return Stream("commune", line["desk"]) if line["desk"] else INSTALLATION


def hold(streams: Collection[Stream], beside: ColumnElement[Any] = NOTHING) -> tuple[dict[Stream, Head], Any]:
    """The head of each, as it is now; nobody else moves it until the transaction ends. `beside` is read once they are.

    A statement for each kind of owner, and the answer to `beside` comes with the last.
    """
    held: dict[Stream, Head] = {}
    read: Any = None
    for owner in OWNERS:
        if keys := {stream.key for stream in streams if stream.owner == owner}:
            rows = _hold(owner, keys, beside)
            held |= {Stream(owner, row[0]): Head(row[1], row[2]) for row in rows}
            read = rows[-1][3] if rows else read
    return held, read


def move(heads: Mapping[Stream, Head]) -> None:
    """Write where these streams have come to, a statement for each kind of owner."""
    for owner in OWNERS:
        rows = [
            {"_key": stream.key, "_number": head.number, "_mac": head.mac}
            for stream, head in heads.items()
            if stream.owner == owner
        ]
        if rows:
            db.session.connection().execute(_moving(owner), rows)


def _hold(owner: str, keys: Collection[Any], beside: ColumnElement[Any]) -> Sequence[Any]:
    held, asked = _holding(owner, beside), {"keys": keys}
    rows = db.session.execute(held, asked).all()
    if not rows and owner == "installation":
        db.session.execute(inserting(Installation).values(id=ONLY).on_conflict_do_nothing())
        rows = db.session.execute(held, asked).all()
    return rows


@cache
def _holding(owner: str, beside: ColumnElement[Any]) -> Select[Any]:
    table, key = OWNERS[owner]
    heads = select(key, table.head_number, table.head_mac, beside).order_by(key)
    # A row that points to this one may be added meanwhile: a key share is no change of the head.
    held = heads.where(key.in_(bindparam("keys", expanding=True))).with_for_update(key_share=True)
    return held.execution_options(takes_write_lock=True)


@cache
def _moving(owner: str) -> Update:
    table, key = OWNERS[owner]
    values: dict[str, Any] = {"head_number": bindparam("_number"), "head_mac": bindparam("_mac")}
    return update(table).where(key == bindparam("_key")).values(values)
