"""What an auditor looks for in the journal: a page of entries, the newest first, found by a key and never counted."""

import operator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from models.base import db
from models.journal import Action, Entry

PAGE = 50


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
    newest = select(Entry).where(*_criteria(wanted)).order_by(Entry.id.desc())
    found = list(db.session.scalars(newest.limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _criteria(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = (
        (Entry.at, operator.ge, wanted.since),
        (Entry.at, operator.lt, wanted.until),
        (Entry.action, operator.eq, wanted.action),
        (Entry.desk, operator.eq, wanted.desk),
        (Entry.account_id, operator.eq, wanted.account),
        (Entry.procuration_id, operator.eq, wanted.procuration),
        (Entry.id, operator.lt, wanted.before),
    )
    return [compare(column, value) for column, compare, value in asked if value is not None]
