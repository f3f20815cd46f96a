"""From a file to an answer: the traps that a real roll holds (formats.md 1), each with the person one looks for."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from models.identity import Identity, Sex
from models.law import ListType
from models.matching import Found, Match
from models.register import find_in
from tests.builders import LAON
from tests.rolls.files import a_file, an_elector

BORN = date(1986, 8, 28)
MUNICIPAL, EUROPEAN = "Liste complémentaire municipale", "Liste complémentaire européenne"


@pytest.fixture
def roll(app: Flask, tmp_path: Path) -> Any:
    """Make these electors the roll of Laon."""

    def roll(*electors: dict[str, str]) -> None:
        file = tmp_path / "roll.csv"
        file.write_bytes(a_file(*electors))
        done = app.test_cli_runner().invoke(args=["import-roll", str(file), "--commune", LAON])
        assert done.exit_code == 0, done.output

    return roll


def look_for(name: str, first_names: str = "Lucie", born: date = BORN) -> Match:
    return find_in(LAON, Identity(name, first_names, Sex.F, born), None)


def elector(name: str, first_names: str = "Lucie", born: date = BORN, **changes: str) -> dict[str, str]:
    day = born.strftime("%d/%m/%Y")
    return an_elector(nom_de_naissance=name, prenoms=first_names, date_de_naissance=day, **changes)


@pytest.mark.parametrize("usual_name", ["", "PETIT", "MOREAU-PETIT"])
def test_the_usual_name_may_be_empty_the_same_or_another_one_and_either_is_found(roll: Any, usual_name: str) -> None:
    roll(elector("PETIT", nom_d_usage=usual_name))
    assert look_for("Petit").found is Found.ONE
    assert look_for(usual_name.title() or "Petit").found is Found.ONE


def test_father_and_son_of_one_name_are_told_apart_by_their_birth(roll: Any) -> None:
    roll(elector("PETIT", born=date(1950, 1, 1)), elector("PETIT", born=date(1980, 1, 1)))
    found = look_for("Petit", born=date(1980, 1, 1))
    assert found.identity
    assert (found.found, found.identity.birth_date) == (Found.ONE, date(1980, 1, 1))


def test_two_people_of_one_name_and_one_birth_date_are_a_persons_to_tell_apart(roll: Any) -> None:
    roll(elector("PETIT"), elector("PETIT"))
    assert look_for("Petit").found is Found.SEVERAL


def test_twins_are_told_apart_by_their_first_names(roll: Any) -> None:
    roll(elector("PETIT", "Lucie Anne"), elector("PETIT", "Marie Anne"))
    found = look_for("Petit", "Marie")
    assert found.identity
    assert (found.found, found.identity.first_names) == (Found.ONE, "Marie Anne")


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("D'AUBIGNE", "d’Aubigné"),
        ("DE LA FONTAINE", "De-la Fontaine"),
        ("SCHÖNBERGER", "Schonberger"),
        ("LE GOFF", "Legoff"),
    ],
)
def test_particles_apostrophes_hyphens_and_accents_do_not_matter(roll: Any, written: str, typed: str) -> None:
    roll(elector(written, "Gwenaëlle-Rosalie"))
    assert look_for(typed, "Gwenaelle Rosalie").found is Found.ONE


def test_one_first_name_of_three_is_enough(roll: Any) -> None:
    roll(elector("PETIT", "Lucie Anne Marie"))
    assert look_for("Petit", "Anne").found is Found.ONE


@pytest.mark.parametrize("text", ["00/00/1953", "1953"])
def test_an_uncertain_birth_makes_an_uncertain_answer(roll: Any, text: str) -> None:
    roll(an_elector(nom_de_naissance="PETIT", prenoms="Lucie", date_de_naissance=text))
    assert look_for("Petit", born=date(1953, 4, 12)).found is Found.UNCERTAIN
    assert look_for("Petit", born=date(1954, 4, 12)).found is Found.NONE


def test_a_european_citizen_of_both_complementary_lists_is_one_person(roll: Any) -> None:
    roll(elector("SCHMIDT", type_de_liste=MUNICIPAL), elector("SCHMIDT", type_de_liste=EUROPEAN))
    found = look_for("Schmidt")
    assert (found.found, found.list_types) == (Found.ONE, {ListType.LCM, ListType.LCE})


def test_a_european_citizen_of_the_european_list_only_is_known_as_such(roll: Any) -> None:
    roll(elector("SCHMIDT", type_de_liste=EUROPEAN))
    assert look_for("Schmidt").list_types == {ListType.LCE}
