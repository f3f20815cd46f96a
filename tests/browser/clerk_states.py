"""The clerks of a town hall: invited, limited, removed; what an invitation opens; the account of each."""

import re

import pyotp
from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.people import Opener, at

CHOSEN = "quatre chaises jaunes ensemble"


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
    people.open_who_was_invited(page, "Marie-Antoinette")


def withdrawing_an_invitation(page: Page) -> None:
    a_clerk(page)
    people.ask_to_withdraw(page, "Marie-Antoinette")


def an_invitation(page: Page) -> None:
    people.follow_the_invitation(page, invite_a_clerk(page))


def an_invitation_with_errors(page: Page) -> None:
    an_invitation(page)
    page.fill("[name=password]", "court")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_be_visible()


def own_account(page: Page) -> None:
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    page.get_by_role("link", name="Mon compte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")


def a_clerk_of_others(page: Page) -> None:
    """Of Laon, to whom the manager of the villages has offered them; once, as five a day are all that may leave."""
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    page.goto("/admin/clerks/")
    if not page.get_by_text("mairie.laon@demo.test").count():
        page.fill("[name=name]", "Nadia BENALI")
        page.fill("[name=email]", "mairie.laon@demo.test")
        page.get_by_role("button", name="Envoyer l'invitation").click()
    expect(page.get_by_role("button", name="Retirer l'invitation de mairie.laon@demo.test")).to_be_visible()


def own_account_with_communes_offered(page: Page) -> None:
    a_clerk_of_others(page)
    page.get_by_role("button", name="Se déconnecter").click()
    own_account(page)
    expect(page.get_by_role("heading", name="Communes proposées")).to_be_visible()


def own_account_with_errors(page: Page) -> None:
    own_account(page)
    page.get_by_role("button", name="Changer").click()
    expect(page.locator("#error-summary")).to_be_visible()


def setting_up_a_second_factor(page: Page) -> None:
    own_account(page)
    page.get_by_role("link", name="Mettre en place la double authentification").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Double authentification")


def a_second_factor_with_errors(page: Page) -> None:
    setting_up_a_second_factor(page)
    page.get_by_role("button", name="Mettre en place").click()
    expect(page.locator("#error-summary")).to_be_visible()


def no_security_key_here(page: Page) -> None:
    """The demonstration's address is in digits."""
    own_account(page)
    page.goto("/agents/compte/cles")
    expect(page.get_by_role("heading", level=1)).to_have_text("Clé de sécurité")


def recovery_codes(page: Page) -> None:
    """Shown once, to an agent invited for this."""
    an_agent_with_a_second_factor(page)


def an_account_with_a_second_factor(page: Page) -> None:
    recovery_codes(page)
    page.goto("/agents/compte")
    expect(page.get_by_role("button", name="Retirer l'application")).to_be_visible()


def other_recovery_codes(page: Page) -> None:
    recovery_codes(page)
    page.reload()
    expect(page.get_by_role("button", name="Obtenir dix autres codes")).to_be_visible()


def the_code_of_a_sign_in(page: Page) -> None:
    address = an_agent_with_a_second_factor(page)
    page.get_by_role("button", name="Se déconnecter").click()
    page.fill("[name=email]", address)
    page.fill("[name=password]", CHOSEN)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre code de connexion")


def a_wrong_code(page: Page) -> None:
    the_code_of_a_sign_in(page)
    page.fill("[name=code]", "aaaaa-aaaaa")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator("#error-summary")).to_be_visible()


def forgetting_a_second_factor(page: Page) -> None:
    an_agent_with_a_second_factor(page)
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairies.rurales@demo.test")
    page.goto("/admin/clerks/")
    page.get_by_role("link", name="Marie-Antoinette").last.click()
    page.get_by_role("button", name="Effacer sa double authentification…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Effacer la double authentification")


def an_agent_with_a_second_factor(page: Page) -> str:
    """Invited, signed in, and with an application; gives the address. Ends where the recovery codes are shown."""
    an_invitation(page)
    address = re.search(r"l'adresse (\S+?)\.? *$", page.locator("main p").first.inner_text())
    page.fill("[name=password]", CHOSEN)
    page.fill("[name=again]", CHOSEN)
    page.get_by_role("button", name="Enregistrer").click()
    assert address
    page.fill("[name=email]", address[1])
    page.fill("[name=password]", CHOSEN)
    page.get_by_role("button", name="Se connecter").click()
    setting_up(page)
    return address[1]


def setting_up(page: Page) -> None:
    """From any desk: the code of the key that the page shows in letters."""
    page.goto("/agents/compte/double-authentification")
    secret = "".join(page.locator("p.code").inner_text().split())
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Mettre en place").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")


STATES: dict[str, Opener] = {
    "own account": own_account,
    "clerks with one of others": a_clerk_of_others,
    "own account with communes offered": own_account_with_communes_offered,
    "own account with errors": own_account_with_errors,
    "clerks": clerks,
    "clerks with errors": clerks_with_errors,
    "clerk": a_clerk,
    "withdrawing a clerk's invitation": withdrawing_an_invitation,
    "setting up a second factor": setting_up_a_second_factor,
    "second factor with errors": a_second_factor_with_errors,
    "security key where none can be": no_security_key_here,
    "recovery codes": recovery_codes,
    "recovery codes to renew": other_recovery_codes,
    "own account with a second factor": an_account_with_a_second_factor,
    "code of a sign-in": the_code_of_a_sign_in,
    "wrong code of a sign-in": a_wrong_code,
    "forgetting a second factor": forgetting_a_second_factor,
    "invitation": an_invitation,
    "invitation with errors": an_invitation_with_errors,
    "invitation that is over": at("/agents/invitation/AAAAAAAAAAAAAAAAAAAAAA"),
}
