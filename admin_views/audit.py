"""The auditor looks at the journal, and sees no person."""

from typing import Any

from flask import get_template_attribute
from sqlalchemy import ColumnElement, true

from admin_views.base import GuardedTable
from app.dates import DESK_ZONE, clock_time, short_day
from models.account import Role
from models.base import db
from models.journal import Action, Entry


class JournalTable(GuardedTable):
    """Every act and reading: account, desk and row by their numbers; read only."""

    roles = frozenset({Role.AUDITOR})
    opened = frozenset({"index_view"})
    newest_first = (Entry.id.desc(),)
    column_list = ("at", "action", "account_id", "desk", "procuration_id", "detail")
    column_sortable_list = ()
    column_labels = {
        "at": "Quand",
        "action": "Acte ou lecture",
        "account_id": "Compte",
        "desk": "Bureau",
        "procuration_id": "Procuration",
        "detail": "Détail",
    }
    column_formatters = {
        "at": lambda view, context, row, name: _instant(row.at),
        "action": lambda view, context, row, name: _in_french(row.action),
        "detail": lambda view, context, row, name: _detail(row),
    }

    def __init__(self) -> None:
        super().__init__(Entry, db, name="Journal", endpoint="journal", url="/admin/journal")

    def perimeter(self) -> ColumnElement[bool]:
        return true()


def _instant(at: Any) -> str:
    return f"{short_day(at.astimezone(DESK_ZONE).date())}, {clock_time(at)}"


def _in_french(action: Action) -> str:
    return str(get_template_attribute("components/words.html", "action_label")(action))


def _detail(entry: Entry) -> str:
    """The codes of what was done, of which election where it is one's."""
    election = f"élection {entry.election_id}" if entry.election_id else ""
    return " ".join(text for text in (election, entry.detail) if text)
