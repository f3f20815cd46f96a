"""No line of a page begins with a sign that French keeps with the word before it."""

import re

import pytest
from jinja2 import DictLoader

from app.typography import FrenchSpaces
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
