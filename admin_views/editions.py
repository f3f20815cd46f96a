"""The additive list at its desk: an edition is made, printed and taken as a file, the same each time."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from flask import Response, abort, flash, get_template_attribute, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import download
from admin_views.base import Guarded, me, number
from admin_views.printed_lists import BUREAU, MENTION_FROM, MENTIONS, asked, keyed_cells, mention_cells, record
from admin_views.spreadsheet import BEGINNING, line
from app.dates import now
from models import editions, signing_list
from models.account import Role
from models.base import db
from models.editions import Edition, EditionChange
from models.journal import Action
from models.procuration import Status
from models.territory import Commune

CHANGES = ("changement", *BUREAU, *MENTIONS, "motif")
AWAY = "ne vaut plus pour ce jour ou ce bureau"


class AskedEdition(NamedTuple):
    """One edition of a list, the one before, and the bureau asked for, if only one is."""

    commune: Commune
    day: date
    edition: Edition
    former: Edition | None
    bureau: str | None


class EditionDesk(Guarded, BaseView):
    """Print what changed since the last edition, and each edition again."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "make", "whole", "export", "export_whole"})

    def __init__(self) -> None:
        super().__init__(name="Liste additive", endpoint="editions", url="/admin/register/edition")

    @expose("/", methods=("POST",))
    def make(self) -> ResponseReturnValue:
        """Make the next one; a double click makes one."""
        commune, day = asked()
        after = number(request.form.get("after", ""))
        if not after and day not in signing_list.polling_days(commune, now()):
            abort(404)
        made = editions.make(commune, day, after=after, clerk=me(), now=now())
        db.session.commit()
        if not made:
            abort(404)
        if made == after:
            flash("Rien n'a changé depuis cette édition : la liste affichée est à jour.")
        return redirect(url_for(".index", commune=commune.code, day=day, number=made), 303)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """What one edition changed, a sheet a bureau: additions and removals, the same each time."""
        asked_for = _asked_edition()
        sheets = signing_list.sheets(editions.content(asked_for.edition, asked_for.bureau))
        shown = [(sheet, _added(sheet.lines), _removed(sheet.lines)) for sheet in sheets]
        return self._printed("edition", asked_for, sheets=shown)

    @expose("/whole/")
    def whole(self) -> ResponseReturnValue:
        """The whole list as that edition left it, whenever it is printed."""
        asked_for = _asked_edition()
        sheets = signing_list.sheets(editions.whole(asked_for.edition, asked_for.bureau))
        shown = [(sheet, [mention_cells(one) for one in sheet.lines]) for sheet in sheets]
        return self._printed("whole", asked_for, sheets=shown, printed_at=asked_for.edition.made_at)

    @expose("/export/", methods=("POST",))
    def export(self) -> ResponseReturnValue:
        """What one edition changed, as CSV: each line says whether it adds or removes."""
        asked_for = _asked_edition()
        found = editions.content(asked_for.edition, asked_for.bureau)
        return _exported("edition", f"edition-{asked_for.edition.number}", asked_for, CHANGES, _changes(found))

    @expose("/whole/export/", methods=("POST",))
    def export_whole(self) -> ResponseReturnValue:
        """The whole list as that edition left it, as CSV: the columns of the mentions."""
        asked_for = _asked_edition()
        cells = map(keyed_cells, editions.whole(asked_for.edition, asked_for.bureau))
        return _exported(
            "whole", f"mentions-edition-{asked_for.edition.number}", asked_for, (*BUREAU, *MENTIONS), cells
        )

    def _printed(self, name: str, asked_for: AskedEdition, **shown: Any) -> ResponseReturnValue:
        """A page of an edition; its reading is recorded."""
        known = {"headings": MENTIONS, "mention_from": MENTION_FROM}
        page = self.render(f"register/{name}.html", **asked_for._asdict(), **known, **shown)
        record(Action.OPENED, asked_for.commune, name)
        return page


def _asked_edition() -> AskedEdition:
    """The edition that the address or the form names, of a list of the clerk's (404)."""
    commune, day = asked()
    wanted = number(request.values.get("number", ""))
    known = {edition.number: edition for edition in editions.editions_of(commune, day)}
    if wanted not in known:
        abort(404)
    return AskedEdition(commune, day, known[wanted], known.get(wanted - 1), request.values.get("bureau"))


def _exported(
    detail: str, name: str, asked_for: AskedEdition, headings: tuple[str, ...], rows: Iterable[list[str]]
) -> ResponseReturnValue:
    """Recorded before the first line leaves."""
    lines = [line(headings), *map(line, rows)]
    record(Action.EXPORTED, asked_for.commune, detail)
    answer = Response([BEGINNING, *lines], mimetype="text/csv")
    return download.attached(answer, f"{name}-{asked_for.commune.code}-{asked_for.day}.csv")


def _changes(found: list[EditionChange]) -> Iterator[list[str]]:
    for one in found:
        yield ["ajout" if one.is_added else "retrait", *keyed_cells(one), "" if one.is_added else _why(one)]


def _added(changes: list[EditionChange]) -> list[list[str]]:
    return [mention_cells(one) for one in changes if one.is_added]


def _removed(changes: list[EditionChange]) -> list[list[str]]:
    return [[*mention_cells(one), _why(one)] for one in changes if not one.is_added]


def _why(removed: EditionChange) -> str:
    """What became of it; what is still valid has left this day or this bureau only."""
    word = get_template_attribute("components/words.html", "status_label")
    return AWAY if removed.status is Status.VALIDATED else str(word(removed.status))
