"""What the desks' tables show: labels, and cells made safely (`Markup` escapes every value put into it)."""

from datetime import datetime
from functools import cache
from typing import Any

from flask import g, get_template_attribute, url_for
from markupsafe import Markup

from app.dates import clock_time, short_day
from app.register_columns import validity
from models.procuration import Procuration, Source, Status

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


def reference(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    """What is dictated at the counter; a form on paper has none to say, and may still have to come."""
    if row.source is Source.PAPER:
        return Markup('<span class="muted">%s</span>') % ("papier à recevoir" if row.awaits_paper else "papier")
    return Markup('<span class="reference-inline">%s</span>') % (row.reference or "")


def mandant_link(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    """The surname leads to the file, and keeps the filter; first names and birth date tell homonyms apart."""
    before, after = _addresses(view)
    link = Markup('<a href="%s%s%s">%s</a>')
    if row.purged_at:
        return link % (before, row.id, after, ERASED)
    of_homonyms = Markup('<br><span class="muted">%s · %s</span>')
    return link % (before, row.id, after, row.mandant_birth_name) + of_homonyms % (
        row.mandant_first_names,
        short_day(row.mandant_birth_date),
    )


def mandant(view: Any, context: Any, row: Procuration, name: str) -> str:
    return ERASED if row.purged_at else f"{row.mandant_birth_name} {row.mandant_first_names}"


def mandataire(view: Any, context: Any, row: Procuration, name: str) -> str:
    return ERASED if row.purged_at else f"{row.mandataire_birth_name} {row.mandataire_first_names}"


def days(view: Any, context: Any, row: Procuration, name: str) -> str:
    return validity(row)


def instant(view: Any, context: Any, row: Procuration, name: str) -> str:
    """Day and hour where the vote is; the day alone when a form on paper gives no hour."""
    at = getattr(row, name)
    if at and name == "established_at" and row.established_day_only:
        return short_day(row.commune.local_day(at))
    return moment(row, at)


def moment(row: Procuration, at: datetime | None) -> str:
    """An instant, where the vote is."""
    return f"{short_day(row.commune.local_day(at))}, {clock_time(at, row.commune.zone)}" if at else ""


def commune(view: Any, context: Any, row: Procuration, name: str) -> str:
    return row.commune.name


def decision(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    """The status in the town hall's words: what is established is to be decided, what is in doubt to be looked at."""
    return _badge(row.status, "à décider" if row.awaits_decision else "validée, à revoir" if row.is_in_doubt else "")


def receipt(row: Procuration) -> Markup:
    """The paper to hand over."""
    link = Markup('<a href="{}">Ouvrir<span class="visually-hidden"> le récépissé {}</span></a>')
    return link.format(url_for("officer_receipt.index", reference=row.reference), row.reference)


def status(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    """Shape, word and colour; never colour alone."""
    return _badge(row.status, "")


@cache
def _badge(status: Status, text: str) -> Markup:
    """Drawn once for each that there is."""
    badge: Markup = get_template_attribute("components/words.html", "status_badge")(status, text)
    return badge


def _addresses(view: Any) -> tuple[str, str]:
    """What comes before and after a row's key in the addresses of files; built once a page."""
    if "file_addresses" not in g:
        before, _, after = url_for(".details_view", id=0, **view.asked_for()).partition("id=0")
        g.file_addresses = (f"{before}id=", after)
    addresses: tuple[str, str] = g.file_addresses
    return addresses
