"""What an officer sees, from the sign-in to the act."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.dates import now
from tests.browser import people
from tests.browser.people import Opener, agent, at


def a_wrong_password(page: Page) -> None:
    page.goto("/agents/connexion")
    page.fill("[name=email]", "opj.laon@demo.test")
    page.fill("[name=password]", "wrong")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_file_at_the_counter(page: Page, citizen: str = "marie", officer: str = "opj.laon@demo.test") -> None:
    reference = people.file_a_demande(page, citizen)
    people.sign_in_as_agent(page, officer)
    people.open_reference(page, reference)
    expect(page.locator("main")).to_have_attribute("data-status", "submitted")


def a_file_for_a_delegue(page: Page) -> None:
    a_file_at_the_counter(page, officer="delegue.laon@demo.test")


def a_file_that_a_delegue_passed_on(page: Page) -> None:
    reference = people.file_a_demande(page, "marie")
    people.sign_in_as_agent(page, "delegue.laon@demo.test")
    people.open_reference(page, reference)
    page.get_by_role("button", name=re.compile("transmettre")).click()
    expect(page.get_by_role("status")).to_contain_text("transmis")
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lisez, puis établissez")


def a_counter_with_something_to_read(page: Page) -> None:
    a_file_that_a_delegue_passed_on(page)
    page.get_by_role("link", name="Guichet").click()
    expect(page.get_by_role("heading", name="À lire et à établir")).to_be_visible()


def the_habilitation_of(page: Page, agent: str) -> None:
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.get_by_role("link", name="Habilitations").click()
    page.get_by_role("link", name=agent).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(agent)


def a_habilitation_with_errors(page: Page) -> None:
    the_habilitation_of(page, "Régine MASSON")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_be_visible()


def ending_a_habilitation(page: Page) -> None:
    the_habilitation_of(page, "Régine MASSON")
    page.get_by_role("button", name="Retirer…").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Retirer cette habilitation ?")


def a_statement_with_errors(page: Page) -> None:
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.get_by_role("link", name="Recueillir une résiliation sans référence").click()
    page.get_by_role("button", name="Recueillir la résiliation").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_form_with_errors(page: Page) -> None:
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.get_by_role("link", name="remplir le formulaire papier").click()
    page.get_by_role("button", name="Relire avec la personne").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_form_read_back(page: Page, **changes: str) -> dict[str, str]:
    """Of somebody who holds no other; gives what was typed."""
    a_form_with_errors(page)
    typed = people.fill_the_paper_form(page, **changes)
    page.get_by_role("button", name="Relire avec la personne").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Relisez avec la personne")
    return typed


def a_form_to_print(page: Page, **changes: str) -> dict[str, str]:
    typed = a_form_read_back(page, **changes)
    page.get_by_role("button", name=re.compile("identité conforme")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vote par procuration")
    return typed


def figures_of_a_station(page: Page) -> None:
    the_counter_after_an_act(page)
    page.goto("/admin/special-register/figures/")
    expect(page.locator("figure svg")).to_be_visible()


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


def a_receipt_to_hand_over(page: Page) -> None:
    a_file_established_here(page)
    page.get_by_role("link", name="Récépissé à remettre à la personne").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Récépissé de procuration")


def revoking_at_the_counter(page: Page) -> None:
    a_file_established_here(page)
    page.get_by_role("button", name="Résilier…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Résilier la procuration ?")


def the_counter_after_an_act(page: Page) -> None:
    people.establish(page, people.file_a_demande(page, "marie"))


def mistyping(page: Page, officer: str, times: int) -> None:
    people.sign_in_as_agent(page, officer)
    for _ in range(times):
        page.goto("/admin/officer/?reference=ZZZZZZ")


def a_counter_that_waits(page: Page) -> None:
    mistyping(page, "attend@agents.test", 5)
    expect(page.get_by_role("heading", level=1)).to_have_text("Trop de références sans suite")


def a_blocked_counter(page: Page) -> None:
    mistyping(page, "bloque@agents.test", 20)
    expect(page.get_by_role("heading", level=1)).to_have_text("Guichet bloqué")


def the_counter_of_who_answers_for_a_blocked_one(page: Page) -> None:
    a_blocked_counter(page)
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "chef@agents.test")
    expect(page.get_by_role("button", name="Lever le blocage")).to_be_visible()


def inviting_an_officer(page: Page) -> str:
    """One who has not answered; gives the address."""
    address = f"maximilienne.{next(people.numbers)}@gendarmerie.test"
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.get_by_role("link", name="Habilitations").click()
    page.fill("[name=name]", "Maximilienne de Castelnau-Montredon")
    page.fill("[name=email]", address)
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.get_by_role("status")).to_contain_text("Invitation envoyée")
    return address


def an_invitation_with_errors(page: Page) -> None:
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    page.goto("/admin/habilitations/")
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.locator("#error-summary")).to_be_visible()


def an_officer_who_has_not_answered(page: Page) -> None:
    inviting_an_officer(page)
    people.open_who_was_invited(page, "Maximilienne")


def an_invitation_to_a_counter(page: Page) -> None:
    people.follow_the_invitation(page, inviting_an_officer(page))


def removing_an_officer(page: Page) -> None:
    the_habilitation_of(page, "Régine MASSON")
    page.get_by_role("button", name="Retirer cette personne…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Retirer Régine MASSON")


def suspending_an_account(page: Page) -> None:
    the_habilitation_of(page, "Régine MASSON")
    page.get_by_role("button", name="Suspendre le compte…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Suspendre le compte de Régine MASSON")


STATES: dict[str, Opener] = {
    "agents' sign-in": at("/agents/connexion"),
    "wrong password": a_wrong_password,
    "counter": agent("consul.bruxelles@demo.test"),
    "counter after an act": the_counter_after_an_act,
    "unknown reference": agent("opj.laon@demo.test", "/admin/officer/?reference=ZZZZZZ"),
    "counter that waits": a_counter_that_waits,
    "blocked counter": a_blocked_counter,
    "counter of who answers for a blocked one": the_counter_of_who_answers_for_a_blocked_one,
    "file at the counter": a_file_at_the_counter,
    "file for a délégué": a_file_for_a_delegue,
    "file that a délégué passed on": a_file_that_a_delegue_passed_on,
    "counter with something to read": a_counter_with_something_to_read,
    "counter without a habilitation": agent("sans@agents.test"),
    "habilitations of a station": agent("opj.laon@demo.test", "/admin/habilitations/"),
    "habilitations, to supervision": agent("ministere@demo.test", "/admin/habilitations/?station=DEMO-LAON"),
    "habilitation of an agent": lambda page: the_habilitation_of(page, "Régine MASSON"),
    "habilitation with errors": a_habilitation_with_errors,
    "own habilitation": lambda page: the_habilitation_of(page, "Hélène FAUVEL"),
    "suspending an account": suspending_an_account,
    "inviting an officer, with errors": an_invitation_with_errors,
    "officer who has not answered": an_officer_who_has_not_answered,
    "invitation to a counter": an_invitation_to_a_counter,
    "removing an officer": removing_an_officer,
    "ending a habilitation": ending_a_habilitation,
    "revocation without a reference": agent("opj.laon@demo.test", "/admin/statement/"),
    "revocation without a reference, with errors": a_statement_with_errors,
    "form on paper": agent("opj.laon@demo.test", "/admin/form/"),
    "form on paper, with errors": a_form_with_errors,
    "form on paper, read back": a_form_read_back,
    "form on paper, to print": a_form_to_print,
    "special register": agent("opj.laon@demo.test", "/admin/special-register/"),
    "figures of a station": figures_of_a_station,
    "refusing": refusing,
    "refusing without a reason": refusing_without_a_reason,
    "postponing": postponing,
    "period too long for the police": a_period_too_long_for_the_police,
    "file established here": a_file_established_here,
    "receipt to hand over": a_receipt_to_hand_over,
    "revoking at the counter": revoking_at_the_counter,
}
