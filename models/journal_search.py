"""What an auditor looks for in the journal: a page of entries, the newest first, and how many there are, up to a bound.

By time, then by key: an entry may bear an earlier instant than one of a smaller key. Period, action and desk have
each an index that goes on in this order; the entries of an account or a procuration are few, and are sorted.
"""

import operator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_

from models.base import db
from models.journal import Action, Entry

PAGE = 50
MOST_COUNTED = 1_000
NEWEST = Entry.at.desc(), Entry.id.desc()


@dataclass(frozen=True)
class Wanted:
    """Each is None when it does not matter. `before`: the key of the last entry of the page before."""

    since: datetime | None = None
    until: datetime | None = None
    action: Action | None = None
    desk: str | None = None
    account: int | None = None
    procuration: int | None = None
    before: int | None = None


def page(wanted: Wanted) -> tuple[list[Entry], int | None]:
    """The entries, and the key to go on after; None when there are no more."""
    newest = select(Entry).where(*_criteria(wanted), *_further(wanted.before)).order_by(*NEWEST)
    found = list(db.session.scalars(newest.limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def count(wanted: Wanted) -> int:
    """How many entries answer, on all pages together: one more than `MOST_COUNTED` at most."""
    answering = select(Entry.id).where(*_criteria(wanted)).order_by(*NEWEST).limit(MOST_COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(answering.subquery())) or 0


def _further(before: int | None) -> list[ColumnElement[bool]]:
    """Older than that entry; of one that was purged meanwhile, its key is all that is known."""
    if before is None:
        return []
    last = db.session.execute(select(Entry.at, Entry.id).where(Entry.id == before)).one_or_none()
    return [tuple_(Entry.at, Entry.id) < last] if last else [Entry.id < before]


def _criteria(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = (
        (Entry.at, operator.ge, wanted.since),
        (Entry.at, operator.lt, wanted.until),
        (Entry.action, operator.eq, wanted.action),
        (Entry.desk, operator.eq, wanted.desk),
        (Entry.account_id, operator.eq, wanted.account),
        (Entry.procuration_id, operator.eq, wanted.procuration),
    )
    return [compare(column, value) for column, compare, value in asked if value is not None]
