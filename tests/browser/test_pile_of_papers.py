"""Papers are typed by the pile, without a mouse: each leaves the next one ready at the mandant's name."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.dates import now
from tests.browser import people

pytestmark = pytest.mark.browser


def person(page: Page, name: str, first_names: str, birth_date: str, number: str) -> None:
    """Five questions; the first answer of the sex is chosen with the space bar."""
    for text in (name, first_names):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for text in (birth_date, number):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def test_the_next_paper_of_the_pile_is_typed_with_the_keyboard_alone(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page, mandant_birth_name="Premier")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Premier")
    expect(page.locator("[name=mandant_birth_name]")).to_be_focused()
    number = next(people.numbers)
    person(page, "Deuxième", "Jean", f"0103{1900 + number % 100}", f"8{number:05}")
    assert focused(page) == "mandataire_birth_name"
    person(page, "Troisième", "Luce", f"0204{1900 + number % 100}", f"9{number:05}")
    while focused(page) != "established_on":
        page.keyboard.press("Tab")
    page.keyboard.type(f"{now().date() - timedelta(days=2):%d%m%Y}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Deuxième Jean → Troisième Luce, à décider")
    expect(page.locator("[name=mandant_birth_name]")).to_be_focused()
