"""Pages that say what stands in the way, or what may still be corrected: to officers, electors and town halls."""

import re

from playwright.sync_api import Page, expect

from app.dates import now
from tests.browser import elector_states, people, round_states


def a_file_with_its_papers(page: Page) -> None:
    round_states.papers_with_errors(page)
    for name in ("requested_on", "sworn_on"):
        page.fill(f"[name={name}]", f"{now():%d/%m/%Y}")
    page.get_by_role("button", name="Noter").click()
    expect(page.get_by_role("link", name="Corriger ces dates")).to_be_visible()


def papers_to_correct(page: Page) -> None:
    a_file_with_its_papers(page)
    page.get_by_role("link", name="Corriger ces dates").click()
    expect(page.locator("[name=sworn_on]")).to_have_value(f"{now():%d/%m/%Y}")


def a_counter_that_made_nothing_valid(page: Page) -> None:
    """The mandataire holds another: L73 makes the second void."""
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page, **people.MANDATAIRE | {"mandataire_birth_name": "Unique"})
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_citizen(page, "marie")
    people.fill_the_form(page, mandataire="Unique")
    people.confirm_the_form(page)
    people.establish(page, page.locator("main").get_attribute("data-reference") or "")
    expect(page.get_by_role("status")).to_contain_text("mais nulle (article L73)")


def a_receipt_of_what_does_not_count(page: Page) -> None:
    elector_states.a_recap_that_may_replace(page)
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    expect(page.get_by_role("link", name="résiliez-la").first).to_be_visible()


def a_recap_beside_what_waits(page: Page) -> None:
    people.file_a_demande(page)
    page.goto("/demande")
    people.fill_the_form(page)
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.locator("main")).to_contain_text("Vous avez déjà demandé une procuration pour un de ces jours")


def no_card_while_it_ends(page: Page) -> None:
    elector_states.a_revocation_asked(page)
    reference = re.findall(r"/mes-procurations/(\w{6})", page.content())[0]
    page.goto(f"/mes-procurations/{reference}/carte")
    expect(page.get_by_role("status")).to_contain_text("carte")


def perhaps_one_person(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    born = f"12/03/{1900 + next(people.numbers) % 100}"
    oneself = {"mandant_birth_name": "Delmas", "mandant_first_names": "Henriette Rose"}
    people.type_a_paper(page, **oneself, mandant_birth_date=born, mandataire_birth_date=born)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Ouvrir le dossier").click()
    expect(page.locator("[data-check=two_people]")).to_contain_text("une seule et même personne")


STATES: dict[str, people.Opener] = {
    "file with its papers": a_file_with_its_papers,
    "papers of a visit, to correct": papers_to_correct,
    "counter after an act that is void": a_counter_that_made_nothing_valid,
    "recap beside what waits": a_recap_beside_what_waits,
    "receipt of what does not count": a_receipt_of_what_does_not_count,
    "no card while it ends": no_card_while_it_ends,
    "file of who may be one person": perhaps_one_person,
}
