"""Rounds away from the station: planned, walked through elector by elector, their papers tracked until destroyed."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from admin_views.base import (
    Guarded,
    has_authority,
    me,
    number,
    require_authority,
    require_habilitation,
    submission_key,
)
from admin_views.round_form import OF_A_DAY_TO_COME, PapersForm, RoundForm
from app.dates import now
from models import perimeter, perimeter_beside, rounds
from models.account import Role
from models.base import db
from models.errors import NotAllowed, RuleBroken
from models.procuration import Procuration
from models.territory import Commune, Station
from models.visit import Round, RoundKind, Visit

SHOWN = 50
MOST_PAPERS = 200
OPENED_SINCE = timedelta(hours=12)


class RoundDesk(Guarded, BaseView):
    """The rounds of this officer's station, and of no other; only for who is habilitated.

    Papers are for who keeps them, habilitated or not any more.
    """

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index", "plan", "one", "correct", "cancel", "visit", "papers", "destroy"})

    def __init__(self) -> None:
        super().__init__(name="Déplacements", endpoint="rounds", url="/admin/rounds")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Those to come, the next one first; then those that took place."""
        require_habilitation()
        today = _station().commune.local_day(now())
        coming = _rounds(Round.day >= today, Round.cancelled_at.is_(None), order=(Round.day, Round.id))
        past = _rounds(
            or_(Round.day < today, Round.cancelled_at.is_not(None)), order=(Round.day.desc(), Round.id.desc())
        )
        due = rounds.papers_due(_papers(), today)
        return self.render("officer/rounds.html", coming=coming, past=past, due=due, may_plan=has_authority())

    @expose("/plan/", methods=("GET", "POST"))
    def plan(self) -> ResponseReturnValue:
        """The form, or the act."""
        require_authority()
        form = RoundForm(request.form if request.method == "POST" else None)
        if request.method != "POST" or not form.validate():
            return self._plan(form), 200 if request.method == "GET" else 422
        try:
            one = rounds.plan(*_answers(form), officer=me(), submission_key=submission_key(), now=now())
        except (NotAllowed, RuleBroken) as refusal:
            form.told(_station(), refusal)
            return self._plan(form), 422
        db.session.commit()
        return redirect(url_for(".one", id=one.id), 303)

    @expose("/one/")
    def one(self) -> ResponseReturnValue:
        """One round: the field for the next person, who is left, who was received."""
        require_habilitation()
        one = _round()
        loaded = joinedload(Visit.procuration).joinedload(Procuration.commune)
        visits = db.session.scalars(select(Visit).where(Visit.round_id == one.id).options(loaded).order_by(Visit.id))
        return self.render(
            "officer/round.html",
            during=one,
            visits=visits.all(),
            is_open=one.is_open(now()),
            may_plan=has_authority(),
        )

    @expose("/correct/", methods=("GET", "POST"))
    def correct(self) -> ResponseReturnValue:
        """The same form, filled; while nobody was received in it."""
        require_authority()
        one = _round()
        form = RoundForm(request.form) if request.method == "POST" else RoundForm.of(one)
        if request.method != "POST" or not form.validate():
            return self._plan(form, one), 200 if request.method == "GET" else 422
        try:
            rounds.correct(one, *_answers(form), officer=me(), now=now())
        except (NotAllowed, RuleBroken) as refusal:
            form.told(_station(), refusal)
            return self._plan(form, one), 422
        db.session.commit()
        flash("Correction enregistrée.")
        return redirect(url_for(".one", id=one.id), 303)

    @expose("/cancel/", methods=("POST",))
    def cancel(self) -> ResponseReturnValue:
        """It will not take place; what was noted of papers stays until they are destroyed."""
        require_authority()
        rounds.cancel(_round(), officer=me(), now=now())
        db.session.commit()
        flash("Annulation enregistrée.")
        return redirect(url_for(".index"), 303)

    @expose("/visit/", methods=("GET", "POST"))
    def visit(self) -> ResponseReturnValue:
        """`id` and `reference`, of a file opened just before: the dates of the two papers."""
        require_habilitation()
        one, reference = _round(), request.values.get("reference", "")
        procuration = perimeter.find_once_opened(reference, me(), since=now() - OPENED_SINCE)
        is_sent = request.method == "POST"
        form = PapersForm(request.form) if is_sent else PapersForm.of(rounds.visit_of(one, procuration))
        if not is_sent or not form.validate():
            page = self.render("officer/visit.html", form=form, during=one, procuration=procuration)
            return page, 422 if is_sent else 200
        try:
            dates = (form.requested_on.day, form.sworn_on.day)
            rounds.record_papers(one, procuration, *dates, officer=me(), now=now())
        except RuleBroken:
            form.requested_on.errors = [OF_A_DAY_TO_COME]
            return self.render("officer/visit.html", form=form, during=one, procuration=procuration), 422
        db.session.commit()
        return redirect(url_for("officer.index_view", reference=procuration.reference, round=one.id), 303)

    @expose("/papers/")
    def papers(self) -> ResponseReturnValue:
        """Which papers must be kept until when, and which may be destroyed."""
        return self._papers()

    @expose("/papers/", methods=("POST",))
    def destroy(self) -> ResponseReturnValue:
        """Those that are ticked are destroyed; what a colleague has said meanwhile is said once."""
        chosen = {number(key) for key in request.form.getlist("rowid")}
        if not chosen:
            return self._papers("Cochez les papiers que vous avez détruits."), 422
        visits = db.session.scalars(_kept().where(Visit.id.in_(chosen))).all()
        if len(visits) != len(chosen):
            abort(404)
        try:
            done = rounds.destroy(visits, officer=me(), now=now())
        except RuleBroken:
            db.session.rollback()
            return self._papers("Certains de ces papiers doivent encore être gardés : cochez les autres."), 422
        db.session.commit()
        before = f" Notés détruits auparavant : {len(visits) - done}." if done < len(visits) else ""
        flash(f"Papiers détruits : {done}.{before}")
        return redirect(url_for(".papers"), 303)

    def _plan(self, form: RoundForm, one: Round | None = None) -> str:
        form.speak_of(_station())
        return self.render("officer/round_plan.html", form=form, submission_key=submission_key(), during=one)

    def _papers(self, problem: str = "") -> str:
        visits = sorted(_papers(), key=rounds.kept_until)
        return self.render(
            "officer/round_papers.html",
            visits=visits,
            kept_until=rounds.kept_until,
            today=_station().commune.local_day(now()),
            problem=problem,
            is_cut=len(visits) == MOST_PAPERS,
        )


