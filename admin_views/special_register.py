"""The special register of the authority (R75 I), and the figures of the station."""

from collections.abc import Iterator
from typing import Any

from flask import abort, get_template_attribute
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import joinedload

from admin_views import columns, download
from admin_views.base import GuardedTable, me, reads_the_register
from admin_views.spreadsheet import BEGINNING, line, lines
from app.dates import clock_time, now, short_day
from app.proof import proved
from models import journal, perimeter, station_figures
from models.account import Role
from models.base import db
from models.journal import Action
from models.procuration import Procuration

HEADINGS = (
    "Date",
    "Heure",
    "Référence",
    "Nom de naissance du mandant",
    "Prénoms du mandant",
    "Vote à",
    "Nom de naissance du mandataire",
    "Prénoms du mandataire",
    "Validité",
    "Autorité",
    "Qualité",
    "Identité vérifiée par",
)


class SpecialRegister(GuardedTable):
    """What was established here: an officer's own acts, or the station's for who answers for it."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index_view", "figures_view", "export_all"})
    list_template = "officer/special_register.html"
    newest_first = (Procuration.established_at.desc(), Procuration.id.desc())
    loaded = (
        joinedload(Procuration.commune, innerjoin=True),
        joinedload(Procuration.established_commune),
    )
    column_list = ("established_at", "reference", "mandant", "mandataire", "days", "commune", "officer_name")
    column_sortable_list = ()
    column_labels = columns.LABELS | {"officer_name": "Autorité"}
    column_formatters = {
        "established_at": columns.established,
        "reference": columns.reference,
        "mandant": columns.mandant,
        "mandataire": columns.mandataire,
        "days": columns.days,
        "commune": columns.commune,
        "officer_name": lambda view, context, row, name: _authority(row),
    }

    def __init__(self) -> None:
        super().__init__(
            Procuration, db, name="Registre spécial", endpoint="special_register", url="/admin/special-register"
        )

    def is_accessible(self) -> bool:
        """Past acts are read by who may still act, or answers for the station."""
        return super().is_accessible() and reads_the_register()

    def perimeter(self) -> ColumnElement[bool]:
        return perimeter.in_special_register(me())

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The register, the newest first; reading it is recorded."""
        page = super().index_view()
        journal.record(Action.OPENED, now=now(), account=me(), detail="special register")
        db.session.commit()
        return page

    @expose("/figures/")
    def figures_view(self) -> ResponseReturnValue:
        """The last thirty days of the station, as a chart and as a table."""
        station = me().station or abort(403)
        return self.render("officer/figures.html", station=station, figures=station_figures.figures(station, now=now()))

    @expose("/export/", methods=("POST",))
    @proved
    def export_all(self) -> ResponseReturnValue:
        """The same rows as CSV, as they are read; recorded before the first leaves."""
        journal.record(Action.EXPORTED, now=now(), account=me(), detail="special register")
        db.session.commit()
        rows = self.get_query().order_by(*self.newest_first).statement
        return download.csv(_lines(rows), "registre-special.csv")


def _lines(rows: Select[Any]) -> Iterator[str]:
    yield BEGINNING + line(HEADINGS)
    for batch in download.batches(rows):
        yield lines(map(_cells, batch))


def _authority(row: Procuration) -> str:
    return str(get_template_attribute("components/words.html", "authority")(row))


def _cells(row: Procuration) -> list[str]:
    at = row.established_at or abort(500)
    capacity = get_template_attribute("components/words.html", "capacity_label")
    mandant, mandataire = ((one.birth_name, one.first_names) for one in (row.mandant, row.mandataire))
    names = [*mandant, *mandataire] if not row.purged_at else [columns.ERASED, "", columns.ERASED, ""]
    return [
        short_day(row.act_place.local_day(at)),
        clock_time(at, row.act_place.zone),
        row.reference or "",
        *names[:2],
        row.commune.label,
        *names[2:],
        columns.days(None, None, row, "days"),
        row.officer_name or "",
        str(capacity(row.officer_capacity)) if row.officer_capacity else "",
        row.checked_by_name or "",
    ]
