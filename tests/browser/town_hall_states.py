"""What a town hall sees: its list, its acts, its paper, its roll."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.dates import DESK_ZONE, now
from tests.browser import people
from tests.browser.counter_states import a_form_to_print, the_counter_after_an_act
from tests.browser.people import Opener, agent
from tests.rolls.files import a_file, an_elector


def the_town_halls_list(page: Page) -> None:
    the_counter_after_an_act(page)
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    expect(page.locator("table")).to_be_visible()


def a_town_halls_file(page: Page) -> None:
    the_town_halls_list(page)
    page.locator("table a").first.click()
    expect(page.get_by_role("heading", name="À contrôler")).to_be_visible()


def invalidating(page: Page) -> None:
    a_town_halls_file(page)
    page.get_by_role("button", name="Invalider…").click()


def invalidating_without_a_reason(page: Page) -> None:
    invalidating(page)
    page.get_by_role("button", name="Invalider", exact=True).click()
    expect(page.locator("#error-summary")).to_be_visible()


def the_message_of_an_invalidation(page: Page) -> None:
    invalidating(page)
    page.get_by_label("Le mandataire a déjà le nombre de procurations permis").check()
    page.get_by_role("button", name="Relire le message").click()
    expect(page.locator("pre")).to_contain_text("n'a pas été validée")


def validating(page: Page) -> None:
    a_town_halls_file(page)
    page.get_by_role("button", name="Valider…", exact=True).click()
    expect(page.get_by_role("heading", name="Le message qui partira")).to_be_visible()


def a_statement_received(page: Page) -> None:
    """What an officer heard of Marie, who has one procuration in force."""
    the_counter_after_an_act(page)
    page.get_by_role("link", name="Recueillir une résiliation sans référence").click()
    page.fill("[name=mandant_birth_name]", "DE LA ROCHEFOUCAULD-MONTBEL D'AUBIGNÉ DE SAINT-HILAIRE-LEROY")
    page.fill("[name=mandant_first_names]", "Marie Joséphine Clémence Apolline Henriette Victoire")
    page.check("[name=mandant_sex][value=F]")
    page.fill("[name=mandant_birth_date]", "19/07/1959")
    page.fill("[name=commune_search]", "Laon")
    page.check("[name=is_identified]")
    page.get_by_role("button", name="Recueillir la résiliation").click()
    expect(page.get_by_role("status")).to_contain_text("transmise à la mairie (Laon)")
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    people.go_to(page, "Papiers", "Résiliations reçues")


def a_statement_to_attach(page: Page) -> None:
    a_statement_received(page)
    page.locator("main .rows a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Résiliation de")


def deaths_looked_up(page: Page) -> None:
    """With the keyboard alone: the field has the focus, then the results. A name that no other state has."""
    name = "Regnault-" + "".join("abcdefghij"[int(digit)] for digit in str(next(people.numbers)))
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page, mandant_birth_name=name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(name)
    page.goto("/admin/ends/")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_be_focused()


def a_death_to_confirm(page: Page) -> None:
    deaths_looked_up(page)
    page.get_by_role("button", name="Le mandant est décédé").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Le mandant est-il décédé ?")


def a_form_that_arrived(page: Page) -> None:
    """What an officer filled, opened by the reference that the paper bears."""
    a_form_to_print(page)
    reference = page.locator("main").get_attribute("data-reference") or ""
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    people.go_to(page, "Papiers", "Saisir un papier")
    page.fill("[name=reference]", reference)
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Comparez avec le papier")


def a_form_that_nobody_knows(page: Page) -> None:
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    page.goto("/admin/paper/arrived/?reference=AAAAAA")
    expect(page.locator("#reference-error")).to_be_visible()


def read_by_the_town_hall(page: Page, reference: str) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.open_reference(page, reference)


def a_sheet_that_came(page: Page) -> None:
    """Of a demande on line, opened by its code."""
    read_by_the_town_hall(page, people.file_a_demande(page))
    expect(page.get_by_role("heading", level=1)).to_have_text("Saisir la feuille d'une demande")


def a_sheet_that_came_without_its_authority(page: Page) -> None:
    a_sheet_that_came(page)
    page.get_by_role("button", name="Signée par les deux").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_sheet_that_came_after_the_counter(page: Page) -> None:
    reference = people.file_a_demande(page)
    people.establish(page, reference)
    page.get_by_role("button", name="Se déconnecter").click()
    read_by_the_town_hall(page, reference)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette demande est déjà établie")


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


def validating_a_tie(page: Page) -> None:
    """Two forms of one day, without an hour, for one mandataire."""
    number = next(people.numbers)
    one_mandataire = {"mandataire_birth_date": f"03/06/{1900 + number % 100}", "mandataire_nne": f"6{number:06}"}
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    for _ in range(2):
        page.goto("/admin/paper/")
        people.type_a_paper(page, **one_mandataire)
        page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Ouvrir le dossier").click()
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Valider")).click()
    expect(page.locator("#error-summary")).to_contain_text("ne peut pas conclure")


def the_letter_to_the_mandant(page: Page) -> None:
    paper_typed(page)
    page.get_by_role("link", name="Ouvrir le dossier").click()
    page.get_by_role("button", name="Caduque").click()
    page.get_by_label("Le mandataire est décédé").check()
    page.get_by_role("button", name="Déclarer caduque").click()
    page.get_by_role("link", name="Lettre au mandant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre procuration n'a plus d'effet")


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


def paper_that_a_counter_filled(page: Page) -> None:
    """The clerk has not seen its reference, and types it again."""
    same, today = a_form_to_print(page), f"{now().astimezone(DESK_ZONE):%d/%m/%Y}"
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page, established_on=today, received_on=today, **same)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("link", name="Comparer et enregistrer son arrivée")).to_be_visible()


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


def giving_a_roll(page: Page, content: bytes) -> None:
    """To Soissons: in Laon nobody of the other tests would be on it."""
    people.sign_in_as_agent(page, "mairie.soissons@demo.test")
    people.go_to(page, "Ma commune", "Liste électorale")
    page.set_input_files("#file", {"name": "liste.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Envoyer la liste").click()


def a_refused_roll(page: Page) -> None:
    giving_a_roll(page, a_file()[:-9])
    expect(page.locator("#error-summary")).to_be_visible()


def an_imported_roll(page: Page) -> None:
    there = {"code du l'ugle": "02722"}
    giving_a_roll(page, a_file(an_elector() | there, an_elector(sexe="") | there))
    while not page.get_by_role("heading", name="Liste électorale importée").is_visible():
        page.get_by_role("link", name="Actualiser").click()


def a_question_to_ask(page: Page) -> None:
    """A paper whose mandataire votes in Soissons."""
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto("/admin/paper/")
    people.type_a_paper(page, mandataire_commune_search="Soissons")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Ouvrir le dossier").click()
    expect(page.get_by_role("button", name="Demander s'il y est inscrit")).to_be_visible()


def a_question_asked(page: Page) -> None:
    a_question_to_ask(page)
    page.get_by_role("button", name="Demander s'il y est inscrit").click()
    expect(page.locator("#question")).to_contain_text("Pas encore de réponse")


def questions_received(page: Page) -> None:
    a_question_asked(page)
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.soissons@demo.test")
    people.go_to(page, "Dossiers", "Questions reçues")
    expect(page.get_by_role("button", name="Oui, inscrite").first).to_be_visible()


def a_question_answered(page: Page) -> None:
    a_question_asked(page)
    file = page.url
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.soissons@demo.test")
    page.goto("/admin/questions/")
    page.get_by_role("button", name="Oui, inscrite").last.click()
    expect(page.get_by_role("status")).to_contain_text("Réponse transmise")
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.goto(file)
    expect(page.locator("#question")).to_contain_text("oui, cette personne est inscrite")


STATES: dict[str, Opener] = {
    "list of one commune of several": agent("mairies.rurales@demo.test", "/admin/town-hall/?commune=02824"),
    "question to ask": a_question_to_ask,
    "question asked": a_question_asked,
    "questions received": questions_received,
    "question answered": a_question_answered,
    "revocations received": a_statement_received,
    "revocation to attach": a_statement_to_attach,
    "deaths": agent("mairie.laon@demo.test", "/admin/ends/"),
    "deaths looked up": deaths_looked_up,
    "death to confirm": a_death_to_confirm,
    "form that arrived": a_form_that_arrived,
    "sheet that came": a_sheet_that_came,
    "sheet that came without its authority": a_sheet_that_came_without_its_authority,
    "sheet that came after the counter": a_sheet_that_came_after_the_counter,
    "list searched": agent("mairie.laon@demo.test", "/admin/town-hall/?search=de+la&late=yes"),
    "form that nobody knows": a_form_that_nobody_knows,
    "empty town hall": agent("mairie.soissons@demo.test", "/admin/town-hall/?status=void"),
    "town hall": the_town_halls_list,
    "town hall's file": a_town_halls_file,
    "invalidating": invalidating,
    "invalidating without a reason": invalidating_without_a_reason,
    "message of an invalidation": the_message_of_an_invalidation,
    "validating": validating,
    "validating a tie": validating_a_tie,
    "validating several": validating_several,
    "electoral roll": agent("mairies.rurales@demo.test", "/admin/roll/"),
    "refused roll": a_refused_roll,
    "imported roll": an_imported_roll,
    "revoking from paper": ending("Résilier"),
    "lapse without a reason": a_lapse_without_a_reason,
    "death of the mandant": ending("Décès du mandant"),
    "letter to the mandataire": the_letter,
    "letter to the mandant": the_letter_to_the_mandant,
    "paper to type": agent("mairie.laon@demo.test", "/admin/paper/"),
    "paper typed": paper_typed,
    "paper refused": paper_refused,
    "paper that a counter filled": paper_that_a_counter_filled,
    "paper with every error": paper_empty_and_sent,
}
