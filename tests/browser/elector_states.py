"""What an elector sees after the first demande: changing one's mind, revoking, finishing without a visit."""

import itertools

from playwright.sync_api import Page, expect

from tests.browser import people

EMPTY = ("mandataire_birth_name", "mandataire_first_names")
SELECTED = """() => {
  const range = document.createRange()
  range.setStartBefore(document.querySelector("main dt"))
  range.setEndAfter(document.querySelector(".code"))
  getSelection().removeAllRanges()
  getSelection().addRange(range)
  return getSelection().toString()
}"""
names = ("".join(letters) for letters in itertools.product("abcdefghij", repeat=3))


def a_number_that_is_not_enough(page: Page) -> None:
    people.sign_in_as_citizen(page, "malik")
    people.fill_the_form(page)
    for name in EMPTY:
        page.fill(f"[name={name}]", "")
    page.fill("[name=mandataire_nne]", "123456789")
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.locator("#error-summary")).to_contain_text("ce numéro et cette date ne suffisent pas")


def a_held_procuration(page: Page, citizen: str = "jurgen") -> str:
    """Established at the counter, for a mandataire who holds nothing yet; the tab is back on the elector's side."""
    reference = people.file_a_demande(page, citizen, f"Morel {next(names)}")
    people.establish(page, reference)
    page.goto("/mes-procurations")
    return reference


def a_recap_that_may_replace(page: Page) -> None:
    a_held_procuration(page)
    page.goto("/demande")
    people.fill_the_form(page)
    page.get_by_role("button", name="Relire ma demande").click()
    expect(page.get_by_role("group", name="remplace-t-elle")).to_be_visible()


def a_receipt_that_replaces(page: Page) -> None:
    a_recap_that_may_replace(page)
    page.locator("[name=replaces]").first.check()
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    expect(page.locator("main")).to_contain_text("elle remplacera la procuration")


def a_recap_that_replaces_what_is_not_in_force(page: Page) -> None:
    """As when the former ended between the page and the click."""
    a_held_procuration(page)
    page.goto("/demande")
    people.fill_the_form(page)
    people.confirm_the_form(page)
    reference = page.locator("main").get_attribute("data-reference") or ""
    page.goto("/demande")
    people.fill_the_form(page)
    page.get_by_role("button", name="Relire ma demande").click()
    ticked = page.locator("[name=replaces]").first
    ticked.evaluate("(box, reference) => { box.value = reference }", reference)
    ticked.check()
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    expect(page.locator("#error-summary")).to_contain_text("il n'y a rien à remplacer")


def revoking(page: Page) -> None:
    reference = a_held_procuration(page)
    page.locator(f"[data-reference='{reference}']").get_by_role("link", name="Résilier…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Résilier cette procuration ?")


def a_revocation_asked(page: Page) -> None:
    revoking(page)
    page.get_by_role("button", name="Demander la résiliation").click()
    expect(page.get_by_role("status")).to_contain_text("Résiliation demandée")


def the_two_ways(page: Page) -> None:
    people.sign_in_as_citizen(page, "camille")
    people.fill_the_form(page, commune="Ajaccio")
    for box in page.locator("[name=scrutins]:checked").all():
        box.uncheck()
    page.locator("[name=scrutins]").last.check()
    page.get_by_role("button", name="Relire ma demande").click()
    page.check("[name=sworn]")
    page.get_by_role("button", name="Confirmer ma demande").click()
    expect(page.get_by_role("link", name="Finir avec mon identité numérique certifiée")).to_be_visible()


def the_place(page: Page) -> None:
    the_two_ways(page)
    page.get_by_role("link", name="Finir avec mon identité numérique certifiée").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Finir sans visite")


def the_place_with_every_error(page: Page) -> None:
    the_place(page)
    page.get_by_role("button", name="Prouver mon identité").click()
    expect(page.locator("#error-summary")).to_be_visible()


def at_the_provider(page: Page) -> None:
    the_place(page)
    page.fill("[name=place_search]", "Soissons")
    page.check("[name=sworn]")
    page.get_by_role("button", name="Prouver mon identité").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("FranceConnect simulé")


def an_identity_not_certified(page: Page) -> None:
    at_the_provider(page)
    page.check("[name=citizen][value=eloise]")
    page.locator("button[name=choice][value=continue]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cela n'a pas pu se faire sans visite")


def established_by_the_minister(page: Page) -> None:
    at_the_provider(page)
    page.check("[name=citizen][value=camille]")
    page.locator("button[name=choice][value=continue]").click()
    expect(page.locator("main")).to_contain_text("par le ministre de l'intérieur, à Soissons")


