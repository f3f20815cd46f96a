"""What the people of the demonstration do in a browser: the same steps for every browser test."""

import itertools
import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.dates import now

MANDATAIRE = {
    "mandataire_birth_name": "D'Aubigné-Le Brethon",
    "mandataire_first_names": "Gwenaëlle Rosalie",
    "mandataire_birth_date": "28/08/1986",
}
PASSWORD = "demo"
VERVINS = dict.fromkeys(("attend@agents.test", "bloque@agents.test", "sans@agents.test"), False)
VERVINS |= {"chef@agents.test": True}
"""Officers of one station, and whether each answers for it."""
SOMETIMES_SLOW, TOO_SLOW = "Chauny", "Hirson"
SLOW = {SOMETIMES_SLOW: ("02173", 1), TOO_SLOW: ("02381", 12)}
"""Town halls that may answer after the next vote: the code, and in how many weeks half of the answers come."""
Opener = Callable[[Page], object]
numbers = itertools.count(1)


def sign_in_as_citizen(page: Page, citizen: str = "eloise") -> None:
    """From the home page's link, through FranceConnect, to the form."""
    page.goto("/")
    page.get_by_role("link", name="Commencer avec FranceConnect").click()
    page.locator(f"input[name=citizen][value={citizen}]").check()
    page.locator("button[name=choice][value=continue]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande de procuration")


def go_to(page: Page, *names: str) -> None:
    """At a town hall: a group of the navigation, then one of its pages."""
    for name in names:
        page.locator("body > header, body > .subnav").get_by_role("link", name=name, exact=True).click()


def fill_the_form(
    page: Page, commune: str = "Laon", email: str = "eloise@electeurs.test", mandataire: str = ""
) -> None:
    """Type what an elector types; the first polling day. `mandataire` is another birth name than usual."""
    page.fill("[name=commune_search]", commune)
    page.fill("[name=mandataire_commune_search]", "Laon")
    page.fill("[name=email]", email)
    for name, text in MANDATAIRE.items():
        page.fill(f"[name={name}]", text)
    if mandataire:
        page.fill("[name=mandataire_birth_name]", mandataire)
    page.check("[name=mandataire_sex][value=F]")
    page.check("[name=validity][value=scrutins]")
    page.locator("[name=scrutins]").first.check()


def file_a_demande(page: Page, citizen: str = "eloise", mandataire: str = "", email: str = "") -> str:
    """From the home page to the receipt, for a mandataire who holds no other; gives the reference."""
    sign_in_as_citizen(page, citizen)
    fill_the_form(page, email=email or f"{citizen}@electeurs.test", mandataire=mandataire)
    page.fill("[name=mandataire_birth_date]", f"28/08/{1900 + next(numbers) % 100}")
    confirm_the_form(page)
    return page.locator("main").get_attribute("data-reference") or ""


def fill_the_paper_form(page: Page, **changes: str) -> dict[str, str]:
    """What an officer types with somebody of Laon, until the end of a period; gives it, but the commune and the sexes.

    The mandataire has a birth date of their own.
    """
    typed = MANDATAIRE | {
        "mandataire_birth_date": f"28/08/{1900 + next(numbers) % 100}",
        "mandataire_nne": f"8765{next(numbers):04}",
        "mandant_birth_name": "CARLIER",
        "mandant_first_names": "Odette Jeanne",
        "mandant_birth_date": "02/04/1938",
        "mandant_nne": "12345678",
        "valid_until": f"{now() + timedelta(days=200):%d/%m/%Y}",
    }
    page.fill("[name=commune_search]", "Laon")
    for name, text in (typed | changes).items():
        page.fill(f"[name={name}]", text)
    page.check("[name=mandant_sex][value=F]")
    page.check("[name=mandataire_sex][value=F]")
    return typed | changes


def confirm_the_form(page: Page) -> None:
    """Read it back, swear, confirm."""
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Relisez votre demande")
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    page.wait_for_url(re.compile(r"/demande/[A-Z2-9]{6}$"))


