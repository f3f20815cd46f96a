"""Whatever the roll and whatever is typed: never a guess, and never a spelling that decides."""

import unicodedata
from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from models.identity import Identity, Sex, fold, letters
from models.law import ListType
from models.matching import Found, match, match_by_number
from tests.rules.test_matching import Line

BIRTHS = [date(1986, 8, 28), date(1986, 8, 29)]
FIRST = ["Gwenaëlle", "Rosalie", "Marie-Ange", "Anne", "Zoé"]
LINES = st.builds(
    Line,
    birth_name=st.sampled_from(["D'AUBIGNÉ-LE BRETHON", "DE LA TOUR", "SCHÖNBERGER"]),
    first_names=st.lists(st.sampled_from(FIRST), min_size=1, max_size=3, unique=True).map(" ".join),
    usual_name=st.sampled_from([None, "LE GOFF", "DE LA TOUR"]),
    sex=st.sampled_from(Sex),
    birth_date=st.sampled_from(BIRTHS),
    nne=st.sampled_from([None, "12", "13"]),
    list_type=st.sampled_from(ListType),
)
ROLLS = st.lists(LINES, max_size=6)
PEOPLE = st.builds(
    Identity,
    birth_name=st.sampled_from(["D'Aubigné-Le Brethon", "De La Tour", "Schönberger", "Le Goff"]),
    first_names=st.lists(st.sampled_from(FIRST), min_size=1, max_size=3, unique=True).map(" ".join),
    sex=st.sampled_from(Sex),
    birth_date=st.sampled_from(BIRTHS),
)
NUMBERS = st.sampled_from([None, "12", "13", "14"])


def status(line: Line) -> tuple[object, ...]:
    return letters(line.birth_name), letters(line.first_names), line.sex, line.birth_date


def respelt(text: str, *, upper: bool, bare: bool, between: str) -> str:
    """The same name, as somebody else types it."""
    if bare:
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    spaced = between.join(text.replace("-", " ").split())
    return spaced.upper() if upper else spaced.lower()


@given(PEOPLE, LINES, ROLLS)
def test_two_people_of_one_civil_status_are_never_told_apart_without_a_number(
    person: Identity, line: Line, roll: list[Line]
) -> None:
    """Two lines of one list are two people, whoever else is on the roll; a usual name may tell a third."""
    twice = replace(line, nne=None)
    found = match(person, None, [twice, *roll, twice])
    assert found.found is not Found.ONE or twice not in found.electors


@given(PEOPLE, NUMBERS, ROLLS)
def test_who_is_found_is_on_the_roll_born_that_day_and_bears_that_name(
    person: Identity, nne: str | None, roll: list[Line]
) -> None:
    found = match(person, nne, roll)
    if found.found is not Found.ONE:
        return
    assert found.identity
    assert len({status(line) for line in found.electors}) == 1
    for line in found.electors:
        assert line in roll
        assert line.birth_date == person.birth_date
        assert letters(person.birth_name) in {letters(line.birth_name), letters(line.usual_name or "")}
        assert set(fold(person.first_names).split()) & set(fold(line.first_names).split())
        assert not (nne and line.nne) or nne == line.nne
    assert found.list_types == {line.list_type for line in found.electors}


@given(
    PEOPLE,
    NUMBERS,
    ROLLS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([" ", "-", "  ", " - "]),
    st.randoms(use_true_random=False),
)
def test_no_case_accent_hyphen_space_or_order_changes_the_answer(
    person: Identity, nne: str | None, roll: list[Line], upper: bool, bare: bool, between: str, shuffled: Random
) -> None:
    names = person.first_names.split()
    shuffled.shuffle(names)
    assume(letters("".join(names)) == letters(person.first_names) or not _is_in_full(person, roll))
    typed = replace(
        person,
        birth_name=respelt(person.birth_name, upper=upper, bare=bare, between=between),
        first_names=respelt(" ".join(names), upper=upper, bare=bare, between=" "),
    )
    before, after = match(person, nne, roll), match(typed, nne, roll)
    assert (after.found, after.identity) == (before.found, before.identity)


def _is_in_full(person: Identity, roll: list[Line]) -> bool:
    """Some line has these very first names in this very order, which decides among those who have more."""
    return any(letters(person.first_names) == letters(line.first_names) for line in roll)


@given(PEOPLE, NUMBERS, ROLLS, st.randoms(use_true_random=False))
def test_the_order_of_the_roll_changes_nothing(
    person: Identity, nne: str | None, roll: list[Line], shuffled: Random
) -> None:
    other = list(roll)
    shuffled.shuffle(other)
    before, after = match(person, nne, roll), match(person, nne, other)
    assert (after.found, after.identity, after.list_types) == (before.found, before.identity, before.list_types)


@given(PEOPLE, NUMBERS, ROLLS, LINES)
def test_one_elector_more_never_makes_another_be_found(
    person: Identity, nne: str | None, roll: list[Line], more: Line
) -> None:
    """Of who was ambiguous it may be the one meant; but it never makes somebody else certain."""
    before, after = match(person, nne, roll), match(person, nne, [*roll, more])
    if before.found is not Found.ONE and after.found is Found.ONE:
        assert more in after.electors


@given(NUMBERS.filter(bool), st.sampled_from(BIRTHS), ROLLS)
def test_a_number_and_a_birth_date_find_one_person_or_nobody_is_named(nne: str, born: date, roll: list[Line]) -> None:
    found = match_by_number(nne, born, roll)
    theirs = [line for line in roll if (line.nne, line.birth_date) == (nne, born)]
    if found.found is Found.ONE:
        assert len({status(line) for line in theirs}) == 1
    assert (found.found is Found.NONE) is (not theirs)
    assert (found.identity is not None) is (found.found is Found.ONE)
