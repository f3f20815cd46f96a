"""What a town hall prints for a polling day: the register of R76-1, the mentions for the list that voters sign, and the
editions of what changed since.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from flask import Response, abort, flash, get_template_attribute, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import columns, download
from admin_views.base import Guarded, me, number
from admin_views.spreadsheet import BEGINNING, line
from app.dates import now, short_day
from app.pdf import has_pdf
from app.register_columns import REGISTER, register_cells, validity
from models import editions, journal, perimeter, register_pdf, signing_list
from models.account import Role
from models.base import db
from models.editions import Edition, EditionChange
from models.journal import Action
from models.procuration import Status
from models.register_pdf import PdfState
from models.signing_list import Line
from models.territory import Commune

BUREAU = ("code du bureau de vote", "libellé du bureau de vote")
MENTIONS = (
    "numéro d'ordre dans le bureau de vote",
    "nom de naissance",
    "prénoms",
    "date de naissance",
    "mandataire : nom de naissance",
    "mandataire : prénoms",
    "mandataire : date de naissance",
    "validité",
)
"""Keyed as the roll is, so that a spreadsheet or the printer's program joins them (R76, unread since 2022)."""
MENTION_FROM = MENTIONS.index("mandataire : nom de naissance")
"""From this column on, it is what is written on the list, and not what is there already."""


class AskedEdition(NamedTuple):
    """One edition of a list, the one before, and the bureau asked for, if only one is."""

    commune: Commune
    day: date
    edition: Edition
    former: Edition | None
    bureau: str | None


