"""A security key in a real browser, from its registration to a sign-in, under the strict content policy.

Chromium's own virtual authenticator answers; the site has a name, as keys want one.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import select

from app.factory import create_app
from models.agent_session import PROVED_FOR, AgentSession
from models.base import db
from models.security_key import SecurityKey
from tests.browser.conftest import Site, Watch, a_tab
from tests.browser.measures import overflow, small_targets
from tests.browser.test_accessible import assert_focus_is_visible, assert_text_may_be_spaced_and_enlarged
from tests.builders import PASSWORD, World, a_config, a_simulator
from tests.conftest import ready_made_sqlite
from tests.live import LiveServer, free_port

pytestmark = pytest.mark.browser
STICK = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": False, "automaticPresenceSimulation": True}


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Site]:
    """A service that demands a second factor, at a name."""
    database = tmp_path / "keys.db"
    shutil.copyfile(ready_made_sqlite(), database)
    port = free_port()
    url = f"http://localhost:{port}"
    config = a_config(
        database_url=f"sqlite:///{database}",
        public_url=url,
        france_connect=a_simulator(url),
        demands_second_factor=True,
    )
    app = create_app(config)
    with LiveServer(app, port):
        yield Site(url, app, config)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def tab(browser: Browser, named: Site) -> Iterator[Page]:
    watch = Watch(named.url)
    yield from a_tab(browser, named, watch)
    assert not watch.faults


@pytest.fixture
def world(named: Site) -> Iterator[World]:
    assert isinstance(named.app, Flask)
    with named.app.app_context():
        yield World(named.app)
        db.session.rollback()


def plug(tab: Page) -> tuple[CDPSession, str]:
    """A key in the computer, that somebody touches when it asks."""
    devices = tab.context.new_cdp_session(tab)
    devices.send("WebAuthn.enable")
    return devices, devices.send("WebAuthn.addVirtualAuthenticator", {"options": STICK})["authenticatorId"]


def give_password(tab: Page, email: str) -> None:
    tab.goto("/agents/connexion")
    tab.fill("[name=email]", email)
    tab.fill("[name=password]", PASSWORD)
    tab.get_by_role("button", name="Se connecter").click()


def register(tab: Page) -> None:
    """From the page that an agent without a second factor is led to."""
    tab.get_by_role("link", name="enregistrez plutôt une clé de sécurité").click()
    tab.get_by_role("button", name="Enregistrer la clé").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Codes de secours")


def assert_for_everybody(tab: Page) -> None:
    """What tests/browser/test_accessible.py holds of every state."""
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    for width in (640, 320):
        tab.set_viewport_size({"width": width, "height": 800})
        assert overflow(tab) == 0, width
    assert small_targets(tab) == []
    assert_text_may_be_spaced_and_enlarged(tab)
    assert_focus_is_visible(tab)
    tab.set_viewport_size({"width": 1200, "height": 900})


def test_a_key_is_registered_then_signs_in(tab: Page, world: World) -> None:
    email = world.a_clerk().email
    plug(tab)
    give_password(tab, email)
    register(tab)
    tab.get_by_role("button", name="Se déconnecter").click()
    give_password(tab, email)
    tab.get_by_role("button", name="Utiliser ma clé de sécurité").click()
    tab.wait_for_url("**/admin/town-hall/**")
    assert db.session.scalars(select(SecurityKey.sign_count)).one() > 0


def test_a_key_that_is_not_there_is_said_on_the_page_and_a_code_signs_in(tab: Page, world: World) -> None:
    email = world.a_clerk().email
    devices, key = plug(tab)
    give_password(tab, email)
    register(tab)
    codes = tab.locator("li.code").all_inner_texts()
    tab.get_by_role("button", name="Se déconnecter").click()
    devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": STICK})
    give_password(tab, email)
    tab.get_by_role("button", name="Utiliser ma clé de sécurité").click()
    expect(tab.get_by_role("alert")).to_contain_text("La clé n'a pas répondu")
    tab.fill("[name=code]", codes[0])
    tab.get_by_role("button", name="Se connecter").click()
    tab.wait_for_url("**/admin/town-hall/**")


def test_without_scripts_the_page_says_what_else_serves(browser: Browser, named: Site, world: World) -> None:
    watch = Watch(named.url)
    for tab in a_tab(browser, named, watch, java_script_enabled=False):
        give_password(tab, world.a_clerk().email)
        tab.get_by_role("link", name="enregistrez plutôt une clé de sécurité").click()
        tab.get_by_role("button", name="Enregistrer la clé").click()
        expect(tab.locator("#error-summary")).to_contain_text("prenez une application de codes")
    assert not watch.faults


def test_its_pages_and_the_one_that_asks_again_are_for_everybody(tab: Page, world: World) -> None:
    manager = world.a_clerk(manages_communes=True)
    email, key = manager.email, manager.id
    plug(tab)
    give_password(tab, email)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Double authentification")
    assert_for_everybody(tab)
    tab.get_by_role("link", name="enregistrez plutôt une clé de sécurité").click()
    assert_for_everybody(tab)
    tab.get_by_role("button", name="Enregistrer la clé").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    tab.goto("/agents/compte")
    assert_for_everybody(tab)
    tab.goto("/admin/clerks/")
    tab.fill("[name=name]", "Luc PETIT")
    tab.fill("[name=email]", "luc@mairie.test")
    opened = db.session.scalars(select(AgentSession).where(AgentSession.account_id == key)).one()
    opened.proved_at -= PROVED_FOR + timedelta(minutes=1)
    db.session.commit()
    tab.get_by_role("button", name="Envoyer l'invitation").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Confirmez que c'est vous")
    assert_for_everybody(tab)
    tab.fill("[name=proof]", "pas celui-ci")
    tab.get_by_role("button", name="Confirmer et continuer").click()
    expect(tab.locator("#error-summary")).to_be_visible()
    assert_for_everybody(tab)
    tab.fill("[name=proof]", PASSWORD)
    tab.get_by_role("button", name="Confirmer et continuer").click()
    expect(tab.get_by_role("status")).to_contain_text("Invitation envoyée")
    tab.get_by_role("button", name="Se déconnecter").click()
    give_password(tab, email)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Votre code de connexion")
    assert_for_everybody(tab)
