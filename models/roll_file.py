"""Reading a roll as the REU exports it (« Listes Electeurs Actifs »), line by line, whatever the size of the file.

Only the columns that matching, bureau and order need ever leave this module: address, nationality and birthplace are
dropped as they are read. A line that cannot be read is set aside; a file that is not a whole roll is refused.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import BinaryIO, NamedTuple, TypeVar

from models.csv_lines import Damage, Damaged, Lines, Refused, columns_of, tidy
from models.identity import Sex, fold
from models.law import ListType

T = TypeVar("T")
LONGEST = {"birth_name": 120, "usual_name": 120, "first_names": 120, "bureau_code": 10, "bureau_name": 120}
LONGEST |= {"order_number": 10}
HEADERS = {
    "commune": ("code du l ugle", "code de l ugle"),
    "list_type": ("libelle du type de liste",),
    "birth_name": ("nom de naissance",),
    "usual_name": ("nom d usage",),
    "first_names": ("prenoms",),
    "sex": ("sexe",),
    "birth_date": ("date de naissance",),
    "nne": ("numero national d electeur", "numero d electeur"),
    "bureau_code": ("code du bureau de vote",),
    "bureau_name": ("libelle du bureau de vote",),
    "order_number": ("numero d ordre dans le bureau de vote",),
}
"""Our names for the columns that are kept, and the export's, folded (`fold`); the first one that is there counts."""
MANDATORY = ("commune", "list_type", "birth_name", "usual_name", "first_names", "sex", "birth_date")
IN_FRENCH = {
    "commune": "code de l'ugle",
    "list_type": "libellé du type de liste",
    "birth_name": "nom de naissance",
    "usual_name": "nom d'usage",
    "first_names": "prénoms",
    "sex": "sexe",
    "birth_date": "date de naissance",
}
# What an export calls a consular list is unread: its electors vote as those of a main one.
LISTS = {
    "liste principale": ListType.LP,
    "liste consulaire": ListType.LP,
    "liste electorale consulaire": ListType.LP,
    "liste complementaire municipale": ListType.LCM,
    "liste complementaire europeenne": ListType.LCE,
    **{list_type.lower(): list_type for list_type in ListType},
}


class Refusal(StrEnum):
    """Why a whole file is refused: nothing is changed."""

    EMPTY = "empty"
    NOT_A_ROLL = "not_a_roll"
    MISSING_COLUMNS = "missing_columns"
    OTHER_COMMUNE = "other_commune"
    TRUNCATED = "truncated"
    OPEN_QUOTE = "open_quote"
    NOBODY = "nobody"
    UNKNOWN_COMMUNE = "unknown_commune"
    LOSS = "loss"
    NOT_DONE = "not_done"


DAMAGES = {
    Damage.EMPTY: Refusal.EMPTY,
    Damage.NO_TABLE: Refusal.NOT_A_ROLL,
    Damage.TRUNCATED: Refusal.TRUNCATED,
    Damage.OPEN_QUOTE: Refusal.OPEN_QUOTE,
}


class Aside(StrEnum):
    """Why a line is set aside."""

    COLUMN_COUNT = "column_count"
    ENCODING = "encoding"
    COMMUNE = "commune"
    LIST_TYPE = "list_type"
    BIRTH_NAME = "birth_name"
    FIRST_NAMES = "first_names"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    TOO_LONG = "too_long"


class RollLine(NamedTuple):
    """What is kept of a line; `birth_text` is what it says of a birth whose day it does not know."""

    number: int
    commune_code: str
    list_type: ListType
    nne: str | None
    birth_name: str
    usual_name: str | None
    first_names: str
    sex: Sex
    birth_date: date | None
    birth_text: str | None
    bureau_code: str | None
    bureau_name: str | None
    order_number: str | None


class SetAside(NamedTuple):
    """A line that cannot be read, by its number in the file."""

    number: int
    reason: Aside


Item = RollLine | SetAside


class Unreadable(Exception):
    """One line, and why."""

    def __init__(self, reason: Aside) -> None:
        self.reason = reason
        super().__init__(reason)


def read(file: BinaryIO, commune_code: str | None = None) -> Iterator[Item]:
    """Every elector of the file, and every line set aside, as they come.

    Raises Refused, at the latest at the end: a file that was cut says so only there, so nothing read before counts
    until then. With `commune_code`, a line of another commune refuses the file.
    """
    try:
        yield from _items(file, commune_code)
    except Damaged as damaged:
        raise Refused(DAMAGES[damaged.damage], str(damaged.line or "")) from damaged


