"""What each operation costs, and which goals that meets: processor time in answers of bare Flask, never a duration.

Whatever is compared is asked in turn, so that other work on the machine slows all of it alike.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.client import Cost
from bench.countries import Country, a_country
from bench.operations import (
    BARE,
    DEEP_PAGE,
    EVERYWHERE,
    FIRST_PAGE,
    HEAVY,
    HOME,
    LISTS,
    MANY_AT_ONCE,
    OF_LAON,
    OF_TOULOUSE,
    OF_VORGES,
    ONE,
    Operation,
)

Costs = dict[str, Cost]
AT_MOST = 1.10
"""By how much anything may grow with the country, the commune or the page."""


@dataclass(frozen=True)
class Figures:
    """The median cost of each operation on one database; `bare` is the processor time of a bare Flask answer.

    `alone`: what only the large country is asked.
    """

    database: str
    bare: float
    small: Costs
    large: Costs
    alone: Costs
    late_page: int
    many: int

    def units(self, cost: Cost) -> float:
        """In answers of bare Flask."""
        return cost.seconds / self.bare

    @property
    def growth(self) -> dict[str, float]:
        """By what the processor time of each is multiplied in the larger country."""
        return {name: self.large[name].seconds / cost.seconds for name, cost in self.small.items()}


class Goal(NamedTuple):
    """What is compared, what was measured, and what it may be at most."""

    what: str
    measured: float
    at_most: float

    @property
    def holds(self) -> bool:
        """To the hundredth, which is what is told."""
        return round(self.measured, 2) <= round(self.at_most, 2)


def figures(database: str, small: int, large: int, rounds: int, directory: Path) -> Figures:
    """Build what is missing in that directory, ask both countries in turn, and undo."""
    heavy_rounds = max(1, rounds // 10)
    with ExitStack() as stack:
        here, there = (stack.enter_context(a_country(database, size, directory, rounds + 1)) for size in (small, large))
        everywhere = _asked(EVERYWHERE, [here, there], rounds)
        alone = _asked(LISTS, [there], rounds)[0] | _asked(HEAVY, [there], heavy_rounds)[0]
        bare = [costs.pop(BARE).seconds for costs in everywhere]
        return Figures(
            database=database,
            bare=sum(bare) / len(bare),
            small=everywhere[0],
            large=everywhere[1],
            alone=alone,
            late_page=there.last_whole_page,
            many=there.many,
        )


def _asked(operations: Sequence[Operation], countries: Sequence[Country], rounds: int) -> list[Costs]:
    """The medians in each country; what is done for the first time costs more, and does not count."""
    spent: list[dict[str, list[Cost]]] = [defaultdict(list) for _ in countries]
    for turn, operation, (costs, country) in product(
        range(rounds + 1), operations, list(zip(spent, countries, strict=True))
    ):
        operation(country)
        spent_here = country.meter.read()
        if turn:
            costs[operation.name].append(Cost(*(of / operation.times for of in spent_here)))
    return [{name: Cost(*map(median, zip(*of, strict=True))) for name, of in costs.items()} for costs in spent]


def goals(of: Figures) -> Iterator[Goal]:
    """Growth, then what is compared within the large country."""
    for name, growth in of.growth.items():
        yield Goal(f"growth with the country: {name}", growth, AT_MOST)
    there = of.large | of.alone
    seconds = {name: cost.seconds for name, cost in there.items()}
    yield Goal(
        f"page {of.late_page} of what awaits Laon against its first", seconds[DEEP_PAGE] / seconds[FIRST_PAGE], AT_MOST
    )
    yield Goal("fifty rows of Laon against all of Vorges", seconds[OF_LAON] / seconds[OF_VORGES], AT_MOST)
    yield Goal("fifty rows of Toulouse against all of Vorges", seconds[OF_TOULOUSE] / seconds[OF_VORGES], 1.15)
    yield Goal(f"validate {of.many} at once against one", seconds[MANY_AT_ONCE] / seconds[ONE], 5)
    yield Goal(
        f"statements of {of.many} at once against one", there[MANY_AT_ONCE].statements / there[ONE].statements, AT_MOST
    )
    yield Goal("the home page against bare Flask", seconds[HOME] / of.bare, 1 / 0.75)
