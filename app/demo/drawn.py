"""The procurations of the synthetic country, drawn some thousands at a time, in as many processes as one likes.

What is drawn follows from the seed and from where these thousands begin, whoever draws them. A line holds what both
databases read as it is: text, whole numbers, bytes and None, with instants in UTC.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from math import sqrt
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.demo.bulk import Line
from app.demo.people import columns_of_somebody
from models import chain, rules
from models.account import Capacity
from models.base import Base
from models.heads import Stream
from models.journal import Action, Entry
from models.procuration import PollingDay, Procuration, Status
from models.reference import ALPHABET, LENGTH

Row = dict[str, Any]
Lines = dict[type[Base], list[Line]]
KEY = "generated-"
MOST_ENTRIES = 3
"""Of one procuration; as many keys of the journal are kept for each."""
FILED_DURING = 40
PARIS = ZoneInfo("Europe/Paris")
REFERENCES = len(ALPHABET) ** LENGTH
STRIDE = 2_654_435_761
"""A prime: its multiples modulo a smaller number are each one below it once, well spread."""
ENDS = {
    Status.VALIDATED: 55,
    Status.ESTABLISHED: 25,
    Status.SUBMITTED: 10,
    Status.INVALIDATED: 4,
    Status.REVOKED: 3,
    Status.WITHDRAWN: 3,
}
"""Of a hundred, how many stand where."""
STANDS, OF_A_HUNDRED = tuple(ENDS), tuple(accumulate(ENDS.values()))
DECIDED = {Status.VALIDATED: Action.VALIDATED, Status.INVALIDATED: Action.INVALIDATED}
NO_LONGER_PENDING = (Status.VALIDATED,) * 45 + (Status.INVALIDATED,) * 3 + (Status.REVOKED,) * 2

NOBODY = {"account_id": None, "desk": None, "election_id": None, "detail": None}
IN_FRANCE = {"officer_capacity": Capacity.OPJ.value, "established_in_france": 1}
MANDANT_AND_MANDATAIRE = ("birth_name", "first_names", "sex", "birth_date", "key", "search")
COLUMNS: dict[type[Base], tuple[str, ...]] = {
    Procuration: (
        *("id", "reference", "submission_key", "elector_key", "email", "status", "commune_code"),
        *(f"{who}_{column}" for who in ("mandant", "mandataire") for column in MANDANT_AND_MANDATAIRE),
        *("mandataire_commune_code", "last_day", "submitted_at", "expires_on", "head_number", "head_mac"),
        *("officer_id", "officer_name", "officer_capacity", "station_code", "handled_at", "established_at"),
        *("established_commune_code", "established_in_france", "decided_at", "decided_by_name", "closed_at"),
    ),
    PollingDay: ("procuration_id", "day"),
    Entry: (*chain.COVERED, "mac"),
}
"""What a line says, in this order, table by table; the other columns have nothing, or what the database gives them."""


@dataclass(frozen=True)
class Apart:
    """A commune of `rows` procurations, of which `pending` await its decision, in a country of `since` or more.

    In a smaller one it has one in twenty-five, in the same proportions. `town` begins the addresses of its clerks.
    """

    code: str
    town: str
    rows: int
    pending: int
    since: int

    def rows_in(self, procurations: int) -> int:
        """How many it has in a country of that size."""
        return self.rows if procurations >= self.since else procurations // 25

    def status(self, place: int, rows: int, random: Random) -> Status:
        """Of the one at that place among so many: those that await a decision first, then one in twenty submitted."""
        pending = self.pending * rows // self.rows
        if place < pending:
            return Status.ESTABLISHED
        return Status.SUBMITTED if place < pending + rows // 20 else random.choice(NO_LONGER_PENDING)


class Officer(NamedTuple):
    """Who establishes, and at which counter."""

    id: int
    name: str
    station_code: str
    commune_code: str


@dataclass(frozen=True)
class Country:
    """What its procurations are drawn from, numbered from 0 to `size`, in the order in which they are filed.

    `up_to`: the inhabitants of each of the communes and of those before it. `apart`: how many some communes are given
    beside them. `first`, `first_id` and `first_entry` are what number 0 has for ordinal among all that was ever drawn,
    for key, and for keys of its journal. `taken`: the references that nobody drew here.
    """

    size: int
    seed: int
    at: datetime
    days: Sequence[date]
    communes: Sequence[str]
    up_to: Sequence[int]
    apart: Sequence[tuple[Apart, int]]
    officers: Sequence[Officer]
    taken: frozenset[str]
    first: int
    first_id: int
    first_entry: int
    journal_key: bytes

    def draw(self, numbers: range) -> Lines:
        """The lines of these procurations, of their polling days and of their journal."""
        random = Random(f"{self.seed} {self.first + numbers.start}")  # noqa: S311 nothing here is a secret
        lines: Lines = {table: [] for table in COLUMNS}
        for number in numbers:
            row, acts = self._procuration(number, random)
            days = self.days[: random.randrange(len(self.days)) + 1]
            row |= {"last_day": days[-1].isoformat(), "expires_on": _expiry(_local_day(acts[0]["at"]), days[-1])}
            entries = list(self._chained(number, acts))
            row |= {"head_number": len(entries), "head_mac": entries[-1]["mac"]}
            lines[Procuration].append(_line(Procuration, row))
            lines[PollingDay] += [(row["id"], day.isoformat()) for day in days]
            lines[Entry] += [_line(Entry, {**entry, "at": _written(entry["at"])}) for entry in entries]
        return lines

    def _procuration(self, number: int, random: Random) -> tuple[Row, list[Row]]:
        """Its row, and what was done on it, by whom and when."""
        (commune, status), submitted = self._where(number, random), self._filed(number, random)
        row = {
            "id": self.first_id + number,
            "reference": self.reference(self.first + number),
            "submission_key": f"{KEY}{self.first + number:010}",
            "elector_key": f"{random.getrandbits(256):064x}",
            "email": f"elector.{random.getrandbits(40):x}@electeurs.test",
            "status": status.value,
            "commune_code": commune,
            **columns_of_somebody("mandant", random),
            **columns_of_somebody("mandataire", random),
            "mandataire_commune_code": commune,
            "submitted_at": _written(submitted),
        }
        acts: list[Row] = [{"action": Action.SUBMITTED.value, "at": submitted}]
        if status is Status.WITHDRAWN:
            acts.append({"action": Action.WITHDRAWN.value, "at": self._after(submitted, random)})
        elif status is not Status.SUBMITTED:
            acts += self._visit(row, status, submitted, random)
        return row, acts

    def _where(self, number: int, random: Random) -> tuple[str, Status]:
        """The communes set apart have theirs in turn with the others, which have as many as they are large."""
        place = number * STRIDE % self.size
        for apart, rows in self.apart:
            if place < rows:
                return apart.code, apart.status(place, rows, random)
            place -= rows
        commune = self.communes[bisect(self.up_to, random.randrange(self.up_to[-1]))]
        return commune, STANDS[bisect(OF_A_HUNDRED, random.randrange(100))]

    def _filed(self, number: int, random: Random) -> datetime:
        """More each day until yesterday, hardly any at night."""
        day, moment = divmod(FILED_DURING * sqrt((number + random.random()) / self.size), 1)
        hour = 7 * moment / 0.04 if moment < 0.04 else 7 + 17 * (moment - 0.04) / 0.96
        first = datetime.combine(self.at.date() - timedelta(days=FILED_DURING), time(), UTC)
        return first + timedelta(days=day, hours=hour)

    def _visit(self, row: Row, status: Status, submitted: datetime, random: Random) -> Iterator[Row]:
        """Fill in what the officer and the town hall did, and tell of it."""
        officer, established = random.choice(self.officers), self._after(submitted, random)
        row |= {
            **IN_FRANCE,
            "officer_id": officer.id,
            "officer_name": officer.name,
            "station_code": officer.station_code,
            "handled_at": _written(established),
            "established_at": _written(established),
            "established_commune_code": officer.commune_code,
        }
        by_officer = {"account_id": officer.id, "desk": officer.station_code}
        yield {"action": Action.ESTABLISHED.value, "at": established, **by_officer}
        then = self._after(established, random)
        if status in DECIDED:
            row |= {"decided_at": _written(then), "decided_by_name": "Service des élections"}
            yield {"action": DECIDED[status].value, "at": then, "desk": row["commune_code"]}
        elif status is Status.REVOKED:
            row["closed_at"] = _written(then)
            yield {"action": Action.REVOKED.value, "at": then, **by_officer}

    def _chained(self, number: int, acts: Sequence[Row]) -> Iterator[Row]:
        """The journal of that procuration: each entry with the MAC of the one before it (models/chain.py)."""
        key, previous = self.first_id + number, None
        stream = str(Stream("procuration", key))
        for place, act in enumerate(acts):
            entry = {
                **NOBODY,
                **act,
                "stream": stream,
                "number": place + 1,
                "id": self.first_entry + MOST_ENTRIES * number + place,
                "procuration_id": key,
                "previous": previous,
            }
            previous = entry["mac"] = chain.mac_of(entry, self.journal_key)
            yield entry

    def reference(self, ordinal: int) -> str:
        """Its own for each ordinal in their first quarter; one of a later quarter where somebody has it already."""
        left, drawn = ordinal * STRIDE % REFERENCES, ""
        for _ in range(LENGTH):
            left, letter = divmod(left, len(ALPHABET))
            drawn += ALPHABET[letter]
        return self.reference(ordinal + REFERENCES // 4) if drawn in self.taken else drawn

    def _after(self, instant: datetime, random: Random) -> datetime:
        """Between then and now, soon rather than late."""
        return instant + (self.at - instant) * random.random() ** 2


def _line(table: type[Base], row: Row) -> Line:
    return tuple(map(row.get, COLUMNS[table]))


def _written(at: datetime) -> str:
    return at.isoformat(" ", "microseconds").removesuffix("+00:00")


def _local_day(at: datetime) -> date:
    return at.astimezone(PARIS).date()


@cache
def _expiry(submitted: date, last_day: date) -> str:
    return rules.expiry(submitted, last_day).isoformat()