def sign_in_as_agent(page: Page, email: str) -> None:
    """Through the agents' page, to the desk."""
    page.goto("/agents/connexion")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/admin/**")


def open_reference(page: Page, reference: str) -> None:
    """Type the reference and Enter, as at the counter."""
    page.fill("[name=reference]", reference)
    page.press("[name=reference]", "Enter")


def establish(page: Page, reference: str, officer: str = "opj.laon@demo.test") -> None:
    """An officer opens the file and establishes."""
    sign_in_as_agent(page, officer)
    open_reference(page, reference)
    page.get_by_role("button", name=re.compile("identité conforme")).click()
    expect(page.get_by_role("status")).to_contain_text("établie")


def validate(page: Page, reference: str) -> None:
    """As the town hall of Laon, from its list."""
    sign_in_as_agent(page, "mairie.laon@demo.test")
    page.get_by_role("checkbox", name=f"Choisir {reference}").check()
    page.get_by_role("button", name=re.compile("Valider la sélection")).click()
    confirm(page, "Valider")
    expect(page.get_by_role("status")).to_contain_text("validée")


def confirm(page: Page, act: str) -> None:
    """On the page that asks before a town hall's act: say why wherever one must, then do it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^{act} .+\?$"))
    for note in page.locator("[name=note]").all():
        note.fill("Vérifié au téléphone.")
    page.get_by_role("button", name=act, exact=True).click()
    expect(page.get_by_role("status")).to_be_visible()


def type_a_paper(page: Page, **changes: str) -> None:
    """What a form on paper says, until the end of a period; each of two people of their own."""
    number = next(numbers)
    typed = {
        "mandant_birth_name": "Vasseur",
        "mandant_first_names": "Odette",
        "mandant_birth_date": f"01/03/{1900 + number % 100}",
        "mandant_nne": f"{number:06}",
        "mandataire_birth_name": "Delmas",
        "mandataire_first_names": "Henriette",
        "mandataire_birth_date": f"02/04/{1900 + number % 100}",
        "mandataire_nne": f"1{number:06}",
        "valid_until": f"{now().date() + timedelta(days=200):%d/%m/%Y}",
        "authority_name": "Jeanne LEROY",
        "authority_capacity": "directrice des services de greffe",
        "place_search": "Laon",
        "established_on": f"{now().date() - timedelta(days=3):%d/%m/%Y}",
        "received_on": f"{now().date() - timedelta(days=1):%d/%m/%Y}",
    }
    for name, text in (typed | changes).items():
        page.fill(f"[name={name}]", text)
    for who in ("mandant_sex", "mandataire_sex"):
        page.check(f"[name={who}][value=F]")


def open_the_mail_to(page: Page, address: str) -> None:
    """Wait until the demonstration's mailbox has it."""
    for _ in range(40):
        page.goto("/demo/courriels")
        if page.get_by_text(address).count():
            break
        page.wait_for_timeout(250)
    page.locator("tr", has_text=address).get_by_role("link").click()


def at(address: str) -> Opener:
    return lambda page: page.goto(address) and None


def agent(email: str, address: str = "") -> Opener:
    def opened(page: Page) -> None:
        sign_in_as_agent(page, email)
        if address:
            page.goto(address)

    return opened


def follow_the_invitation(page: Page, address: str) -> None:
    """As the mail that arrived leads to it, once who invited has gone."""
    page.get_by_role("button", name="Se déconnecter").click()
    open_the_mail_to(page, address)
    page.get_by_role("link", name="/agents/invitation/").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisissez votre mot de passe")


def open_who_was_invited(page: Page, name: str) -> None:
    """From the list, the page of the last invited of that name, who has not answered."""
    page.get_by_role("link", name=name).last.click()
    expect(page.get_by_role("button", name="Envoyer une nouvelle invitation")).to_be_visible()


def ask_to_withdraw(page: Page, name: str) -> None:
    page.get_by_role("button", name="Retirer l'invitation…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Retirer l'invitation de {name}")
