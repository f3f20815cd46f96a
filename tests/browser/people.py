"""What the people of the demonstration do in a browser: the same steps for every browser test."""

import re

from playwright.sync_api import Page, expect

MANDATAIRE = {
    "mandataire_birth_name": "D'Aubigné-Le Brethon",
    "mandataire_first_names": "Gwenaëlle Rosalie",
    "mandataire_birth_date": "28/08/1986",
}
PASSWORD = "demo"


def sign_in_as_citizen(page: Page, citizen: str = "eloise") -> None:
    """From the home page's link, through FranceConnect, to the form."""
    page.goto("/")
    page.get_by_role("link", name="Commencer avec FranceConnect").click()
    page.locator(f"input[name=citizen][value={citizen}]").check()
    page.locator("button[name=choice][value=continue]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande de procuration")


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


def file_a_demande(page: Page, citizen: str = "eloise", mandataire: str = "") -> str:
    """From the home page to the receipt; gives the reference."""
    sign_in_as_citizen(page, citizen)
    fill_the_form(page, email=f"{citizen}@electeurs.test", mandataire=mandataire)
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Relisez votre demande")
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    page.wait_for_url(re.compile(r"/demande/[A-Z2-9]{6}$"))
    return page.locator("main").get_attribute("data-reference") or ""


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
