"""The lists of a polling day on paper: a page a bureau, nothing cut, nothing of the screen."""

import io
import re

import pikepdf
import pytest
from playwright.sync_api import Browser, Page

from app.config import PROJECT
from tests.back_office.test_editions import make
from tests.back_office.test_register import a_roll, desk, lucie, on_roll, validated
from tests.builders import LAON, World, an_identity

pytestmark = pytest.mark.browser
STYLE = (PROJECT / "app" / "static" / "style.css").read_text(encoding="utf-8")
ACROSS = 1031
"""Pixels between the margins of a sheet of A4 in landscape."""
LONGEST = "DE LA ROCHEFOUCAULD-MONTBEL D'AUBIGNÉ DE SAINT-HILAIRE-LEROY"


def on_paper(browser: Browser, text: str) -> Page:
    """That page, as it is laid out for the printer."""
    page = browser.new_page(viewport={"width": ACROSS, "height": 700})
    page.emulate_media(media="print")
    page.set_content(re.sub(r'<link rel="stylesheet"[^>]*>', f"<style>{STYLE}</style>", text))
    return page


@pytest.mark.parametrize("what", ["public/?", "mentions/?", "edition/?number=1&", "edition/whole/?number=1&"])
def test_a_list_prints_a_page_a_bureau_whole_and_with_its_headings(world: World, browser: Browser, what: str) -> None:
    a_roll(*(on_roll(name, f"000{n}", "1") for n, name in enumerate(("PETIT", "GRAND", LONGEST), 1)))
    for name in ("PETIT", "GRAND", LONGEST):
        validated(world, mandant=lucie(name))
    validated(world, mandant=an_identity(birth_name=LONGEST))
    make(world, 0)
    page = on_paper(browser, desk(world).get(f"{what}commune={LAON}&day={world.first_day()}").text)
    assert page.evaluate("document.documentElement.scrollWidth") <= ACROSS
    for gone in ("header", "footer", "form", ".back", "h1"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("thead tr.print-only").first.is_visible()
    repeated = page.evaluate("[...document.querySelectorAll('thead')].map(e => getComputedStyle(e).display)")
    assert set(repeated) == {"table-header-group"}
    assert page.evaluate("getComputedStyle(document.querySelector('tbody tr')).breakInside") == "avoid"
    with pikepdf.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as pdf:
        assert len(pdf.pages) == 4
        assert all(sheet.mediabox[2] > sheet.mediabox[3] for sheet in pdf.pages)
    page.close()
