"""Rounds away from the station: planned, walked through elector by elector, their papers tracked until destroyed."""

import secrets
from datetime import date, timedelta

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Guarded, me, number, record_refusal
from admin_views.round_form import PapersForm, RoundForm
from app.dates import now
from models import perimeter, rounds
from models.account import Role
from models.base import db
from models.errors import NotHabilitated, RuleBroken
from models.procuration import Procuration
from models.visit import Round, RoundKind, Visit

SHOWN = 50
MOST_PAPERS = 200
OPENED_SINCE = timedelta(hours=12)


class RoundDesk(Guarded, BaseView):
    """The rounds of this officer's station, and of no other; only for who is habilitated."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index", "plan", "one", "cancel", "visit", "papers", "destroy"})

    def __init__(self) -> None:
        super().__init__(name="Déplacements", endpoint="rounds", url="/admin/rounds")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Those to come, the next one first; then those that took place."""
        _require_habilitation()
        today = _today()
        coming = _rounds(Round.day >= today, Round.cancelled_at.is_(None), order=(Round.day, Round.id))
        past = _rounds(Round.day < today, order=(Round.day.desc(), Round.id.desc()))
        due = rounds.papers_due(_papers(), today)
        return self.render("officer/rounds.html", coming=coming, past=past, due=due, today=today)

    @expose("/plan/", methods=("GET", "POST"))
    def plan(self) -> ResponseReturnValue:
        """The form, or the act."""
        _require_authority()
        form = RoundForm(request.form if request.method == "POST" else None)
        if request.method != "POST" or not form.validate():
            return self._plan(form), 200 if request.method == "GET" else 422
        key = request.form.get("submission_key") or secrets.token_urlsafe(32)
        kind, day, place = RoundKind(form.kind.data), form.day.day, form.place_name.data
        try:
            one = rounds.plan(kind, day, form.commune.commune, place, officer=me(), submission_key=key, now=now())
        except RuleBroken:
            form.day.errors = ["choisissez un jour entre aujourd'hui et dans un an"]
            return self._plan(form), 422
        db.session.commit()
        return redirect(url_for(".one", id=one.id), 303)

    @expose("/one/")
    def one(self) -> ResponseReturnValue:
        """One round: the field for the next person, who was received, who is left."""
        _require_habilitation()
        one = _round()
        loaded = joinedload(Visit.procuration).joinedload(Procuration.commune)
        visits = db.session.scalars(select(Visit).where(Visit.round_id == one.id).options(loaded).order_by(Visit.id))
        return self.render("officer/round.html", during=one, visits=visits.all(), is_open=one.is_open(now()))

    @expose("/cancel/", methods=("POST",))
    def cancel(self) -> ResponseReturnValue:
        """It will not take place; what was noted of papers stays until they are destroyed."""
        _require_authority()
        rounds.cancel(_round(), officer=me(), now=now())
        db.session.commit()
        flash("Déplacement annulé.")
        return redirect(url_for(".index"), 303)

    @expose("/visit/", methods=("GET", "POST"))
    def visit(self) -> ResponseReturnValue:
        """`id` and `reference`, of a file opened just before: the dates of the two papers."""
        _require_habilitation()
        one, reference = _round(), request.values.get("reference", "")
        procuration = perimeter.find_once_opened(reference, me(), since=now() - OPENED_SINCE)
        form = PapersForm(request.form if request.method == "POST" else None)
        if request.method != "POST" or not form.validate():
            status = 200 if request.method == "GET" else 422
            return self.render("officer/visit.html", form=form, during=one, procuration=procuration), status
        try:
            dates = (form.requested_on.day, form.sworn_on.day)
            rounds.record_papers(one, procuration, *dates, officer=me(), now=now())
        except RuleBroken:
            form.requested_on.errors = ["ces papiers ne peuvent pas être datés d'un jour à venir"]
            return self.render("officer/visit.html", form=form, during=one, procuration=procuration), 422
        db.session.commit()
        return redirect(url_for("officer.index_view", reference=procuration.reference, round=one.id), 303)

    @expose("/papers/")
    def papers(self) -> ResponseReturnValue:
        """Which papers must be kept until when, and which may be destroyed."""
        _require_habilitation()
        return self._papers()

    @expose("/papers/", methods=("POST",))
    def destroy(self) -> ResponseReturnValue:
        """Those that are ticked are destroyed."""
        _require_habilitation()
        chosen = {number(key) for key in request.form.getlist("rowid")}
        visits = [visit for visit in _papers() if visit.id in chosen]
        if not chosen:
            return self._papers("Cochez les papiers que vous avez détruits."), 422
        if len(visits) != len(chosen):
            abort(404)
        rounds.destroy(visits, officer=me(), now=now())
        db.session.commit()
        flash(f"Papiers détruits : {len(visits)}.")
        return redirect(url_for(".papers"), 303)

    def _plan(self, form: RoundForm) -> str:
        key = request.form.get("submission_key") or secrets.token_urlsafe(32)
        return self.render("officer/round_plan.html", form=form, submission_key=key)

    def _papers(self, problem: str = "") -> str:
        visits = sorted(_papers(), key=rounds.kept_until)
        return self.render(
            "officer/round_papers.html", visits=visits, kept_until=rounds.kept_until, today=_today(), problem=problem
        )


def _rounds(*criteria: object, order: tuple[object, ...]) -> list[Round]:
    mine = select(Round).where(perimeter.rounds_visible_to(me()), *criteria)
    return list(db.session.scalars(mine.order_by(*order).limit(SHOWN)))


def _round() -> Round:
    return perimeter.find_round(number(request.values.get("id", "")), me())


def _papers() -> list[Visit]:
    """Of the station's rounds, the papers that are not destroyed."""
    kept = select(Visit).join(Round).where(perimeter.rounds_visible_to(me()), Visit.requested_on.is_not(None))
    loaded = (joinedload(Visit.round), joinedload(Visit.procuration).joinedload(Procuration.commune))
    not_yet = kept.where(Visit.destroyed_at.is_(None)).options(*loaded)
    return list(db.session.scalars(not_yet.order_by(Visit.id).limit(MOST_PAPERS)))


def _today() -> date:
    """The day at the station."""
    station = me().station or abort(403)
    return station.commune.local_day(now())


def _require_habilitation() -> None:
    """Raises NotHabilitated, once written down."""
    if me().habilitation_at(now()) is None:
        _refuse()


def _require_authority() -> None:
    """Raises NotHabilitated, once written down: a délégué plans no round."""
    own = me().habilitation_at(now())
    if own is None or not own.may_establish:
        _refuse()


def _refuse() -> None:
    record_refusal(None, NotHabilitated())
    db.session.commit()
    raise NotHabilitated
