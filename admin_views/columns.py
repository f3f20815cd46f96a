"""What the desks' tables show: labels, and cells made safely (`Markup.format` escapes every value)."""

from datetime import datetime
from typing import Any

from flask import get_template_attribute, url_for
from markupsafe import Markup

from app.dates import clock_time, short_day
from app.register_columns import validity
from models.identity import Identity
from models.procuration import Procuration, Source

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
        return Markup('<span class="muted">{}</span>').format("papier à recevoir" if row.awaits_paper else "papier")
    return Markup('<span class="reference-inline">{}</span>').format(row.reference or "")


def mandant_link(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    """The surname leads to the file, and keeps the filter; first names and birth date tell homonyms apart."""
    address = url_for(".details_view", id=row.id, **view.asked_for())
    if row.purged_at:
        return Markup('<a href="{}">{}</a>').format(address, ERASED)
    link = Markup('<a href="{}">{}</a>').format(address, row.mandant.birth_name)
    return Markup('{}<br><span class="muted">{} · {}</span>').format(
        link, row.mandant.first_names, short_day(row.mandant.birth_date)
    )


def mandant(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    return _named(row, row.mandant)


def mandataire(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    return _named(row, row.mandataire)


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
    badge = get_template_attribute("components/words.html", "status_badge")
    return badge(row.status, "à décider" if row.awaits_decision else "validée, à revoir" if row.is_in_doubt else "")


def receipt(row: Procuration) -> Markup:
    """The paper to hand over."""
    link = Markup('<a href="{}">Ouvrir<span class="visually-hidden"> le récépissé {}</span></a>')
    return link.format(url_for("officer_receipt.index", reference=row.reference), row.reference)


def status(view: Any, context: Any, row: Procuration, name: str) -> Markup:
    """Shape, word and colour; never colour alone."""
    return get_template_attribute("components/words.html", "status_badge")(row.status)


def _named(row: Procuration, identity: Identity) -> Markup:
    """Names while the row holds a person."""
    names = (ERASED, "") if row.purged_at else (identity.birth_name, identity.first_names)
    return Markup("{} {}").format(*names)
