"""What every desk stands on: a role at the door, one perimeter for every row, nothing open but what is named."""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.orm import Query
from sqlalchemy.sql.base import ExecutableOption
from wtforms import Form

from app.dates import now
from app.login import current_account, to_sign_in
from models import journal
from models.account import Account, Role
from models.base import db
from models.errors import DomainError, NotHabilitated, RuleBroken
from models.journal import Action
from models.procuration import Procuration

MOST_COUNTED = 1_000
LAST_PAGE = 10_000
LARGEST_KEY = 2**31 - 1
OUR_KEY = re.compile(r"[-\w]{43}", re.ASCII)


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

    Each desk says which rows exist for it (`perimeter`), which of them the list shows (`filters`, read from the
    address under `filter_names`), in which order, with which related rows (`loaded`, and `loaded_alone` when one row
    is shown), and what is read of a page (`page_of`).
    """

    can_create = can_edit = can_delete = can_export = False
    can_view_details = True
    form = Form
    page_size = 50
    list_template = "admin/list.html"
    newest_first: ClassVar[tuple[ColumnElement[Any], ...]] = ()
    filter_names: ClassVar[tuple[str, ...]] = ()
    loaded: ClassVar[tuple[ExecutableOption, ...]] = ()
    loaded_alone: ClassVar[tuple[ExecutableOption, ...]] = ()

    def perimeter(self) -> ColumnElement[bool]:
        """The rows that exist for the person signed in; everything starts from here."""
        raise NotImplementedError

    def filters(self) -> list[ColumnElement[bool]]:
        """What the address asks the list to show."""
        return []

    def get_query(self) -> Query[Any]:
        return self.rows(self.loaded)

    def rows(self, read: Sequence[ExecutableOption]) -> Query[Any]:
        """Those of the perimeter, with what is to be read of each."""
        return db.session.query(self.model).filter(self.perimeter()).options(*read)

    def get_count_query(self) -> None:
        """Unused: get_list counts, and stops counting a thousand rows further."""

    def get_details_columns(self) -> list[tuple[str, str]]:
        """Never Flask-Admin's default, which is every column of the table."""
        return self.get_list_columns()

    get_export_columns = get_details_columns

    def counted_in(self) -> tuple[ColumnElement[Any], ...]:
        """The order of an index that serves the perimeter, if any: a count in that order reads what it counts, no more.

        In no order PostgreSQL may read the whole table, because it expects to meet a large commune's rows soon.
        """
        return ()

    def get_list(self, page: int, *arguments: Any, **options: Any) -> tuple[int, Sequence[Any]]:
        """One page, and how many rows there are: one more than is shown says whether another page follows."""
        first = page * self.page_size
        shown = self.get_query().filter(*self.filters())
        rows = self.page_of(shown, first, self.page_size + 1)
        return self.count(shown, first + len(rows), len(rows) <= self.page_size), rows[: self.page_size]

    def page_of(self, shown: Query[Any], first: int, size: int) -> Sequence[Any]:
        """`size` rows of what is shown, after `first`, with what a list shows of them."""
        rows = db.session.query(self.model).filter(self.model.id.in_(self.keys_of(shown, first, size)))
        return rows.options(*self.loaded).order_by(*self.newest_first).all()

    def keys_of(self, shown: Query[Any], first: int, size: int) -> Select[int]:
        """Their keys, found alone: of the pages before no row is sent."""
        keys = shown.with_entities(self.model.id).order_by(*self.newest_first).offset(first).limit(size).subquery()
        return select(keys.c.id)

    def count(self, shown: Query[Any], seen: int, is_last: bool) -> int:
        """How many there are of what is shown, of which `seen` were met: all, or enough to say « plus de mille »."""
        if is_last or seen > MOST_COUNTED:
            return seen
        return db.session.query(self.capped(shown).subquery()).count()

    def cells(self, row: Any, shown: Iterable[tuple[str, str]]) -> list[tuple[str, Any]]:
        """The label and the content of each column shown: what its formatter makes of the row, or the plain value."""
        made = self.column_formatters
        return [
            (label, made[name](self, None, row, name) if name in made else getattr(row, name)) for name, label in shown
        ]

    def capped(self, rows: Query[Any], most: int = MOST_COUNTED) -> Query[Any]:
        """Something to count: one more than `most` at most."""
        return rows.with_entities(literal(1).label("one")).order_by(*self.counted_in()).limit(most + 1)

    def get_one(self, key: str) -> Any:
        """One row of the perimeter by its key, with what its page shows; any other key is a 404."""
        found = self.get_query().options(*self.loaded_alone).filter(self.model.id == number(key)).first()
        return found or self._not_found([key])

    def get_several(self, keys: list[str], read: Sequence[ExecutableOption] | None = None) -> list[Any]:
        """Rows of the perimeter by their keys, as lists read them or otherwise; one foreign key, and none (404)."""
        wanted = {number(key) for key in keys}
        found = self.rows(self.loaded if read is None else read).filter(self.model.id.in_(wanted))
        rows = found.order_by(*self.newest_first).all()
        return rows if rows and len(rows) == len(wanted) else self._not_found(keys)

    def foreign(self, keys: list[str]) -> None:
        """Keys of which one at least is of no row of the perimeter: a desk may write it down."""

    def _not_found(self, keys: list[str]) -> NoReturn:
        self.foreign(keys)
        abort(404)

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
        """The page and our filters: the rest of the address would become options of url_for, or sort, or search."""
        page = min(max(request.args.get("page", 0, type=int), 0), LAST_PAGE)
        return ViewArgs(page=page, extra_args=self.asked_for())

    def asked_for(self) -> dict[str, str]:
        """The filters in the address, to keep in its links."""
        return {name: request.args[name] for name in self.filter_names if request.args.get(name)}


