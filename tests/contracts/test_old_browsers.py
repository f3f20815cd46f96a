"""Slow and old: nothing in the style sheet breaks in a browser of 2016, no web font, and little to load."""

import gzip
import re
from urllib.parse import urlsplit

import pytest

from app.config import PROJECT
from app.pdf import STYLE
from tests.browser.old_browser import LOST_WITHOUT_HARM, novelties
from tests.builders import World
from tests.page import read

SHEET = STYLE.read_text(encoding="utf-8")
BUDGET = 60_000
"""Bytes of a first visit: the page and all that it loads, before any compression."""


def test_nothing_in_the_style_sheet_is_newer_than_2016_without_another_way() -> None:
    assert novelties(SHEET) == []


@pytest.mark.parametrize(
    "novelty",
    [
        ".a:has(b) { color: red }",
        ".a :is(b, c) { color: red }",
        ".a { gap: 1rem }",
        ".a { padding-inline: 1rem }",
        ".a { width: min(100%, 20rem) }",
        ".a { width: clamp(1rem, 2vw, 3rem) }",
        ".a { inset: 0 }",
        ".a { aspect-ratio: 1 }",
        ".a { display: contents }",
        ".a { color: red; & b { color: blue } }",
        "@layer a { b { color: red } }",
        "@container (width > 1rem) { b { color: red } }",
        "@font-face { font-family: a; src: url(a.woff2) }",
        "@media print { .a { gap: 1rem } }",
    ],
)
def test_each_of_these_would_be_refused(novelty: str) -> None:
    assert novelties(novelty)


def test_what_may_be_lost_is_used_and_each_has_its_reason() -> None:
    assert [name for name in LOST_WITHOUT_HARM if f"{name}:" not in SHEET] == []
    assert all(LOST_WITHOUT_HARM.values())


def test_no_page_uses_an_element_that_is_newer() -> None:
    """`details` shows itself open where it is not known, `datalist` suggests nothing."""
    known = re.findall(
        "[a-z0-9]+",
        """
        a article aside body br button caption code datalist dd details div dl dt em fieldset figcaption figure footer
        form h1 h2 h3 head header hr html img input label legend li line link main meta nav ol option optgroup p pre
        rect script section select small span strong style summary svg table tbody td text textarea th thead title tr
        ul
        """,
    )
    templates = (PROJECT / "templates").rglob("*.html")
    used = {
        tag for path in templates for tag in re.findall(r"<([a-z][a-z0-9]*)[\s>]", path.read_text(encoding="utf-8"))
    }
    assert used - set(known) == set()


def test_white_text_never_depends_on_a_variable() -> None:
    """A browser without variables keeps the white and would lose the ground under it."""
    for rule in re.findall(r"[^{}]*\{[^{}]*\}", SHEET):
        if re.search(r"(?<![-\w])color: #fff", rule):
            assert re.search(r"background: #(?!fff)[0-9a-f]{6}", rule), rule


@pytest.mark.parametrize("address", ["/", "/ou-aller", "/papier", "/aide", "/accessibilite", "/donnees-personnelles"])
def test_a_first_page_and_all_it_loads_weigh_little(world: World, address: str) -> None:
    _check_weight(world.app.test_client(), address)


def test_the_form_and_all_it_loads_weigh_little(world: World) -> None:
    _check_weight(world.as_elector(world.an_elector()), "/demande")


def _check_weight(client, address: str) -> None:
    answer = client.get(address)
    page = read(answer)
    loaded = {e.get("src") for e in page.all("img", "script")} | {e.get("href") for e in page.all("link")}
    sizes = {address: (len(answer.data), len(gzip.compress(answer.data)))}
    for asset in loaded - {None}:
        if urlsplit(asset).scheme == "data":
            continue
        with client.get(asset) as sent:
            assert sent.status_code == 200, asset
            sizes[asset] = (len(sent.data), len(gzip.compress(sent.data)))
    plain, compressed = (sum(size[i] for size in sizes.values()) for i in (0, 1))
    assert plain < BUDGET, sizes
    assert compressed < BUDGET / 3, sizes
