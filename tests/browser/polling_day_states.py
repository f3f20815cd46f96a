"""The lists of a polling day, the polling station's page, what came since, and a town hall's settings."""

import re

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.people import Opener, agent
from tests.browser.town_hall_states import a_town_halls_file


def a_polling_day(page: Page) -> None:
    """Of which one procuration at least is validated."""
    a_town_halls_file(page)
    page.get_by_role("button", name="Valider…", exact=True).click()
    people.confirm(page, "Valider")
    people.go_to(page, "Listes à imprimer")
    page.locator("main .rows a").first.click()
    expect(page.get_by_role("heading", name="Liste additive")).to_be_visible()


def the_register(page: Page) -> None:
    a_polling_day(page)
    page.get_by_role("link", name="registre de tous les bureaux").click()
    expect(page.get_by_role("table")).to_be_visible()


def the_mentions(page: Page) -> None:
    a_polling_day(page)
    page.get_by_role("link", name="mentions de tous les bureaux").click()
    expect(page.get_by_role("table")).to_be_visible()


def an_edition(page: Page) -> None:
    a_polling_day(page)
    page.get_by_role("button", name="Faire l'édition").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Liste additive, édition")


def asked_at_the_polls(page: Page, name: str) -> None:
    """A polling officer types a name on the day of the vote."""
    page.goto("/admin/polling-day/")
    page.fill("[name=name]", name)
    page.keyboard.press("Enter")


def papers_in_vorges(page: Page, act_on: dict[str, str]) -> None:
    """Forms typed by the secretary of three villages, each under a name and with what is done on it then, if any."""
    for name, act in act_on.items():
        page.goto("/admin/paper/")
        page.get_by_label("Commune où vote le mandant").select_option("02824")
        people.type_a_paper(page, mandant_birth_name=f"De la Rochefoucauld-{name}")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_role("link", name="Ouvrir le dossier").click()
        if act:
            act_on_the_file(page, act)


def act_on_the_file(page: Page, act: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{act}.*…$")).click()
    people.confirm(page, act)


def told_at_the_polls(page: Page) -> None:
    """Who votes, who does not yet, and who cannot: of one name, a long one."""
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    papers_in_vorges(page, {"Validé": "Valider", "Résilié": "Résilier", "Reçu": ""})
    asked_at_the_polls(page, "de la roche")
    expect(page.get_by_role("heading", name="Oui").first).to_be_visible()
    expect(page.get_by_role("heading", name="Non").first).to_be_visible()


def since_the_edition(page: Page) -> None:
    """In one of three villages: one to decide, one to add, and one that was printed and then revoked."""
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    papers_in_vorges(page, {"Imprimé": "Valider"})
    page.goto("/admin/register/")
    page.get_by_role("link", name="à Vorges").first.click()
    page.get_by_role("button", name="Faire l'édition").click()
    page.goto("/admin/town-hall/?search=de la rochefoucauld-imprimé&status=validated")
    page.locator("table a").first.click()
    act_on_the_file(page, "Résilier")
    papers_in_vorges(page, {"Ajouté": "Valider", "Reçu": ""})
    people.go_to(page, "Jour du vote", "Arrivées tardives")
    expect(page.get_by_role("heading", name="À retirer")).to_be_visible()


def the_settings(page: Page, **typed: str) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    people.go_to(page, "Ma commune", "Réglages")
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)
    page.get_by_role("button", name="Enregistrer").click()


def settings_kept(page: Page) -> None:
    the_settings(page, telephone="03 23 22 30 30", office_hours="Dimanche du vote, 7 h 30 à 20 h")
    expect(page.get_by_role("heading", level=1)).to_have_text("Réglages de Laon")


def settings_with_errors(page: Page) -> None:
    the_settings(page, telephone="demander Nadia", closing_time="25 h", seen_within="")
    expect(page.locator("#error-summary")).to_be_visible()


def nobody_at_the_polls(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.soissons@demo.test")
    asked_at_the_polls(page, "Nguyễn-Étcheverry")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aucune réponse")


def one_letter_at_the_polls(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.soissons@demo.test")
    asked_at_the_polls(page, "n")
    expect(page.locator("#error-summary")).to_be_visible()


def a_whole_list(page: Page) -> None:
    an_edition(page)
    page.get_by_role("link", name="Imprimer la liste entière").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Liste entière à l'édition")


def the_register_as_pdf(page: Page) -> None:
    """Asked for; the worker draws it where the extra is installed."""
    the_register(page)
    page.get_by_role("link", name="Registre en PDF, un fichier par bureau").click()
    page.get_by_role("button", name="Préparer le PDF de chaque bureau").click()
    while not page.get_by_role("link", name="télécharger le PDF").first.is_visible():
        page.get_by_role("link", name="Actualiser").click()


STATES: dict[str, Opener] = {
    "lists": agent("mairie.laon@demo.test", "/admin/register/"),
    "polling day": a_polling_day,
    "register": the_register,
    "mentions": the_mentions,
    "register as PDF": the_register_as_pdf,
    "edition": an_edition,
    "field at the polls": agent("mairies.rurales@demo.test", "/admin/polling-day/"),
    "told at the polls": told_at_the_polls,
    "nobody at the polls": nobody_at_the_polls,
    "one letter at the polls": one_letter_at_the_polls,
    "since the edition": since_the_edition,
    "nothing since the edition": agent("mairie.soissons@demo.test", "/admin/late/"),
    "settings of which commune": agent("mairies.rurales@demo.test", "/admin/settings/"),
    "settings kept": settings_kept,
    "settings with errors": settings_with_errors,
    "whole list": a_whole_list,
}
