"""One page of what was measured, in one file: which goals hold, a chart of growth, the tables it is drawn from."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.measure import AT_MOST, Figures, Goal, goals

WIDTH, MARGIN, TOP, STEP = 320, 12, 40, 50
NARROWEST, WIDEST = 0.8, 1.3
"""What the chart shows at least; further when something was measured there."""


class Point(NamedTuple):
    """One operation on one database, in the chart's own measure."""

    x: float
    y: float
    database: str


class Chart:
    """Where each growth stands between the two ends of one scale, operation under operation."""

    def __init__(self, measured: Sequence[Figures]) -> None:
        self._measured = measured
        every = [growth for figures in measured for growth in figures.growth.values()]
        self.least, self.most = min(NARROWEST, *every), max(WIDEST, *every)
        self.width, self.height = WIDTH, TOP + STEP * len(measured[0].growth)
        self.same, self.limit = self.x(1), self.x(AT_MOST)

    def x(self, growth: float) -> float:
        """From the left."""
        share = (growth - self.least) / (self.most - self.least)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    @property
    def lines(self) -> list[tuple[str, int, list[Point]]]:
        """Each operation, the height of its line, and its points."""
        names = list(self._measured[0].growth)
        return [(name, y, self._points(name, y)) for name, y in zip(names, range(TOP, self.height, STEP), strict=True)]

    def _points(self, name: str, y: int) -> list[Point]:
        """One above the other, so that equals are both seen."""
        return [
            Point(self.x(figures.growth[name]), y + 20 + 8 * place, figures.database)
            for place, figures in enumerate(self._measured)
        ]


def written(measured: Sequence[Figures], small: int, large: int, rounds: int, day: date) -> str:
    """The page, whatever it has to tell."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    compared = list(zip(*map(goals, measured), strict=True))
    return environment.get_template("page.html").render(
        measured=measured,
        chart=Chart(measured),
        goals=sorted(compared, key=_holds),
        missed=sum(not goal.holds for one in compared for goal in one),
        at_most=AT_MOST,
        small=f"{small:,}",
        large=f"{large:,}",
        rounds=rounds,
        day=f"{day:%d %B %Y}".lstrip("0"),
    )


def _holds(goal: Sequence[Goal]) -> bool:
    """On each database."""
    return all(one.holds for one in goal)
