"""CSV as French spreadsheets read it, in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable

BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Says that the file is UTF-8."""


def line(cells: Iterable[str]) -> str:
    """One line; a cell that would be a formula is made text."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow([_as_text(cell) for cell in cells])
    return text.getvalue()


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