def _answers(form: RoundForm) -> tuple[RoundKind, date, Commune, str | None]:
    """What a valid form says, in the order of the act."""
    return RoundKind(form.kind.data), form.day.day, form.commune.commune, form.place_name.data


def _rounds(*criteria: ColumnElement[bool], order: tuple[Any, ...]) -> list[Round]:
    mine = select(Round).where(perimeter_beside.rounds_visible_to(me()), *criteria)
    return list(db.session.scalars(mine.order_by(*order).limit(SHOWN)))


def _round() -> Round:
    return perimeter_beside.find_round(number(request.values.get("id", "")), me())


def _kept() -> Select[tuple[Visit]]:
    """The papers that this officer keeps, destroyed or not."""
    loaded = (joinedload(Visit.round), joinedload(Visit.procuration).joinedload(Procuration.commune))
    return (
        select(Visit)
        .join(Visit.round)
        .join(Visit.procuration)
        .where(perimeter_beside.papers_visible_to(me()))
        .options(*loaded)
    )


def _papers() -> list[Visit]:
    """Those that are not destroyed: as many as a page holds, and those that were due first."""
    not_yet = _kept().where(Visit.destroyed_at.is_(None)).order_by(rounds.about_when_due(), Visit.id)
    return list(db.session.scalars(not_yet.limit(MOST_PAPERS)))


def _station() -> Station:
    """An officer without one has no rounds."""
    return me().station or abort(403)
