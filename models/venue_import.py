"""Keeping what a file says of where to go: all of it or nothing, in the caller's transaction.

What the same source listed before and lists no more is no longer shown; its row stays, and so does the station to which
officers' accounts belong. What supervision corrected stays as it was corrected.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from models import journal
from models.base import db
from models.csv_lines import Refused
from models.journal import Action
from models.position import believable
from models.territory import Commune, PostalCode, Station, search_key
from models.venue import Venue, VenueKind
from models.venue_file import Aside, Doubt, Item, Refusal, SetAside, VenueLine

PREFIX = {
    VenueKind.POLICE: "PN",
    VenueKind.GENDARMERIE: "GN",
    VenueKind.CONSULATE: "CO",
    VenueKind.PREFECT: "PF",
    VenueKind.HELP: "AN",
}
FEW = 20
"""So few places may vanish at once without a question."""
GIVEN = (
    "name",
    "commune_code",
    "address",
    "telephone",
    "hours",
    "access",
    "latitude",
    "longitude",
    "opens_on",
    "closes_on",
)
"""The columns that a file gives, and that supervision may correct."""
Row = dict[str, Any]


class Noted(NamedTuple):
    """What was mended on a line, or left unknown."""

    number: int
    doubt: Doubt


class Kept(NamedTuple):
    """A place that supervision corrected, and the columns in which the file says something else."""

    code: str
    names: tuple[str, ...]


class Report(NamedTuple):
    """What an import did."""

    added: int
    changed: int
    unchanged: int
    gone: int
    aside: list[SetAside]
    noted: list[Noted]
    corrected: list[Kept]


class Found(NamedTuple):
    """A line with its commune."""

    line: VenueLine
    commune_code: str
    department_code: str


def import_venues(items: Iterable[Item], *, now: datetime, today: date, may_lose: bool = False) -> Report:
    """Make these lines what their sources list. Raises Refused, and whatever reading them raises.

    A file after which more than half of a source's places would vanish is refused, unless `may_lose`.
    """
    aside: list[SetAside] = []
    noted: list[Noted] = []
    found = list(_located(items, aside, noted))
    rows = {row["code"]: row for row in _rows(found, aside, noted, today)}
    if not rows:
        raise Refused(Refusal.NOTHING)
    known = _known({line.kind for line, *_ in found} | {row["kind"] for row in rows.values()})
    gone = _gone(known, rows, may_lose)
    corrected = list(_spare(known, rows))
    added = [row for code, row in rows.items() if code not in known]
    written = [row for code, row in rows.items() if code in known and _differs(known[code], row)]
    changed = sum(_differs(known[row["code"]], row, besides="received_on") for row in written)
    _write(added, written, gone)
    journal.record(Action.VENUES_IMPORTED, now=now, detail=f"{len(rows)} {len(gone)} {len(aside)}")
    return Report(len(added), changed, len(rows) - len(added) - changed, len(gone), aside, noted, corrected)


def _located(items: Iterable[Item], aside: list[SetAside], noted: list[Noted]) -> Iterator[Found]:
    communes = _Communes()
    for item in items:
        if isinstance(item, SetAside):
            aside.append(item)
            continue
        noted += [Noted(item.number, doubt) for doubt in item.doubts]
        code = communes.by_code(item) or communes.by_name(item)
        if code is None:
            aside.append(SetAside(item.number, Aside.COMMUNE))
            continue
        if not communes.by_code(item):
            noted.append(Noted(item.number, Doubt.BY_NAME))
        yield Found(item, code, communes.departments[code])


class _Communes:
    """The communes by code, and by what else a file says of them."""

    def __init__(self) -> None:
        rows = db.session.execute(select(Commune.code, Commune.department_code, Commune.elects, Commune.search_name))
        known = [(code, department, elects, name) for code, department, elects, name in rows]
        self.departments = {code: department for code, department, *_ in known}
        self._wholes = {code for code, _, elects, _ in known if not elects}
        self._posts = Counter(_city(name) for code, _, _, name in known if code.startswith("C"))
        self._post_of = {_city(name): code for code, _, _, name in known if code.startswith("C")}

    def by_code(self, line: VenueLine) -> str | None:
        """The commune of that code, of which a spreadsheet may have eaten the zero; of a whole city, its part."""
        code = line.commune_code.zfill(5) if line.commune_code else ""
        if code in self._wholes:
            return self._part(code, line.postal_code) or code
        return code if code in self.departments else None

    def by_name(self, line: VenueLine) -> str | None:
        """A consular post by its city alone in the world; a commune by its name under its postal code."""
        name = search_key(line.commune)
        if line.kind is VenueKind.CONSULATE:
            return self._post_of.get(name) if self._posts[name] == 1 else None
        named = select(Commune.code).join(PostalCode).where(PostalCode.code == line.postal_code)
        codes = db.session.scalars(named.where(Commune.search_name == name)).all() if name else ()
        return codes[0] if len(codes) == 1 else None

    def _part(self, whole: str, postal_code: str) -> str | None:
        """The arrondissement of that postal code, in Paris, Lyon or Marseille."""
        parts = select(Commune.code).join(PostalCode).where(PostalCode.code == postal_code)
        codes = db.session.scalars(parts.where(Commune.parent_code == whole, Commune.elects)).all()
        return codes[0] if len(codes) == 1 else None


def _city(search_name: str) -> str:
    """« berlin » of « berlin ambassade de france »: what is before the first word of the post's kind."""
    return re.split(r" (?:ambassade|consulat|bureau|section)\b", search_name)[0]


