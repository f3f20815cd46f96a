"""The lines of a CSV file that somebody brings, as text: any usual encoding and end of line, a bounded memory."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import BinaryIO

from models.identity import fold

LONGEST_LINE = 16_384
MOST_LINES_OF_A_RECORD = 5
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SEPARATORS = (";", ",")
ENDS = (b"\n", b"\r")


class Damage(StrEnum):
    """What makes a whole file unreadable."""

    EMPTY = "empty"
    NO_TABLE = "no_table"
    TRUNCATED = "truncated"
    OPEN_QUOTE = "open_quote"


class Damaged(Exception):
    """The file is no whole table; `line` is where that shows, when it shows somewhere."""

    def __init__(self, damage: Damage, line: int | None = None) -> None:
        self.damage, self.line = damage, line
        super().__init__(damage)


class Refused(Exception):
    """The file is no whole file of its kind; `detail` names columns, a place, a line or counts, never a person."""

    def __init__(self, code: StrEnum, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{code} {detail}".strip())


class Lines:
    """The lines of the file as text. The first line that is not plain ASCII says whether it is UTF-8 or Windows-1252.

    `unended` is the last line, once read, when it lacks its end. Raises Damaged for what no text file has, for a record
    that never ends, and for headers without an end.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encoding: str | None = None
        self._number = self._begun = 0
        self.unended: bytes | None = None

    def first(self) -> str:
        """The line of headers. Raises Damaged."""
        line = self._next_line()
        if not line.strip():
            raise Damaged(Damage.EMPTY if not self._file.read(1) else Damage.NO_TABLE)
        if not line.endswith(ENDS):
            is_table = any(separator.encode() in line for separator in SEPARATORS)
            raise Damaged(Damage.TRUNCATED, 1) if is_table else Damaged(Damage.NO_TABLE)
        self._begun = self._number
        return self._text(line)

    def begin_record(self) -> int:
        """The number of the line where the record just read began."""
        number = self._begun + 1
        self._begun = self._number
        return number

    def __iter__(self) -> Iterator[str]:
        while line := self._next_line():
            if self._number - self._begun > MOST_LINES_OF_A_RECORD:
                raise Damaged(Damage.OPEN_QUOTE, self._begun + 1)
            self.unended = None if line.endswith(ENDS) else line
            yield self._text(line)
        if self._number > self._begun:
            raise Damaged(Damage.TRUNCATED if self.unended else Damage.OPEN_QUOTE, self._begun + 1)

    def _next_line(self) -> bytes:
        line = self._file.readline(LONGEST_LINE + 1)
        if self._number == 0:
            line = line.removeprefix(BYTE_ORDER_MARK)
        self._number += bool(line)
        if len(line) > LONGEST_LINE or b"\0" in line:
            raise Damaged(Damage.NO_TABLE)
        return line

    def _text(self, line: bytes) -> str:
        if self._encoding is None and not line.isascii():
            self._encoding = "utf-8" if _is_utf8(line) else "cp1252"
        text = line.rstrip(b"\r\n").decode(self._encoding or "ascii", errors="replace")
        return text.replace("\r", " ") + "\n"


def columns_of(header: str, names: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], int, str]:
    """Where each known column is, how many columns there are, and what separates them.

    `names`: our name of a column, and those that files give it, folded (`fold`); the first one that is there counts.
    """
    found = {separator: _named(header, separator, names) for separator in SEPARATORS}
    separator = max(found, key=lambda separator: len(found[separator][0]))
    columns, width = found[separator]
    return columns, width, separator


def tidy(field: str) -> str:
    """A cell without needless blanks."""
    return " ".join(field.split())


def _named(header: str, separator: str, names: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], int]:
    heads = [fold(name) for name in next(csv.reader([header], delimiter=separator))]
    wanted = {name: next((known for known in given if known in heads), None) for name, given in names.items()}
    return {name: heads.index(known) for name, known in wanted.items() if known}, len(heads)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
