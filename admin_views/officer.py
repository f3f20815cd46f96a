"""Step 2, the counter: a reference opens one file, and the officer establishes, refuses or puts off."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy import ColumnElement

from admin_views import columns
from admin_views.base import GuardedTable, acting, me, my_day
from app.dates import now
from models import journal, journey, perimeter
from models.account import Role
from models.base import db
from models.errors import OFFICER_POSTPONEMENTS, OFFICER_REFUSALS, AlreadyHandled, Reason, Unknown
from models.journal import Action
from models.procuration import Procuration
from models.reference import clean


class OfficerDesk(GuardedTable):
    """The field for a reference, and below it only what this officer handled."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index_view", "action_view"})
    list_template = "officer/counter.html"
    page_size = 20
    newest_first = (Procuration.handled_at.desc(), Procuration.id.desc())
    column_list = ("handled_at", "reference", "mandant", "commune", "status")
    column_sortable_list = ()
    column_labels = columns.LABELS
    column_formatters = {
        "reference": columns.reference,
        "mandant": columns.mandant,
        "handled_at": columns.instant,
        "commune": columns.commune,
        "status": columns.status,
    }

    def __init__(self) -> None:
        super().__init__(Procuration, db, name="Guichet", endpoint="officer", url="/admin/officer")

    def perimeter(self) -> ColumnElement[bool]:
        return perimeter.visible_to(me())

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The counter, or with `?reference=` the file it opens. Every opening and every miss is in the journal."""
        typed = request.args.get("reference", "").strip()
        if not typed:
            return super().index_view()
        try:
            procuration = perimeter.find_at_counter(typed, me(), my_day(me()))
        except Unknown:
            journal.record(Action.MISSED, now=now(), account=me())
            db.session.commit()
            return self._unknown(typed)
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me())
        db.session.commit()
        return self._page("officer/file.html", procuration)

    @action("validate", "Établir")
    def establish(self, references: list[str]) -> ResponseReturnValue:
        """« Présent en personne, libre, identité conforme » : the file itself was the confirmation."""
        return self._act(references, self._establish, "officer/file.html")

    @action("invalidate", "Refuser")
    def refuse(self, references: list[str]) -> ResponseReturnValue:
        """Refuse with a coded reason, after a page that asks for it."""
        return self._act(references, self._refuse, "officer/refuse.html", reasons=OFFICER_REFUSALS)

    @action("postpone", "Pas aujourd'hui")
    def postpone(self, references: list[str]) -> ResponseReturnValue:
        """Not today: the demande stays as it is."""
        return self._act(references, self._postpone, "officer/postpone.html", reasons=OFFICER_POSTPONEMENTS)

    def _act(self, references: list[str], act: Any, page: str, **asked: Any) -> ResponseReturnValue:
        """Show `page` until it is confirmed, then act; a second officer or a second click reads who was first."""
        if len(references) != 1:
            abort(400)
        try:
            procuration = perimeter.find_at_counter(references[0], me(), my_day(me()))
        except Unknown:
            return self._handled_since(references[0])
        if request.form.get("confirmed") != "yes":
            return self._page(page, procuration, error=None, **asked)
        reason = request.form.get("reason") or None
        if asked and reason not in asked["reasons"] and (reason or act == self._refuse):
            return self._page(page, procuration, error="Choisissez un motif dans la liste.", **asked), 422
        try:
            with acting(me(), procuration):
                act(procuration, Reason(reason) if reason else None)
        except AlreadyHandled:
            return self._page("officer/already.html", procuration), 409
        return redirect(url_for(".index_view"), 303)

    def _establish(self, procuration: Procuration, reason: Reason | None) -> None:
        journey.establish(procuration, officer=me(), now=now())

    def _refuse(self, procuration: Procuration, reason: Reason) -> None:
        journey.refuse(procuration, officer=me(), reason=reason, now=now())

    def _postpone(self, procuration: Procuration, reason: Reason | None) -> None:
        journey.postpone(procuration, officer=me(), reason=reason, now=now())
        flash("Visite reportée : la demande reste en attente, la référence reste valable.")

    def _handled_since(self, reference: str) -> ResponseReturnValue:
        """Only an officer who had the file open learns that somebody acted on it."""
        try:
            procuration = perimeter.find_once_opened(reference, me())
        except Unknown:
            journal.record(Action.MISSED, now=now(), account=me())
            db.session.commit()
            return self._unknown(reference)
        return self._page("officer/already.html", procuration), 409

    def _unknown(self, typed: str) -> ResponseReturnValue:
        return render_template("officer/unknown.html", reference=clean(typed)[:20]), 404

    def _page(self, template: str, procuration: Procuration, **values: Any) -> str:
        return self.render(template, procuration=procuration, today=my_day(me()), **values)
