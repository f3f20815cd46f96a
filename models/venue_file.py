"""Reading the files that say where to go: the ministry's two (`export-gn2.csv`, `export-pn.csv`), and our own CSV.

docs/decisions/where-to-go.md has the columns. A line that cannot be read is set aside; a value that cannot is left
unknown; a file that is not a whole list is refused.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from models.csv_lines import Damage, Damaged, Lines, Refused, columns_of, tidy
from models.identity import fold
from models.position import Position
from models.venue import LONGEST, VenueKind
from models.venue_hours import from_spans, in_words, span_columns

MOST_LINES = 50_000
HEADERS: dict[str, tuple[str, ...]] = {
    "identifier": ("identifiant public unite", "identifiant"),
    "service": ("service",),
    "name": ("service", "nom"),
    "kind": ("type",),
    "telephone": ("telephone",),
    "commune_code": ("code commune insee", "code insee"),
    "postal_code": ("code postal",),
    "commune": ("commune", "ville"),
    "street": ("voie",),
    "address": ("adresse geographique", "adresse"),
    "longitude": ("geocodage x gps", "longitude"),
    "latitude": ("geocodage y gps", "latitude"),
    "hours": ("horaires accueil", "horaires"),
    "access": ("acces handicap", "accessibilite"),
    "opens_on": ("date debut",),
    "closes_on": ("date fin",),
    "source": ("source",),
    "data_date": ("date donnees", "date maj"),
} | {column: (column,) for column in span_columns()}
"""Our names for the columns that are kept, and the files', folded (`fold`); the first one that is there counts."""
IN_FRENCH = {"name": "service (or nom)", "kind": "type", "commune_code": "code_commune_insee", "source": "source"}
KINDS = {
    "police": VenueKind.POLICE,
    "commissariat": VenueKind.POLICE,
    "gendarmerie": VenueKind.GENDARMERIE,
    "consulat": VenueKind.CONSULATE,
    "lieu du prefet": VenueKind.PREFECT,
    "aide numerique": VenueKind.HELP,
}
MINISTRY = {
    VenueKind.GENDARMERIE: "Ministère de l'intérieur, unités de gendarmerie accueillant du public",
    VenueKind.POLICE: "Ministère de l'intérieur, services de police accueillant du public",
}


class Refusal(StrEnum):
    """Why a whole file is refused: nothing is changed."""

    EMPTY = "empty"
    NO_TABLE = "no_table"
    TRUNCATED = "truncated"
    OPEN_QUOTE = "open_quote"
    MISSING_COLUMNS = "missing_columns"
    NOTHING = "nothing"
    TOO_LONG = "too_long"
    LOSS = "loss"


class Aside(StrEnum):
    """Why a line is set aside."""

    COLUMN_COUNT = "column_count"
    ENCODING = "encoding"
    NAME = "name"
    KIND = "kind"
    SOURCE = "source"
    COMMUNE = "commune"
    REPEATED = "repeated"


class Doubt(StrEnum):
    """What was mended on a line that is kept, or left unknown."""

    TOO_LONG = "too_long"
    CUT = "cut"
    NO_POSITION = "no_position"
    SWAPPED = "swapped"
    BY_NAME = "by_name"
    DATES = "dates"


class Unreadable(Exception):
    """One line, and why."""

    def __init__(self, reason: Aside) -> None:
        self.reason = reason
        super().__init__(reason)


class VenueLine(NamedTuple):
    """A line, understood; its commune and its position are still as the file says."""

    number: int
    kind: VenueKind
    identifier: str
    name: str
    commune_code: str
    commune: str
    postal_code: str
    address: str | None
    telephone: str | None
    hours: str | None
    access: str | None
    position: Position | None
    opens_on: date | None
    closes_on: date | None
    source: str
    data_date: date | None
    doubts: tuple[Doubt, ...]


class SetAside(NamedTuple):
    """A line that is not kept, by its number in the file."""

    number: int
    reason: Aside


Item = VenueLine | SetAside


class Defaults(NamedTuple):
    """What holds for every line that does not say otherwise."""

    kind: VenueKind | None = None
    source: str = ""
    data_date: date | None = None


def read(file: BinaryIO, defaults: Defaults) -> Iterator[Item]:
    """Every place of the file, and every line set aside, as they come.

    Raises Refused, at the latest at the end: nothing read before counts until then.
    """
    try:
        yield from _items(file, defaults)
    except Damaged as damaged:
        raise Refused(Refusal(damaged.damage), str(damaged.line or "")) from damaged


def _items(file: BinaryIO, defaults: Defaults) -> Iterator[Item]:
    lines = Lines(file)
    columns, width, separator = columns_of(lines.first(), HEADERS)
    defaults = _checked(columns, defaults)
    is_empty = True
    for fields in csv.reader(lines, delimiter=separator):
        number = lines.begin_record()
        if number > MOST_LINES:
            raise Refused(Refusal.TOO_LONG, str(MOST_LINES))
        if not any(map(str.strip, fields)):
            continue
        is_cut = bool(lines.unended) and not (lines.unended or b"").endswith(b'"')
        if len(fields) != width:
            if lines.unended:
                raise Damaged(Damage.TRUNCATED, number)
            yield SetAside(number, Aside.COLUMN_COUNT)
            continue
        try:
            yield _venue(number, _cells(columns, fields, width, is_cut), defaults)
            is_empty = False
        except Unreadable as error:
            yield SetAside(number, error.reason)
    if is_empty:
        raise Refused(Refusal.NOTHING)