class RegisterDesk(Guarded, BaseView):
    """Choose a polling day, read what each bureau will have, print it or take it as CSV."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset(
        {
            *("index", "day", "register", "mentions", "export_register", "export_mentions"),
            *("edition", "make_edition", "whole", "pdfs", "ask_pdfs", "pdf_file"),
        }
    )

    def __init__(self) -> None:
        super().__init__(name="Registre et listes", endpoint="register", url="/admin/register")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The polling days of each commune."""
        days = [(commune, signing_list.polling_days(commune, now())) for commune in me().communes]
        return self.render("register/index.html", days=days)

    @expose("/day/")
    def day(self) -> ResponseReturnValue:
        """The bureaux of one polling day, and how many procurations each has."""
        commune, day = asked()
        found = signing_list.lines(commune, day)
        return self.render(
            "register/day.html",
            commune=commune,
            day=day,
            sheets=signing_list.sheets(found),
            count=len(found),
            undecided=signing_list.undecided(commune, day),
            editions=editions.editions_of(commune, day),
            changes=editions.changes(commune, day, found),
        )

    @expose("/public/")
    def register(self) -> ResponseReturnValue:
        """The register, for any elector who asks (R76-1)."""
        return self._sheet("register/register.html", "register", REGISTER, register_cells)

    @expose("/mentions/")
    def mentions(self) -> ResponseReturnValue:
        """The mentions to copy or paste opposite the mandants (R76, unread since 2022)."""
        return self._sheet("register/mentions.html", "mentions", MENTIONS, _mention_cells)

    @expose("/public/export/", methods=("POST",))
    def export_register(self) -> ResponseReturnValue:
        """The register as CSV."""
        return _exported("register", "registre", REGISTER, register_cells)

    @expose("/mentions/export/", methods=("POST",))
    def export_mentions(self) -> ResponseReturnValue:
        """The mentions as CSV."""
        return _exported("mentions", "mentions", (*BUREAU, *MENTIONS), _keyed_cells)

    @expose("/pdf/")
    def pdfs(self) -> ResponseReturnValue:
        """The register of each bureau as a PDF: which were asked for, and how far they are."""
        commune, day = _asked_pdf()
        pdfs = register_pdf.asked_for(commune, day)
        return self.render(
            "register/pdfs.html",
            commune=commune,
            day=day,
            sheets=signing_list.sheets(signing_list.lines(commune, day)),
            pdfs=pdfs,
            is_pending=any(one.is_pending for one in pdfs.values()),
        )

    @expose("/pdf/", methods=("POST",))
    def ask_pdfs(self) -> ResponseReturnValue:
        """Have the worker draw one bureau, or each."""
        commune, day = _asked_pdf()
        bureau = request.form.get("bureau")
        known = [sheet.bureau for sheet in signing_list.sheets(signing_list.lines(commune, day))]
        if bureau is not None and bureau not in known:
            abort(404)
        register_pdf.ask(commune, day, known if bureau is None else [bureau], clerk=me(), now=now())
        db.session.commit()
        return redirect(url_for(".pdfs", commune=commune.code, day=day), 303)

    @expose("/pdf/file/")
    def pdf_file(self) -> ResponseReturnValue:
        """One that is ready (404)."""
        pdf = perimeter.find_register_pdf(number(request.args.get("id", "")), me())
        if pdf.state is not PdfState.DONE:
            abort(404)
        answer = Response(pdf.content, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = (
            f'attachment; filename="registre-{pdf.commune_code}-{pdf.day}-{pdf.id}.pdf"'
        )
        _record(Action.EXPORTED, pdf.commune, "register_pdf")
        return answer

    @expose("/edition/", methods=("POST",))
    def make_edition(self) -> ResponseReturnValue:
        """Print what changed since the last edition; a double click makes one."""
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
        return redirect(url_for(".edition", commune=commune.code, day=day, number=made), 303)

    @expose("/edition/")
    def edition(self) -> ResponseReturnValue:
        """What one edition changed, a sheet a bureau: additions and removals, the same each time."""
        asked_for = _asked_edition()
        sheets = signing_list.sheets(editions.content(asked_for.edition, asked_for.bureau))
        shown = [(sheet, _added(sheet.lines), _removed(sheet.lines)) for sheet in sheets]
        return self._printed("edition", asked_for, sheets=shown)

    @expose("/edition/whole/")
    def whole(self) -> ResponseReturnValue:
        """The whole list as that edition left it, whenever it is printed."""
        asked_for = _asked_edition()
        sheets = signing_list.sheets(editions.whole(asked_for.edition, asked_for.bureau))
        shown = [(sheet, [_mention_cells(one) for one in sheet.lines]) for sheet in sheets]
        return self._printed("whole", asked_for, sheets=shown, printed_at=asked_for.edition.made_at)

    def _printed(self, name: str, asked_for: AskedEdition, **shown: Any) -> ResponseReturnValue:
        """A page of an edition; its reading is recorded."""
        known = {"headings": MENTIONS, "mention_from": MENTION_FROM}
        page = self.render(f"register/{name}.html", **asked_for._asdict(), **known, **shown)
        _record(Action.OPENED, asked_for.commune, name)
        return page

    def _sheet(
        self, template: str, detail: str, headings: tuple[str, ...], cells: Callable[[Line], list[str]]
    ) -> ResponseReturnValue:
        commune, day = asked()
        bureau = request.args.get("bureau")
        lines = signing_list.lines(commune, day, bureau)
        page = self.render(
            template,
            commune=commune,
            day=day,
            bureau=bureau,
            headings=headings,
            mention_from=MENTION_FROM if headings is MENTIONS else None,
            has_pdf=has_pdf(),
            sheets=[(sheet, [cells(one) for one in sheet.lines]) for sheet in signing_list.sheets(lines)],
            edition=None,
            printed_at=now(),
        )
        _record(Action.OPENED, commune, detail)
        return page


def asked() -> tuple[Commune, date]:
    """The commune, one of the clerk's, and the polling day that the address or the form names (404)."""
    commune = perimeter.find_commune(request.values.get("commune", ""), me())
    try:
        return commune, date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        abort(404)


def _asked_pdf() -> tuple[Commune, date]:
    """The same, where PDFs can be drawn (404)."""
    if not has_pdf():
        abort(404)
    return asked()


def _asked_edition() -> AskedEdition:
    """The edition that the address names, of a list of the clerk's (404)."""
    commune, day = asked()
    wanted = number(request.args.get("number", ""))
    known = {edition.number: edition for edition in editions.editions_of(commune, day)}
    if wanted not in known:
        abort(404)
    return AskedEdition(commune, day, known[wanted], known.get(wanted - 1), request.args.get("bureau"))


def _exported(
    detail: str, name: str, headings: tuple[str, ...], cells: Callable[[Line], list[str]]
) -> ResponseReturnValue:
    """Recorded before the first line leaves."""
    commune, day = asked()
    bureau = request.form.get("bureau")
    _record(Action.EXPORTED, commune, detail)
    lines = [line(cells(one)) for one in signing_list.lines(commune, day, bureau)]
    answer = Response([BEGINNING + line(headings), *lines], mimetype="text/csv")
    return download.attached(answer, f"{name}-{commune.code}-{day}.csv")


def _record(action: Action, commune: Commune, detail: str) -> None:
    journal.record(action, now=now(), account=me(), desk=commune.code, detail=detail)
    db.session.commit()


def _keyed_cells(one: Line) -> list[str]:
    return [one.place.bureau, one.place.bureau_name, *_mention_cells(one)]


def _mention_cells(one: Line | EditionChange) -> list[str]:
    """Of who was erased since an edition, nothing is left but the place."""
    row, place = one.procuration, one.place
    if row.purged_at:
        return [place.order_number, columns.ERASED, *[""] * (len(MENTIONS) - 2)]
    people = (row.mandant, row.mandataire)
    named = [cell for who in people for cell in (who.birth_name, who.first_names, short_day(who.birth_date))]
    return [place.order_number, *named, validity(row)]


def _added(changes: list[EditionChange]) -> list[list[str]]:
    return [_mention_cells(one) for one in changes if one.is_added]


def _removed(changes: list[EditionChange]) -> list[list[str]]:
    """With what became of it; what is still valid has left this day or this bureau only."""
    word = get_template_attribute("components/words.html", "status_label")
    away = "ne vaut plus pour ce jour ou ce bureau"
    return [
        [*_mention_cells(one), away if one.status is Status.VALIDATED else str(word(one.status))]
        for one in changes
        if not one.is_added
    ]
