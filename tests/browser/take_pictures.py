"""The README's pictures, taken from the running application: `python -m tests.browser.take_pictures`.

Starts the demonstration as `make run` does, on a database of its own, walks through the three doors and writes
docs/pictures/*.png.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import people, polling_day_states, round_states
from tests.conftest import BROWSER_ARGUMENTS, CHROMIUM
from tests.live import HOST, free_port

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
BIN = Path(sys.executable).parent
WAIT_SECONDS = 60


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demonstration() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        take_all(partial(a_tab, browser, url))
        browser.close()


def take_all(new_tab: Callable[[], Page]) -> None:
    """The journey, in order; each elector has a tab, and so a session, of their own."""
    page = new_tab()
    page.goto("/")
    picture(page, "1-home")
    people.sign_in_as_citizen(page)
    people.fill_the_form(page)
    page.fill("[name=mandataire_birth_date]", "28 aout")
    page.get_by_role("button", name="Relire ma demande").click()
    picture(page, "2-form")
    page.fill("[name=mandataire_birth_date]", "28/08/1986")
    page.get_by_role("button", name="Relire ma demande").click()
    picture(page, "3-recap")
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    picture(page, "4-receipt")
    reference = page.locator("main").get_attribute("data-reference") or ""
    others = [people.file_a_demande(new_tab(), citizen) for citizen in ("mai", "jean")]
    people.sign_in_as_agent(page, "opj.laon@demo.test")
    for other in others:
        establish(page, other)
    people.open_reference(page, reference)
    picture(page, "5-counter")
    establish(page, reference)
    page.get_by_role("link", name=f"Ouvrir le récépissé {reference}").click()
    picture(page, "6-handed-over")
    page.get_by_role("button", name="Se déconnecter").click()
    people.sign_in_as_agent(page, "mairie.laon@demo.test")
    picture(page, "7-town-hall")
    page.set_viewport_size({"width": 360, "height": 800})
    picture(page, "9-town-hall-narrow")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto("/admin/town-hall/?status=established")
    page.locator("table a").first.click()
    picture(page, "8-decision")
    page = new_tab()
    round_states.a_round_with_somebody_received(page)
    picture(page, "10-round")
    page = new_tab()
    polling_day_states.since_the_edition(page)
    picture(page, "12-since-the-edition")
    page = new_tab()
    page.set_viewport_size({"width": 360, "height": 800})
    polling_day_states.told_at_the_polls(page)
    picture(page, "11-at-the-polls")


def a_tab(browser: Browser, url: str) -> Page:
    context = browser.new_context(base_url=url, viewport={"width": 1200, "height": 900}, locale="fr-FR")
    return context.new_page()


def establish(page: Page, reference: str) -> None:
    """Open and establish, from the counter."""
    people.open_reference(page, reference)
    page.locator("button", has_text="identité conforme").click()
    page.get_by_role("status").wait_for()


def picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@contextmanager
def demonstration() -> Iterator[str]:
    """The application as `make run` starts it, on a port and a database of its own."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    with tempfile.TemporaryDirectory() as directory:
        environ = os.environ | {"DEMO": "1", "PORT": str(port), "DATABASE_URL": f"sqlite:///{directory}/demo.db"}
        subprocess.run([BIN / "flask", "--app", "wsgi", "demo-world"], env=environ, check=True)
        server = subprocess.Popen(
            [BIN / "gunicorn", "--config", "python:app.demo.server", "wsgi:application"], env=environ
        )
        try:
            wait_for(url)
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str) -> None:
    """Until the first answer."""
    for _ in range(WAIT_SECONDS * 4):
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(url)


if __name__ == "__main__":
    main()
