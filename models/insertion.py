"""Inserting a procuration under a reference of its own, once for each submission key."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import reference
from models.base import db
from models.procuration import Procuration

DRAWS = 20


def insert(new: Callable[[], Procuration]) -> Procuration | None:
    """Insert what `new` makes in a savepoint, drawing again when its reference is taken (0.1 % at a million rows).

    None when another click has just entered one under the same submission key.
    """
    for _ in range(DRAWS):
        procuration = new()
        procuration.reference = reference.draw()
        try:
            with db.session.begin_nested():
                db.session.add(procuration)
        except IntegrityError:
            if entered_with(procuration.submission_key):
                return None
        else:
            return procuration
    raise RuntimeError("no free reference")


def entered_with(submission_key: str) -> Procuration | None:
    """What was entered under that key."""
    return db.session.scalar(select(Procuration).where(Procuration.submission_key == submission_key))
