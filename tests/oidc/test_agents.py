"""An agent with ProConnect, in a browser, at a provider that this project did not write: tied once, then in and out."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.measures import overflow
from tests.oidc.conftest import AGENT, PASSWORD, Site

pytestmark = [pytest.mark.browser, pytest.mark.oidc, pytest.mark.xdist_group("oidc")]


def assert_for_everybody(page: Page) -> None:
    """What these pages say only where ProConnect is configured, as every other page is looked at."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 320, "height": 700})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 700})


def test_an_agent_ties_the_account_then_comes_and_goes_with_pro_connect(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/agents/proconnect")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ProConnect n'ouvre aucun compte ici")
    assert_for_everybody(page)
    page.get_by_role("link", name="Se connecter avec un mot de passe").click()
    assert_for_everybody(page)
    page.fill("[name=email]", AGENT)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("link", name="Mon compte").click()
    page.get_by_role("button", name="Relier ProConnect").click()
    expect(page.get_by_role("status")).to_have_text("ProConnect ouvre désormais votre compte.")
    assert_for_everybody(page)
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("link", name="Se connecter avec ProConnect").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Élections")
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("button", name="Terminer la session").click()
    assert urlsplit(page.url).path == "/agents/connexion"
    page.goto(f"{site.url}/agents/proconnect")
    expect(page.get_by_role("button", name="Continuer")).to_be_visible()
