"""Questions between town halls: asked from a file, read and answered in one act at the other desk (T20)."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Guarded, acting, me, number
from app.dates import now
from models import journal, perimeter, perimeter_beside, questions
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, Unknown
from models.journal import Action
from models.procuration import Procuration
from models.question import Answer, Question

SHOWN = 50
CHOOSE = "Choisissez une réponse."
TOO_LATE = "Cette question n'attend plus de réponse : quelqu'un a répondu, ou la procuration est décidée."


class QuestionDesk(Guarded, BaseView):
    """What other town halls ask: a mandataire and the days, nothing of the mandant. An answer is final."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "ask", "answer"})

    def __init__(self) -> None:
        super().__init__(name="Questions reçues", endpoint="questions", url="/admin/questions")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """What waits for an answer, the oldest first. Reading it is recorded."""
        return self._page()

    @expose("/", methods=("POST",))
    def answer(self) -> ResponseReturnValue:
        """Yes, no, or cannot tell; once."""
        question = perimeter_beside.find_question(number(request.form.get("id", "")), me())
        is_of_consulate = question.procuration.commune.is_consular
        said = request.form.get("answer", "")
        if said not in set(Answer):
            return self._page(problem=CHOOSE), 422
        try:
            with acting(question.procuration):
                questions.answer(question, Answer(said), clerk=me(), now=now())
        except AlreadyHandled:
            return self._page(problem=TOO_LATE), 409
        flash(f"Réponse transmise {'au consulat' if is_of_consulate else 'à la mairie'} qui la demandait.")
        return redirect(url_for(".index"), 303)

    @expose("/ask/", methods=("POST",))
    def ask(self) -> ResponseReturnValue:
        """Ask about the file where the button is; a second click changes nothing."""
        procuration = _of_this_desk(number(request.form.get("rowid", "")))
        try:
            with acting(procuration):
                questions.ask(procuration, clerk=me(), now=now())
        except AlreadyHandled:
            flash("La question est déjà posée.")
        else:
            flash("Question posée. La réponse paraîtra dans ce dossier.")
        return redirect(url_for("town_hall.details_view", id=procuration.id), 303)

    def _page(self, problem: str | None = None) -> str:
        waiting = _waiting()
        page = self.render("town_hall/questions.html", waiting=waiting, problem=problem)
        _record(waiting)
        return page


def _record(shown: Sequence[Question]) -> None:
    """On each file whose mandataire was shown, at the desk that was asked."""
    opened = {"now": now(), "account": me(), "detail": journal.QUESTIONS}
    lines = [journal.line(Action.OPENED, procuration=one.procuration, desk=one.commune_code, **opened) for one in shown]
    journal.record_all(lines)
    db.session.commit()


def _waiting() -> list[Question]:
    """Each with its procuration, of which the page shows the mandataire and the days."""
    mine = select(Question).where(perimeter_beside.questions_visible_to(me()), perimeter_beside.question_waits())
    loaded = joinedload(Question.procuration, innerjoin=True)
    return list(db.session.scalars(mine.options(loaded).order_by(Question.id).limit(SHOWN)))


def _of_this_desk(key: int) -> Procuration:
    """A procuration of the clerk's communes. Raises Unknown."""
    found = db.session.scalar(select(Procuration).where(Procuration.id == key, perimeter.visible_to(me())))
    if found is None:
        raise Unknown
    return found
