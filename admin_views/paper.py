"""The town hall types what it receives on paper, several in a row."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import select

from admin_views import wrong_reference
from admin_views.base import Guarded, acting, me, submission_key
from admin_views.paper_form import ArrivalForm, PaperForm
from app.dates import now, short_day
from app.forms import tidy
from models import counter_form, journal, misses, paper, perimeter, scrutin, twin
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, CounterClosed, Reason, RuleBroken, Unknown
from models.journal import Action
from models.procuration import Procuration, Source, Status
from models.reference import clean

OUT_OF_ORDER = "entre le jour où elle a été établie et aujourd'hui"
TOO_LATE = "ses jours de vote sont passés : ce papier est venu trop tard pour servir"


class PaperDesk(Guarded, BaseView):
    """The form, ready for the next of the pile, with whose the last was; and what officers filled at their counters."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "arrived", "receive", "sheet"})

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
            return self._awaited(form, awaited, typed), 422
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
        """`?reference=`, typed or scanned: what the paper that bears it says, to compare. The reading is recorded.

        A form filled at a counter, or the sheet of a demande, to complete. `received_on`: the day to show first, when
        it was typed already. Every miss is counted as at a counter.
        """
        typed = request.args.get("reference", "")
        try:
            procuration = misses.look_up_paper(typed, clerk=me(), now=now())
        except (CounterClosed, Unknown):
            return self._missed(typed)
        page = self._opened(procuration)
        is_form = procuration.source is Source.PAPER
        journal.record(
            Action.OPENED, now=now(), procuration=procuration, account=me(), detail="form" if is_form else twin.TWIN
        )
        db.session.commit()
        return page

    @expose("/sheet/", methods=("POST",))
    def sheet(self) -> ResponseReturnValue:
        """The sheet of a demande that this clerk was shown, completed: the demande is established on it, or 409."""
        demande = _shown()
        form = PaperForm.of([demande.commune], request.form)
        typed = form.read_sheet(demande)
        if typed is None:
            return self._sheet(demande, form), 422
        if reasons := form.refusal(typed, now(), demande):
            may_be_kept = twin.may_be_kept(demande, typed, now=now())
            if not (may_be_kept and form.keep_invalid.data):
                return self._sheet(demande, form, reasons=reasons if may_be_kept else ()), 422
        try:
            with acting(demande):
                twin.enter(demande, typed, clerk=me(), keep_invalid=bool(form.keep_invalid.data), now=now())
        except AlreadyHandled:
            return self._overtaken(demande, form), 409
        return redirect(url_for(".index", entered=demande.id), 303)

    @expose("/arrived/", methods=("POST",))
    def receive(self) -> ResponseReturnValue:
        """It has come, and says the same: it is decided as any other from now on."""
        procuration = _shown()
        if procuration.source is not Source.PAPER:
            raise Unknown
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

    def _awaited(self, form: PaperForm, awaited: Procuration, typed: paper.Form) -> str:
        """What says the same already; that a demande waits is learnt here, and is in the journal."""
        page = self._page(form, awaited=awaited, received_on=short_day(typed.received_on))
        if awaited.status is Status.SUBMITTED:
            journal.record(Action.OPENED, now=now(), procuration=awaited, account=me(), detail=twin.TWIN)
            db.session.commit()
        return page

    def _opened(self, procuration: Procuration) -> ResponseReturnValue:
        if procuration.source is Source.PAPER:
            return self._arrived(procuration)
        if procuration.status is Status.SUBMITTED:
            today = procuration.commune.local_day(now())
            return self._sheet(procuration, PaperForm.of_sheet(procuration, today))
        return self._overtaken(procuration), 409

    def _sheet(self, demande: Procuration, form: PaperForm, **shown: Any) -> str:
        votes = scrutin.votes_on(demande.commune, demande.days)
        return self.render("town_hall/sheet.html", demande=demande, form=form, votes=votes, **shown)

    def _overtaken(self, demande: Procuration, form: PaperForm | None = None) -> str:
        """Who was first; when nobody established it, what was typed may enter as any other paper."""
        if demande.established_at:
            return self.render("town_hall/overtaken.html", procuration=demande)
        return self._page(form or PaperForm.of(me().communes), overtaken=demande)

    def _missed(self, typed: str) -> ResponseReturnValue:
        """Count it; one sentence for all that nobody can read here, and until when nothing opens."""
        closure = misses.count(account=me(), now=now(), block=wrong_reference.block())
        shown = {"unknown": clean(tidy(typed))[:20], "closure": wrong_reference.in_minutes(closure)}
        page = self._page(PaperForm.of(me().communes), **shown)
        db.session.commit()
        if closure is None:
            return page, 404
        return page, 429, {"Retry-After": str(wrong_reference.wait(closure, now()))}

    def _arrived(self, procuration: Procuration, form: ArrivalForm | None = None) -> str:
        if form is None:
            today = short_day(procuration.commune.local_day(now()))
            form = ArrivalForm(received_on=request.args.get("received_on", today)[:10])
        votes = scrutin.votes_on(procuration.commune, procuration.days)
        return self.render("town_hall/arrived.html", procuration=procuration, form=form, votes=votes)

    def _page(self, form: PaperForm, **shown: Any) -> str:
        known = {"votes": _coming_votes(), "submission_key": submission_key()}
        return self.render("town_hall/paper.html", form=form, **known, **shown)


def _shown() -> Procuration:
    """The paper that is posted: one that this clerk was shown, so that nobody tries references here. Raises Unknown."""
    since = now() - wrong_reference.OPEN_AT_MOST
    return perimeter.find_paper_once_opened(request.form.get("reference", ""), me(), since=since)


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
