"""Will it be in time? What the town hall's closing time and the measured delays say before a vote.

An opinion, in three degrees, that blocks nothing: no demande is refused for being late. Pure functions of values and of
the instant; models/forecasts.py reads what they need.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.delays import Delay
from models.desk_settings import DeskSettings
from models.territory import Commune

ONE_DAY = timedelta(days=1)


class Chance(StrEnum):
    """Before the closing time even when slow; before the day of the vote if all goes as usual; or neither.

    Usually, a mandant who still has to come to a counter comes today: when others came says nothing of that.
    """

    IN_TIME = "in_time"
    TIGHT = "tight"
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class Left:
    """What is left before the answer: the step that lasts `since` then, and how long each takes.

    `counter`: None once established. `answer`: None where the register answers in the act itself. `is_electors`:
    whether the mandant still has to come to a counter.
    """

    since: datetime
    counter: Delay | None
    answer: Delay | None
    is_electors: bool = False

    def usual_end(self, now: datetime) -> datetime:
        """When half of them are answered, if the mandant comes today; never before this instant."""
        return self._end(lambda step: timedelta() if self.is_electors and step is self.counter else step.usual, now)

    def slow_end(self, now: datetime) -> datetime:
        """When nine in ten are; never before this instant."""
        return self._end(lambda step: step.slow, now)

    def is_overdue(self, now: datetime) -> bool:
        """The town hall has had it for longer than nine in ten."""
        answer = self.answer
        has_it = self.counter is None and answer is not None
        return has_it and answer is not None and answer.is_measured and self.since + answer.slow < now

    def _end(self, length: Callable[[Delay], timedelta], now: datetime) -> datetime:
        present, *then = [step for step in (self.counter, self.answer) if step]
        return max(self.since + length(present), now) + sum((length(step) for step in then), timedelta())


@dataclass(frozen=True)
class Forecast:
    """What is to be expected before one vote, and from what it was computed.

    `go_by`: the last day at a counter that leaves time for a slow answer; None when there is none to name.
    """

    day: date
    chance: Chance
    closes_at: datetime
    left: Left
    go_by: date | None
    is_overdue: bool
    settings: DeskSettings


def chance(left: Left, *, closes_at: datetime, opens_at: datetime, now: datetime) -> Chance:
    """By the closing time of the lists, and by the midnight from which the day of the vote runs."""
    if left.slow_end(now) <= closes_at and not left.is_overdue(now):
        return Chance.IN_TIME
    return Chance.TIGHT if left.usual_end(now) < opens_at else Chance.TOO_LATE


def go_by(left: Left, *, closes_at: datetime, commune: Commune, until: date, now: datetime) -> date | None:
    """The last whole day on which a visit leaves time for a slow answer before the closing; `until` at the latest."""
    if not left.is_electors:
        return None
    limit = closes_at - (left.answer.slow if left.answer else timedelta())
    day = min(commune.local_day(limit) - ONE_DAY, until)
    return day if day >= commune.local_day(now) else None
