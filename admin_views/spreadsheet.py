"""CSV as French spreadsheets read it, in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable

BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Says that the file is UTF-8."""
BEGINNINGS_OF_FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")
"""Each one character: a cell is looked up by its first."""


def line(cells: Iterable[str]) -> str:
    """One line; a cell that would be a formula is made text."""
    return lines([cells])


def lines(rows: Iterable[Iterable[str]]) -> str:
    """The same of several."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([as_texts(cells) for cells in rows])
    return text.getvalue()


def as_texts(cells: Iterable[str]) -> list[str]:
    """What a spreadsheet would compute, made text by the apostrophe that spreadsheets know; the rest as it is."""
    return [f"'{cell}" if cell[:1] in BEGINNINGS_OF_FORMULAS else cell for cell in cells]


def as_text(cell: str) -> str:
    """The same of one cell."""
    return as_texts([cell])[0]
