"""Deaths and rights lost, as notices arrive by the pile: a name, what it has to do with, the next name (T17; L77, R80).

The name goes by POST, so that no address holds it. What ends a procuration is the list's own act, which asks first.
"""

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me
from app.dates import now
from app.forms import tidy
from models import journal, search
from models.account import Role
from models.base import db
from models.concerned import Concerned, concerned
from models.journal import Action

LONGEST = 120
TOO_SHORT = "Écrivez au moins deux lettres du nom de naissance."


class EndDesk(Guarded, BaseView):
    """One field, the procurations in force of who bears that name, and the field again."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "look_up"})

    def __init__(self) -> None:
        super().__init__(name="Décès et droits perdus", endpoint="ends", url="/admin/ends")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return self._page()

    @expose("/", methods=("POST",))
    def look_up(self) -> ResponseReturnValue:
        """What concerns that name. Each procuration shown is recorded as read."""
        typed = str(tidy(request.form.get("name", "")))[:LONGEST]
        if not search.is_long_enough(typed):
            return self._page(typed, problem=TOO_SHORT), 422
        page = self._page(typed, found := concerned(typed, me()))
        opened = {"now": now(), "account": me(), "detail": "ends"}
        journal.record_all([journal.line(Action.OPENED, procuration=one, **opened) for one in found.shown])
        db.session.commit()
        return page

    def _page(self, typed: str = "", found: Concerned | None = None, problem: str = "") -> str:
        return self.render("town_hall/ends.html", typed=typed, found=found, problem=problem)
