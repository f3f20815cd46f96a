"""Step 3, the town hall: the procurations of its communes, validated or invalidated, one or many."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Query, joinedload

from admin_views import columns
from admin_views.base import GuardedTable, acting, me
from app.dates import now
from models import journal, journey, perimeter
from models.account import Role
from models.base import db
from models.errors import TOWN_HALL_REFUSALS, AlreadyHandled, Reason
from models.journal import Action
from models.procuration import PollingDay, Procuration, Status
from models.scrutin import Election, Scrutin

EVERYTHING_SHOWN = "*"
MOST_AT_ONCE = 500
SHOWN = (
    Status.ESTABLISHED,
    Status.VALIDATED,
    Status.INVALIDATED,
    Status.REVOKED,
    Status.LAPSED,
    Status.VOID,
    Status.ENDED,
)


@dataclass(frozen=True)
class ListFilter:
    """What the address asks for; a value nobody offered shows nothing, and says so."""

    status: str = ""
    election: str = ""
    tour: str = ""

    def criteria(self) -> list[ColumnElement[bool]]:
        by_status = [Procuration.status == self.status] if self.status else []
        return [*by_status, *([self._covers_its_days()] if self.election or self.tour else [])]

    def _covers_its_days(self) -> ColumnElement[bool]:
        """Chosen for one of the days, or a period that reaches it."""
        days = select(Scrutin.polling_day)
        if self.election:
            days = days.where(Scrutin.election_id == _number(self.election))
        if self.tour:
            days = days.where(Scrutin.tour == _number(self.tour))
        chosen = Procuration.id.in_(select(PollingDay.procuration_id).where(PollingDay.day.in_(days)))
        reached = select(Scrutin.id).where(
            Scrutin.polling_day.in_(days), Scrutin.polling_day <= Procuration.valid_until
        )
        return or_(chosen, and_(Procuration.valid_until.is_not(None), reached.exists()))


class TownHallDesk(GuardedTable):
    """The table of its communes, visible the moment an officer has established."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index_view", "details_view", "action_view"})
    list_template = "town_hall/list.html"
    details_template = "town_hall/details.html"
    newest_first = (Procuration.established_at.desc(), Procuration.id.desc())
    column_list = ("reference", "mandant", "mandataire", "days", "established_at", "commune", "status")
    column_sortable_list = ()
    column_labels = columns.LABELS
    column_formatters = {
        "reference": columns.reference,
        "mandant": columns.mandant_link,
        "mandataire": columns.mandataire,
        "days": columns.days,
        "established_at": columns.instant,
        "commune": columns.commune,
        "status": columns.status,
    }

    def __init__(self) -> None:
        super().__init__(Procuration, db, name="Procurations", endpoint="town_hall", url="/admin/town-hall")

    def perimeter(self) -> ColumnElement[bool]:
        return perimeter.visible_to(me())

    def get_query(self) -> Query[Any]:
        return super().get_query().options(joinedload(Procuration.commune))

    def filters(self) -> list[ColumnElement[bool]]:
        return _asked().criteria()

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The list, with its filters."""
        self._template_args.update(asked=_asked(), statuses=SHOWN, elections=_elections())
        return super().index_view()

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """One file: mandant, mandataire, officer, history. The reading itself is recorded."""
        procuration = self.get_one(request.args.get("id", ""))
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me())
        db.session.commit()
        history = journal.history([procuration])[procuration.id]
        return self.render(self.details_template, procuration=procuration, history=history)

    @action("validate", "Valider")
    def validate(self, keys: list[str]) -> ResponseReturnValue:
        """Validate one or many, after a page that asks."""
        rows = self._rows(keys)
        if request.form.get("confirmed") != "yes":
            return self.render("town_hall/confirm_validate.html", rows=rows)
        return self._report(rows, [r for r in rows if not self._done(r, journey.validate)], "validée")

    @action("invalidate", "Invalider")
    def invalidate(self, keys: list[str]) -> ResponseReturnValue:
        """Invalidate one or many for one coded reason, after a page that asks for it."""
        rows, reason = self._rows(keys), request.form.get("reason", "")
        is_confirmed = request.form.get("confirmed") == "yes"
        if not is_confirmed or reason not in TOWN_HALL_REFUSALS:
            error = "Choisissez un motif dans la liste." if is_confirmed else None
            page = self.render("town_hall/confirm_invalidate.html", rows=rows, reasons=TOWN_HALL_REFUSALS, error=error)
            return (page, 422) if error else page
        why = {"reason": Reason(reason), "note": request.form.get("note", "").strip()[:500]}
        return self._report(rows, [r for r in rows if not self._done(r, journey.invalidate, **why)], "invalidée")

    def _rows(self, keys: list[str]) -> list[Procuration]:
        """The rows ticked, or all that the filter shows and that still wait, five hundred at most."""
        if not keys:
            abort(400)
        if keys != [EVERYTHING_SHOWN]:
            return self.get_several(keys)
        waiting = self.get_query().filter(*self.filters(), Procuration.status == Status.ESTABLISHED)
        return waiting.order_by(*self.newest_first).limit(MOST_AT_ONCE).all()

    def _done(self, procuration: Procuration, act: Any, **values: Any) -> bool:
        """Whether the act was done; false when somebody was first."""
        try:
            with acting(me(), procuration):
                act(procuration, clerk=me(), now=now(), **values)
        except AlreadyHandled:
            return False
        return True

    def _report(self, rows: list[Procuration], not_done: list[Procuration], done: str) -> ResponseReturnValue:
        """All done: back to the list. Otherwise each row that was not, and why."""
        count = len(rows) - len(not_done)
        if not_done:
            page = self.render("town_hall/report.html", not_done=not_done, count=count, done=done)
            return page, 200 if count else 409
        flash(f"{count} procurations {done}s." if count > 1 else f"Procuration {done}.")
        return redirect(url_for(".index_view"), 303)


def _asked() -> ListFilter:
    """The filter in the address, or posted with an act on everything shown."""
    return ListFilter(**{name: request.values.get(name, "").strip() for name in ("status", "election", "tour")})


def _elections() -> list[Election]:
    return list(db.session.scalars(select(Election).order_by(Election.id.desc())))


def _number(text: str) -> int:
    """The number typed, or one that nothing has."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0
