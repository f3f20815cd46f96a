"""The town hall's list as a file: what the filter shows, page after page, as CSV or as a workbook (T16)."""

from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import Select

from admin_views import download, exported_lines, workbook
from admin_views.base import GuardedTable, me
from admin_views.exported_lines import HEADINGS
from admin_views.spreadsheet import BEGINNING, line, lines
from admin_views.town_hall_filter import asked
from app.dates import now, short_day
from app.proof import proved
from models import journal
from models.base import db
from models.journal import Action

MOST_IN_A_WORKBOOK = 20_000
TOO_MANY = (
    "Ce filtre montre plus de 20 000 procurations : c'est trop pour un classeur. "
    "Exportez-les en CSV, qui n'a pas de limite, ou filtrez davantage."
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListExport(GuardedTable):
    """The rows of the list, in its order and under its filter, as the posted `format` says: `csv` or `xlsx`."""

    @expose("/export/", methods=("POST",))
    @proved
    def export_all(self) -> ResponseReturnValue:
        """Recorded before the first row leaves: who, which commune, which filter, and never a name."""
        wanted = request.form.get("format", "")
        if wanted not in ("csv", "xlsx"):
            abort(400)
        shown = self.get_query().filter(*self.filters())
        if wanted == "xlsx" and shown.limit(MOST_IN_A_WORKBOOK + 1).count() > MOST_IN_A_WORKBOOK:
            self._template_args.update(problem=TOO_MANY)
            return self.index_view(), 422
        communes = [commune.code for commune in me().communes if asked().commune in ("", commune.code)]
        only = communes[0] if len(communes) == 1 else None
        journal.record(Action.EXPORTED, now=now(), account=me(), desk=only, detail=f"{wanted} {asked().codes}".strip())
        db.session.commit()
        name, rows = f"procurations-{only or 'communes'}-{now():%Y-%m-%d}.{wanted}", self._shown()
        return download.csv(_lines(rows), name) if wanted == "csv" else download.attached(_workbook(rows), name)

    def _shown(self) -> Select[Any]:
        """What the list shows, in its order."""
        return exported_lines.reading(self.perimeter(), *self.filters()).order_by(*self.newest_first)


def _lines(rows: Select[Any]) -> Iterator[str]:
    yield BEGINNING + line(HEADINGS)
    yield from map(lines, exported_lines.batches(rows, short_day))


def _workbook(rows: Select[Any]) -> Response:
    """Whole before it leaves, for it ends with its table of contents; compressed, a hundred bytes or so a row."""
    whole = BytesIO()
    workbook.write(whole, HEADINGS, chain.from_iterable(exported_lines.batches(rows, lambda day: day)))
    return Response(whole.getvalue(), mimetype=XLSX)
