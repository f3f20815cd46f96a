"""What `make bench` writes has a line for each step and each goal, and says which goals are missed."""

import re
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from xml.etree.ElementTree import Element

import html5lib
from click.testing import CliRunner

from bench import page, rush, target
from bench.__main__ import main
from bench.client import Cost
from bench.measure import Figures, Goal, goals
from bench.operations import BARE, EVERYWHERE, HEAVY, HOME, LISTS
from tests.live import free_port
from tests.page import text_of

STEPS = [operation.name for operation in EVERYWHERE if operation.name != BARE]
ALONE = [operation.name for operation in (*LISTS, *HEAVY)]
SVG = "{http://www.w3.org/2000/svg}"
SIZES = ["--small", "2600", "--large", "4000", "--rounds", "1"]


def figures(database: str, growth: float = 1) -> Figures:
    """One millisecond for bare Flask, ten for everything in the small country, and a home page of one."""
    small = dict.fromkeys(STEPS, Cost(0.010, 4)) | {HOME: Cost(0.001, 0)}
    large = {name: Cost(cost.seconds * growth, cost.statements) for name, cost in small.items()}
    return Figures(database, 0.001, small, large, dict.fromkeys(ALONE, Cost(0.010, 4)), late_page=200, many=500)


def read(text: str) -> Element:
    """Raises an error: the page is not HTML."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def lines(root: Element) -> list[list[str]]:
    """The cells of each row of each table, its name first."""
    return [[text_of(cell) for cell in row] for body in root.iter("tbody") for row in body.iter("tr")]


def written(*measured: Figures) -> Element:
    return read(page.written(measured, 10_000, 1_000_000, 40, date(2026, 11, 30)))


def test_every_step_is_measured_and_every_goal_told_in_a_small_country(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [*SIZES, "--database", "SQLite", "--directory", str(tmp_path)])
    results = tmp_path / "results.html"
    said, *missed = done.output.splitlines()
    assert said == f"written: {results}"
    assert done.exit_code == bool(missed)
    told = lines(read(results.read_text()))
    count = len(told) - len(STEPS) - len(ALONE)
    assert [line[0] for line in told[count:]] == STEPS + ALONE
    assert [line[0] for line in told[:count] if line[-1].endswith("missed")] == [
        re.sub(r"does not hold: SQLite: (.*) ×.*", r"\1", line) for line in missed
    ]
    for name, cost, *_, statements in told[count:]:
        assert float(cost.replace(",", "")) > 0
        assert (int(statements) > 0) is (name != HOME)


def test_a_rush_is_held_without_an_error_or_a_lost_row_and_says_how_long_each_took(tmp_path: Path) -> None:
    """Whether it is held in time depends on the machine, and is left to who asks."""
    rates = ["--demandes", "3", "--openings", "2", "--pages", "2", "--seconds", "3", "--port", str(free_port())]
    done = CliRunner().invoke(rush.main, ["--size", "2600", *rates, "--directory", str(tmp_path)])
    alone, *crowds, outcome = done.output.splitlines()
    assert alone.startswith("a demande alone: "), done.output
    assert {line.partition(",")[0] for line in crowds} == {"demandes: 9", "openings: 6", "pages: 6"}
    assert outcome.startswith("errors: 0; lost: {'audit': 0, 'outbox': 0, 'rows': 0}; "), done.output


def test_who_gets_no_answer_is_told_as_an_error_and_the_others_come_all_the_same() -> None:
    """No server is there at all."""
    browsers: SimpleQueue[rush.Browser] = SimpleQueue()
    browsers.put(rush.Browser(free_port()))
    held = rush.rush([rush.Crowd("pages", target.list_pending, 100, browsers)], 0.05)
    assert len(held.errors) == 5
    assert not held.took


def test_a_step_that_grows_too_much_is_told_as_missed_on_its_database_alone() -> None:
    root = written(figures("SQLite", growth=1.2), figures("PostgreSQL"))
    told = lines(root)[: len(list(goals(figures("SQLite"))))]
    assert [line[2:] for line in told if "missed" in " ".join(line)] == [["×1.20 missed", "×1.00"]] * len(STEPS)
    assert f"Of {2 * len(told)} goals, {len(STEPS)} are missed." in text_of(root)


def test_a_goal_is_held_to_the_hundredth_that_is_told() -> None:
    assert Goal("growth", 1.104, 1.10).holds
    assert not Goal("growth", 1.106, 1.10).holds


def test_the_chart_shows_each_step_on_each_database_and_says_so_in_words() -> None:
    chart = next(written(figures("SQLite"), figures("PostgreSQL", growth=1.05)).iter(f"{SVG}svg"))
    assert len(list(chart.iter(f"{SVG}circle"))) == len(list(chart.iter(f"{SVG}rect"))) == len(STEPS)
    words = text_of(next(chart.iter(f"{SVG}desc")))
    assert all(f"{name} ×1.05" in words and f"{name} ×1.00" in words for name in STEPS)
