"""Finding one elector on a roll: every trap that a real export contains, and a spelling that never matters."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity import Identity, Sex
from models.law import ListType
from models.matching import Found, match, match_by_number

BORN = date(1986, 8, 28)


@dataclass(frozen=True)
class Line:
    birth_name: str = "D'AUBIGNÉ-LE BRETHON"
    first_names: str = "Gwenaëlle Rosalie Marie-Ange"
    usual_name: str | None = None
    sex: Sex = Sex.F
    birth_date: date | None = BORN
    birth_text: str | None = None
    nne: str | None = None
    list_type: ListType = ListType.LP


SHE = Line()


def typed(**changes: object) -> Identity:
    values = {"birth_name": SHE.birth_name, "first_names": SHE.first_names, "sex": Sex.F, "birth_date": BORN}
    return Identity(**(values | changes))


def found(person: Identity, *lines: Line, nne: str | None = None) -> Found:
    return match(person, nne, lines).found


@pytest.mark.parametrize(
    "name",
    ["D'Aubigné-Le Brethon", "d aubigne le brethon", "DAUBIGNE-LEBRETHON", "D’AUBIGNÉ LE BRETHON", "Le Goff"],
)
def test_the_birth_name_or_the_usual_name_however_it_is_spelt(name: str) -> None:
    assert found(typed(birth_name=name), replace(SHE, usual_name="LE GOFF")) is Found.ONE


@pytest.mark.parametrize("usual_name", [None, "D'AUBIGNÉ-LE BRETHON", "LE GOFF"])
def test_a_usual_name_absent_equal_or_different_changes_nothing(usual_name: str | None) -> None:
    assert found(typed(), replace(SHE, usual_name=usual_name)) is Found.ONE


def test_another_name_is_nobody() -> None:
    assert found(typed(birth_name="Kermarrec"), SHE) is Found.NONE
    assert found(typed()) is Found.NONE


@pytest.mark.parametrize(
    "names", ["Gwenaëlle", "rosalie", "Marie-Ange", "Rosalie Gwenaelle", "Gwenaëlle-Rosalie Marie Ange"]
)
def test_some_of_the_first_names_in_any_order_are_enough_when_unique(names: str) -> None:
    assert found(typed(first_names=names), SHE, Line(first_names="Soizic")) is Found.ONE


def test_more_first_names_than_the_roll_knows_are_enough() -> None:
    assert found(typed(), replace(SHE, first_names="Gwenaëlle")) is Found.ONE


def test_a_first_name_that_is_not_hers_is_nobody() -> None:
    assert found(typed(first_names="Soizic"), SHE) is Found.NONE
    assert found(typed(first_names="Gwenaëlle Soizic"), SHE) is Found.NONE


def test_father_and_son_are_told_by_the_birth_date() -> None:
    father, son = replace(SHE, birth_date=date(1960, 1, 1)), SHE
    assert match(typed(), None, [father, son]).identity == typed()


def test_twins_are_told_by_the_first_names() -> None:
    twin = replace(SHE, first_names="Clotilde Anne")
    assert match(typed(first_names="Clotilde"), None, [SHE, twin]).electors == (twin,)


def test_a_twin_who_has_all_the_names_typed_and_more_makes_it_ambiguous() -> None:
    short, long = replace(SHE, first_names="Marie"), replace(SHE, first_names="Marie Ange")
    assert found(typed(first_names="Marie"), short, long) is Found.SEVERAL
    assert match(typed(first_names="Marie Ange"), None, [short, long]).electors == (long,)


def test_two_people_of_one_civil_status_are_for_a_person_to_tell() -> None:
    assert found(typed(), SHE, SHE) is Found.SEVERAL


def test_the_number_tells_two_people_of_one_civil_status() -> None:
    one, other = replace(SHE, nne="12"), replace(SHE, nne="13")
    assert match(typed(), "13", [one, other]).electors == (other,)
    assert found(typed(), one, other, nne="14") is Found.UNCERTAIN
    assert found(typed(first_names="Soizic"), one, other, nne="14") is Found.NONE


def test_a_number_that_contradicts_the_name_is_for_a_person_to_tell() -> None:
    somebody = Line(birth_name="KERMARREC", nne="12")
    assert found(typed(), somebody, nne="12") is Found.UNCERTAIN
    assert found(typed(), replace(SHE, nne="12", birth_date=date(1986, 8, 29)), nne="12") is Found.UNCERTAIN


@pytest.mark.parametrize("text", ["00/00/1986", "1986"])
def test_a_birth_of_which_only_the_year_is_known_is_never_sure(text: str) -> None:
    vague = replace(SHE, birth_date=None, birth_text=text)
    assert found(typed(), vague) is Found.UNCERTAIN
    assert found(typed(birth_date=date(1985, 8, 28)), vague) is Found.NONE
    assert found(typed(), SHE, vague) is Found.SEVERAL


def test_a_sex_that_differs_alone_is_never_sure() -> None:
    assert found(typed(sex=Sex.M), SHE) is Found.UNCERTAIN


@pytest.mark.parametrize(
    ("names", "nne", "lines"),
    [
        ({"first_names": "Дмитрий"}, None, [SHE]),
        ({"first_names": "Дмитрий"}, "12", [replace(SHE, nne="12")]),
        ({"first_names": "Дмитрий"}, None, [replace(SHE, first_names="-")]),
        ({"first_names": "Дмитрий"}, None, []),
        ({"birth_name": "Иванов"}, None, [replace(SHE, birth_name="IVANOV")]),
        ({"birth_name": "Иванов"}, None, [replace(SHE, birth_name="ΠΑΠΑΣ")]),
        ({}, None, [replace(SHE, first_names="-")]),
    ],
)
def test_a_name_without_latin_letters_is_nobodys_and_for_a_person_to_find_l71_l72(
    names: dict[str, str], nne: str | None, lines: list[Line]
) -> None:
    """L71, L72: it folds to nothing, which would be anybody's of that birth date."""
    assert found(typed(**names), *lines, nne=nne) is Found.UNCERTAIN