def me() -> Account:
    """The agent signed in; guarded views run for nobody else."""
    return current_account() or abort(403)


def is_habilitated() -> bool:
    """Whether this officer may act now, if only as a délégué (R72-1)."""
    return me().habilitation_at(now()) is not None


def has_authority() -> bool:
    """Whether this officer may establish now: habilitated, and not as a délégué (R72-1 V)."""
    own = me().habilitation_at(now())
    return own is not None and own.may_establish


def reads_the_register() -> bool:
    """Past acts are read by who may still act, or answers for the station."""
    return me().manages_station or has_authority()


def require_habilitation() -> None:
    """Raises NotHabilitated, once written down."""
    if not is_habilitated():
        raise refused(NotHabilitated())


def require_authority() -> None:
    """The same of who may establish. Raises NotHabilitated, once written down."""
    if not has_authority():
        raise refused(NotHabilitated())


@contextmanager
def acting(procuration: Procuration) -> Iterator[None]:
    """Commit an act, or undo it and leave its refusal in the journal."""
    try:
        yield
    except DomainError as error:
        db.session.rollback()
        refused(error, procuration)
        raise
    db.session.commit()


def refused(error: DomainError, procuration: Procuration | None = None) -> DomainError:
    """Leave a refusal in the journal, for good; gives it back, to be raised or told."""
    record_refusal(procuration, error)
    db.session.commit()
    return error


def record_refusal(procuration: Procuration | None, error: DomainError) -> None:
    """Write what was tried in vain, and why: the law's first reason, or the kind of refusal."""
    record_refusals([(procuration, error)])


def record_refusals(refused: Iterable[tuple[Procuration | None, DomainError]]) -> None:
    """The same of several, together."""
    what = {"now": now(), "account": me()}
    journal.record_all(
        [journal.line(Action.DENIED, procuration=one, detail=_why(error), **what) for one, error in refused]
    )


def _why(error: DomainError) -> str:
    return error.reasons[0] if isinstance(error, RuleBroken) else type(error).__name__


def submission_key() -> str:
    """The key that the page gave to its form, the same at each click; a new one when it is none of ours."""
    given = request.form.get("submission_key", "")
    return given if OUR_KEY.fullmatch(given) else secrets.token_urlsafe(32)


def number(key: str) -> int:
    """The key that an address or a form names in plain digits; nothing else is one (404)."""
    if not re.fullmatch("[0-9]{1,10}", key) or int(key) > LARGEST_KEY:
        abort(404)
    return int(key)
