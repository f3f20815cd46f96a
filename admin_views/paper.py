"""The town hall types what it receives on paper, several in a row."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import select

from admin_views.base import Guarded, acting, me, submission_key
from admin_views.paper_form import ArrivalForm, PaperForm
from app.dates import now, short_day
from app.forms import tidy
from models import counter_form, journal, paper, perimeter, scrutin
from models.account import Role
from models.base import db
from models.errors import Reason, RuleBroken, Unknown
from models.journal import Action
from models.procuration import Procuration
from models.reference import clean

OUT_OF_ORDER = "entre le jour où elle a été établie et aujourd'hui"
TOO_LATE = "ses jours de vote sont passés : ce papier est venu trop tard pour servir"


class PaperDesk(Guarded, BaseView):
    """The form, ready for the next of the pile, with whose the last was; and what officers filled at their counters."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "arrived", "receive"})

    def __init__(self) -> None:
        super().__init__(name="Saisir un papier", endpoint="paper", url="/admin/paper")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """The form, or the act: entered, or shown again with what is wrong."""
        form = PaperForm.of(me().communes, request.form if request.method == "POST" else None)
        if request.method != "POST":
            return self._next(form, _entered())
        typed = form.read(me().communes)
        if typed is None:
            return self._page(form), 422
        if not form.is_another.data and (awaited := paper.awaited(typed, me())):
            return self._page(form, awaited=awaited, received_on=short_day(typed.received_on)), 422
        if reasons := form.refusal(typed, now()):
            may_be_kept = paper.may_be_kept(typed, now=now())
            if not (may_be_kept and form.keep_invalid.data):
                return self._page(form, reasons=reasons if may_be_kept else ()), 422
        procuration = paper.enter(
            typed,
            clerk=me(),
            submission_key=submission_key(),
            keep_invalid=bool(form.keep_invalid.data),
            is_another=bool(form.is_another.data),
            now=now(),
        )
        db.session.commit()
        return redirect(url_for(".index", entered=procuration.id), 303)

    def _next(self, form: PaperForm, entered: Procuration | None) -> str:
        """The form for the next paper of the pile, after the one that was typed, if one was."""
        is_repeated = entered is not None and entered.established_day_only and entered.purged_at is None
        if entered is not None and is_repeated:
            form.repeat(entered, entered.commune.local_day(now()))
        form.focus()
        return self._page(form, entered=entered, is_repeated=is_repeated)

    @expose("/arrived/")
    def arrived(self) -> ResponseReturnValue:
        """`?reference=`: what an officer filled at the counter, to compare with the paper. The reading is recorded.

        `received_on`: the day to show first, when it was typed already.
        """
        typed = request.args.get("reference", "")
        try:
            procuration = perimeter.find_on_paper(typed, me())
        except Unknown:
            return self._page(PaperForm.of(me().communes), unknown=clean(tidy(typed))[:20]), 404
        page = self._arrived(procuration)
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me(), detail="form")
        db.session.commit()
        return page

    @expose("/arrived/", methods=("POST",))
    def receive(self) -> ResponseReturnValue:
        """It has come, and says the same: it is decided as any other from now on."""
        procuration = perimeter.find_on_paper(request.form.get("reference", ""), me())
        form = ArrivalForm(request.form)
        if not form.validate():
            return self._arrived(procuration, form), 422
        try:
            with acting(procuration):
                counter_form.receive(procuration, clerk=me(), received_on=form.received_on.day, now=now())
        except RuleBroken as broken:
            form.received_on.errors = [TOO_LATE if Reason.VALIDITE_EXPIREE in broken.reasons else OUT_OF_ORDER]
            return self._arrived(procuration, form), 422
        return redirect(url_for(".index", entered=procuration.id), 303)

    def _arrived(self, procuration: Procuration, form: ArrivalForm | None = None) -> str:
        if form is None:
            today = short_day(procuration.commune.local_day(now()))
            form = ArrivalForm(received_on=request.args.get("received_on", today)[:10])
        votes = scrutin.votes_on(procuration.commune, procuration.days)
        return self.render("town_hall/arrived.html", procuration=procuration, form=form, votes=votes)

    def _page(self, form: PaperForm, **shown: Any) -> str:
        known = {"votes": _coming_votes(), "submission_key": submission_key()}
        return self.render("town_hall/paper.html", form=form, **known, **shown)


def _entered() -> Procuration | None:
    """The one that was just typed, if the address names one of this town hall."""
    key = request.args.get("entered", "")
    if not (key.isascii() and key.isdecimal() and len(key) < 10):
        return None
    return db.session.scalar(select(Procuration).where(Procuration.id == int(key), perimeter.visible_to(me())))


def _coming_votes() -> list[scrutin.Vote]:
    """The next polling days of these communes, each once, to compare with the paper."""
    votes = [vote for one in me().communes for vote in scrutin.upcoming_in(one, one.local_day(now()))]
    return sorted({(vote.polling_day, vote.election.id): vote for vote in votes}.values(), key=lambda v: v.polling_day)
