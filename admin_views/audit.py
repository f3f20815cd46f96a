"""The auditor looks for acts and readings in the journal, reads whether it is whole, and sees no person."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta

from flask import request
from flask_admin import expose
from sqlalchemy import ColumnElement, true

from admin_views.base import LARGEST_KEY, GuardedTable
from app.dates import DESK_ZONE
from app.forms import tidy
from models import anchor, journal_check, journal_search, venue_correction
from models.account import Role
from models.base import db
from models.errors import Reason
from models.journal import Action, Entry
from models.journal_search import Wanted
from models.plan import Part
from models.procuration import Status
from models.scrutin import ElectionKind

OVER_AGENTS = {
    *(Action.OFFICER_INVITED, Action.OFFICER_REMOVED, Action.MANAGER_APPOINTED, Action.MANAGER_RELIEVED),
    *(Action.CLERK_INVITED, Action.CLERK_LIMITED, Action.CLERK_REMOVED, Action.FACTOR_RESET),
    *(Action.ACCOUNT_SUSPENDED, Action.ACCOUNT_RESTORED, Action.COUNTER_UNBLOCKED),
}
"""Whose detail begins with the number of an account."""
OF_SEVERAL = {Action.EXPORTED, Action.SETTINGS_CHANGED, Action.ELECTION_CORRECTED, Action.VENUE_CORRECTED}
"""Whose detail is several codes."""
CODES = {
    "reasons": set(Reason),
    "over_agents": OVER_AGENTS,
    "of_several": OF_SEVERAL,
    "election_parts": set(Part),
    "election_kinds": set(ElectionKind),
    "venue_columns": {field.name for field in fields(venue_correction.Wanted)},
    "statuses": set(Status),
}
"""What audit/detail.html tells apart."""
LONGEST = 20
"""Of what is typed in a field."""
DESK = re.compile(r"[-\w]{1,20}", re.ASCII)


class JournalTable(GuardedTable):
    """Every act and reading: when, what, which account, desk and row, by their numbers; read only."""

    roles = frozenset({Role.AUDITOR})
    opened = frozenset({"index_view", "integrity"})
    column_list = ("at",)

    def __init__(self) -> None:
        super().__init__(Entry, db, name="Journal", endpoint="journal", url="/admin/journal")

    def perimeter(self) -> ColumnElement[bool]:
        return true()

    @expose("/")
    def index_view(self) -> str:
        """What the address asks for; what is no date, code or number asks for nothing, and is told."""
        typed = {name: tidy(value)[:LONGEST] for name, value in request.args.items() if name in READERS and tidy(value)}
        asked = {name: value for name, value in typed.items() if READERS[name](value)}
        wanted = _wanted(asked)
        entries, after = journal_search.page(wanted)
        return self.render(
            "audit/index.html",
            asked=asked,
            typed=typed,
            left_aside=[name for name in READERS if name in typed.keys() - asked],
            entries=entries,
            after=after,
            is_narrowed=bool(request.args),
            count=journal_search.count(wanted),
            actions=list(Action),
            **CODES,
        )

    @expose("/integrite/")
    def integrity(self) -> str:
        """What the last verifications found, and the last anchors, to compare with what was published."""
        return self.render("audit/integrity.html", checks=journal_check.last(), anchors=anchor.newest())


def _wanted(asked: Mapping[str, str]) -> Wanted:
    values = {name: READERS[name](value) for name, value in asked.items()}
    since, until = values.get("since"), values.get("until")
    return Wanted(
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
        **{name: values.get(name) for name in ("action", "desk", "account", "procuration", "before")},
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), DESK_ZONE)


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2999, 12, 31) else None


def _number(typed: str) -> int | None:
    return int(typed) if re.fullmatch("[0-9]{1,10}", typed) and int(typed) <= LARGEST_KEY else None


def _action(typed: str) -> Action | None:
    return Action(typed) if typed in list(Action) else None


def _desk(typed: str) -> str | None:
    return typed if DESK.fullmatch(typed) else None


READERS = {
    "since": _day,
    "until": _day,
    "action": _action,
    "desk": _desk,
    "account": _number,
    "procuration": _number,
    "before": _number,
}
"""What may be asked for, and how it is read."""