def revoking_without_a_visit(page: Page) -> None:
    established_by_the_minister(page)
    page.goto("/mes-procurations")
    page.get_by_role("link", name="Résilier…").first.click()
    page.get_by_role("link", name="Résilier avec mon identité numérique certifiée…").click()


def my_procurations_with_a_receipt(page: Page) -> None:
    a_held_procuration(page)
    expect(page.get_by_role("link", name="Récépissé de la procuration").first).to_be_visible()


def the_receipt_of_an_act(page: Page) -> None:
    my_procurations_with_a_receipt(page)
    page.get_by_role("link", name="Récépissé de la procuration").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Récépissé de procuration")


def a_receipt_verified(page: Page) -> None:
    the_receipt_of_an_act(page)
    code = page.locator(".code").inner_text()
    page.goto("/verifier")
    page.fill("[name=code]", code)
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce code est authentique")


def a_whole_receipt_copied_and_verified(page: Page) -> None:
    """As a mouse selects it, from « Récépissé n° » to the end of the code."""
    the_receipt_of_an_act(page)
    copied = page.evaluate(SELECTED)
    page.goto("/verifier")
    page.fill("[name=code]", copied)
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce récépissé est authentique")


def a_receipt_that_is_not_true(page: Page) -> None:
    page.goto("/verifier")
    page.fill("[name=code]", "RECEPISSE+1+12")
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("#error-summary")).to_be_visible()


def the_card(page: Page) -> None:
    reference = a_held_procuration(page)
    page.goto("/admin/officer/")
    page.get_by_role("button", name="Se déconnecter").click()
    people.validate(page, reference)
    page.goto(f"/mes-procurations/{reference}/carte")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vous votez pour")


def own_data(page: Page) -> None:
    a_held_procuration(page)
    page.get_by_role("link", name="Tout ce que le service garde de vous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que le service garde de vous")


def a_recap_before_a_slow_town_hall(page: Page, commune: str, citizen: str) -> None:
    people.sign_in_as_citizen(page, citizen)
    people.fill_the_form(page, commune=commune)
    page.get_by_role("button", name="Relire ma demande").click()
    page.get_by_text("Comment est-ce calculé").click()


def a_recap_that_may_be_too_late(page: Page) -> None:
    a_recap_before_a_slow_town_hall(page, people.TOO_SLOW, "mai")
    expect(page.locator("[data-in-time=too_late]")).to_be_visible()


def a_recap_that_is_tight(page: Page) -> None:
    a_recap_before_a_slow_town_hall(page, people.SOMETIMES_SLOW, "anne-lise")
    expect(page.locator("[data-in-time=tight]")).to_be_visible()


def a_sixth_corrected_address(page: Page) -> None:
    """What was typed comes back with the refusal, to be sent again."""
    reference = people.file_a_demande(page, "niall", f"Morel {next(names)}")
    for number in range(6):
        page.goto("/mes-procurations")
        form = page.locator(f"form[action$='/{reference}/courriel']")
        form.locator("[name=email]").fill(f"adresse{number}@electeurs.test", force=True)
        with page.expect_navigation():
            form.evaluate("form => form.submit()")
    expect(page.get_by_role("button", name="Renvoyer mes réponses")).to_be_visible()


STATES: dict[str, people.Opener] = {
    "form that a number does not fill": a_number_that_is_not_enough,
    "recap that may replace": a_recap_that_may_replace,
    "recap that may be too late": a_recap_that_may_be_too_late,
    "recap that is tight": a_recap_that_is_tight,
    "receipt that replaces": a_receipt_that_replaces,
    "recap that replaces what is not in force": a_recap_that_replaces_what_is_not_in_force,
    "my procurations with a receipt": my_procurations_with_a_receipt,
    "card for the mandataire": the_card,
    "own data": own_data,
    "receipt of an act": the_receipt_of_an_act,
    "receipt verified": a_receipt_verified,
    "whole receipt verified": a_whole_receipt_copied_and_verified,
    "receipt that is not true": a_receipt_that_is_not_true,
    "revoking": revoking,
    "my procurations with a revocation asked": a_revocation_asked,
    "receipt with two ways": the_two_ways,
    "place": the_place,
    "place with every error": the_place_with_every_error,
    "identity not certified": an_identity_not_certified,
    "established by the minister": established_by_the_minister,
    "revoking without a visit": revoking_without_a_visit,
    "address corrected too often": a_sixth_corrected_address,
}
