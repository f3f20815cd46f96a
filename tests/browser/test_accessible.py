"""Every page in every state: axe finds nothing, nothing overflows at 320 px or at 200 %, focus is visible."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import (
    clerk_states,
    counter_states,
    elector_states,
    polling_day_states,
    public_states,
    supervision_states,
    town_hall_states,
)

pytestmark = pytest.mark.browser
STATES = (
    public_states.STATES
    | elector_states.STATES
    | counter_states.STATES
    | town_hall_states.STATES
    | polling_day_states.STATES
    | clerk_states.STATES
    | supervision_states.STATES
)


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_every_page_is_for_everybody(state: str, page: Page) -> None:
    STATES[state](page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_focus_is_visible(page)


def assert_focus_is_visible(page: Page) -> None:
    """The first stops of the Tab key show an outline."""
    for _ in range(5):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"
