"""What every desk stands on: a role at the door, one perimeter for every row, nothing open but what is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar

from flask import Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from flask_admin.theme import Theme
from sqlalchemy import ColumnElement, literal
from sqlalchemy.orm import Query
from wtforms import Form

from app.dates import now
from app.login import current_account, to_sign_in
from models import journal
from models.account import Account, Role
from models.base import db
from models.errors import DomainError
from models.journal import Action
from models.procuration import Procuration

DESKS = {
    Role.OFFICER: "officer.index_view",
    Role.TOWN_HALL: "town_hall.index_view",
    Role.MINISTRY: "supervision.index_view",
    Role.AUDITOR: "journal.index_view",
}
MOST_COUNTED = 1_000
LAST_PAGE = 100_000
LARGEST_KEY = 2**31 - 1


class Guarded:
    """A view of the back office: which roles enter, and which of Flask-Admin's endpoints are open at all.

    Flask-Admin registers nine endpoints a table, whatever its flags; those not named in `opened` do not exist.
    """

    roles: ClassVar[frozenset[Role]] = frozenset()
    opened: ClassVar[frozenset[str]] = frozenset()

    def is_accessible(self) -> bool:
        account = current_account()
        return account is not None and account.role in self.roles

    def inaccessible_callback(self, name: str, **arguments: Any) -> ResponseReturnValue:
        """Anonymous visitors sign in; a page of another role is refused."""
        if current_account() is None:
            return to_sign_in()
        return abort(403)

    def _handle_view(self, name: str, **arguments: Any) -> ResponseReturnValue | None:
        refusal = super()._handle_view(name, **arguments)  # type: ignore[misc]
        if refusal is None and name not in self.opened:
            abort(404)
        return refusal

    def _run_view(self, view: Any, *arguments: Any, **options: Any) -> ResponseReturnValue:
        """Run once: Flask-Admin retries on TypeError and hides the true error."""
        return view(self, *arguments, **options)


class GuardedTable(Guarded, ModelView):
    """A table that is looked at: newest first, a capped count, no create, edit, delete, export or lookup.

    Each desk says which rows exist for it (`perimeter`), which of them the list shows (`filters`), in which order.
    """

    can_create = can_edit = can_delete = can_export = False
    can_view_details = True
    form = Form
    page_size = 50
    list_template = "admin/list.html"
    newest_first: ClassVar[tuple[ColumnElement[Any], ...]] = ()

    def perimeter(self) -> ColumnElement[bool]:
        """The rows that exist for the person signed in; everything starts from here."""
        raise NotImplementedError

    def filters(self) -> list[ColumnElement[bool]]:
        """What the address asks the list to show."""
        return []

    def get_query(self) -> Query[Any]:
        return db.session.query(self.model).filter(self.perimeter())

    def get_count_query(self) -> None:
        """Unused: get_list counts, and stops counting at a thousand."""

    def get_details_columns(self) -> list[tuple[str, str]]:
        """Never Flask-Admin's default, which is every column of the table."""
        return self.get_list_columns()

    get_export_columns = get_details_columns

    def get_list(
        self, page: int, *arguments: Any, page_size: int | None = None, **options: Any
    ) -> tuple[int, list[Any]]:
        rows = self.get_query().filter(*self.filters())
        size = page_size or self.page_size
        count = db.session.query(rows.limit(MOST_COUNTED + 1).with_entities(literal(1)).subquery()).count()
        return count, rows.order_by(*self.newest_first).offset(page * size).limit(size).all()

    def get_one(self, key: str) -> Any:
        """One row of the perimeter by its key; any other key is a 404."""
        if not key.isdecimal() or int(key) > LARGEST_KEY:
            abort(404)
        return self.get_query().filter(self.model.id == int(key)).first() or abort(404)

    def get_several(self, keys: list[str]) -> list[Any]:
        """Rows of the perimeter by their keys; one foreign key, and none is given (404)."""
        wanted = {int(key) if key.isdecimal() and int(key) <= LARGEST_KEY else abort(404) for key in keys}
        rows = self.get_query().filter(self.model.id.in_(wanted)).order_by(*self.newest_first).all()
        return rows if rows and len(rows) == len(wanted) else abort(404)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        """Run the action that was posted; an unknown or absent one is an error, never a silent nothing."""
        name = request.form.get("action", "")
        if name not in self._actions_data or not self.is_action_allowed(name):
            abort(400)
        return self._actions_data[name][0](request.form.getlist("rowid"))

    def handle_view_exception(self, exc: Exception) -> bool:
        """Flask-Admin would flash the exception, data and all; ours goes to app/errors.py."""
        return False

    def _get_list_extra_args(self) -> ViewArgs:
        arguments = super()._get_list_extra_args()
        arguments.page = min(max(arguments.page, 0), LAST_PAGE)
        return arguments


class Desks(Guarded, AdminIndexView):
    """`/admin/` leads each role to its desk."""

    roles = frozenset(Role)
    opened = frozenset({"index"})

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return redirect(url_for(DESKS[me().role]))


class BackOffice(Admin):
    """Flask-Admin, refusing a view that is not guarded."""

    def add_view(self, view: Any) -> None:
        if not isinstance(view, Guarded):
            raise TypeError(f"{type(view).__name__} is not Guarded")
        super().add_view(view)


def me() -> Account:
    """The agent signed in; guarded views run for nobody else."""
    return current_account() or abort(403)


def my_day(account: Account) -> date:
    """Today at the desk: the station's day for an officer, the first commune's for a town hall."""
    commune = account.station.commune if account.station else account.communes[0]
    return commune.local_day(now())


@contextmanager
def acting(account: Account, procuration: Procuration) -> Iterator[None]:
    """Commit an act, or undo it and leave its refusal in the journal."""
    try:
        yield
    except DomainError as error:
        db.session.rollback()
        journal.record(Action.DENIED, now=now(), procuration=procuration, account=account, detail=type(error).__name__)
        db.session.commit()
        raise
    db.session.commit()


def init_back_office(app: Flask) -> None:
    """Open the four desks; views are made here, once an application, never at import."""
    from admin_views.officer import OfficerDesk
    from admin_views.supervision import ElectionTable, JournalTable
    from admin_views.town_hall import TownHallDesk

    back_office = BackOffice(
        app,
        name="Procurations",
        index_view=Desks(url="/admin"),
        theme=Theme(folder="bootstrap4", base_template="desk.html"),
    )
    for desk in (OfficerDesk(), TownHallDesk(), ElectionTable(), JournalTable()):
        back_office.add_view(desk)