def _rows(found: list[Found], aside: list[SetAside], noted: list[Noted], today: date) -> Iterator[Row]:
    """One row a place; the second line of one code is set aside."""
    seen: set[str] = set()
    for one, code in zip(found, _codes(found), strict=True):
        if code in seen:
            aside.append(SetAside(one.line.number, Aside.REPEATED))
            continue
        seen.add(code)
        yield _row(one, code, noted, today)


def _codes(found: list[Found]) -> Iterator[str]:
    """A code that the next file gives again, whatever the order of its lines.

    The identifier where one line alone has it; else the name and commune; else, when several share them, the address.
    """
    identifiers = Counter((line.kind, line.identifier) for line, *_ in found)
    names = Counter(_named(one) for one in found)
    for one in found:
        kind, identifier = one.line.kind, one.line.identifier
        is_own = identifiers[kind, identifier] == 1 and re.fullmatch("[0-9A-Za-z-]{1,17}", identifier)
        key = _named(one) if names[_named(one)] == 1 else (*_named(one), search_key(one.line.address or ""))
        yield f"{PREFIX[kind]}-{identifier if is_own else _digest(*key)}"


def _named(found: Found) -> tuple[str, ...]:
    return found.line.kind, search_key(found.line.name), found.commune_code


def _digest(*parts: str) -> str:
    """Twelve characters that begin with a letter, in capitals: no identifier of a file."""
    return "X" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:11].upper()


def _row(found: Found, code: str, noted: list[Noted], today: date) -> Row:
    line = found.line
    position = believable(line.position, found.department_code) if line.position else None
    if position is None:
        noted.append(Noted(line.number, Doubt.NO_POSITION))
    elif position != line.position:
        noted.append(Noted(line.number, Doubt.SWAPPED))
    given = {name: getattr(line, name) for name in GIVEN if hasattr(line, name)}
    place = {
        "commune_code": found.commune_code,
        "latitude": position.latitude if position else None,
        "longitude": position.longitude if position else None,
    }
    origin = {"source": line.source, "data_date": line.data_date, "received_on": today}
    return {"code": code, "kind": line.kind, **given, **place, **origin, "is_listed": True}


def _known(kinds: set[VenueKind]) -> dict[str, Row]:
    """What is there of these kinds, by code."""
    rows = db.session.execute(select(*Venue.__table__.columns).where(Venue.kind.in_(kinds)))
    return {row.code: row._asdict() for row in rows}


def _gone(known: dict[str, Row], rows: dict[str, Row], may_lose: bool) -> list[str]:
    """The codes that the sources of this file listed, and list no more. Raises Refused."""
    scope = {(row["kind"], row["source"]) for row in rows.values()}
    for kind, source in scope:
        listed = [r["code"] for r in known.values() if (r["kind"], r["source"]) == (kind, source) and r["is_listed"]]
        lost = [code for code in listed if code not in rows]
        if len(lost) > max(FEW, len(listed) / 2) and not may_lose:
            raise Refused(Refusal.LOSS, f"{len(lost)} / {len(listed)}")
    is_old = ((r["kind"], r["source"]) in scope and r["is_listed"] and r["code"] not in rows for r in known.values())
    return [code for code, old in zip(known, is_old, strict=True) if old]


def _spare(known: dict[str, Row], rows: dict[str, Row]) -> Iterator[Kept]:
    """Put what supervision corrected back in the rows; where that differs from the file."""
    for code, row in rows.items():
        names = known[code]["corrected"].split() if code in known else []
        differing = tuple(name for name in names if name in row and row[name] != known[code][name])
        row.update({name: known[code][name] for name in names})
        if differing:
            yield Kept(code, differing)


def _differs(known: Row, row: Row, besides: str = "") -> bool:
    return any(known[name] != value for name, value in row.items() if name != besides)


def _write(added: list[Row], changed: list[Row], gone: list[str]) -> None:
    _write_stations(added + changed)
    if added:
        defaults = {"is_hidden": False, "corrected": "", "version": 1}
        db.session.execute(insert(Venue), [row | defaults for row in added], execution_options={"render_nulls": True})
    if changed:
        db.session.execute(update(Venue), changed)
    if gone:
        db.session.execute(update(Venue), [{"code": code, "is_listed": False} for code in gone])
    db.session.expire_all()


def _write_stations(rows: list[Row]) -> None:
    """Each police station, gendarmerie and consulate is a `Station` too; none is ever removed."""
    known = set(db.session.scalars(select(Station.code)))
    stations = [
        {key: row[key] for key in ("code", "name", "commune_code")} | {"kind": kind}
        for row in rows
        if (kind := row["kind"].station_kind)
    ]
    if new := [row for row in stations if row["code"] not in known]:
        db.session.execute(insert(Station), new)
    if old := [row for row in stations if row["code"] in known]:
        db.session.execute(update(Station), old)
