"""The daily anchor of the journal: one digest over where every stream has come to, itself an entry, to be published.

An anchor closes the entries up to one key: it digests the former anchor and, of each stream that has grown since, the
number and the MAC of its last entry among them. So each anchor says where all streams stood, and each is checked by one
reading of what it closes. What does not prove itself is no anchor, and none closes it.
"""

import base64
import hashlib
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select, text

from models import heads, journal, stored
from models.base import db, is_sqlite
from models.heads import INSTALLATION
from models.journal import Action, Entry

DIGITS = 32
"""Of the digest of where all streams stood, which a detail has room for: 192 bits."""


class Anchor(NamedTuple):
    """`number`: of its own entry, in the installation's stream. `up_to`: the key of the last entry that it closes."""

    number: int
    up_to: int
    digest: str


class Mark(NamedTuple):
    """The last entry at an instant, and which transactions may still add one before it."""

    up_to: int
    transaction: int


class Digest:
    """What an anchor says, made by one feed for each stream that grew, in the order of their names."""

    def __init__(self, former: str, up_to: int) -> None:
        self._sum = hashlib.sha256(f"{former} {up_to}\n".encode())

    def feed(self, stream: str, number: int, mac: bytes) -> None:
        """Where this stream has come to."""
        self._sum.update(f"{stream} {number} {mac.hex()}\n".encode())

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(self._sum.digest()).decode().rstrip("=")


class Link(NamedTuple):
    """An entry in its place; without `entry`, the end of what was purged before it."""

    stream: str
    number: int
    mac: bytes
    entry: Mapping[str, Any] | None

    @property
    def key(self) -> int:
        """Of the entry; 0 for what was purged, which comes before all."""
        return self.entry["id"] if self.entry else 0


class Left:
    """Where every stream stood at a key, fed as a `Check` is: the end of what was purged counts as the entry it was.

    So dropping what is before the key changes nothing.
    """

    def __init__(self, up_to: int) -> None:
        self._digest, self._up_to = Digest("left", up_to), up_to
        self._last: Link | None = None

    def feed(self, link: Link) -> None:
        """The next one of its stream."""
        if link.key <= self._up_to:
            self._last = link

    def end_of_stream(self) -> None:
        """No more of this stream."""
        if self._last:
            self._digest.feed(*self._last[:3])
        self._last = None

    def __str__(self) -> str:
        return str(self._digest)[:DIGITS]


def mark() -> Mark:
    """Where the journal is now; what is closed up to here is closed once `is_settled`."""
    closed = last().up_to
    newest = next(_proven(stored.rows().where(Entry.id > closed).order_by(Entry.id.desc())), None)
    up_to = newest["id"] if newest else closed
    return Mark(up_to, 0 if is_sqlite() else db.session.scalar(text(LAST_BEGUN)) or 0)


LAST_BEGUN = "select cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)"
FIRST_UNDER_WAY = LAST_BEGUN.replace("xmax", "xmin")


def is_settled(mark: Mark) -> bool:
    """Whether every transaction that could add an entry before the mark is over; SQLite has one writer."""
    return is_sqlite() or (db.session.scalar(text(FIRST_UNDER_WAY)) or 0) >= mark.transaction


def add(mark: Mark, *, now: datetime) -> Anchor | None:
    """Close what is before a settled mark; nothing where nothing but anchors was added, or another worker has."""
    former = last()
    grown = Entry.id > former.up_to, Entry.id <= mark.up_to
    if not db.session.scalar(select(select(Entry.id).where(*grown, Entry.action != Action.ANCHORED).exists())):
        return None
    digest = Digest(former.digest, mark.up_to)
    for entry in _grown(former.up_to, mark.up_to):
        digest.feed(entry["stream"], entry["number"], entry["mac"])
    heads.hold([INSTALLATION])
    if last() != former:
        return None
    journal.record(Action.ANCHORED, now=now, detail=f"{mark.up_to} {digest}")
    return last()


def last() -> Anchor:
    """The newest anchor; before the first, one that closes nothing."""
    return next((anchor_of(entry) for entry in _newest_first()), Anchor(0, 0, ""))


def newest(most: int = 10) -> list[tuple[datetime, Anchor]]:
    """The last anchors, and when each was taken; the newest first."""
    return [(entry["at"], anchor_of(entry)) for entry in islice(_newest_first(), most)]


def all_of(connection: Connection, key: bytes) -> list[Anchor]:
    """Every anchor that is kept, the oldest first."""
    return [anchor_of(entry) for entry in stored.entries(connection, key, _kept().order_by(Entry.number))]


def anchor_of(entry: Mapping[str, Any]) -> Anchor:
    """What an entry that proves itself says."""
    up_to, digest = entry["detail"].split()
    return Anchor(entry["number"], int(up_to), digest)


class Check:
    """What the anchors that are kept closed, fed with all that proves itself, stream by stream, in order."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self._anchors = anchors
        self._ends = [anchor.up_to for anchor in anchors]
        pairs = zip(["", *(anchor.digest for anchor in anchors)], anchors, strict=False)
        self._digests = [Digest(former, anchor.up_to) for former, anchor in pairs]
        self._pending: dict[int, Link] = {}

    def feed(self, link: Link) -> None:
        """The next one of its stream."""
        if link.entry:
            self._pending[bisect_left(self._ends, link.key)] = link

    def end_of_stream(self) -> None:
        """No more of this stream: of each anchor, the last entry that it closes counts."""
        for place, last in self._pending.items():
            if place < len(self._digests):
                self._digests[place].feed(*last[:3])
        self._pending = {}

    def broken(self, purged: int) -> Iterator[Anchor]:
        """The anchors that closed something else than what is there; what was purged up to that key cannot say."""
        for anchor, digest in zip(self._anchors, self._digests, strict=True):
            if anchor.up_to > purged and str(digest) != anchor.digest:
                yield anchor


def _kept() -> Select[*tuple[Any, ...]]:
    return stored.rows().where(Entry.action == Action.ANCHORED, Entry.stream == str(INSTALLATION))


def _newest_first() -> Iterator[dict[str, Any]]:
    return _proven(_kept().order_by(Entry.number.desc()))


def _proven(query: Select[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    return stored.entries(db.session.connection(), journal.key_at_hand(), query)


def _grown(after: int, up_to: int) -> Iterator[dict[str, Any]]:
    """The last entry of each stream among these keys, in the order of the streams."""
    among = stored.rows().where(Entry.id > after, Entry.id <= up_to).order_by(Entry.stream, Entry.number)
    for _, entries in groupby(_proven(among), key=itemgetter("stream")):
        yield deque(entries, maxlen=1).pop()
