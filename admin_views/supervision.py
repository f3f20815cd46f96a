"""The ministry announces elections and corrects them; it reads counts, never a person."""

from typing import Any

from flask import flash, get_template_attribute, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import selectinload

from admin_views.base import GuardedTable, me
from admin_views.election_form import ElectionForm
from app.dates import DESK_ZONE, now, short_day
from app.proof import proved
from models import elections, journal, reach
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, DomainError, ElectionRefused, NotAllowed
from models.journal import Action
from models.plan import CONTROLLED, TOUCHING, Part, Plan, plan_of
from models.scrutin import Election, Scrutin, Stage
from models.territory import Commune, Department

CREATED = "Élection créée. Les procurations qu'elle concerne sont contrôlées de nouveau dans les minutes qui viennent."
CORRECTED = "Élection corrigée."


class ElectionTable(GuardedTable):
    """Elections with their polling days, ceilings and who decides; each opens on its page."""

    roles = frozenset({Role.MINISTRY})
    opened = frozenset({"index_view", "election", "new_election", "correct_election"})
    list_template = "supervision/list.html"
    newest_first = (Election.id.desc(),)
    loaded = (selectinload(Election.scrutins).selectinload(Scrutin.local_days),)
    column_list = ("name", "stage", "scrutins", "max_total", "max_established_in_france", "control_regime")
    column_sortable_list = ()
    column_labels = {
        "name": "Élection",
        "stage": "État",
        "scrutins": "Jours de vote",
        "max_total": "Plafond",
        "max_established_in_france": "dont établies en France",
        "control_regime": "Contrôle",
    }
    column_formatters = {
        "name": lambda view, context, row, name: _link(row),
        "stage": lambda view, context, row, name: _word("stage_badge", row.stage(now())),
        "scrutins": lambda view, context, row, name: ", ".join(short_day(s.polling_day) for s in row.scrutins),
        "control_regime": lambda view, context, row, name: _word("regime_label", row.control_regime),
    }

    def __init__(self) -> None:
        super().__init__(Election, db, name="Élections", endpoint="supervision", url="/admin/supervision")

    def perimeter(self) -> ColumnElement[bool]:
        return true()

    @expose("/election/")
    def election(self) -> ResponseReturnValue:
        """All that is known of one election, and how many procurations serve in it."""
        election, at = self._asked(), now()
        plan, stage = plan_of(election), election.stage(at)
        touched = None if stage is Stage.PAST else reach.touched(None, plan, at)
        return self._page("supervision/election.html", election, plan, parts=list(Part), stage=stage, touched=touched)

    @expose("/nouvelle/", methods=("GET", "POST"))
    @proved
    def new_election(self) -> ResponseReturnValue:
        """An election to announce: the form, what it would touch, then the act."""
        if request.method != "POST":
            return self._form(ElectionForm.for_new(now().astimezone(DESK_ZONE).date()), None)
        return self._handle(None)

    @expose("/corriger/", methods=("GET", "POST"))
    @proved
    def correct_election(self) -> ResponseReturnValue:
        """An election to correct, while it is not over."""
        election = self._asked()
        if request.method == "POST":
            return self._handle(election)
        if election.stage(now()) is Stage.PAST:
            return self._past(election)
        return self._form(ElectionForm.of(plan_of(election), election.version), election)

    def _asked(self) -> Election:
        return self.get_one(request.values.get("id", ""))

    def _handle(self, election: Election | None) -> ResponseReturnValue:
        """What was typed: back to the form, to the page that asks, or done."""
        form = ElectionForm(request.form)
        plan = form.plan()
        if request.form.get("edit"):
            return self._form(form.without_errors(), election)
        if plan is None:
            return self._form(form, election), 422
        try:
            return self._do(election, plan, form) if _is_confirmed() else self._preview(election, plan, form)
        except ElectionRefused as refused:
            form.explain(refused.problems)
            return self._form(form, election), 422
        except NotAllowed:
            return self._past(election)
        except AlreadyHandled:
            return self._form(form, election, is_stale=True), 409

    def _preview(self, election: Election | None, plan: Plan, form: ElectionForm) -> str:
        """What would change, from what to what, and how many procurations that touches; nothing is changed."""
        at, before = now(), plan_of(election) if election else None
        parts = elections.check(election, plan, seen=form.version.seen, account=me(), now=at)
        is_touching = not TOUCHING.isdisjoint(parts)
        key = election.id if election else None
        return self._page(
            "supervision/preview.html",
            election,
            plan,
            before=before,
            parts=parts,
            touched=reach.touched(before, plan, at, election_id=key) if is_touching else reach.Touched(),
            is_controlled_again=not CONTROLLED.isdisjoint(parts),
            typed=form.typed(request.form),
        )

    def _do(self, election: Election | None, plan: Plan, form: ElectionForm) -> ResponseReturnValue:
        try:
            if election is None:
                election = elections.create(plan, account=me(), now=now())
                flash(CREATED)
            else:
                elections.correct(election, plan, seen=form.version.seen, account=me(), now=now())
                flash(CORRECTED)
        except DomainError as error:
            _record_refusal(election, error)
            raise
        db.session.commit()
        return redirect(url_for(".election", id=election.id), 303)

    def _form(self, form: ElectionForm, election: Election | None, *, is_stale: bool = False) -> str:
        """The form; a stale one now corrects what the other person left."""
        if election is not None:
            form.version.data = str(election.version)
        return self.render("supervision/form.html", form=form, election=election, is_stale=is_stale)

    def _past(self, election: Election | None) -> ResponseReturnValue:
        return self.render("supervision/past.html", election=election), 409

    def _page(self, template: str, election: Election | None, plan: Plan, **values: Any) -> str:
        plans = [plan, *([values["before"]] if values.get("before") else [])]
        return self.render(template, election=election, plan=plan, places=_places(plans), **values)


def _is_confirmed() -> bool:
    return request.form.get("confirmed") == "yes"


def _record_refusal(election: Election | None, error: DomainError) -> None:
    """Undo, and leave in the journal what was tried in vain and why."""
    db.session.rollback()
    why = error.problems[0].fault if isinstance(error, ElectionRefused) else type(error).__name__
    key = election.id if election is not None else None
    journal.record(Action.DENIED, now=now(), account=me(), election_id=key, detail=why)
    db.session.commit()


def _places(plans: list[Plan]) -> dict[str, str]:
    """The names of the departments, communes and posts that these plans name by their codes."""
    codes = {code for plan in plans for code in (*plan.territories, *(c for t in plan.tours for c in t.local_days))}
    departments = db.session.scalars(select(Department).where(Department.code.in_(codes)))
    communes = db.session.scalars(select(Commune).where(Commune.code.in_(codes)))
    names = {one.code: f"{one.name} ({one.code})" for one in departments}
    return (
        names
        | {one.code: f"{one.name} ({one.code})" for one in communes}
        | {
            "FR": "toutes les communes de France",
            "CO": "tous les consulats",
        }
    )


def _link(election: Election) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for(".election", id=election.id), election.name)


def _word(macro: str, code: str) -> Markup:
    return get_template_attribute("components/words.html", macro)(code)
