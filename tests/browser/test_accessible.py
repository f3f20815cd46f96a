"""Every page in every state: axe finds nothing, nothing overflows at 320 px or at 200 %, focus is visible."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.dates import now
from tests.browser import elector_states, people
from tests.rolls.files import a_file, an_elector

pytestmark = pytest.mark.browser
Opener = Callable[[Page], None]


def at(address: str) -> Opener:
    return lambda page: page.goto(address) and None


def the_empty_form(page: Page) -> None:
    people.sign_in_as_citizen(page, "marie")


def the_form_with_every_error(page: Page) -> None:
    people.sign_in_as_citizen(page)
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


def a_wrong_password(page: Page) -> None:
    page.goto("/agents/connexion")
    page.fill("[name=email]", "opj.laon@demo.test")
    page.fill("[name=password]", "wrong")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator("#error-summary")).to_be_visible()


def agent(email: str, address: str = "") -> Opener:
    def opened(page: Page) -> None:
        people.sign_in_as_agent(page, email)
        if address:
            page.goto(address)

    return opened


def a_file_at_the_counter(page: Page, citizen: str = "marie", officer: str = "opj.laon@demo.test") -> None:
    reference = people.file_a_demande(page, citizen)
    people.sign_in_as_agent(page, officer)
    people.open_reference(page, reference)
    expect(page.locator("main")).to_have_attribute("data-status", "submitted")


def a_file_for_a_delegue(page: Page) -> None:
    a_file_at_the_counter(page, officer="delegue.laon@demo.test")


def refusing(page: Page) -> None:
    a_file_at_the_counter(page)
    page.get_by_role("button", name="Refuser…").click()


def refusing_without_a_reason(page: Page) -> None:
    refusing(page)
    page.get_by_role("button", name="Refuser d'établir").click()
    expect(page.locator("#error-summary")).to_be_visible()


def postponing(page: Page) -> None:
    a_file_at_the_counter(page)
    page.get_by_role("button", name="Pas aujourd'hui…").click()


def a_period_too_long_for_the_police(page: Page) -> None:
    people.sign_in_as_citizen(page, "marie")
    people.fill_the_form(page, "Bruxelles")
    page.check("[name=validity][value=period]")
    page.fill("[name=valid_until]", f"{now().date() + timedelta(days=700):%d/%m/%Y}")
    people.confirm_the_form(page)
    reference = page.locator("main").get_attribute("data-reference") or ""
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    people.open_reference(page, reference)
    page.get_by_role("button", name=re.compile("identité conforme")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ne peut pas être établie ici")


def a_file_established_here(page: Page) -> None:
    reference = people.file_a_demande(page, "marie")
    people.establish(page, reference)
    people.open_reference(page, reference)
    expect(page.locator("main")).to_have_attribute("data-status", "established")


def revoking_at_the_counter(page: Page) -> None:
    a_file_established_here(page)
    page.get_by_role("button", name="Résilier…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Résilier la procuration ?")


def the_counter_after_an_act(page: Page) -> None:
    people.establish(page, people.file_a_demande(page, "marie"))


def the_town_halls_list(page: Page) -> None:
    the_counter_after_an_act(page)
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    expect(page.locator("table")).to_be_visible()


def a_town_halls_file(page: Page) -> None:
    the_town_halls_list(page)
    page.locator("table a").first.click()


def invalidating(page: Page) -> None:
    a_town_halls_file(page)
    page.get_by_role("button", name="Invalider…").click()


def invalidating_without_a_reason(page: Page) -> None:
    invalidating(page)
    page.get_by_role("button", name="Invalider", exact=True).click()
    expect(page.locator("#error-summary")).to_be_visible()


def ending(name: str) -> Opener:
    def opened(page: Page) -> None:
        a_town_halls_file(page)
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=re.compile("^Se déconnecter$"))).to_be_visible()

    return opened


def a_lapse_without_a_reason(page: Page) -> None:
    ending("Caduque")(page)
    page.get_by_role("button", name="Déclarer caduque").click()
    expect(page.locator("#error-summary")).to_be_visible()


def the_letter(page: Page) -> None:
    number = next(people.numbers)
    one_mandataire = {"mandataire_birth_date": f"03/05/{1900 + number % 100}", "mandataire_nne": f"7{number:06}"}
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    for days_ago in (9, 5):
        page.goto("/admin/paper/")
        day = now().date() - timedelta(days=days_ago)
        people.type_a_paper(page, established_on=f"{day:%d/%m/%Y}", **one_mandataire)
        page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Ouvrir le dossier").click()
    page.get_by_role("link", name="Lettre au mandataire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Une procuration qui vous a été donnée est nulle")


def paper_typed(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("Saisie")


def paper_refused(page: Page) -> None:
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    page.goto("/admin/paper/")
    page.get_by_label("Commune où vote le mandant").select_option(index=1)
    people.type_a_paper(page)
    page.fill("[name=mandant_nne]", "")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("[name=keep_invalid]")).to_be_visible()


def paper_empty_and_sent(page: Page) -> None:
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    page.goto("/admin/paper/")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_be_visible()


def validating_several(page: Page) -> None:
    the_town_halls_list(page)
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name=re.compile("Valider la sélection")).click()


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


def giving_a_roll(page: Page, content: bytes) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.get_by_role("link", name="Liste électorale").click()
    page.set_input_files("#file", {"name": "liste.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Envoyer la liste").click()


def a_refused_roll(page: Page) -> None:
    giving_a_roll(page, a_file()[:-9])
    expect(page.locator("#error-summary")).to_be_visible()


def an_imported_roll(page: Page) -> None:
    giving_a_roll(page, a_file(an_elector(), an_elector(sexe="")))
    while not page.get_by_role("heading", name="Liste électorale importée").is_visible():
        page.get_by_role("link", name="Actualiser").click()


STATES: dict[str, Opener] = {
    "home": at("/"),
    "where to go": at("/ou-aller"),
    "paper": at("/papier"),
    "help": at("/aide"),
    "accessibility": at("/accessibilite"),
    "personal data": at("/donnees-personnelles"),
    "legal": at("/mentions-legales"),
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
    "my procurations": my_procurations,
    "my procurations with a wrong address": my_procurations_with_a_wrong_address,
    "withdrawing": withdrawing,
    "signing out": signing_out,
    "mailbox": the_mailbox,
    "agents' sign-in": at("/agents/connexion"),
    "wrong password": a_wrong_password,
    "counter": agent("consul.bruxelles@demo.test"),
    "counter after an act": the_counter_after_an_act,
    "unknown reference": agent("opj.laon@demo.test", "/admin/officer/?reference=ZZZZZZ"),
    "file at the counter": a_file_at_the_counter,
    "file for a délégué": a_file_for_a_delegue,
    "refusing": refusing,
    "refusing without a reason": refusing_without_a_reason,
    "postponing": postponing,
    "period too long for the police": a_period_too_long_for_the_police,
    "file established here": a_file_established_here,
    "revoking at the counter": revoking_at_the_counter,
    "empty town hall": agent("mairie.soissons@demo.test", "/admin/town-hall/?status=void"),
    "town hall": the_town_halls_list,
    "town hall's file": a_town_halls_file,
    "invalidating": invalidating,
    "invalidating without a reason": invalidating_without_a_reason,
    "validating several": validating_several,
    "electoral roll": agent("mairies.rurales@demo.test", "/admin/roll/"),
    "refused roll": a_refused_roll,
    "imported roll": an_imported_roll,
    "revoking from paper": ending("Résilier"),
    "lapse without a reason": a_lapse_without_a_reason,
    "death of the mandant": ending("Décès du mandant"),
    "letter to the mandataire": the_letter,
    "paper to type": agent("mairie.laon@demo.test", "/admin/paper/"),
    "paper typed": paper_typed,
    "paper refused": paper_refused,
    "paper with every error": paper_empty_and_sent,
    "supervision": agent("ministere@demo.test"),
    "election": an_election,
    "new election": agent("ministere@demo.test", "/admin/supervision/nouvelle/"),
    "new election with every error": a_new_election_with_every_error,
    "correcting an election": correcting_an_election,
    "before correcting": the_page_that_asks_before_correcting,
    "journal": agent("auditeur@demo.test"),
    "forbidden": agent("auditeur@demo.test", "/admin/town-hall/"),
    **elector_states.STATES,
}


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
