"""Inserting once for each submission key, however many clicks; a procuration, under a reference of its own."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from models import reference
from models.base import SentOnce, db
from models.procuration import Procuration

DRAWS = 20
Sent = TypeVar("Sent", bound=SentOnce)


def key_of(submission_key: str, *said: object) -> str:
    """One for each thing said: who goes back and types another form over the first sends a second one."""
    return hashlib.sha256(repr((submission_key, *said)).encode()).hexdigest()[:43]


def insert_once(row: Sent, *mine: ColumnElement[bool]) -> tuple[Sent, bool]:
    """Insert it in a savepoint, and True; or what an earlier click inserted under its key, and False.

    `mine`: whose that one must be. Raises IntegrityError: somebody else's key, or another constraint.
    """
    key, kind = row.submission_key, type(row)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        earlier = db.session.scalar(select(kind).where(kind.submission_key == key, *mine))
        if earlier is None:
            raise
        return earlier, False
    return row, True


def insert_with_reference(new: Callable[[], Procuration]) -> tuple[Procuration, bool]:
    """Insert once what `new` makes, drawing again when its reference is taken (0.1 % at a million rows)."""
    for _ in range(DRAWS):
        procuration = new()
        procuration.reference = reference.draw()
        try:
            return insert_once(procuration)
        except IntegrityError:
            continue
    raise RuntimeError("no free reference")


def entered_with(submission_key: str) -> Procuration | None:
    """What was entered under that key."""
    return db.session.scalar(select(Procuration).where(Procuration.submission_key == submission_key))
