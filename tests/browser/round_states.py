"""What an officer sees away from the station: rounds, their papers, and who is received in them."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.dates import DESK_ZONE, now
from tests.browser import people
from tests.browser.people import Opener


def a_round(page: Page) -> None:
    """Planned for today, in Vorges, in a home."""
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.get_by_role("link", name="Déplacements").click()
    page.get_by_role("link", name="Prévoir un déplacement").click()
    page.check("[name=kind][value=visit]")
    page.fill("[name=day]", f"{now().astimezone(DESK_ZONE):%d/%m/%Y}")
    page.fill("[name=commune_search]", "Vorges")
    page.fill("[name=place_name]", "Résidence des Tilleuls")
    page.get_by_role("button", name="Prévoir").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Déplacement à Vorges")


def a_form_in_a_round(page: Page) -> None:
    """Nothing typed: the dates of two papers are asked too."""
    a_round(page)
    page.get_by_role("link", name="Remplir le formulaire papier").click()
    page.get_by_role("button", name="Relire avec la personne").click()
    expect(page.locator("#error-summary")).to_contain_text("Attestation sur l'honneur")


def the_rounds_of_a_station(page: Page) -> None:
    a_round(page)
    page.goto("/admin/rounds/")
    expect(page.get_by_role("link", name="Déplacement à Vorges").first).to_be_visible()


def a_round_with_errors(page: Page) -> None:
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.goto("/admin/rounds/plan/")
    page.get_by_role("button", name="Prévoir").click()
    expect(page.locator("#error-summary")).to_be_visible()


def correcting_a_round(page: Page) -> None:
    a_round(page)
    page.get_by_role("link", name="Corriger").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corriger ce déplacement")


def a_file_on_another_day(page: Page) -> None:
    """Of a session to come: nothing can be established in it yet."""
    reference = people.file_a_demande(page, "marie")
    a_round(page)
    page.get_by_role("link", name="Corriger").click()
    page.check("[name=kind][value=session]")
    page.fill("[name=day]", f"{now() + timedelta(days=9):%d/%m/%Y}")
    page.get_by_role("button", name="Corriger").click()
    people.open_reference(page, reference)
    expect(page.get_by_role("main")).to_contain_text("rien ne peut y être établi")


def a_file_in_a_round(page: Page) -> None:
    reference = people.file_a_demande(page, "marie")
    a_round(page)
    people.open_reference(page, reference)
    expect(page.get_by_role("link", name="Noter la date de ces papiers")).to_be_visible()


def papers_with_errors(page: Page) -> None:
    a_file_in_a_round(page)
    page.get_by_role("link", name="Noter la date de ces papiers").click()
    page.get_by_role("button", name="Noter").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_round_with_somebody_received(page: Page) -> None:
    papers_with_errors(page)
    for name in ("requested_on", "sworn_on"):
        page.fill(f"[name={name}]", f"{now():%d/%m/%Y}")
    page.get_by_role("button", name="Noter").click()
    page.get_by_role("button", name=re.compile("identité conforme")).click()
    expect(page.get_by_role("table")).to_contain_text("1 sur 1")


def papers_of_rounds(page: Page) -> None:
    a_round_with_somebody_received(page)
    page.goto("/admin/rounds/papers/")
    expect(page.get_by_role("main")).to_contain_text("à garder jusqu'au")


STATES: dict[str, Opener] = {
    "form on paper in a round, with errors": a_form_in_a_round,
    "rounds": the_rounds_of_a_station,
    "planning a round, with errors": a_round_with_errors,
    "round": a_round,
    "correcting a round": correcting_a_round,
    "file in a round": a_file_in_a_round,
    "file in a round of another day": a_file_on_another_day,
    "papers of a visit, with errors": papers_with_errors,
    "round with somebody received": a_round_with_somebody_received,
    "papers of rounds": papers_of_rounds,
}
