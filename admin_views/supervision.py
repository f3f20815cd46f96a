"""The ministry looks at elections, the auditor at the journal; neither sees a person."""

from typing import Any

from flask import get_template_attribute
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import selectinload

from admin_views.base import GuardedTable
from app.dates import DESK_ZONE, clock_time, short_day
from models.account import Role
from models.base import db
from models.journal import Action, Entry
from models.scrutin import Election


class ElectionTable(GuardedTable):
    """Elections with their polling days, ceilings and who decides; read only."""

    roles = frozenset({Role.MINISTRY})
    opened = frozenset({"index_view"})
    newest_first = (Election.id.desc(),)
    loaded = (selectinload(Election.scrutins),)
    column_list = ("name", "scrutins", "max_total", "max_established_in_france", "control_regime")
    column_sortable_list = ()
    column_labels = {
        "name": "Élection",
        "scrutins": "Jours de vote",
        "max_total": "Plafond",
        "max_established_in_france": "dont établies en France",
        "control_regime": "Contrôle",
    }
    column_formatters = {
        "scrutins": lambda view, context, row, name: ", ".join(short_day(s.polling_day) for s in row.scrutins),
        "control_regime": lambda view, context, row, name: REGIMES[row.control_regime],
    }

    def __init__(self) -> None:
        super().__init__(Election, db, name="Élections", endpoint="supervision", url="/admin/supervision")

    def perimeter(self) -> ColumnElement[bool]:
        return true()


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
    }

    def __init__(self) -> None:
        super().__init__(Entry, db, name="Journal", endpoint="journal", url="/admin/journal")

    def perimeter(self) -> ColumnElement[bool]:
        return true()


REGIMES = {"town_hall": "mairie", "register": "répertoire électoral"}


def _instant(at: Any) -> str:
    return f"{short_day(at.astimezone(DESK_ZONE).date())}, {clock_time(at)}"


def _in_french(action: Action) -> str:
    return str(get_template_attribute("components/words.html", "action_label")(action))
