"""No line of a page begins with a sign that French keeps with the word before it; names are said as people say them."""

import re

import pytest
from jinja2 import DictLoader
from markupsafe import Markup

from app.typography import FrenchSpaces, of
from tests.builders import World
from tests.page import Page, read

LOOSE = re.compile(r"\S [:;?!»]|« ")


def loose(page: Page) -> list[str]:
    return [text for element in page.main.iter() for text in (element.text, element.tail) if LOOSE.search(text or "")]


@pytest.mark.parametrize("address", ["/", "/papier", "/aide", "/accessibilite", "/donnees-personnelles", "/demande"])
def test_signs_stay_with_their_word(world: World, address: str) -> None:
    world.an_election()
    assert loose(read(world.as_elector().get(address))) == []


def test_code_tags_and_what_people_wrote_stay_as_they_are(world: World) -> None:
    page = '<a title="x : y">{{ "a : b" }}{% if 1 %} : « c » ?{% endif %}</a>{{ typed }}'
    env = world.app.jinja_env.overlay(loader=DictLoader({"page.html": page, "mail.txt": "a : b"}))
    assert any(isinstance(one, FrenchSpaces) for one in env.extensions.values())
    written = '<a title="x : y">a\u00a0: b\u00a0: «\u00a0c\u00a0»\u00a0?</a>'
    assert env.get_template("page.html").render(typed="Qui ?") == f"{written}Qui ?"
    assert env.get_template("mail.txt").render() == "a : b"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Laon", "de Laon"),
        ("Athies-sous-Laon", "d'Athies-sous-Laon"),
        ("Éloïse PETIT", "d'Éloïse PETIT"),
        ("Yvetot", "d'Yvetot"),
        ("Yaoundé", "de Yaoundé"),
        ("Le Havre", "du Havre"),
        ("Les Abymes", "des Abymes"),
        ("La Ciotat", "de La Ciotat"),
    ],
)
def test_a_name_is_said_after_de_as_people_say_it(name: str, said: str) -> None:
    assert of(name) == said
    marked = of(Markup("<strong>{}</strong>").format(name))
    assert isinstance(marked, Markup)
    assert marked.striptags() == said
