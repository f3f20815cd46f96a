"""The measures find what they are for, a telephone of 2016 shows whole pages, and each message can be read by all."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.pdf import STYLE
from tests.browser import elector_states, people, public_states
from tests.browser.measures import lost_text, overflow, small_targets
from tests.browser.old_browser import as_read_in_2016

pytestmark = pytest.mark.browser
WITHOUT_OURS = "document.querySelector('link[rel=stylesheet]').disabled = true"
WITH_THE_OLD = """style => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)
  document.adoptedStyleSheets = [sheet]
}"""


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """A page of nobody, 320 px wide, without a style sheet."""
    page = browser.new_page(viewport={"width": 320, "height": 600})
    yield page
    page.close()


def test_a_button_too_small_beside_another_is_found_and_one_with_room_is_not(blank: Page) -> None:
    small = "<button style='width:16px;height:16px;padding:0;margin:{}'>a</button>"
    blank.set_content(small.format("0") * 2)
    assert len(small_targets(blank)) == 2
    blank.set_content(small.format("8px") * 2)
    assert small_targets(blank) == []
    blank.set_content(
        "<p>Lisez <a href='#a' style='font-size:8px'>ceci</a>, <a href='#b' style='font-size:8px'>cela</a></p>"
    )
    assert small_targets(blank) == []


def test_what_is_cut_or_beside_the_window_is_found(blank: Page) -> None:
    blank.set_content("<p style='height:10px;overflow:hidden'>Trop haut pour sa boîte</p>")
    assert len(lost_text(blank)) == 1
    blank.set_content("<p style='width:400px'>Plus large que la fenêtre, et de beaucoup, de beaucoup</p>")
    assert overflow(blank) > 0
    assert len(lost_text(blank)) == 1
    blank.set_content("<p>Entier</p>")
    assert (overflow(blank), lost_text(blank)) == (0, [])


@pytest.mark.parametrize("state", ["home", "help", "form with every error", "recap", "my procurations"])
def test_a_telephone_of_2016_shows_a_whole_page(page: Page, state: str) -> None:
    public_states.STATES[state](page)
    page.set_viewport_size({"width": 360, "height": 640})
    page.evaluate(WITHOUT_OURS)
    page.evaluate(WITH_THE_OLD, as_read_in_2016(STYLE.read_text(encoding="utf-8")))
    assert overflow(page) == 0
    assert lost_text(page) == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_what_a_screen_reader_is_told_of_the_form_is_what_the_page_shows(page: Page) -> None:
    """Roles, names and hints, in the order of reading: the tree that the browser gives to assistive technologies."""
    public_states.the_form_with_every_error(page)
    told = page.locator("body").aria_snapshot()
    for role_and_name in (
        'link "Aller au contenu"',
        'navigation "Navigation principale"',
        'complementary "Avertissement"',
        "main",
        "alert",
        'heading "Huit réponses sont à revoir" [level=2]',
        'heading "Votre demande de procuration" [level=1]',
        'heading "Où votez-vous ?" [level=2]',
        'combobox "Commune où vous votez"',
        'textbox "Votre numéro d\'électeur (facultatif)"',
        'heading "Qui votera pour vous ?" [level=2]',
        'textbox "Sa date de naissance"',
        'textbox "Son nom de naissance"',
        'textbox "Tous ses prénoms"',
        'group "Son sexe"',
        'radio "Féminin"',
        'radio "Masculin"',
        'combobox "Commune où cette personne est inscrite"',
        'heading "Pour quels votes ?" [level=2]',
        'group "Durée de la procuration"',
        'group "Jours de vote"',
        'heading "Où vous écrire ?" [level=2]',
        'textbox "Votre adresse e-mail"',
        'button "Relire ma demande"',
        "contentinfo",
    ):
        before, found, told = told.partition(f"- {role_and_name}")
        assert found, f"{role_and_name} is not there, or not after what is before it: {before[:300]}"


def test_each_wrong_field_is_told_as_wrong_with_its_reason(page: Page) -> None:
    public_states.the_form_with_every_error(page)
    for name in ("mandataire_birth_date", "mandataire_birth_name", "email"):
        field = page.locator(f"[name={name}]")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("[Éé]crivez"))


def test_the_recap_and_the_receipt_tell_where_one_stands(page: Page) -> None:
    public_states.the_recap(page)
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_have_text("Relisez votre demande")
    page.get_by_role("checkbox", name=re.compile("Je déclare sur l'honneur")).check()
    page.get_by_role("button", name="Confirmer ma demande").click()
    expect(page.get_by_role("img", name=re.compile("Code QR"))).to_be_visible()
    expect(page).to_have_title(re.compile("Il reste une étape"))


def test_more_time_is_asked_with_the_keyboard_and_nothing_typed_is_lost(page: Page) -> None:
    people.sign_in_as_citizen(page, "marie")
    page.fill("[name=mandataire_birth_name]", "D'Aubigné")
    page.get_by_role("link", name="Demander plus de temps").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Garder mes réponses et continuer"
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Vos réponses sont gardées")
    expect(page.locator("[name=mandataire_birth_name]")).to_have_value("D'Aubigné")


def test_an_elector_revokes_with_the_keyboard_alone(page: Page) -> None:
    reference = elector_states.a_held_procuration(page)
    press_on(page, "Résilier…")
    expect(page.get_by_role("heading", level=1)).to_have_text("Résilier cette procuration ?")
    press_on(page, "Demander la résiliation")
    expect(page.locator(f"[data-reference='{reference}']")).to_contain_text("Voir la résiliation")


def press_on(page: Page, name: str) -> None:
    """Tab from the top of the page to the first link or button of this name, then Enter."""
    page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges()")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no stop of the Tab key is called {name}")


def test_a_message_in_the_mailbox_is_for_everybody(page: Page) -> None:
    """Its HTML part, alone; tests/mail/test_words.py reads the structure of every other message."""
    people.file_a_demande(page, "mai")
    people.open_the_mail_to(page, "mai@electeurs.test")
    page.get_by_role("link", name="Voir la version HTML").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 320, "height": 600})
    assert overflow(page) == 0


def test_on_paper_the_help_has_no_links_to_press_and_no_question_without_its_answer(page: Page) -> None:
    public_states.STATES["help"](page)
    page.emulate_media(media="print")
    for gone in ("header", "footer", "nav", ".skip"):
        assert not page.locator(gone).first.is_visible(), gone
    breaks = page.evaluate("[...document.querySelectorAll('h2, h3')].map(e => getComputedStyle(e).breakAfter)")
    assert set(breaks) == {"avoid"}
    page.emulate_media(media="screen")
