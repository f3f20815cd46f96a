"""With a person at the counter who has no FranceConnect: the form on paper, filled, read back, established, printed."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import in_round
from admin_views.base import Guarded, me, require_authority, submission_key
from admin_views.filled_form import FilledForm
from app import qr
from app.dates import now
from models import counter_form, journal, paper, perimeter, scrutin
from models.account import Role
from models.base import db
from models.journal import Action


class FormDesk(Guarded, BaseView):
    """The form, what it says read back before the act, and its page to print; only for who may establish."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index", "printed"})

    def __init__(self) -> None:
        super().__init__(name="Formulaire papier", endpoint="form", url="/admin/form")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """The form; what it says read back; or with `confirmed` the act. `round`: where the person is met."""
        require_authority()
        during = in_round.opened()
        if during is not None and not during.is_open(now()):
            return redirect(url_for("rounds.one", id=during.id), 303)
        form = FilledForm.of(during, request.form if request.method == "POST" else None)
        if request.method != "POST" or "correct" in request.form:
            return self._blank(form)
        filled = form.read(me(), now())
        if filled is None:
            return self._blank(form), 422
        if request.form.get("confirmed") != "yes":
            votes = scrutin.votes_on(filled.commune, filled.days)
            return self._page("officer/form_read_back.html", form, filled=filled, votes=votes)
        return self._establish(filled, form)

    @expose("/printed/")
    def printed(self) -> ResponseReturnValue:
        """`?reference=`: the form to print and to sign, of this officer's own acts; each reading is in the journal.

        None after its last day. `round`: where it was filled, and where the next person is.
        """
        require_authority()
        procuration = perimeter.find_form(request.args.get("reference", ""), me(), now())
        page = self.render(
            "officer/form_printed.html",
            procuration=procuration,
            votes=scrutin.votes_on(procuration.commune, procuration.days),
            picture=qr.picture(procuration.reference or ""),
            during=in_round.opened(),
        )
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me(), detail="form")
        db.session.commit()
        return page

    def _establish(self, filled: paper.Form, form: FilledForm) -> ResponseReturnValue:
        place = {"during": form.during, "papers": form.papers}
        procuration = counter_form.establish(filled, officer=me(), submission_key=submission_key(), **place, now=now())
        db.session.commit()
        if procuration.is_in_force:
            person = procuration.mandant
            told = "procuration établie. Imprimez le formulaire, et le récépissé."
            flash(f"{person.first_names} {person.birth_name} : {told}")
        where = form.during.id if form.during else None
        return redirect(url_for(".printed", reference=procuration.reference, round=where), 303)

    def _blank(self, form: FilledForm) -> str:
        return self._page("officer/form.html", form, votes=form.coming_votes(now()))

    def _page(self, template: str, form: FilledForm, **shown: Any) -> str:
        return self.render(template, form=form, submission_key=submission_key(), during=form.during, **shown)
