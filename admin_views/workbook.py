"""An XLSX workbook written row by row, in which no cell is a formula."""

from collections.abc import Iterable
from datetime import date
from typing import BinaryIO

from admin_views.spreadsheet import as_text

WIDTH = 20
"""Of a column, in characters."""


def write(into: BinaryIO, headings: Iterable[str], rows: Iterable[Iterable[str | date]]) -> None:
    """One sheet, its first row fixed; each row is put aside on the disk as soon as the next begins.

    Texts are written as texts, and dates as dates, which sort.
    """
    from xlsxwriter import Workbook  # weighs on a start

    with Workbook(into, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        title, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.set_column(0, 50, WIDTH)
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, title)
        for number, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif cell:
                    sheet.write_string(number, column, as_text(cell))
