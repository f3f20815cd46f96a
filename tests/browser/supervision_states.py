"""What the ministry and the auditor see."""

import re

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.people import Opener, agent


def an_election(page: Page) -> None:
    people.sign_in_as_agent(page, "ministere@demo.test")
    page.get_by_role("link", name=re.compile("législatives")).first.click()


def a_new_election_with_every_error(page: Page) -> None:
    agent("ministere@demo.test", "/admin/supervision/nouvelle/")(page)
    for name in ("max_total", "max_established_in_france"):
        page.fill(f"[name={name}]", "")
    page.fill("[name=local_days_1]", "971")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.locator("#error-summary")).to_be_visible()


def correcting_an_election(page: Page) -> None:
    an_election(page)
    page.get_by_role("link", name="Corriger…").click()


def the_page_that_asks_before_correcting(page: Page) -> None:
    correcting_an_election(page)
    page.fill("[name=max_total]", "3")
    page.fill("[name=local_days_2]", "")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corriger cette élection ?")


def the_texts_of_an_election(page: Page) -> None:
    an_election(page)
    page.get_by_role("link", name="Textes des motifs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Textes des motifs")


def a_text(page: Page) -> None:
    the_texts_of_an_election(page)
    page.get_by_role("link", name=re.compile("nombre de procurations permis")).click()


def a_text_with_every_error(page: Page) -> None:
    a_text(page)
    for name in ("sentence", "to_do", "whom_to_ask"):
        page.fill(f"[name={name}]", "")
    page.get_by_role("button", name="Voir le message").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_text_before_it_is_written(page: Page) -> None:
    a_text(page)
    page.fill("[name=to_do]", "Choisissez quelqu'un d'autre, à {commune} ou ailleurs, et faites une nouvelle demande.")
    page.get_by_role("button", name="Voir le message").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enregistrer ce texte ?")


def a_place(page: Page) -> None:
    agent("ministere@demo.test", "/admin/venues/?search=Laon")(page)
    page.get_by_role("link", name="Gendarmerie de Laon (démonstration)").click()


def a_place_with_every_error(page: Page) -> None:
    a_place(page)
    for name, text in (("name", ""), ("latitude", "nord"), ("opens_on", "demain"), ("commune_search", "Nulle-Part")):
        page.fill(f"[name={name}]", text)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_manager_who_has_not_answered(page: Page) -> None:
    agent("ministere@demo.test", "/admin/managers/new/")(page)
    page.fill("[name=name]", "Marie-Antoinette de La Rochefoucauld-Montbel")
    page.fill("[name=email]", f"marie-antoinette.{next(people.numbers)}@communaute-de-communes.test")
    page.get_by_role("radio", name="Une ou plusieurs communes").check()
    page.fill("[name=places]", "02408 02722")
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.get_by_role("status")).to_contain_text("Invitation envoyée")


def the_page_of_a_manager(page: Page) -> None:
    a_manager_who_has_not_answered(page)
    page.get_by_role("link", name="Marie-Antoinette").first.click()
    expect(page.get_by_role("button", name="Retirer l'invitation…")).to_be_visible()


def withdrawing_an_invitation(page: Page) -> None:
    the_page_of_a_manager(page)
    people.ask_to_withdraw(page, "Marie-Antoinette")


def taking_a_responsibility_back(page: Page) -> None:
    the_page_of_a_manager(page)
    page.get_by_role("button", name="Lui retirer cette responsabilité…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Retirer sa responsabilité à Marie-Antoinette")


def an_address_that_has_an_account(page: Page) -> None:
    agent("ministere@demo.test", "/admin/managers/new/")(page)
    page.fill("[name=name]", "Nadia BENALI")
    page.fill("[name=email]", "mairie.laon@demo.test")
    page.get_by_role("radio", name="Une ou plusieurs communes").check()
    page.fill("[name=places]", "02408")
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.locator("#error-summary")).to_contain_text("ouvrez-le par l'adresse entière")


def a_manager_with_every_error(page: Page) -> None:
    agent("ministere@demo.test", "/admin/managers/new/")(page)
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.locator("#error-summary")).to_be_visible()


def an_address_of_nobody(page: Page) -> None:
    agent("ministere@demo.test", "/admin/managers/")(page)
    page.fill("[name=email]", "personne@gendarmerie.test")
    page.get_by_role("button", name="Ouvrir ce compte").click()
    expect(page.locator("#error-summary")).to_be_visible()


STATES: dict[str, Opener] = {
    "managers": a_manager_who_has_not_answered,
    "managers of a place without any": agent("ministere@demo.test", "/admin/managers/?place=02691"),
    "managers, address of nobody": an_address_of_nobody,
    "manager": the_page_of_a_manager,
    "manager whose invitation is withdrawn": withdrawing_an_invitation,
    "manager who will be one no more": taking_a_responsibility_back,
    "new manager who has an account": an_address_that_has_an_account,
    "new manager": agent("ministere@demo.test", "/admin/managers/new/"),
    "new manager with every error": a_manager_with_every_error,
    "places": agent("ministere@demo.test", "/admin/venues/?search=Laon"),
    "places that nobody has corrected": agent("ministere@demo.test", "/admin/venues/"),
    "place": a_place,
    "place with every error": a_place_with_every_error,
    "new place of a prefect": agent("ministere@demo.test", "/admin/venues/nouveau/"),
    "supervision": agent("ministere@demo.test"),
    "election": an_election,
    "new election": agent("ministere@demo.test", "/admin/supervision/nouvelle/"),
    "new election with every error": a_new_election_with_every_error,
    "correcting an election": correcting_an_election,
    "before correcting": the_page_that_asks_before_correcting,
    "texts": the_texts_of_an_election,
    "text": a_text,
    "text with every error": a_text_with_every_error,
    "text before it is written": a_text_before_it_is_written,
    "journal": agent("auditeur@demo.test"),
    "integrity of the journal": agent("auditeur@demo.test", "/admin/journal/integrite/"),
    "forbidden": agent("auditeur@demo.test", "/admin/town-hall/"),
}
