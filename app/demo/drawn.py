"""The procurations of the synthetic country, drawn some thousands at a time, in as many processes as one likes.

What is drawn follows from the seed and from where these thousands begin, whoever draws them. A line holds what both
databases read as it is: text, whole numbers, bytes and None, with instants in UTC.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import accumulate, product
from math import sqrt
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.demo.bulk import Line
from app.demo.people import SAID_OF_SOMEBODY, people
from models import chain, rules
from models.account import Capacity
from models.base import Base
from models.heads import Stream
from models.journal import Action, Entry
from models.procuration import PollingDay, Procuration, Status
from models.reference import ALPHABET, LENGTH

Lines = dict[type[Base], list[Line]]
KEY = "generated-"
MOST_ENTRIES = 3
"""Of one procuration; as many keys of the journal are kept for each."""
FILED_DURING = 40
PARIS = ZoneInfo("Europe/Paris")
HALVES = ["".join(letters) for letters in product(ALPHABET, repeat=LENGTH // 2)]
REFERENCES = len(HALVES) ** 2
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
ACTS = {
    Status.SUBMITTED: (Action.SUBMITTED,),
    Status.WITHDRAWN: (Action.SUBMITTED, Action.WITHDRAWN),
    Status.ESTABLISHED: (Action.SUBMITTED, Action.ESTABLISHED),
    Status.VALIDATED: (Action.SUBMITTED, Action.ESTABLISHED, Action.VALIDATED),
    Status.INVALIDATED: (Action.SUBMITTED, Action.ESTABLISHED, Action.INVALIDATED),
    Status.REVOKED: (Action.SUBMITTED, Action.ESTABLISHED, Action.REVOKED),
}
"""What was done on a procuration, in this order, for it to stand there."""
BY_OFFICER = {Action.ESTABLISHED, Action.REVOKED}
BY_TOWN_HALL = {Action.VALIDATED, Action.INVALIDATED}
NO_LONGER_PENDING = (Status.VALIDATED,) * 45 + (Status.INVALIDATED,) * 3 + (Status.REVOKED,) * 2

FILED = (
    *("id", "reference", "submission_key", "elector_key", "email", "status", "commune_code", "mandataire_commune_code"),
    *("last_day", "submitted_at", "expires_on", "head_number", "head_mac"),
)
VISITED = (
    *("officer_id", "officer_name", "officer_capacity", "station_code", "handled_at", "established_at"),
    *("established_commune_code", "established_in_france", "decided_at", "decided_by_name", "closed_at"),
)
NOT_VISITED = (None,) * len(VISITED)
COLUMNS: dict[type[Base], tuple[str, ...]] = {
    Procuration: (
        *FILED,
        *VISITED,
        *(f"{who}_{column}" for who in ("mandant", "mandataire") for column in SAID_OF_SOMEBODY),
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
        mandants, mandataires = people(len(numbers), random), people(len(numbers), random)
        lines: Lines = {table: [] for table in COLUMNS}
        for number, mandant, mandataire in zip(numbers, mandants, mandataires, strict=True):
            commune, status = self._where(number, random)
            officer, days = random.choice(self.officers), self.days[: random.randrange(len(self.days)) + 1]
            instants = self._instants(number, len(ACTS[status]), random)
            entries = list(self._journal(number, commune, officer, zip(ACTS[status], instants, strict=True)))
            filed = self._filed(number, commune, status, random)
            until = (days[-1].isoformat(), _written(instants[0]), _expiry(_local_day(instants[0]), days[-1]))
            visited = _visited(status, officer, instants)
            lines[Procuration].append((*filed, *until, len(entries), entries[-1][-1], *visited, *mandant, *mandataire))
            lines[PollingDay] += [(self.first_id + number, day.isoformat()) for day in days]
            lines[Entry] += entries
        return lines

    def _filed(self, number: int, commune: str, status: Status, random: Random) -> Line:
        """Whose it is, and where it stands."""
        return (
            self.first_id + number,
            self.reference(self.first + number),
            f"{KEY}{self.first + number:010}",
            f"{random.getrandbits(256):064x}",
            f"elector.{random.getrandbits(40):x}@electeurs.test",
            status.value,
            commune,
            commune,
        )

    def _where(self, number: int, random: Random) -> tuple[str, Status]:
        """The communes set apart have theirs in turn with the others, which have as many as they are large."""
        place = number * STRIDE % self.size
        for apart, rows in self.apart:
            if place < rows:
                return apart.code, apart.status(place, rows, random)
            place -= rows
        commune = self.communes[bisect(self.up_to, random.randrange(self.up_to[-1]))]
        return commune, STANDS[bisect(OF_A_HUNDRED, random.randrange(100))]

    def _instants(self, number: int, acts: int, random: Random) -> list[datetime]:
        """When each was done: between the one before and now, soon rather than late."""
        instants = [self._submitted(number, random)]
        while len(instants) < acts:
            instants.append(instants[-1] + (self.at - instants[-1]) * random.random() ** 2)
        return instants

    def _submitted(self, number: int, random: Random) -> datetime:
        """More each day until yesterday, hardly any at night."""
        day, moment = divmod(FILED_DURING * sqrt((number + random.random()) / self.size), 1)
        hour = 7 * moment / 0.04 if moment < 0.04 else 7 + 17 * (moment - 0.04) / 0.96
        return self._first_midnight + timedelta(days=day, hours=hour)

    @cached_property
    def _first_midnight(self) -> datetime:
        return datetime.combine(self.at.date() - timedelta(days=FILED_DURING), time(), UTC)

    def _journal(
        self, number: int, commune: str, officer: Officer, acts: Iterable[tuple[Action, datetime]]
    ) -> Iterator[Line]:
        """The entries of that procuration, each with the MAC of the one before it (models/chain.py)."""
        key, previous = self.first_id + number, None
        stream = str(Stream("procuration", key))
        for place, (action, at) in enumerate(acts):
            by_officer = action in BY_OFFICER
            entry = {
                "stream": stream,
                "number": place + 1,
                "id": self.first_entry + MOST_ENTRIES * number + place,
                "at": at,
                "action": action.value,
                "procuration_id": key,
                "account_id": officer.id if by_officer else None,
                "desk": officer.station_code if by_officer else commune if action in BY_TOWN_HALL else None,
                "election_id": None,
                "detail": None,
                "previous": previous,
            }
            previous = chain.mac_of(entry, self.journal_key)
            yield *({**entry, "at": _written(at)}.values()), previous

    def reference(self, ordinal: int) -> str:
        """Its own for each ordinal in their first quarter; one of a later quarter where somebody has it already."""
        first, second = divmod(ordinal * STRIDE % REFERENCES, len(HALVES))
        drawn = HALVES[first] + HALVES[second]
        return self.reference(ordinal + REFERENCES // 4) if drawn in self.taken else drawn


def _visited(status: Status, officer: Officer, instants: Sequence[datetime]) -> Line:
    """What the officer and the town hall did on one that stands there."""
    if Action.ESTABLISHED not in ACTS[status]:
        return NOT_VISITED
    established, last = _written(instants[1]), _written(instants[-1])
    is_decided = ACTS[status][-1] in BY_TOWN_HALL
    return (
        officer.id,
        officer.name,
        Capacity.OPJ.value,
        officer.station_code,
        established,
        established,
        officer.commune_code,
        1,
        last if is_decided else None,
        "Service des élections" if is_decided else None,
        last if status is Status.REVOKED else None,
    )


def _written(at: datetime) -> str:
    return at.isoformat(" ", "microseconds").removesuffix("+00:00")


def _local_day(at: datetime) -> date:
    return at.astimezone(PARIS).date()


@cache
def _expiry(submitted: date, last_day: date) -> str:
    return rules.expiry(submitted, last_day).isoformat()
