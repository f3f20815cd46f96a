"""What a process remembers of tables that hardly ever change, while many pages ask for them."""

from collections.abc import Callable
from itertools import chain
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, event
from sqlalchemy.orm import Session, SessionTransaction

from models.base import Base, db

T = TypeVar("T")
SEEN, CHANGED = "seen", "changed"


class Remembered(Generic[T]):
    """Rows read once a process, and again when `stamp`, one cheap query, answers otherwise than when they were read.

    The stamp is asked once a transaction, and again after `look_again`: what was read before a lock may have changed.
    What is remembered belongs to no session and is not to be changed. A transaction that has changed one of `tables`
    reads for itself, for nobody else knows yet what it wrote; once it is over, everybody reads again.
    """

    def __init__(
        self, tables: tuple[type[Base], ...], stamp: Select[*tuple[Any, ...]], read: Callable[[Session], T]
    ) -> None:
        self._tables = tables
        self._stamp = stamp
        self._read = read
        self._kept: WeakKeyDictionary[Engine, tuple[object, T]] = WeakKeyDictionary()
        event.listen(db.session, "after_flush", self._note)
        event.listen(db.session, "after_transaction_end", self._forget)

    def __call__(self) -> T:
        session = db.session()
        if self in _own(session, CHANGED):
            return self._read_beside()
        seen: dict[Any, T] = _own(session, SEEN)
        if self not in seen:
            seen[self] = self._as_it_stands()
        return seen[self]

    def _as_it_stands(self) -> T:
        db.session.flush()
        connection = db.session.connection()
        engine, found = connection.engine, tuple(connection.execute(self._stamp).one())
        kept = self._kept.get(engine)
        if kept is None or kept[0] != found:
            kept = self._kept[engine] = (found, self._read_beside())
        return kept[1]

    def _read_beside(self) -> T:
        """In the same transaction, by a session that is left at once."""
        with Session(db.session.connection()) as session:
            return self._read(session)

    def _note(self, session: Session, context: object) -> None:
        if any(isinstance(one, self._tables) for one in chain(session.new, session.dirty, session.deleted)):
            _own(session, CHANGED)[self] = True

    def _forget(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            _own(session, SEEN).pop(self, None)
            if _own(session, CHANGED).pop(self, False):
                self._kept.clear()


def look_again() -> None:
    """From here on the transaction holds what it acts on: what it had seen is asked for again."""
    _own(db.session(), SEEN).clear()


def _own(session: Session, of: str) -> dict[Any, Any]:
    """What this transaction has seen, or changed, of the tables that are remembered."""
    owned: dict[Any, Any] = session.info.setdefault(of, {})
    return owned
