"""Which of the code, the text and the page's former text says the commune."""

import pytest
from flask.testing import FlaskClient

from tests.builders import LAON, SOISSONS, World
from tests.page import read
from tests.web.journeys import FORM, RECAP, answers, fill, wrong


@pytest.fixture
def filled(world: World) -> tuple[FlaskClient, dict[str, object]]:
    """An elector whose form already holds Laon."""
    elector, fields = world.as_elector(), answers(world)
    assert fill(elector, fields).status_code == 303
    return elector, fields


@pytest.mark.parametrize("false", ["99999", "C9999", "zz", "02 408", "Laon"])
def test_a_false_code_is_never_replaced_by_the_text_of_the_page(filled: tuple, false: str) -> None:
    elector, fields = filled
    assert any("Commune où vous votez" in error for error in wrong(elector, fields | {"commune": false}).errors)


def test_another_code_replaces_the_commune_of_the_page(filled: tuple) -> None:
    elector, fields = filled
    assert fill(elector, fields | {"commune": SOISSONS}).status_code == 303
    assert "Soissons (02, Aisne)" in read(elector.get(RECAP)).text


def test_a_text_typed_anew_replaces_the_commune_of_the_page(filled: tuple) -> None:
    elector, fields = filled
    assert fill(elector, fields | {"commune": LAON, "commune_search": "Soissons"}).status_code == 303
    assert "Soissons (02, Aisne)" in read(elector.get(RECAP)).text


def test_an_emptied_text_is_no_commune(filled: tuple) -> None:
    elector, fields = filled
    page = wrong(elector, fields | {"commune": LAON, "commune_search": ""})
    assert any("écrivez le nom de la commune" in error for error in page.errors)


def test_a_wider_name_asks_again(filled: tuple) -> None:
    elector, fields = filled
    fill(elector, fields | {"commune": "75116", "commune_search": ""} | {"commune_shown": ""})
    page = wrong(elector, fields | {"commune": "75116", "commune_search": "Paris"})
    assert any("plusieurs réponses" in error for error in page.errors)


@pytest.mark.parametrize("key", ["Laon", "02000 ", "laon (02)", LAON])
def test_the_mandataires_commune_is_a_search_key(world: World, key: str) -> None:
    elector = world.as_elector()
    answer = fill(elector, answers(world, mandataire_commune=key))
    page = read(answer if answer.status_code == 422 else elector.get(RECAP))
    assert "Laon (02, Aisne)" in page.text


def test_the_form_is_shown_with_what_was_typed(filled: tuple) -> None:
    elector, _ = filled
    assert read(elector.get(FORM)).form(FORM)["commune_search"].startswith("Laon")
