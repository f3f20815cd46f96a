"""Each page in each of its states, wide, at 320 px and printed: `python -m tests.browser.take_every_page [REGEX]`.

Written in pictures/, with an index.html that shows them side by side: what to look at before a change is called done.
"""

import html
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.config import PROJECT
from tests.browser.conftest import a_site
from tests.browser.people import Opener
from tests.browser.test_accessible import STATES
from tests.conftest import BROWSER_ARGUMENTS, CHROMIUM

PICTURES = PROJECT / "pictures"
WIDTHS = {"wide": 1280, "narrow": 320}
HEAD = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Pages</title>'


def main(wanted: str = "") -> None:
    """Take those whose name holds `wanted`, a regular expression; every one without it."""
    PICTURES.mkdir(exist_ok=True)
    names = [name for name in STATES if re.search(wanted, name)]
    with (
        tempfile.TemporaryDirectory() as directory,
        a_site(f"sqlite:///{directory}/demo.db") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        for name in names:
            take(browser, site.url, name, STATES[name])
        browser.close()
    (PICTURES / "index.html").write_text(HEAD + "".join(map(shown, names)), encoding="utf-8")


def take(browser: Browser, url: str, name: str, opened: Opener) -> None:
    """One state, in a session of its own."""
    context = browser.new_context(base_url=url, viewport={"width": WIDTHS["wide"], "height": 900}, locale="fr-FR")
    page = context.new_page()
    opened(page)
    page.pdf(path=path_of(name, "printed", "pdf"), prefer_css_page_size=True)
    for kind, width in WIDTHS.items():
        take_at(page, width, path_of(name, kind, "png"))
    context.close()


def take_at(page: Page, width: int, path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.screenshot(path=path, full_page=True)


def path_of(name: str, kind: str, suffix: str) -> Path:
    return PICTURES / f"{re.sub('[^a-z0-9]+', '-', name.lower())}-{kind}.{suffix}"


def shown(name: str) -> str:
    """A line of the index."""
    wide, narrow, printed = (
        path_of(name, k, s).name for k, s in (("wide", "png"), ("narrow", "png"), ("printed", "pdf"))
    )
    title = html.escape(name)
    return (
        f'<h2>{title}</h2><p><a href="{printed}">{title}, printed</a></p>'
        f'<img src="{wide}" alt="{title}, wide" width="900"> <img src="{narrow}" alt="{title}, 320 px" width="240">\n'
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
