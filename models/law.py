"""What the law leaves to data: of an election, of a territory at a date, and how long things are kept."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data")


class ControlRegime(StrEnum):
    """Who decides at step 3: the town hall (2021, New Caledonia) or the register (elsewhere since 2022)."""

    TOWN_HALL = "town_hall"
    REGISTER = "register"


class ListType(StrEnum):
    """The lists of the roll: the main one, and the two of citizens of the European Union (municipal, European)."""

    LP = "LP"
    LCM = "LCM"
    LCE = "LCE"


@dataclass(frozen=True)
class Ceiling:
    """Article L73: how many procurations one mandataire may hold for one polling day.

    `max_total_if_consular` replaces `max_total` as soon as one of them is given by an elector of a consular list;
    its legal basis is unread (only a page of Service-Public says three).
    """

    max_total: int
    max_established_in_france: int
    max_total_if_consular: int | None = None

    def total(self, *, with_consular: bool) -> int:
        """How many in all, knowing whether one of them comes from a consular list."""
        return self.max_total_if_consular or self.max_total if with_consular else self.max_total


@dataclass(frozen=True)
class Law:
    """The parameters of one polling day in one place."""

    control_regime: ControlRegime
    ceiling: Ceiling
    same_commune_required: bool
    list_types: frozenset[ListType]
    online_revocation: bool
    certified_identity: bool
    transmitted_ahead: bool = False
    """Whether the form on paper may be transmitted before the paper itself (R75 I; unread, so off by default)."""


@dataclass(frozen=True)
class Duration:
    """How long something is kept or lives: months, or days, from a date on; `is_read` is whether its text was read."""

    months: int
    days: int
    source: str
    is_read: bool


def strictest(laws: Sequence[Law]) -> Law:
    """Article R74 (unread): one procuration serves every election of a day, so it must satisfy the law of each.

    Of the lists that vote, all are kept: one that votes in a single election of the day is a person's to judge.
    """
    return Law(
        control_regime=_either(ControlRegime.TOWN_HALL, ControlRegime.REGISTER, [law.control_regime for law in laws]),
        ceiling=Ceiling(
            min(law.ceiling.max_total for law in laws),
            min(law.ceiling.max_established_in_france for law in laws),
            min((law.ceiling.total(with_consular=True) for law in laws), default=None),
        ),
        same_commune_required=any(law.same_commune_required for law in laws),
        list_types=frozenset.union(*(law.list_types for law in laws)),
        online_revocation=all(law.online_revocation for law in laws),
        certified_identity=all(law.certified_identity for law in laws),
        transmitted_ahead=all(law.transmitted_ahead for law in laws),
    )


def law_of_territory(codes: Sequence[str], day: date) -> Law:
    """The law of a day of no election, which a period may reach (R74, unread; R213-1 in New Caledonia).

    By the most exact of these codes: commune, department, country.
    """
    return next(law for code in codes for since, law in _territories().get(code, ()) if since <= day)


def own_law(codes: Sequence[str], day: date) -> Law | None:
    """What the law keeps for these territories whatever the election (New Caledonia, R213-1); None where it does not.

    By the most exact of these codes: commune, department.
    """
    return next((law for code in codes for since, law in _territories().get(code, ()) if since <= day), None)


def duration(what: str, day: date) -> Duration:
    """The one in force then, by its name in data/durations.tsv, which marks what is unread; before all, the first."""
    known = _durations()[what]
    return next((value for since, value in known if since <= day), known[-1][1])


def least_count(what: str, day: date) -> int:
    """The smallest count of which a figure may be kept then, by its name in data/least_counts.tsv."""
    return next(least for since, least in _least_counts()[what] if since <= day)


def _either(preferred: ControlRegime, other: ControlRegime, found: Iterable[ControlRegime]) -> ControlRegime:
    return preferred if preferred in found else other


@cache
def _territories() -> dict[str, list[tuple[date, Law]]]:
    """By code, the newest first."""
    found: dict[str, list[tuple[date, Law]]] = {}
    for row in _rows("territory_law.tsv"):
        total, in_france, consular = (int(row[name]) for name in ("max_total", "max_in_france", "max_if_consular"))
        law = Law(
            control_regime=ControlRegime(row["control_regime"]),
            ceiling=Ceiling(total, in_france, consular),
            same_commune_required=row["same_commune"] == "yes",
            list_types=frozenset(ListType(code) for code in row["list_types"].split()),
            online_revocation=row["online_revocation"] == "yes",
            certified_identity=row["certified_identity"] == "yes",
        )
        found.setdefault(row["code"], []).insert(0, (date.fromisoformat(row["from"]), law))
    return found


@cache
def _durations() -> dict[str, list[tuple[date, Duration]]]:
    """By name, the newest first."""
    found: dict[str, list[tuple[date, Duration]]] = {}
    for row in _rows("durations.tsv"):
        value = Duration(int(row["months"]), int(row["days"]), row["source"], row["read"] == "yes")
        found.setdefault(row["what"], []).insert(0, (date.fromisoformat(row["from"]), value))
    return found


@cache
def _least_counts() -> dict[str, list[tuple[date, int]]]:
    """By name, the newest first."""
    found: dict[str, list[tuple[date, int]]] = {}
    for row in _rows("least_counts.tsv"):
        found.setdefault(row["what"], []).insert(0, (date.fromisoformat(row["from"]), int(row["least"])))
    return found


def _rows(name: str) -> Iterator[dict[str, str]]:
    """The lines of a table of ours, oldest first; those that begin with # explain."""
    with (DATA / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
