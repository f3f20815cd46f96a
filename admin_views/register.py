"""What a town hall prints for a polling day: the register of R76-1, and the mentions for the list that voters sign."""

from collections.abc import Callable
from datetime import date

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import download
from admin_views.base import Guarded, me, number
from admin_views.printed_lists import BUREAU, MENTION_FROM, MENTIONS, asked, keyed_cells, mention_cells, record
from admin_views.spreadsheet import BEGINNING, line
from app.dates import now
from app.pdf import has_pdf
from app.register_columns import REGISTER, register_cells
from models import editions, perimeter_beside, register_pdf, signing_list
from models.account import Role
from models.base import db
from models.journal import Action
from models.register_pdf import PdfState
from models.signing_list import Line
from models.territory import Commune
from models.waiting_changes import waiting_changes


class RegisterDesk(Guarded, BaseView):
    """Choose a polling day, read what each bureau will have, print it or take it as CSV."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset(
        {
            *("index", "day", "register", "mentions", "export_register", "export_mentions"),
            *("pdfs", "ask_pdfs", "pdf_file"),
        }
    )

    def __init__(self) -> None:
        super().__init__(name="Registre et listes", endpoint="register", url="/admin/register")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The polling days of each commune; of those to come, what changed since the last edition, by bureau."""
        days = signing_list.polling_days_of(me().communes, now())
        votes = [(commune, days[commune.code], _coming(commune, days[commune.code])) for commune in me().communes]
        lists = [(commune, day) for commune, _, coming in votes for day in coming]
        return self.render("register/index.html", votes=votes, waiting=waiting_changes(lists))

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
        return self._sheet("register/mentions.html", "mentions", MENTIONS, mention_cells)

    @expose("/public/export/", methods=("POST",))
    def export_register(self) -> ResponseReturnValue:
        """The register as CSV."""
        return _exported("register", "registre", REGISTER, register_cells)

    @expose("/mentions/export/", methods=("POST",))
    def export_mentions(self) -> ResponseReturnValue:
        """The mentions as CSV."""
        return _exported("mentions", "mentions", (*BUREAU, *MENTIONS), keyed_cells)

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
        pdf = perimeter_beside.find_register_pdf(number(request.args.get("id", "")), me())
        if pdf.state is not PdfState.DONE:
            abort(404)
        answer = Response(pdf.content, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = (
            f'attachment; filename="registre-{pdf.commune_code}-{pdf.day}-{pdf.id}.pdf"'
        )
        record(Action.EXPORTED, pdf.commune, "register_pdf")
        return answer

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
        record(Action.OPENED, commune, detail)
        return page


def _coming(commune: Commune, days: list[date]) -> list[date]:
    """Those that are not over there."""
    return [day for day in days if day >= commune.local_day(now())]


def _asked_pdf() -> tuple[Commune, date]:
    """The same, where PDFs can be drawn (404)."""
    if not has_pdf():
        abort(404)
    return asked()


def _exported(
    detail: str, name: str, headings: tuple[str, ...], cells: Callable[[Line], list[str]]
) -> ResponseReturnValue:
    """Recorded before the first line leaves."""
    commune, day = asked()
    bureau = request.form.get("bureau")
    record(Action.EXPORTED, commune, detail)
    lines = [line(cells(one)) for one in signing_list.lines(commune, day, bureau)]
    answer = Response([BEGINNING + line(headings), *lines], mimetype="text/csv")
    return download.attached(answer, f"{name}-{commune.code}-{day}.csv")
