"""CSV as French spreadsheets read it, in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable

BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Says that the file is UTF-8."""
BEGINNINGS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def line(cells: Iterable[str]) -> str:
    """One line; a cell that would be a formula is made text."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow([as_text(cell) for cell in cells])
    return text.getvalue()


def as_text(cell: str) -> str:
    """What a spreadsheet would compute, made text by the apostrophe that spreadsheets know; the rest as it is."""
    return f"'{cell}" if cell.startswith(BEGINNINGS_OF_FORMULAS) else cell
