"""How long the steps take, by place: from the demande to the counter, from a délégué to the officer, to the answer.

Measured once a day over the last ninety days (`close-scrutins`), kept as two lengths and a count; of fewer than ten,
nothing is kept, and who reads falls back to the department, then to the country. No person is in it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import CheckConstraint, String, bindparam, delete, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import Base, change, coded, db, inserting
from models.law import duration, least_count
from models.procuration import Procuration, Source, Status
from models.territory import Commune, Station

HOUR = timedelta(hours=1)
USUAL, SLOW = 0.5, 0.9
"""Half of them took that long at most, and nine in ten."""
BATCH = 1000


class Step(StrEnum):
    """What takes time: the elector's visit, the officer behind a délégué, the town hall's answer."""

    VISIT = "visit"
    HANDOVER = "handover"
    ANSWER = "answer"


class Level(StrEnum):
    """Of which place a figure is: a station or a commune, its department, the country."""

    OWN = "own"
    DEPARTMENT = "department"
    COUNTRY = "country"


EVERYWHERE = ""
"""The code of the country."""
Place = tuple[Level, str]


class DelayFigure(Base):
    """One step in one place: half of `count` took at most `usual_hours`, nine in ten at most `slow_hours`."""

    __tablename__ = "delay_figure"
    __table_args__ = (CheckConstraint("usual_hours <= slow_hours", name="hours_ordered"),)

    step: Mapped[Step] = mapped_column(coded(Step, 10, check="step"), primary_key=True)
    level: Mapped[Level] = mapped_column(coded(Level, 10, check="level"), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int]
    usual_hours: Mapped[int]
    slow_hours: Mapped[int]
    measured_at: Mapped[datetime]


@dataclass(frozen=True)
class Delay:
    """How long a step takes: usually, and slowly; `level` is None when nothing measured says so."""

    usual: timedelta
    slow: timedelta
    count: int = 0
    level: Level | None = None

    @property
    def is_measured(self) -> bool:
        return self.level is not None


@dataclass(frozen=True)
class Delays:
    """What was measured in some places, and around them."""

    kept: Mapping[tuple[Step, Level, str], Delay]

    def of(self, step: Step, department: str, own: str | None = None) -> Delay | None:
        """The nearest that enough files tell: the place's own, its department's, the country's."""
        near = ((Level.OWN, own), (Level.DEPARTMENT, department), (Level.COUNTRY, EVERYWHERE))
        found = (self.kept.get((step, level, code)) for level, code in near if code is not None)
        return next((delay for delay in found if delay), None)


@dataclass(frozen=True)
class Lasted:
    """One step of one file, in one place of that department."""

    step: Step
    code: str
    department: str
    time: timedelta


def measure(now: datetime) -> int:
    """Measure anew, and forget the figures of before; how many are kept. Two at once do no harm: the last one stays."""
    figures = _figures(now)
    if figures:
        kept = inserting(DelayFigure)
        new = {name: kept.excluded[name] for name in ("count", "usual_hours", "slow_hours", "measured_at")}
        rows = [figure | {"measured_at": now} for figure in figures]
        db.session.execute(kept.on_conflict_do_update(index_elements=["step", "level", "code"], set_=new), rows)
    change(delete(DelayFigure).where(DelayFigure.measured_at < now))
    return len(figures)


def count(now: datetime) -> int:
    """How many would be kept."""
    return len(_figures(now))


def figures_of(lasted: Iterable[Lasted], least: int) -> Iterator[dict[str, Any]]:
    """The columns of each figure, but the instant, in the order of their keys; none of fewer than `least`."""
    tallies: dict[tuple[Step, Place], Counter[int]] = defaultdict(Counter)
    for one in lasted:
        hours = max(ceil(one.time / HOUR), 0)
        for place in ((Level.OWN, one.code), (Level.DEPARTMENT, one.department), (Level.COUNTRY, EVERYWHERE)):
            tallies[one.step, place][hours] += 1
    for (step, (level, code)), tally in sorted(tallies.items()):
        if tally.total() >= least:
            usual, slow = (_hours_of(share, tally) for share in (USUAL, SLOW))
            yield {
                "step": step,
                "level": level,
                "code": code,
                "count": tally.total(),
                "usual_hours": usual,
                "slow_hours": slow,
            }


def around(communes: Collection[Commune], stations: Collection[Station]) -> Delays:
    """What was measured of these places, their departments and the country; one query, found by the key."""
    places = [*communes, *(station.commune for station in stations)]
    own = {*(commune.code for commune in communes), *(station.code for station in stations)}
    codes = {EVERYWHERE, *own, *(place.department_code for place in places)}
    found = db.session.connection().execute(_OF_CODES, {"codes": sorted(codes)})
    return Delays(
        {
            (step, level, code): Delay(usual * HOUR, slow * HOUR, count, level)
            for step, level, code, usual, slow, count in found
        }
    )


_READ = ("step", "level", "code", "usual_hours", "slow_hours", "count")
_OF_CODES = select(*(DelayFigure.__table__.c[name] for name in _READ)).where(
    DelayFigure.step.in_(Step), DelayFigure.level.in_(Level), DelayFigure.code.in_(bindparam("codes", expanding=True))
)


def _figures(now: datetime) -> list[dict[str, Any]]:
    return list(figures_of(_lasted(now), least_count("delay", now.date())))


def _hours_of(share: float, tally: Counter[int]) -> int:
    """Within how many hours that share of them was done."""
    done = 0
    for hours in sorted(tally):
        done += tally[hours]
        if done >= share * tally.total():
            return hours
    raise ValueError("nothing was counted")


def _lasted(now: datetime) -> Iterator[Lasted]:
    """What was established lately on line, a step at a time; read by the index, a thousand rows in memory."""
    place = aliased(Commune)
    since = now - timedelta(days=duration("delays", now.date()).days)
    query = (
        select(Procuration, Commune.department_code, place.department_code)
        .join(Commune, Commune.code == Procuration.commune_code)
        .outerjoin(Station, Station.code == Procuration.station_code)
        .outerjoin(place, place.code == Station.commune_code)
        .where(Procuration.established_at >= since, Procuration.source == Source.ONLINE)
    )
    columns = [Procuration.__table__.c[name] for name in NEEDED]
    rows = db.session.execute(
        query.with_only_columns(*columns, Commune.department_code, place.department_code, maintain_column_froms=True),
        execution_options={"yield_per": BATCH},
    )
    for *values, here, there in rows:
        yield from steps_of(dict(zip(NEEDED, values, strict=True)), here, there)


NEEDED = (
    *("commune_code", "station_code", "status", "is_automated"),
    *("submitted_at", "checked_at", "established_at", "decided_at", "closed_at"),
)
"""What `steps_of` reads of a procuration."""


def steps_of(row: Mapping[str, Any], department: str, station_department: str | None) -> Iterator[Lasted]:
    """What each step of one file took. What the register or the minister did at once is nobody's delay.

    What ended without an answer counts for as long as it waited.
    """
    station, established = row["station_code"], row["established_at"]
    if station and station_department:
        seen = row["checked_at"] or established
        yield Lasted(Step.VISIT, station, station_department, seen - row["submitted_at"])
        if row["checked_at"]:
            yield Lasted(Step.HANDOVER, station, station_department, established - row["checked_at"])
    answered = row["decided_at"] or (row["closed_at"] if row["status"] == Status.ENDED else None)
    if answered and not row["is_automated"]:
        yield Lasted(Step.ANSWER, row["commune_code"], department, answered - established)
