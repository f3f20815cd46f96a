"""The columns of the register of procurations, on the page, in the CSV and in the PDF."""

from collections.abc import Iterable
from datetime import date

from flask import get_template_attribute

from app.dates import short_day
from models.listed import Listed
from models.procuration import Procuration
from models.signing_list import Line

REGISTER = (
    "Nom du mandant",
    "Prénoms du mandant",
    "Nom du mandataire",
    "Prénoms du mandataire",
    "Nom et prénom de l'autorité",
    "Qualité de l'autorité",
    "Date d'établissement",
    "Lieu d'établissement",
    "Durée de validité",
)
"""Article R76-1: these, and nothing else: no birth date, no address, no reference."""


def register_cells(one: Line) -> list[str]:
    """What the register says of one procuration that was established."""
    row = one.procuration
    at = row.established_at
    return [
        *(row.mandant.birth_name, row.mandant.first_names, row.mandataire.birth_name, row.mandataire.first_names),
        row.officer_name or "",
        _capacity(row),
        short_day(row.act_place.local_day(at)) if at else "",
        (row.established_commune or row.commune).name,
        validity(row),
    ]


def validity(row: Procuration | Listed) -> str:
    """« jusqu'au 14/03/2027 », or the days chosen."""
    return validity_of(row.valid_until, row.days)


def validity_of(valid_until: date | None, days: Iterable[date | str]) -> str:
    """The same of what was read of a row."""
    return f"jusqu'au {short_day(valid_until)}" if valid_until else ", ".join(map(short_day, days))


def _capacity(row: Procuration) -> str:
    """An officer's, in words; as it is written on a form on paper."""
    label = get_template_attribute("components/words.html", "capacity_label")
    return str(label(row.officer_capacity)) if row.officer_capacity else row.authority_capacity or ""