def test_a_european_citizen_on_both_lists_is_one_person_with_two_lists() -> None:
    lines = [replace(SHE, list_type=ListType.LCM), replace(SHE, list_type=ListType.LCE)]
    both = match(typed(), None, lines)
    assert (both.found, both.list_types) == (Found.ONE, {ListType.LCM, ListType.LCE})
    assert found(typed(), *lines, lines[0]) is Found.SEVERAL


def test_what_is_found_is_the_rolls_own_civil_status() -> None:
    one = match(typed(first_names="Rosalie", birth_name="LE GOFF"), None, [replace(SHE, usual_name="Le Goff", nne="7")])
    assert (one.identity, one.nne) == (typed(), "7")


def test_by_number_and_birth_date() -> None:
    numbered = replace(SHE, nne="12")
    assert match_by_number("12", BORN, [numbered]).identity == typed()
    assert match_by_number("12", date(1986, 8, 29), [numbered]).found is Found.NONE
    assert match_by_number("13", BORN, [numbered]).found is Found.NONE
    assert match_by_number("12", BORN, [numbered, replace(numbered, birth_name="X")]).found is Found.SEVERAL


@given(
    upper=st.booleans(),
    bare=st.booleans(),
    between=st.sampled_from([" ", "-", "'", "’", "  "]),
    order=st.permutations([0, 1, 2]),
)
def test_no_spelling_changes_the_answer(upper: bool, bare: bool, between: str, order: list[int]) -> None:
    names = ["Gwenaëlle", "Rosalie", "Marie-Ange"]
    name = SHE.birth_name.replace("É", "E") if bare else SHE.birth_name
    name = between.join(name.replace("'", " ").replace("-", " ").split())
    person = typed(birth_name=name.upper() if upper else name.lower(), first_names=" ".join(names[n] for n in order))
    stranger = Line(birth_name="KERMARREC", first_names="Rosalie", nne="1")
    assert found(person, SHE) is found(person, SHE, stranger) is Found.ONE
