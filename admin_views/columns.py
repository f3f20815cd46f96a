"""What the desks' tables show: labels, and cells, whose markup is in templates/admin/cells.html."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from flask import g, get_template_attribute, url_for
from markupsafe import Markup

from app.dates import hour, short_day
from app.register_columns import validity
from models.listed import Listed
from models.procuration import Procuration, Status
from models.territory import Commune

Line = Procuration | Listed
ERASED = "identité effacée"
LABELS = {
    "reference": "Référence",
    "mandant": "Mandant",
    "mandataire": "Mandataire",
    "days": "Jours",
    "established_at": "Établie",
    "handled_at": "Traitée",
    "status": "Statut",
    "commune": "Commune",
    "receipt": "Récépissé",
}


def reference(view: Any, context: Any, row: Line, name: str) -> Markup:
    return _cell("reference")(row)


def mandant_link(view: Any, context: Any, row: Line, name: str) -> Markup:
    return _cell("file_link")(row, *_addresses(view), ERASED if row.purged_at else "")


def mandant(view: Any, context: Any, row: Line, name: str) -> str:
    return ERASED if row.purged_at else f"{row.mandant_birth_name} {row.mandant_first_names}"


def mandataire(view: Any, context: Any, row: Line, name: str) -> str:
    return ERASED if row.purged_at else f"{row.mandataire_birth_name} {row.mandataire_first_names}"


def days(view: Any, context: Any, row: Line, name: str) -> str:
    return validity(row)


def instant(view: Any, context: Any, row: Line, name: str) -> str:
    """Day and hour where the vote is; the day alone when a form on paper gives no hour."""
    at = getattr(row, name)
    if at and name == "established_at" and row.established_day_only:
        return short_day(row.commune.local_day(at))
    return moment(at, row.commune)


def established(view: Any, context: Any, row: Procuration, name: str) -> str:
    """Day and hour of the act, where it was done."""
    return moment(row.established_at, row.act_place)


def moment(at: datetime | None, place: Commune) -> str:
    """An instant by the clock of a place."""
    local = at and at.astimezone(place.zone)
    return f"{short_day(local.date())}, {hour(local)}" if local else ""


def commune(view: Any, context: Any, row: Line, name: str) -> str:
    return row.commune.name


def decision(view: Any, context: Any, row: Line, name: str) -> Markup:
    """The status in the town hall's words: what is established is to be decided, what is in doubt to be looked at."""
    return _badge(row.status, "à décider" if row.awaits_decision else "validée, à revoir" if row.is_in_doubt else "")


def receipt(row: Line) -> Markup:
    return _cell("receipt")(row)


def status(view: Any, context: Any, row: Line, name: str) -> Markup:
    """Shape, word and colour; never colour alone."""
    return _badge(row.status, "")


@cache
def _badge(status: Status, text: str) -> Markup:
    """Drawn once for each that there is."""
    badge: Markup = get_template_attribute("components/words.html", "status_badge")(status, text)
    return badge


@cache
def _cell(name: str) -> Callable[..., Markup]:
    macro: Callable[..., Markup] = get_template_attribute("admin/cells.html", name)
    return macro


def _addresses(view: Any) -> tuple[str, str]:
    """What comes before and after a row's key in the addresses of files; built once a page."""
    if "file_addresses" not in g:
        before, _, after = url_for(".details_view", id=0, **view.asked_for()).partition("id=0")
        g.file_addresses = (f"{before}id=", after)
    addresses: tuple[str, str] = g.file_addresses
    return addresses
