"""What people do, each to the page that tells the outcome: by `bench/target.py`, whoever drives it."""

from collections.abc import Callable
from dataclasses import dataclass

from bench import target
from bench.client import Client
from bench.countries import Country

FEW = 30
"""How many await the decision of Vorges."""
AT_ONCE = 20
"""How many of the shortest answers are asked: one is too short to be told from nothing."""
BARE = "bare Flask"
HOME, ONE, MANY_AT_ONCE = "the home page", "validate one", "validate many at once"
FIRST_PAGE, DEEP_PAGE = "what awaits Laon, its first page", "a late page of it"
OF_VORGES, OF_LAON, OF_TOULOUSE = (
    "all of Vorges, one page",
    "all of Laon, its first page",
    "all of Toulouse, its first page",
)


@dataclass(frozen=True)
class Operation:
    """Who does what, and how many times at once, under the name by which its line is found in the results."""

    name: str
    who: str
    do: Callable[[Client, Country], object]
    times: int = 1

    def __call__(self, country: Country) -> None:
        """Do it once there. Raises RuntimeError: a page does not tell the outcome."""
        self.do(country.clients[self.who], country)


def everything(client: Client, _: Country) -> None:
    """The first page of all that a commune was given, decided or not. Raises RuntimeError: it has none."""
    page = client.get(target.TOWN_HALL)
    if 'class="tick"' not in page.text:
        raise RuntimeError(f"{page.path}: {page.status}, without a row")


def late_page(client: Client, country: Country) -> None:
    """As far as there are whole pages."""
    target.list_pending(client, page=country.last_whole_page)


def decide(client: Client, country: Country, count: int) -> None:
    """Step 3, from the list that the clerk has open: tick, ask, confirm."""
    target.clerk_validate(client, [next(country.next_pending) for _ in range(count)])


def bare_answers(client: Client, _: Country) -> None:
    """What everything is compared with: a word, by an application of five lines."""
    for _answer in range(AT_ONCE):
        client.get("/")


def home_pages(client: Client, _: Country) -> None:
    """As many."""
    for _answer in range(AT_ONCE):
        target.landing(client)


EVERYWHERE = (
    Operation(BARE, "bare", bare_answers, times=AT_ONCE),
    Operation(HOME, "nobody", home_pages, times=AT_ONCE),
    Operation(
        "a demande, from its form to its receipt", "elector", lambda client, on: target.submit(client, next(on.numbers))
    ),
    Operation(
        "the counter: open, then establish",
        "officer",
        lambda client, on: target.officer_validate(client, next(on.next_reference)),
    ),
    Operation("what awaits Vorges", "clerk_small", lambda client, _: target.list_pending(client, expect=FEW)),
    Operation(FIRST_PAGE, "clerk_big", lambda client, _: target.list_pending(client)),
    Operation("open a file", "clerk_big", lambda client, on: target.open_file(client, next(on.next_pending))),
    Operation(ONE, "clerk_big", lambda client, on: decide(client, on, 1)),
)
"""In the small country and in the large one."""
LISTS = (
    Operation(FIRST_PAGE, "clerk_big", lambda client, _: target.list_pending(client)),
    Operation(DEEP_PAGE, "clerk_big", late_page),
    Operation(OF_VORGES, "clerk_small", everything),
    Operation(OF_LAON, "clerk_big", everything),
    Operation(OF_TOULOUSE, "clerk_largest", everything),
)
"""In the large country alone, in turn with one another."""
HEAVY = (
    Operation("the whole list of Laon as CSV", "clerk_big", lambda client, _: target.export_csv(client)),
    Operation(MANY_AT_ONCE, "clerk_big", lambda client, on: decide(client, on, on.many)),
)
"""In the large country alone, and a few times only."""
