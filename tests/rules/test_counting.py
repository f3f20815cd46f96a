"""Articles L72, L73 and L75 as functions of values: who is the same person, who came first, who finds room."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identity import Identity, Sex
from models.law import Ceiling, ListType
from models.rules import (
    Held,
    Outcome,
    Person,
    ceiling_outcome,
    duplicate_outcome,
    is_same_commune,
    is_same_person,
    list_outcome,
    reasons_against_territory,
)
from models.territory import Commune

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
TODAY_S, JUNE_2021, CONSULAR = Ceiling(2, 1, 3), Ceiling(2, 2), Ceiling(2, 1, 3)
GWENAELLE = Identity("D'Aubigné-Le Brethon", "Gwenaëlle Rosalie", Sex.F, date(1986, 8, 28))


def held(hour: int, *, in_france: bool = True, **values: object) -> Held:
    """Established at that hour of one day."""
    at = AT + timedelta(hours=hour)
    return Held(at, at, in_france, is_consular=False, **values)


def on_paper(day: int = 0, **values: object) -> Held:
    """Established some day, nobody knows at which hour."""
    start = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(days=day)
    return Held(start, start + timedelta(days=1), in_france=True, is_consular=False, **values)


def test_the_first_established_in_france_is_valid_and_the_next_is_not_l73() -> None:
    first, second = held(0), held(1)
    assert ceiling_outcome(first, [second], TODAY_S) is Outcome.PASSED
    assert ceiling_outcome(second, [first], TODAY_S) is Outcome.FAILED


def test_one_established_abroad_leaves_room_for_one_in_france_l73() -> None:
    abroad, here, third = held(0, in_france=False), held(1), held(2, in_france=False)
    assert ceiling_outcome(here, [abroad], TODAY_S) is Outcome.PASSED
    assert ceiling_outcome(abroad, [here, third], TODAY_S) is Outcome.PASSED
    assert ceiling_outcome(third, [abroad, here], TODAY_S) is Outcome.FAILED


def test_what_is_void_takes_no_room_l73() -> None:
    """The second in France is void, so the third, abroad, is only the second valid one."""
    first, void, abroad = held(0), held(1), held(2, in_france=False)
    assert ceiling_outcome(abroad, [first, void], TODAY_S) is Outcome.PASSED


def test_in_june_2021_two_in_france_are_valid_and_a_third_is_not() -> None:
    first, second, third = held(0), held(1), held(2)
    assert ceiling_outcome(second, [first, third], JUNE_2021) is Outcome.PASSED
    assert ceiling_outcome(third, [first, second], JUNE_2021) is Outcome.FAILED


def test_three_are_valid_with_one_from_a_consular_list_still_one_in_france() -> None:
    from_abroad = replace(held(0, in_france=False), is_consular=True)
    second, third, fourth = held(1), held(2, in_france=False), held(3, in_france=False)
    assert ceiling_outcome(third, [from_abroad, second], CONSULAR) is Outcome.PASSED
    assert ceiling_outcome(fourth, [from_abroad, second, third], CONSULAR) is Outcome.FAILED
    assert ceiling_outcome(held(2), [from_abroad, second], CONSULAR) is Outcome.FAILED
    assert ceiling_outcome(third, [replace(from_abroad, is_consular=False), second], CONSULAR) is Outcome.FAILED


def test_a_day_without_an_hour_cannot_be_ordered_within_that_day() -> None:
    paper, online, later = on_paper(), held(0), held(30)
    assert ceiling_outcome(paper, [online], TODAY_S) is Outcome.UNKNOWN
    assert ceiling_outcome(online, [paper], TODAY_S) is Outcome.UNKNOWN
    assert ceiling_outcome(on_paper(), [on_paper()], TODAY_S) is Outcome.UNKNOWN
    assert ceiling_outcome(later, [paper], TODAY_S) is Outcome.FAILED
    assert ceiling_outcome(paper, [later], TODAY_S) is Outcome.PASSED


def test_the_very_end_of_a_day_is_of_that_day() -> None:
    paper = on_paper()
    at_its_end = Held(paper.latest, paper.latest, in_france=True, is_consular=False)
    assert ceiling_outcome(at_its_end, [paper], TODAY_S) is Outcome.UNKNOWN


def test_one_same_instant_is_ordered_by_rank() -> None:
    first, second = held(0, rank=0), held(0, rank=1)
    assert ceiling_outcome(first, [replace(first)], TODAY_S) is Outcome.UNKNOWN
    assert ceiling_outcome(first, [second], TODAY_S) is Outcome.PASSED
    assert ceiling_outcome(second, [first], TODAY_S) is Outcome.FAILED


def test_a_mandataire_who_may_be_another_makes_nothing_void() -> None:
    maybe = held(0, is_certain=False)
    assert ceiling_outcome(held(1), [maybe], TODAY_S) is Outcome.UNKNOWN
    assert ceiling_outcome(held(1), [maybe, held(0)], TODAY_S) is Outcome.FAILED
    assert ceiling_outcome(held(1), [held(2, is_certain=False)], TODAY_S) is Outcome.PASSED


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), min_size=1, max_size=8),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_the_valid_ones_never_exceed_the_ceiling(
    drawn: list[tuple[int, bool, bool]], total: int, in_france: int
) -> None:
    ceiling = Ceiling(total, min(total, in_france), total + 1)
    all_held = [
        Held(AT + timedelta(hours=hour), AT + timedelta(hours=hour), here, consular, rank)
        for rank, (hour, here, consular) in enumerate(drawn)
    ]
    outcomes = {
        one.rank: ceiling_outcome(one, [other for other in all_held if other is not one], ceiling) for one in all_held
    }
    assert Outcome.UNKNOWN not in outcomes.values()
    valid = [one for one in all_held if outcomes[one.rank] is Outcome.PASSED]
    assert len(valid) <= ceiling.total(with_consular=any(one.is_consular for one in valid))
    assert sum(one.in_france for one in valid) <= ceiling.max_established_in_france


def test_who_gave_one_before_gives_a_duplicate_l75() -> None:
    assert duplicate_outcome(held(1), []) is Outcome.PASSED
    assert duplicate_outcome(held(1), [held(0)]) is Outcome.FAILED
    assert duplicate_outcome(held(0), [held(1)]) is Outcome.PASSED
    assert duplicate_outcome(held(0), [on_paper()]) is Outcome.UNKNOWN
    assert duplicate_outcome(held(1), [held(0, is_certain=False)]) is Outcome.UNKNOWN


def person(**values: object) -> Person:
    names = {key: values.pop(key) for key in ("birth_name", "first_names", "sex", "birth_date") if key in values}
    return Person(replace(GWENAELLE, **names), **values)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (person(), person(), True),
        (person(), person(birth_name="DAUBIGNE LE BRETHON", first_names="gwenaelle-rosalie"), True),
        (person(), person(first_names="Gwenaëlle"), None),
        (person(first_names="Rosalie"), person(), None),
        (person(), person(first_names="Rosalie Gwenaëlle"), None),
        (person(), person(sex=Sex.M), None),
        (person(), person(first_names="Soizic"), False),
        (person(first_names="Иван"), person(first_names="Дмитрий"), None),
        (person(first_names="Иван"), person(), None),
        (person(birth_name="Иванов"), person(birth_name="Петров"), None),
        (person(), person(birth_name="Kermarrec"), False),
        (person(), person(birth_date=date(1986, 8, 29)), False),
        (person(nne="12"), person(nne="12", birth_name="Kermarrec", first_names="Soizic"), True),
        (person(nne="12"), person(nne="13"), None),
        (person(nne="12"), person(nne="13", first_names="Soizic"), False),
        (person(nne="12"), person(nne="12", birth_date=date(1986, 8, 29)), None),
        (person(nne="12"), person(birth_date=date(1986, 8, 29)), False),
        (person(nne="12"), person(), True),
        (person(roll_key="a"), person(roll_key="a", birth_name="Kermarrec", nne="1"), True),
        (person(roll_key="a"), person(roll_key="b"), None),
        (person(roll_key="a"), person(roll_key="b", first_names="Soizic"), False),
        (person(roll_key="a", nne="12"), person(roll_key="b", nne="12"), True),
        (person(roll_key="a", nne="12"), person(roll_key="a", nne="13"), None),
        (person(commune_code="02408"), person(commune_code="02408"), True),
        (person(commune_code="02408"), person(), True),
        (person(commune_code="02408"), person(commune_code="02722"), None),
        (person(commune_code="02408"), person(commune_code="02722", first_names="Soizic"), False),
        (person(commune_code="02408", nne="12"), person(commune_code="02722", nne="12"), True),
        (person(commune_code="02408", nne="12"), person(commune_code="02722"), None),
        (person(commune_code="02408", roll_key="a"), person(commune_code="02722", roll_key="a"), None),
        (person(commune_code="02408", roll_key="a"), person(commune_code="02408", roll_key="a"), True),
        (person(roll_key="a"), person(), True),
        (person(), person(roll_key="b"), True),
        (person(roll_key="a"), person(first_names="Gwenaëlle"), None),
        (person(has_namesake=True), person(), None),
        (person(), person(has_namesake=True), None),
        (person(has_namesake=True, nne="12"), person(nne="12"), True),
    ],
)
def test_one_person_two_or_nobody_can_tell(one: Person, other: Person, expected: bool | None) -> None:
    assert is_same_person(one, other) is expected
    assert is_same_person(other, one) is expected


@pytest.mark.parametrize(
    ("lists", "votes", "expected"),
    [
        ("LP", ["LP"], Outcome.PASSED),
        ("LCE", ["LP"], Outcome.FAILED),
        ("LCE", ["LP LCE"], Outcome.PASSED),
        ("LCM LCE", ["LP LCM", "LP LCE"], Outcome.PASSED),
        ("LCM", ["LP LCM", "LP LCE"], Outcome.UNKNOWN),
        ("", ["LP"], Outcome.FAILED),
        ("LCE", [], Outcome.PASSED),
    ],
)
def test_an_elector_of_the_lists_that_vote_l72(lists: str, votes: list[str], expected: Outcome) -> None:
    def codes(text: str) -> list[ListType]:
        return [ListType(code) for code in text.split()]

    assert list_outcome(codes(lists), [codes(vote) for vote in votes]) is expected


def test_the_arrondissements_of_one_city_are_one_commune() -> None:
    lyon_1, lyon_2 = (Commune(code=code, parent_code="69123") for code in ("69381", "69382"))
    laon, soissons = (Commune(code=code, parent_code=None) for code in ("02408", "02722"))
    assert is_same_commune(lyon_1, lyon_2)
    assert is_same_commune(laon, laon)
    assert not is_same_commune(laon, soissons)
    assert not is_same_commune(lyon_1, laon)


@pytest.mark.parametrize(
    ("mandant", "mandataire", "is_excluded"),
    [("02", "988", True), ("CO", "988", True), ("988", "988", False), ("988", "02", False), ("02", None, False)],
)
def test_new_caledonia_is_excluded_from_outside_r213_1(mandant: str, mandataire: str | None, is_excluded: bool) -> None:
    theirs = Commune(code="98818", department_code=mandataire) if mandataire else None
    assert bool(reasons_against_territory(Commune(code="x", department_code=mandant), theirs)) is is_excluded
