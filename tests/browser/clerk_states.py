"""The clerks of a town hall: invited, limited, removed; what an invitation opens; the account of each."""

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.people import Opener, at


def invite_a_clerk(page: Page) -> str:
    """Send a link; gives the address."""
    address = f"marie-antoinette.{next(people.numbers)}@communaute-de-communes.test"
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    people.go_to(page, "Mes communes", "Agents")
    page.fill("[name=name]", "Marie-Antoinette de La Rochefoucauld-Montbel")
    page.fill("[name=email]", address)
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.get_by_role("status")).to_contain_text("Invitation envoyée")
    return address


def clerks(page: Page) -> None:
    """With one who was invited and has not answered."""
    invite_a_clerk(page)


def clerks_with_errors(page: Page) -> None:
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    page.goto("/admin/clerks/")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.locator("#error-summary")).to_be_visible()


def a_clerk(page: Page) -> None:
    clerks(page)
    page.get_by_role("link", name="Marie-Antoinette").last.click()
    expect(page.get_by_role("button", name="Envoyer une nouvelle invitation")).to_be_visible()


def removing_a_clerk(page: Page) -> None:
    a_clerk(page)
    page.get_by_role("button", name="Retirer cette personne…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Retirer Marie-Antoinette")


def an_invitation(page: Page) -> None:
    """As the mail that arrived leads to it."""
    address = invite_a_clerk(page)
    page.get_by_role("button", name="Se déconnecter").click()
    people.open_the_mail_to(page, address)
    page.get_by_role("link", name="/agents/invitation/").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisissez votre mot de passe")


def an_invitation_with_errors(page: Page) -> None:
    an_invitation(page)
    page.fill("[name=password]", "court")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_be_visible()


def own_account(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.get_by_role("link", name="Mon compte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")


def own_account_with_errors(page: Page) -> None:
    own_account(page)
    page.get_by_role("button", name="Changer").click()
    expect(page.locator("#error-summary")).to_be_visible()


STATES: dict[str, Opener] = {
    "own account": own_account,
    "own account with errors": own_account_with_errors,
    "clerks": clerks,
    "clerks with errors": clerks_with_errors,
    "clerk": a_clerk,
    "removing a clerk": removing_a_clerk,
    "invitation": an_invitation,
    "invitation with errors": an_invitation_with_errors,
    "invitation that is over": at("/agents/invitation/AAAAAAAAAAAAAAAAAAAAAA"),
}
