"""What everybody sees, and an elector until the first demande is filed."""

import re

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.people import Opener, at


def the_empty_form(page: Page) -> None:
    people.sign_in_as_citizen(page, "marie")


def the_form_with_every_error(page: Page) -> None:
    """By a citizen of its own, of whom no other state leaves a draft."""
    people.sign_in_as_citizen(page, "augustine")
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.locator("#error-summary")).to_be_visible()


def the_form_with_homonyms(page: Page) -> None:
    people.sign_in_as_citizen(page)
    people.fill_the_form(page, "Saint-Martin")
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.locator("legend", has_text="plusieurs réponses sont possibles")).to_be_visible()


def the_recap(page: Page) -> None:
    people.sign_in_as_citizen(page)
    people.fill_the_form(page)
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Relisez votre demande")


def the_recap_not_sworn(page: Page) -> None:
    the_recap(page)
    page.get_by_role("button", name="Confirmer ma demande").click()
    expect(page.locator("#error-summary")).to_be_visible()


def the_receipt(page: Page) -> None:
    people.file_a_demande(page)


def my_procurations(page: Page) -> None:
    people.file_a_demande(page)
    page.goto("/mes-procurations")


def my_procurations_with_a_wrong_address(page: Page) -> None:
    my_procurations(page)
    page.locator("[name=email]").first.fill("eloise")
    page.get_by_role("button", name="Enregistrer et renvoyer la référence").first.click()
    expect(page.locator("#error-summary")).to_be_visible()


def withdrawing(page: Page) -> None:
    my_procurations(page)
    page.get_by_role("link", name=re.compile("Retirer ma demande")).first.click()


def signing_out(page: Page) -> None:
    people.sign_in_as_citizen(page)
    page.goto("/deconnexion")


def the_simulator(page: Page) -> None:
    page.goto("/connexion")


def a_cancelled_sign_in(page: Page) -> None:
    page.goto("/connexion")
    page.locator("button[name=choice][value=cancel]").click()


def the_mailbox(page: Page) -> None:
    people.file_a_demande(page)
    page.goto("/demo/courriels")


def the_questions_of_the_sheet_with_every_error(page: Page) -> None:
    page.goto("/papier/feuille")
    page.get_by_role("button", name="Préparer la feuille").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_sheet(page: Page, **changes: str) -> None:
    """Filled with what somebody typed, without a number for the mandataire."""
    page.goto("/papier/feuille")
    people.fill_the_paper_form(page, **({"mandataire_nne": ""} | changes))
    page.get_by_role("button", name="Préparer la feuille").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vote par procuration")


def the_sheet_of_a_demande(page: Page) -> None:
    people.file_a_demande(page)
    page.get_by_role("link", name="la même demande sur une feuille à imprimer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vote par procuration")


STATES: dict[str, Opener] = {
    "home": at("/"),
    "where to go": at("/ou-aller"),
    "where to go near Laon": at("/ou-aller?commune=02408"),
    "where to go near several communes": at("/ou-aller?commune_search=02200"),
    "where to go near no commune": at("/ou-aller?commune_search=Nulle-Part"),
    "where to go in the Aisne": at("/ou-aller/02"),
    "verifying a receipt": at("/verifier"),
    "paper": at("/papier"),
    "questions of the sheet": at("/papier/feuille"),
    "questions of the sheet with every error": the_questions_of_the_sheet_with_every_error,
    "sheet": a_sheet,
    "blank sheet": at("/papier/feuille-vierge"),
    "blank sheet in large print": at("/papier/feuille-vierge?size=large"),
    "help": at("/aide"),
    "accessibility": at("/accessibilite"),
    "personal data": at("/donnees-personnelles"),
    "legal": at("/mentions-legales"),
    "map of the site": at("/plan-du-site"),
    "not found": at("/nulle-part"),
    "demonstration": at("/demo/"),
    "simulator": the_simulator,
    "cancelled sign-in": a_cancelled_sign_in,
    "form": the_empty_form,
    "form with every error": the_form_with_every_error,
    "form with homonyms": the_form_with_homonyms,
    "recap": the_recap,
    "recap not sworn": the_recap_not_sworn,
    "receipt": the_receipt,
    "sheet of a demande": the_sheet_of_a_demande,
    "my procurations": my_procurations,
    "my procurations with a wrong address": my_procurations_with_a_wrong_address,
    "withdrawing": withdrawing,
    "signing out": signing_out,
    "mailbox": the_mailbox,
}
