"""The three doors in a real browser: with scripts, without them, and with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import people
from tests.browser.conftest import Site, Watch, a_tab

pytestmark = pytest.mark.browser


def walk(page: Page, citizen: str, mandataire: str) -> None:
    """Each walk has a mandataire of its own, who may hold one procuration established in France (L73)."""
    reference = people.file_a_demande(page, citizen, mandataire)
    people.establish(page, reference)
    page.get_by_role("button", name="Se déconnecter").click()
    people.validate(page, reference)
    page.goto("/mes-procurations")
    expect(page.locator(f"[data-reference='{reference}']")).to_have_attribute("data-status", "validated")


def test_three_people_walk_through_the_three_doors(page: Page) -> None:
    walk(page, "eloise", "Le Bihan")


def test_the_same_without_scripts(page_without_scripts: Page) -> None:
    walk(page_without_scripts, "niall", "Kerouac")


def test_each_step_sends_a_message_to_the_demonstrations_mailbox(page: Page) -> None:
    address = f"boite.{next(people.numbers)}@electeurs.test"
    reference = people.file_a_demande(page, "mai", email=address)
    people.open_the_mail_to(page, address)
    expect(page.locator("main")).to_contain_text(reference)


def test_ending_one_session_leaves_the_other(page: Page) -> None:
    people.sign_in_as_citizen(page)
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/demande")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande de procuration")


def tab_to(page: Page, *names: str) -> None:
    """Press Tab until one of these fields, or the page's button, has the focus."""
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name || document.activeElement.tagName") not in (*names, "BUTTON"):
        page.keyboard.press("Tab")


def test_an_elector_files_with_the_keyboard_alone(page: Page) -> None:
    people.sign_in_as_citizen(page, "jean")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    answers = {
        "commune_search": "Laon",
        "mandataire_birth_date": "17/07/1990",
        "mandataire_birth_name": "LE GUILLOUX",
        "mandataire_first_names": "Anne-Lise",
        "mandataire_sex": " ",
        "mandataire_commune_search": "Laon",
        "validity": " ",
        "scrutins": " ",
        "email": "jean@electeurs.test",
    }
    for name, answer in answers.items():
        tab_to(page, name)
        page.keyboard.type(answer)
    tab_to(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Relisez votre demande")
    tab_to(page, "sworn")
    page.keyboard.press("Space")
    tab_to(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Votre demande est enregistrée.")


def scan(counter: Page, reference: str) -> None:
    """A reader of codes that types the six characters, then Enter twice."""
    counter.keyboard.type(reference)
    counter.keyboard.press("Enter")
    counter.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_officer_establishes_in_four_keys_and_a_double_scan_never_does(
    page: Page, browser: Browser, site: Site, watch: Watch, scripts: bool
) -> None:
    """From the field back to the field, for the next person."""
    first = people.file_a_demande(page, "anne-lise")
    for other in a_tab(browser, site, watch):
        second = people.file_a_demande(other, "marie")
    for counter in a_tab(browser, site, watch, java_script_enabled=scripts):
        people.sign_in_as_agent(counter, "apj.soissons@demo.test")
        for reference in (first, second):
            expect(counter.locator("[name=reference]")).to_be_focused()
            scan(counter, reference.lower())
            expect(counter).to_have_url(re.compile("reference="))
            expect(counter.locator(".identity-card")).to_be_focused()
            scan(counter, reference)
            expect(counter.locator("main")).to_have_attribute("data-status", "submitted")
            keys = 0
            while "identité conforme" not in counter.evaluate("document.activeElement.innerText"):
                counter.keyboard.press("Tab")
                keys += 1
            counter.keyboard.press("Enter")
            expect(counter.get_by_role("status")).to_contain_text("procuration établie, et transmise")
            assert keys + 1 <= 4
        expect(counter.locator("[name=reference]")).to_be_focused()
