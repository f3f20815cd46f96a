"""Whether the journal is whole: every entry of every stream, up to its head, in one reading and bounded memory.

`one_instant` gives the connection that it is read by, whatever is written meanwhile.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    String,
    cast,
    collate,
    literal,
    or_,
    select,
    union_all,
)

from models import chain, stored
from models.anchor import Check, Left, Link, all_of
from models.heads import INSTALLATION, OWNERS, Head
from models.journal import Entry
from models.journal_purge import end_of, ends, last_purge

AT_ONCE = 1_000
MOST_NAMED = 10_000
"""Of a head that stands further than that beyond the last entry, the head is named, not what it would count."""
NEAR = 100
"""How far from its place an entry is looked for as another's."""


class Damage(StrEnum):
    """What was done to an entry, or to the head of a stream."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"


class Fault(NamedTuple):
    """Where, and what. `where` is empty for an entry.

    Else it is `head`, what the stream's row says of its last entry; what was purged, up to which number; or what an
    anchor closed or a purge left: something that was there is not any more, and no stream says which.
    """

    stream: str
    number: Any
    damage: Damage
    where: str = ""

    def __str__(self) -> str:
        said = f"{self.stream} {self.number} {self.damage}" + (f" ({self.where})" if self.where else "")
        return said.encode(errors="backslashreplace").decode()


@contextmanager
def one_instant(engine: Engine) -> Iterator[Connection]:
    """A connection whose every reading sees the same instant, and which makes nobody wait."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection, stored.any_text(connection):
            connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()
        return
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
        yield connection
        connection.rollback()


class Verification:
    """One reading of the journal; `entries` counts what was read of it so far.

    `published`: what anchors said that were kept elsewhere. A journal that was set back whole contradicts nothing else.
    """

    def __init__(self, connection: Connection, key: bytes, published: Collection[str] = ()) -> None:
        self._connection = connection.execution_options(yield_per=AT_ONCE)
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._key = key
        self._published = published
        self.entries = 0

    def faults(self) -> Iterator[Fault]:
        """Each fault, stream by stream; what is intact says nothing."""
        kept, purge = all_of(self._connection, self._key), last_purge(self._connection, self._key)
        anchors, left = Check(kept), Left(purge.up_to)
        read = (self._read(query) for query in (self._heads(), ends(), self._entries()))
        for (_, stream), rows in groupby(merge(*read, key=stored.place), key=stored.place):
            walk = _Walk(stream, self._key)
            for link in filter(None, map(walk.take, rows)):
                anchors.feed(link)
                left.feed(link)
            anchors.end_of_stream()
            left.end_of_stream()
            self.entries += walk.entries
            yield from walk.faults()
        if purge.left not in ("", str(left)):
            yield Fault(str(INSTALLATION), purge.number, Damage.ALTERED, "what this purge left")
        for anchor in anchors.broken(purge.up_to):
            yield Fault(str(INSTALLATION), anchor.number, Damage.ALTERED, "what this anchor closed")
        for digest in set(self._published) - {anchor.digest for anchor in kept}:
            yield Fault(str(INSTALLATION), digest, Damage.REMOVED, "an anchor that was published")

    def _read(self, query: Select[*tuple[Any, ...]]) -> Iterable[Row[*tuple[Any, ...]]]:
        return self._connection.execute(query)

    def _heads(self) -> Select[*tuple[Any, ...]]:
        parts = []
        for owner, (table, key) in OWNERS.items():
            stream = (literal(f"{owner}-") + cast(key, String)).label("stream")
            has_one = or_(table.head_number != 0, table.head_mac.is_not(None))
            head = (stored.raw(table.head_number, "head_number"), stored.raw(table.head_mac, "head_mac"))
            parts.append(select(stream, *head).where(has_one))
        all_of_them = union_all(*parts).subquery()
        order = collate(all_of_them.c.stream, "BINARY" if self._is_sqlite else "C")
        return select(all_of_them).order_by(order)

    def _entries(self) -> Select[*tuple[Any, ...]]:
        return stored.rows().order_by(Entry.stream, Entry.number)


class _Walk:
    """Along one stream: what fails by itself is kept until the end, where its neighbours say what became of it."""

    def __init__(self, stream: str, key: bytes) -> None:
        self.stream, self.head, self.entries = stream, Head(0, None), 0
        self._key = key
        self._last = Head(0, None)
        self._forged: Any = None
        self._missing: list[range] = []
        self._strange: list[dict[str, Any]] = []
        self._unlinked: list[int] = []

    def take(self, row: Row[*tuple[Any, ...]]) -> Link | None:
        """Its head, what was purged of it, and each entry in the order of the numbers; what proves itself is told."""
        if hasattr(row, "head_number"):
            self.head = Head(row.head_number, row.head_mac)
            return None
        return self._begin_after(row) if hasattr(row, "last") else self._take_entry(row)

    def _begin_after(self, closed: Row[*tuple[Any, ...]]) -> Link | None:
        end = end_of(closed, self._key)
        if end is None:
            self._forged = closed.number
            return None
        self._last = end
        return Link(self.stream, end.number, closed.last, None)

    def _take_entry(self, row: Row[*tuple[Any, ...]]) -> Link | None:
        self.entries += 1
        entry = stored.as_written(row)
        expected = self._last.number + 1
        if not chain.is_authentic(entry, self._key) or entry["number"] < expected:
            self._strange.append(entry)
            return None
        if entry["number"] > expected:
            self._missing.append(range(expected, entry["number"]))
        elif entry["previous"] != self._last.mac:
            self._unlinked.append(entry["number"])
        self._last = Head(entry["number"], entry["mac"])
        return Link(self.stream, entry["number"], entry["mac"], entry)

    def faults(self) -> Iterator[Fault]:
        """What the whole stream, and its head, say of each."""
        is_head_altered = self._measure_the_end()
        origins = {entry["number"]: self._origin(entry) for entry in self._strange}
        elsewhere = set(origins.values())
        missing = [number for numbers in self._missing for number in numbers if number not in elsewhere]
        in_place = origins.keys() & set(missing)
        for number, origin in origins.items():
            damage = Damage.ALTERED if number in in_place else Damage.INSERTED
            yield Fault(self.stream, number, damage if origin is None else Damage.REORDERED)
        for number in missing:
            if number not in origins or origins[number] is not None:
                yield Fault(self.stream, number, Damage.REMOVED)
        yield from (Fault(self.stream, number, Damage.ALTERED) for number in self._unlinked)
        if self._forged is not None:
            yield Fault(self.stream, self._forged, Damage.ALTERED, "what was purged")
        if is_head_altered:
            yield Fault(self.stream, self.head.number, Damage.ALTERED, "head")

    def _measure_the_end(self) -> bool:
        """Whether the head is none of this stream's; else what it counts beyond the last entry is missing."""
        number, mac = self.head
        if not isinstance(number, int) or number <= self._last.number:
            return self.head != self._last
        if mac == self._last.mac or number > self._last.number + MOST_NAMED:
            return True
        self._missing.append(range(self._last.number + 1, number + 1))
        return False

    def _origin(self, entry: dict[str, Any]) -> int | None:
        """Which number's entry this is, if it was moved here from another place of the stream."""
        if not isinstance(entry["number"], int):
            return None
        near = (entry["number"] + step for step in _outwards(NEAR))
        is_own = (number for number in near if chain.is_authentic({**entry, "number": number}, self._key))
        return next(is_own, None)


def _outwards(most: int) -> Iterator[int]:
    """1, -1, 2, -2…"""
    return (step * sign for step in range(1, most + 1) for sign in (1, -1))
