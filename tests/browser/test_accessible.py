"""Every page in every state: axe finds nothing, it is light, and whole for who enlarges, spaces out, points or types.

The numbers in brackets are success criteria of WCAG 2.2 and criteria of RGAA 4.1 (docs/rgaa.md).
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import (
    clerk_states,
    counter_states,
    elector_states,
    obstacle_states,
    polling_day_states,
    public_states,
    round_states,
    supervision_states,
    town_hall_states,
)
from tests.browser.measures import (
    ENLARGED,
    SPACED,
    load,
    lost_text,
    moved_by_what_follows,
    overflow,
    small_targets,
)

pytestmark = pytest.mark.browser
STATES = (
    public_states.STATES
    | elector_states.STATES
    | counter_states.STATES
    | round_states.STATES
    | town_hall_states.STATES
    | polling_day_states.STATES
    | clerk_states.STATES
    | supervision_states.STATES
    | obstacle_states.STATES
)
FIRST, AGAIN = 60_000, 15_000
"""Bytes, of a first visit from elsewhere and of any other page."""


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_every_page_is_for_everybody(state: str, page: Page) -> None:
    STATES[state](page)
    page.wait_for_load_state()
    assert_is_light_and_still(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert small_targets(page) == []
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) == 0, width
    assert small_targets(page) == []
    assert_text_may_be_spaced_and_enlarged(page)
    assert_focus_is_visible(page)


def test_a_second_page_asks_for_itself_alone(page: Page) -> None:
    page.goto("/")
    assert load(page).requests > 1
    page.goto("/aide")
    assert load(page).requests == 1


def assert_is_light_and_still(page: Page) -> None:
    """In bytes, in requests (page, style, picture, script), and nothing moves under the eyes."""
    loaded = load(page)
    assert loaded.first <= FIRST
    assert 0 < loaded.again <= AGAIN
    assert loaded.requests <= 4
    assert loaded.shift < 0.01
    assert moved_by_what_follows(page) == 0


def assert_text_may_be_spaced_and_enlarged(page: Page) -> None:
    """With the spacings of 1.4.12 (10.12), at 320 px; with letters twice as large (1.4.4, 10.4), at 1280 px."""
    for width, style in ((320, SPACED), (1280, ENLARGED)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(ADOPT, style)
        assert overflow(page) == 0, style
        assert lost_text(page) == [], style
        page.evaluate(ADOPT, "")


ADOPT = """style => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)
  document.adoptedStyleSheets = [sheet]
}"""


def assert_focus_is_visible(page: Page) -> None:
    """The first stops of the Tab key show an outline."""
    for _ in range(5):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"