def _items(file: BinaryIO, commune_code: str | None) -> Iterator[Item]:
    lines = Lines(file)
    columns, width, separator = _columns(lines.first())
    is_empty = True
    for fields in csv.reader(lines, delimiter=separator):
        number = lines.begin_record()
        if not any(map(str.strip, fields)):
            continue
        if lines.unended:
            fields = _whole(fields, lines.unended, number, columns, width)
        try:
            if len(fields) != width:
                raise Unreadable(Aside.COLUMN_COUNT)
            elector = _elector(number, {name: tidy(fields[index]) for name, index in columns.items()})
        except Unreadable as error:
            yield SetAside(number, error.reason)
            continue
        if commune_code and elector.commune_code != commune_code:
            raise Refused(Refusal.OTHER_COMMUNE, elector.commune_code)
        is_empty = False
        yield elector
    if is_empty:
        raise Refused(Refusal.NOBODY)


def _whole(fields: list[str], line: bytes, number: int, columns: dict[str, int], width: int) -> list[str]:
    """What is sure in a last line without its end: all of it when a quote closes it.

    Otherwise all but an order number, for « 41 » may be what is left of « 412 ». Raises Refused when more is in doubt.
    """
    last = next((name for name, index in columns.items() if index == width - 1), None)
    is_closed = line.endswith(b'"')
    if len(fields) != width or not (is_closed or (fields[-1] and last in (None, "order_number"))):
        raise Refused(Refusal.TRUNCATED, str(number))
    return fields if is_closed else [*fields[:-1], ""]


def _columns(header: str) -> tuple[dict[str, int], int, str]:
    """Where each column that is kept is, how many there are, and what separates them. Raises Refused."""
    columns, width, separator = columns_of(header, HEADERS)
    if not columns:
        raise Refused(Refusal.NOT_A_ROLL)
    if missing := [IN_FRENCH[name] for name in MANDATORY if name not in columns]:
        raise Refused(Refusal.MISSING_COLUMNS, ", ".join(missing))
    return columns, width, separator


def _elector(number: int, cells: dict[str, str]) -> RollLine:
    """One line, understood. Raises Unreadable."""
    if any("\ufffd" in cell for cell in cells.values()):
        raise Unreadable(Aside.ENCODING)
    if any(len(cells.get(name, "")) > most for name, most in LONGEST.items()):
        raise Unreadable(Aside.TOO_LONG)
    birth_date, birth_text = _birth(cells["birth_date"])
    return RollLine(
        number=number,
        commune_code=_commune(cells["commune"]),
        list_type=_known(LISTS.get(fold(cells["list_type"])), Aside.LIST_TYPE),
        nne=_electors_number(cells.get("nne", "")),
        birth_name=_name(cells["birth_name"], Aside.BIRTH_NAME),
        usual_name=cells["usual_name"] or None,
        first_names=_name(cells["first_names"], Aside.FIRST_NAMES),
        sex=_known(Sex.__members__.get(cells["sex"].upper()), Aside.SEX),
        birth_date=birth_date,
        birth_text=birth_text,
        bureau_code=cells.get("bureau_code") or None,
        bureau_name=cells.get("bureau_name") or None,
        order_number=cells.get("order_number") or None,
    )


def _known(value: T | None, otherwise: Aside) -> T:
    if value is None:
        raise Unreadable(otherwise)
    return value


def _name(text: str, otherwise: Aside) -> str:
    """A name that holds a letter to compare."""
    if not fold(text):
        raise Unreadable(otherwise)
    return text


def _commune(text: str) -> str:
    """An INSEE code; a spreadsheet that took it for a number has lost the zero that it began with.

    A consular post has our own code: what the export writes for a consular list is unread.
    """
    code = text.upper().zfill(5)
    if not re.fullmatch("[0-9][0-9AB][0-9]{3}|C[0-9]{4}", code) or len(text) < 4:
        raise Unreadable(Aside.COMMUNE)
    return code


def _electors_number(text: str) -> str | None:
    """A NNE when it is one: nine digits at most; a column of something else is no reason to lose the elector."""
    digits = text.replace(" ", "")
    return digits if re.fullmatch("[0-9]{1,9}", digits) else None


def _birth(text: str) -> tuple[date | None, str | None]:
    """The day; or, when there is no such day, what is written, as long as it ends with a year."""
    if iso := re.fullmatch("([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        text = "/".join(reversed(iso.groups()))
    if found := re.fullmatch("([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        day, month, year = map(int, found.groups())
        try:
            return date(year, month, day), None
        except ValueError:
            pass
    if not re.fullmatch("(?:.{0,5}[^0-9])?(?:1[89]|20)[0-9]{2}", text):
        raise Unreadable(Aside.BIRTH_DATE)
    return None, text
