"""Finding a procuration again by the start of a name, as a clerk hears it, or by its reference."""

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from models.identity import Identity, letters
from models.procuration import Procuration
from models.reference import clean, is_well_formed

FEWEST_LETTERS = 2
AFTER_EVERY_LETTER = "~"


def columns_of(mandant: Identity, mandataire: Identity) -> dict[str, str]:
    """Name, then first names, as they are searched: without case, accents or separators."""
    return {"mandant_search": _searched(mandant), "mandataire_search": _searched(mandataire)}


def is_long_enough(typed: str) -> bool:
    """One letter would show a tenth of a commune."""
    return len(letters(typed)) >= FEWEST_LETTERS


def matches(typed: str) -> ColumnElement[bool]:
    """Rows whose mandant or mandataire has a name that starts so, or whose reference it is; too short, none.

    Ranges, which an index serves on both databases: LIKE does not on all of them.
    """
    if not is_long_enough(typed):
        return false()
    start, reference = letters(typed), clean(typed)
    named = [_starts(column, start) for column in (Procuration.mandant_search, Procuration.mandataire_search)]
    return or_(*named, *([Procuration.reference == reference] if is_well_formed(reference) else []))


def _starts(column: InstrumentedAttribute[str | None], start: str) -> ColumnElement[bool]:
    return and_(column >= start, column < start + AFTER_EVERY_LETTER)


def _searched(person: Identity) -> str:
    return letters(f"{person.birth_name} {person.first_names}")
