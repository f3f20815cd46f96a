"""What may go of the journal: the first entries of each stream, as far as each proves itself and follows the last.

Each is old by itself, and closed by an old anchor of which the same reading proves what it closed. A row that nobody
with the key wrote makes nothing go and stops nothing; where something is missing nothing goes, and it shows.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, select

from models import chain, stored
from models.anchor import Anchor, Check, Left, Link, anchor_of
from models.heads import INSTALLATION, ONLY, Head, Installation
from models.journal import Action, Entry
from models.journal_purge import NONE_YET, Purge, end_of, ends, purge_of
from models.procuration import Procuration


class NotProven(Exception):
    """What an old anchor closed is not what is there: nothing goes, for it is what shows what was done."""


class Due(NamedTuple):
    """What is older than `limit` may go, up to a key: the `anchors` close it that are since the `former` purge.

    `through`: up to where it is read. Of two entries that were written at once, the later anchor may close the first.
    """

    limit: datetime
    up_to: int
    through: int | None
    anchors: list[Anchor]
    former: Purge

    def lets_go(self, link: Link) -> bool:
        """Whether nothing keeps it; the end of what has gone keeps nothing either."""
        if (entry := link.entry) is None:
            return True
        return bool(entry["id"] <= self.up_to and entry["at"] <= self.limit and not entry["is_somebodys"])


class Going(NamedTuple):
    """How many entries, and where every stream stands at the key up to which they go."""

    entries: int
    left: str


def due(connection: Connection, key: bytes, limit: datetime) -> Due | None:
    """What the newest anchor of before closes; None where there is none. Raises NotProven."""
    anchors, former, last = list[tuple[datetime, Anchor]](), NONE_YET, Head(0, None)
    for link in _links(connection, key, stream=str(INSTALLATION)):
        last = Head(link.number, link.mac)
        if link.entry and link.entry["action"] == Action.ANCHORED:
            anchors.append((link.entry["at"], anchor_of(link.entry)))
        elif link.entry and link.entry["action"] == Action.JOURNAL_PURGED:
            former = purge_of(link.entry)
    if last != _head(connection):
        raise NotProven
    old = [anchor.up_to for at, anchor in anchors if at <= limit]
    if not old:
        return None
    up_to = max(old[-1], former.up_to)
    through = next((anchor.up_to for _, anchor in anchors if anchor.up_to > up_to), None)
    return Due(limit, up_to, through, [anchor for _, anchor in anchors if anchor.up_to <= up_to], former)


def weigh(connection: Connection, key: bytes, due: Due) -> Going:
    """What would go. Raises NotProven."""
    anchors, former, left, entries = Check(due.anchors), Left(due.former.up_to), Left(due.up_to), 0
    for _, links in groupby(_links(connection, key, through=due.through), key=attrgetter("stream")):
        goes = True
        for link in links:
            goes = goes and due.lets_go(link)
            entries += goes and link.entry is not None
            for fed in (anchors, former, left):
                fed.feed(link)
        for fed in (anchors, former, left):
            fed.end_of_stream()
    if any(anchors.broken(due.former.up_to)) or due.former.left not in ("", str(former)):
        raise NotProven
    return Going(entries, str(left))


def going(connection: Connection, key: bytes, due: Due) -> Iterator[Link]:
    """The entries that go, stream by stream in the order of their numbers."""
    for _, links in groupby(_links(connection, key, through=due.through), key=attrgetter("stream")):
        yield from (link for link in takewhile(due.lets_go, links) if link.entry)


def _links(
    connection: Connection, key: bytes, *, stream: str | None = None, through: int | None = None
) -> Iterator[Link]:
    """Of each stream, or of that one, and up to that key: what is in its place, after what was purged."""
    closed, rows = ends(), _rows()
    if stream is not None:
        closed, rows = closed.where(closed.selected_columns.stream == stream), rows.where(Entry.stream == stream)
    if through is not None:
        rows = rows.where(Entry.id <= through)
    reading = connection.execution_options(yield_per=stored.AT_ONCE)
    both = merge(reading.execute(closed), reading.execute(rows), key=stored.place)
    for _, found in groupby(both, key=stored.place):
        yield from _chain(found, key)


def _rows() -> Select[*tuple[Any, ...]]:
    is_somebodys = and_(Entry.procuration_id.is_not(None), Procuration.purged_at.is_(None)).label("is_somebodys")
    rows = stored.rows().add_columns(is_somebodys).select_from(Entry).outerjoin(Procuration)
    return rows.order_by(Entry.stream, Entry.number)


def _chain(rows: Iterator[Row[*tuple[Any, ...]]], key: bytes) -> Iterator[Link]:
    last = Head(0, None)
    for row in rows:
        if hasattr(row, "last"):
            last = end_of(row, key) or last
            yield from [Link(row.stream, row.number, row.last, None)] if last.number else []
        elif _follows(entry := stored.as_written(row), last) and chain.is_authentic(entry, key):
            last = Head(row.number, row.mac)
            yield Link(row.stream, row.number, row.mac, entry)


def _follows(entry: Mapping[str, Any], last: Head) -> bool:
    return bool(entry["number"] == last.number + 1 and entry["previous"] == last.mac)


def _head(connection: Connection) -> Head:
    head = (Installation.head_number, Installation.head_mac)
    row = connection.execute(select(*(stored.raw(one, one.key) for one in head)).where(Installation.id == ONLY)).first()
    return Head(row[0], row[1]) if row else Head(0, None)
