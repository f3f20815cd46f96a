"""What is printed to be signed fits on one sheet of A4, whatever the names; in large print on two."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from app.dates import now
from models.base import db
from models.scrutin import upcoming_in
from models.territory import Commune
from tests.browser.conftest import Site
from tests.browser.counter_states import a_form_to_print
from tests.browser.public_states import a_sheet

pytestmark = pytest.mark.browser
LONG = "Wilhelmine-Marguerite de Montmorency-Châtillon " * 3
LONGEST = {
    f"{who}_{name}": LONG[:120].strip() for who in ("mandant", "mandataire") for name in ("birth_name", "first_names")
}
NAME_THE_ELECTIONS_AT_LENGTH = """name => document.querySelectorAll(".sheet li").forEach(
    line => line.textContent += "; " + name + name)"""


def two_days(site: Site) -> list[str]:
    """The next two polling days of Laon: two elections each, in the demonstration."""
    with site.app.app_context():
        laon = db.session.get_one(Commune, "02408")
        votes = upcoming_in(laon, laon.local_day(now()) + timedelta(days=1))
    return [f"{day:%d/%m/%Y}" for day in sorted({vote.polling_day for vote in votes})[:2]]


def test_it_fits_on_one_sheet_at_the_longest_names(page: Page, site: Site) -> None:
    first, second = two_days(site)
    a_form_to_print(page, **LONGEST, day_1=first, day_2=second, valid_until="")
    expect(page.get_by_text("2e tour")).to_be_visible()
    assert sheets(page) == [(595, 842)]
    page.evaluate(NAME_THE_ELECTIONS_AT_LENGTH, "Élection " * 13)
    assert sheets(page) == [(595, 842)]


def test_a_sheet_filled_at_home_fits_on_one_at_the_longest_names(page: Page, site: Site) -> None:
    first, second = two_days(site)
    a_sheet(page, **LONGEST, day_1=first, day_2=second, valid_until="")
    page.evaluate(NAME_THE_ELECTIONS_AT_LENGTH, "Élection " * 13)
    assert sheets(page) == [(595, 842)]


@pytest.mark.parametrize(("size", "most"), [("normal", 1), ("large", 2)])
def test_a_blank_sheet_fits_on_one_and_in_large_print_on_two(page: Page, size: str, most: int) -> None:
    page.goto(f"/papier/feuille-vierge?size={size}")
    assert len(sheets(page)) == most


def sheets(page: Page) -> list[tuple[int, int]]:
    """The size of each page that is printed, in points."""
    with pikepdf.open(BytesIO(page.pdf(prefer_css_page_size=True))) as printed:
        return [(round(float(one.mediabox[2])), round(float(one.mediabox[3]))) for one in printed.pages]
