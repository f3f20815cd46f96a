"""The lists of a polling day on paper: a page a bureau, nothing cut, nothing of the screen."""

import io
import re

import pikepdf
import pytest
from playwright.sync_api import Browser, Page

from app.config import PROJECT
from tests.back_office.test_editions import make
from tests.back_office.test_register import a_roll, desk, lucie, on_roll, revoked, validated
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


def test_an_edition_printed_again_is_the_same_paper_whatever_happened_since(world: World, browser: Browser) -> None:
    a_roll(on_roll("PETIT", "0001", "4"), on_roll("GRAND", "0002", "10"))
    goes = validated(world, mandant=lucie("PETIT"))
    make(world, 0)
    at, where = desk(world), f"commune={LAON}&day={world.first_day()}&number=1"

    def papers() -> list[str]:
        pages = [on_paper(browser, at.get(f"{what}/?{where}").text) for what in ("edition", "edition/whole")]
        return [page.evaluate("document.body.innerText") for page in pages]

    before = papers()
    assert "PETIT" in before[0]
    revoked(world, goes)
    validated(world, mandant=lucie("GRAND"))
    a_roll(on_roll("PETIT", "0003", "1"), on_roll("GRAND", "0001", "2"))
    make(world, 1)
    assert papers() == before
