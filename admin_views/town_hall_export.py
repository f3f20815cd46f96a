"""The town hall's list as a file: what the filter shows, page after page, as CSV or as a workbook (T16)."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

from flask import Response, abort, get_template_attribute, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from admin_views import columns, download, workbook
from admin_views.base import GuardedTable, me
from admin_views.spreadsheet import BEGINNING, line
from admin_views.town_hall_filter import asked
from app.dates import clock_time, now, short_day
from app.proof import proved
from models import journal
from models.base import db
from models.identity import Identity
from models.journal import Action
from models.procuration import Procuration, Source

MOST_IN_A_WORKBOOK = 20_000
TOO_MANY = (
    "Ce filtre montre plus de 20 000 procurations : c'est trop pour un classeur. "
    "Exportez-les en CSV, qui n'a pas de limite, ou filtrez davantage."
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = (
    "Référence",
    "Origine",
    "Statut",
    "Mandant : nom de naissance",
    "Mandant : prénoms",
    "Mandant : sexe",
    "Mandant : date de naissance",
    "Mandant : numéro d'électeur",
    "Mandant : vote à",
    "Mandataire : nom de naissance",
    "Mandataire : prénoms",
    "Mandataire : sexe",
    "Mandataire : date de naissance",
    "Mandataire : numéro d'électeur",
    "Mandataire : inscrit à",
    "Validité",
    "Établie le",
    "Établie à (heure)",
    "Lieu d'établissement",
    "Autorité",
    "Qualité de l'autorité",
    "Reçue le",
    "Décidée le",
    "Motif",
)
"""What R75 lists of a procuration, and what became of it: no address, no telephone, no note, no name of a home."""

Cells = list[str | date]


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
        """What the list shows, with all that a line says; the days come beside, for no cursor joins what is several."""
        communes = (Procuration.commune, Procuration.mandataire_commune, Procuration.established_commune)
        shown = select(Procuration).where(self.perimeter(), *self.filters()).order_by(*self.newest_first)
        return shown.options(*(joinedload(commune) for commune in communes))


def _lines(rows: Select[Any]) -> Iterator[str]:
    yield BEGINNING + line(HEADINGS)
    for batch in download.batches(rows):
        yield "".join(line(map(_in_words, _cells(row))) for row in batch)


def _workbook(rows: Select[Any]) -> Response:
    """Whole before it leaves, for it ends with its table of contents; compressed, a hundred bytes or so a row."""
    whole = BytesIO()
    workbook.write(whole, HEADINGS, (_cells(row) for batch in download.batches(rows) for row in batch))
    return Response(whole.getvalue(), mimetype=XLSX)


def _in_words(cell: str | date) -> str:
    return short_day(cell) if isinstance(cell, date) else cell


def _cells(row: Procuration) -> Cells:
    return [
        row.reference or "",
        "papier" if row.source is Source.PAPER else "en ligne",
        _standing(row),
        *_person(row, row.mandant, row.mandant_nne),
        row.commune.label,
        *_person(row, row.mandataire, row.mandataire_nne),
        row.mandataire_commune.label if row.mandataire_commune else "",
        columns.days(None, None, row, "days"),
        *_establishment(row),
        row.received_on or "",
        row.commune.local_day(row.decided_at) if row.decided_at else "",
        _word("reason_label", row.reason) if row.reason else "",
    ]


def _person(row: Procuration, person: Identity, nne: str | None) -> Cells:
    if row.purged_at:
        return [columns.ERASED, "", "", "", ""]
    return [person.birth_name, person.first_names, person.sex.value, person.birth_date, nne or ""]


def _establishment(row: Procuration) -> Cells:
    """Day and hour where the vote is; the place is a commune."""
    at = row.established_at or abort(500)
    capacity = _word("capacity_label", row.officer_capacity) if row.officer_capacity else row.authority_capacity
    return [
        row.commune.local_day(at),
        "" if row.established_day_only else clock_time(at, row.commune.zone),
        row.established_commune.name if row.established_commune else "",
        row.officer_name or "",
        capacity or "",
    ]


def _standing(row: Procuration) -> str:
    """The status in the words of the list."""
    if row.awaits_decision:
        return "à décider"
    return "validée, à revoir" if row.is_in_doubt else _word("status_label", row.status)


def _word(macro: str, code: str) -> str:
    return str(get_template_attribute("components/words.html", macro)(code))
