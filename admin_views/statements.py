"""Revocations without a reference: an officer hears them, the mandant's town hall attaches them."""

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import ColumnElement, select

from admin_views.base import Guarded, me, number, refused, require_authority, submission_key
from admin_views.statement_form import StatementForm
from app.dates import now
from models import journal, perimeter_beside, revocation
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, RuleBroken
from models.journal import Action
from models.revocation import Candidates
from models.statement import RevocationStatement

SHOWN = 50
CHOOSE = "Choisissez ce que cette personne résilie, ou dites que rien ne correspond."


class StatementDesk(Guarded, BaseView):
    """At the counter: the form, empty again after each statement. It never says what exists."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index"})

    def __init__(self) -> None:
        super().__init__(name="Résiliation sans référence", endpoint="statement", url="/admin/statement")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """The form, or the act: the statement leaves for the commune's desk."""
        require_authority()
        form = StatementForm(request.form if request.method == "POST" else None)
        if request.method != "POST" or not form.validate():
            return self._page(form), 200 if request.method == "GET" else 422
        said = (form.mandant, form.commune.commune)
        statement = revocation.state(*said, officer=me(), submission_key=submission_key(), now=now())
        db.session.commit()
        commune = statement.commune
        desk = "au consulat" if commune.is_consular else "à la mairie"
        flash(f"Résiliation recueillie, et transmise {desk} ({commune.name}), qui la rattachera.")
        return redirect(url_for(".index"), 303)

    def _page(self, form: StatementForm) -> str:
        return self.render("officer/statement.html", form=form, submission_key=submission_key())


class StatementsReceived(Guarded, BaseView):
    """At the town hall: what officers have heard, each compared with what its mandant gave."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "one", "act"})

    def __init__(self) -> None:
        super().__init__(name="Résiliations reçues", endpoint="statements", url="/admin/statements")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """What waits, the oldest first; then what was handled last."""
        handled = RevocationStatement.handled_at
        waiting = _some(handled.is_(None), RevocationStatement.id)
        done = _some(handled.is_not(None), handled.desc(), RevocationStatement.id)
        return self.render("town_hall/statements.html", waiting=waiting, done=done)

    @expose("/one/")
    def one(self) -> ResponseReturnValue:
        """Who stated what, beside what this person may have given. The reading is recorded."""
        statement = perimeter_beside.find_statement(number(request.args.get("id", "")), me())
        page = self._page(statement)
        for procuration in _candidates(statement).all:
            journal.record(Action.OPENED, now=now(), procuration=procuration, account=me(), detail="statement")
        db.session.commit()
        return page

    @expose("/one/", methods=("POST",))
    def act(self) -> ResponseReturnValue:
        """Attach it to what is ticked, or close it."""
        statement = perimeter_beside.find_statement(number(request.form.get("id", "")), me())
        chosen = {number(key) for key in request.form.getlist("rowid")}
        if request.form.get("action") == "close":
            return self._do(statement, partial(revocation.close, statement), "Résiliation classée : rien à rattacher.")
        procurations = [one for one in _candidates(statement).all if one.id in chosen]
        if len(procurations) != len(chosen) or not chosen:
            return self._page(statement, problem=CHOOSE), 422
        act = partial(revocation.attach, statement, procurations)
        told = " Le mandant en est prévenu." if any(one.email for one in procurations) else ""
        return self._do(statement, act, f"Résiliation rattachée.{told}")

    def _do(self, statement: RevocationStatement, act: Callable[..., None], done: str) -> ResponseReturnValue:
        try:
            act(clerk=me(), now=now())
        except (AlreadyHandled, RuleBroken) as error:
            db.session.rollback()
            refused(error)
            return self._page(statement, was_handled=True), 409
        db.session.commit()
        flash(done)
        return redirect(_next() if request.form.get("then") == "next" else url_for(".index"), 303)

    def _page(self, statement: RevocationStatement, problem: str | None = None, *, was_handled: bool = False) -> str:
        found = _candidates(statement)
        shown = {"statement": statement, "found": found, "problem": problem, "was_handled": was_handled}
        return self.render("town_hall/statement.html", **shown)


def _candidates(statement: RevocationStatement) -> Candidates:
    if statement.handled_at is not None or statement.purged_at is not None:
        return Candidates([], [])
    return revocation.candidates(statement)


def _next() -> str:
    """The oldest that still waits, or the list when none does."""
    waiting = _some(RevocationStatement.handled_at.is_(None), RevocationStatement.id)
    return url_for(".one", id=waiting[0].id) if waiting else url_for(".index")


def _some(which: ColumnElement[bool], *order: ColumnElement[object]) -> list[RevocationStatement]:
    mine = select(RevocationStatement).where(perimeter_beside.statements_visible_to(me()), which)
    return list(db.session.scalars(mine.order_by(*order).limit(SHOWN)))