def _checked(columns: Mapping[str, int], defaults: Defaults) -> Defaults:
    """The defaults completed by what the columns say of the whole file. Raises Refused."""
    if not columns:
        raise Refused(Refusal.NO_TABLE)
    kind = defaults.kind
    if kind is None and "service" in columns and "kind" not in columns:
        kind = VenueKind.GENDARMERIE if "identifier" in columns else VenueKind.POLICE
    source = defaults.source or (MINISTRY.get(kind, "") if kind and "service" in columns else "")
    missing = [name for name in ("name", "commune_code") if name not in columns]
    missing += ["kind"] if kind is None and "kind" not in columns else []
    missing += ["source"] if not source and "source" not in columns else []
    if missing:
        raise Refused(Refusal.MISSING_COLUMNS, ", ".join(IN_FRENCH[name] for name in missing))
    return Defaults(kind, source, defaults.data_date)


def _cells(columns: Mapping[str, int], fields: list[str], width: int, is_cut: bool) -> dict[str, str]:
    """What is kept of a line; the last cell of a last line without its end may be the beginning of another."""
    cells = {name: _printable(fields[index]) for name, index in columns.items()}
    last = [name for name, index in columns.items() if index == width - 1 and cells[name]] if is_cut else []
    return cells | dict.fromkeys(last, "") | ({"cut": "yes"} if last else {})


def _printable(text: str) -> str:
    seen = "".join(c if c.isprintable() or c.isspace() else "" for c in text)
    return tidy(unicodedata.normalize("NFC", seen))


def _venue(number: int, cells: dict[str, str], defaults: Defaults) -> VenueLine:
    """One line, understood. Raises Unreadable."""
    if any("\ufffd" in cell for cell in cells.values()):
        raise Unreadable(Aside.ENCODING)
    name = cells["name"]
    if not fold(name) or len(name) > LONGEST["name"]:
        raise Unreadable(Aside.NAME)
    source = (cells.get("source") or defaults.source)[: LONGEST["source"]]
    if not source:
        raise Unreadable(Aside.SOURCE)
    texts = {
        "address": _address(cells),
        "telephone": cells.get("telephone", ""),
        "hours": in_words(cells.get("hours") or from_spans(cells)) or "",
        "access": cells.get("access", ""),
    }
    kept = {key: text if 0 < len(text) <= LONGEST[key] else None for key, text in texts.items()}
    opens_on, closes_on = _day(cells.get("opens_on", "")), _day(cells.get("closes_on", ""))
    doubts = [Doubt.CUT] if "cut" in cells else []
    doubts += [Doubt.TOO_LONG] if any(len(text) > LONGEST[key] for key, text in texts.items()) else []
    if _are_wrong(cells, opens_on, closes_on):
        opens_on = closes_on = None
        doubts.append(Doubt.DATES)
    return VenueLine(
        number=number,
        kind=_kind(cells, defaults),
        identifier=_identifier(cells.get("identifier", "")),
        name=name,
        commune_code=cells["commune_code"].upper(),
        commune=cells.get("commune", ""),
        postal_code=cells.get("postal_code", ""),
        position=_position(cells),
        opens_on=opens_on,
        closes_on=closes_on,
        source=source,
        data_date=_day(cells.get("data_date", "")) or defaults.data_date,
        doubts=tuple(doubts),
        **kept,
    )


def _kind(cells: dict[str, str], defaults: Defaults) -> VenueKind:
    kind = KINDS.get(fold(cells["kind"])) if defaults.kind is None else defaults.kind
    if kind is None:
        raise Unreadable(Aside.KIND)
    return kind


def _identifier(text: str) -> str:
    """None is written as nothing or as 0."""
    return text if text.strip("0") else ""


def _address(cells: dict[str, str]) -> str:
    """On one line; the file's own if it has one, else the street, the postal code and the commune."""
    if whole := cells.get("address", ""):
        is_whole = cells.get("postal_code", "") in whole
        return whole if is_whole else f"{whole}, {_town(cells)}".strip(", ")
    return ", ".join(filter(None, [cells.get("street", ""), _town(cells)])) if cells.get("street") else ""


def _town(cells: dict[str, str]) -> str:
    return f"{cells.get('postal_code', '')} {cells.get('commune', '')}".strip()


def _position(cells: dict[str, str]) -> Position | None:
    """Degrees; metres of another projection are no degrees."""
    try:
        latitude, longitude = (float(cells.get(name, "").replace(",", ".")) for name in ("latitude", "longitude"))
    except ValueError:
        return None
    return Position(latitude, longitude) if max(abs(latitude), abs(longitude)) <= 180 else None


def _are_wrong(cells: dict[str, str], opens_on: date | None, closes_on: date | None) -> bool:
    is_unread = bool(cells.get("opens_on")) > bool(opens_on) or bool(cells.get("closes_on")) > bool(closes_on)
    return is_unread or bool(opens_on and closes_on and opens_on > closes_on)


def _day(text: str) -> date | None:
    """`dd/mm/yyyy` or `yyyy-mm-dd`."""
    iso = re.fullmatch("([0-9]{4})-([0-9]{2})-([0-9]{2})", text[:10])
    french = re.fullmatch("([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)
    try:
        if iso:
            return date(*map(int, iso.groups()))
        return date(*map(int, reversed(french.groups()))) if french else None
    except ValueError:
        return None
