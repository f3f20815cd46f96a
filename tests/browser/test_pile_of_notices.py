"""Notices of death are taken in by the pile, without a mouse: each leaves the field ready for the next name."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import people

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.name"))


def test_the_next_notice_of_the_pile_is_taken_in_with_the_keyboard_alone(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page, mandant_birth_name="Défunt")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Défunt")
    page.goto("/admin/ends/")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("defunt")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_be_focused()
    while not focused(page).startswith("Le mandant est décédé"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le mandant est-il décédé ?")
    while focused(page) != "Terminer la procuration":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Défunt")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("defunt")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("aucune procuration en vigueur")
    expect(page.locator("[name=name]")).to_be_focused()
