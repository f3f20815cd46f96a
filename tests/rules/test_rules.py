"""The law as functions of values and of the day, at the edges of each article."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.errors import Reason
from models.identity import Identity, Sex
from models.rules import (
    MAJORITY,
    Demande,
    Person,
    days_before_majority,
    expiry,
    is_of_age,
    latest_birth,
    months_after,
    overlap,
    reasons_against,
    reasons_against_days,
    reasons_against_mandataire,
    reasons_against_period,
    serves_on,
    years_after,
)
from models.territory import Commune

TODAY = date(2027, 2, 28)
FIRST, SECOND = date(2027, 3, 14), date(2027, 3, 21)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))


def a_demande(commune: str = "02408", **changes: object) -> Demande:
    """Éloïse, for Gwenaëlle, on the first day; nothing is in a database."""
    values = {
        "mandant": Identity("HAUTPOUL", "Éloïse", Sex.F, date(1951, 2, 28)),
        "mandant_nne": None,
        "commune": Commune(code=commune),
        "email": "eloise@electeurs.test",
        "mandataire": Identity("Le Brethon", "Gwenaëlle", Sex.F, date(1986, 8, 28)),
        "mandataire_nne": None,
        "mandataire_commune": None,
        "days": () if "valid_until" in changes else (FIRST,),
    }
    return Demande(**(values | changes))


def against(demande: Demande) -> list[Reason]:
    return reasons_against(demande, {FIRST, SECOND}, TODAY)


def test_a_demande_in_order_meets_no_objection() -> None:
    assert against(a_demande()) == []
    assert against(a_demande(days=(SECOND, FIRST))) == []
    assert against(a_demande(valid_until=date(2028, 2, 28))) == []


def test_nobody_is_their_own_mandataire() -> None:
    oneself = Identity("Hautpoul", "ELOISE", Sex.F, date(1951, 2, 28))
    assert against(a_demande(mandataire=oneself)) == [Reason.MANDANT_EST_MANDATAIRE]
    twin = Identity("Hautpoul", "Eloi", Sex.F, date(1951, 2, 28))
    assert against(a_demande(mandataire=twin)) == []


def test_nobody_is_their_own_mandataire_by_number() -> None:
    """One number and one birth date are one person, whatever the names; a number alone is nobody."""
    other_name = Identity("Kermarrec", "Soizic", Sex.F, date(1951, 2, 28))
    numbers = {"mandant_nne": "12", "mandataire_nne": "12"}
    assert against(a_demande(mandataire=other_name, **numbers)) == [Reason.MANDANT_EST_MANDATAIRE]
    assert against(a_demande(mandataire=other_name, mandant_nne="12")) == []
    assert against(a_demande(mandataire=other_name, mandataire_nne="12")) == []
    assert against(a_demande(**numbers)) == []


def test_nobody_is_their_own_mandataire_under_names_that_the_roll_gave() -> None:
    """Typed by hand, other first names are another person; from the roll, they may be more of one's own."""
    longer = Identity("Hautpoul", "Éloïse Marie", Sex.F, date(1951, 2, 28))
    assert against(a_demande(mandataire=longer)) == []
    assert against(a_demande(mandataire=longer, mandataire_masked=True)) == [Reason.MANDANT_EST_MANDATAIRE]
    assert reasons_against_mandataire(Person(a_demande().mandant), Person(longer)) == []
    assert against(a_demande(mandataire_masked=True)) == []


def test_days_or_a_period_never_both_never_neither() -> None:
    assert Reason.DONNEES_INCOMPLETES in against(a_demande(days=()))
    assert Reason.DONNEES_INCOMPLETES in against(a_demande(days=(FIRST,), valid_until=SECOND))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([TODAY], [Reason.SCRUTIN_INCONNU]),
        ([TODAY - timedelta(days=1)], [Reason.VALIDITE_EXPIREE]),
        ([FIRST, TODAY - timedelta(days=1)], [Reason.VALIDITE_EXPIREE]),
        ([FIRST, SECOND], []),
        ([FIRST, FIRST + timedelta(days=1)], [Reason.SCRUTIN_INCONNU]),
        ([], []),
    ],
)
def test_days_are_polling_days_to_come(days: list[date], expected: list[Reason]) -> None:
    assert reasons_against_days(days, {FIRST, SECOND}, TODAY) == expected


def test_the_vote_of_this_very_day_is_not_refused() -> None:
    assert reasons_against_days([FIRST], {FIRST}, FIRST) == []


@pytest.mark.parametrize(
    ("valid_until", "is_consular", "expected"),
    [
        (None, False, []),
        (date(2027, 2, 27), False, [Reason.VALIDITE_EXPIREE]),
        (date(2027, 2, 28), False, [Reason.VALIDITE_EXPIREE]),
        (date(2027, 3, 1), False, []),
        (date(2028, 2, 28), False, []),
        (date(2028, 2, 29), False, [Reason.VALIDITE_TROP_LONGUE]),
        (date(2028, 2, 29), True, []),
        (date(2030, 2, 28), True, []),
        (date(2030, 3, 1), True, [Reason.VALIDITE_TROP_LONGUE]),
        (date(9999, 12, 31), True, [Reason.VALIDITE_TROP_LONGUE]),
    ],
)
def test_a_period_is_one_year_or_three_on_a_consular_list(
    valid_until: date | None, is_consular: bool, expected: list[Reason]
) -> None:
    assert reasons_against_period(valid_until, TODAY, is_consular=is_consular) == expected


def test_the_list_of_the_commune_decides_how_long() -> None:
    two_years = date(2029, 2, 28)
    assert against(a_demande(commune="C0001", valid_until=two_years)) == []
    assert against(a_demande(valid_until=two_years)) == [Reason.VALIDITE_TROP_LONGUE]


@pytest.mark.parametrize(
    ("birth_date", "validity", "is_of_age"),
    [
        (date(2009, 3, 14), {"days": (FIRST,)}, True),
        (date(2009, 3, 15), {"days": (FIRST,)}, False),
        (date(2009, 3, 15), {"days": (FIRST, SECOND)}, False),
        (date(2009, 3, 15), {"days": (SECOND,)}, True),
        (date(2009, 12, 31), {"valid_until": date(2027, 12, 31)}, True),
        (date(2010, 1, 1), {"valid_until": date(2027, 12, 31)}, False),
    ],
)
def test_both_are_of_age_on_each_day_chosen_or_before_a_period_ends(
    birth_date: date, validity: dict[str, object], is_of_age: bool
) -> None:
    young = Identity("Petit", "Zoé", Sex.F, birth_date)
    assert against(a_demande(mandant=young, **validity)) == ([] if is_of_age else [Reason.MANDANT_MINEUR])
    assert against(a_demande(mandataire=young, **validity)) == ([] if is_of_age else [Reason.MANDATAIRE_DROITS])


def test_a_reference_dies_after_two_months_or_with_its_last_day() -> None:
    assert expiry(date(2026, 12, 31), date(2027, 6, 1)) == date(2027, 2, 27)
    assert expiry(date(2027, 12, 29), date(2028, 6, 1)) == date(2028, 2, 28)
    assert expiry(TODAY, FIRST) == FIRST


@given(DAYS, st.integers(-400, 400))
@example(date(2028, 2, 29), 0)
@example(date(2028, 2, 29), 1)
@example(date(2026, 2, 28), 1)
def test_who_is_eighteen_that_day_is_of_age_l2(day: date, days: int) -> None:
    """L2: counted for a person and compared by a database, the same."""
    born = years_after(day, -MAJORITY) + timedelta(days)
    assert is_of_age(Identity("A", "B", Sex.M, born), day) is (born <= latest_birth(day)) is (days <= 0)


def test_the_29th_of_february_has_a_birthday_in_every_year() -> None:
    leap = date(2028, 2, 29)
    assert years_after(leap, 1) == date(2029, 2, 28)
    assert years_after(leap, 4) == date(2032, 2, 29)
    assert Identity("A", "B", Sex.M, date(2008, 2, 29)).age_on(date(2026, 2, 28)) == 17
    assert Identity("A", "B", Sex.M, date(2008, 2, 29)).age_on(date(2026, 3, 1)) == 18


@given(day=DAYS, months=st.integers(0, 48))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2027, 3, 31), 1, date(2027, 4, 30)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 30), 1, date(2027, 2, 28)),
        (date(2027, 11, 30), 1, date(2027, 12, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_later_at_the_ends_of_months(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@given(day=DAYS, other=DAYS, months=st.integers(0, 48))
def test_a_later_day_is_never_sooner_months_after(day: date, other: date, months: int) -> None:
    first, last = sorted((day, other))
    assert months_after(first, months) <= months_after(last, months)


@dataclass(frozen=True)
class Serving:
    days: tuple[date, ...] = ()
    valid_until: date | None = None


PAST, MARCH, APRIL = date(2026, 6, 14), date(2027, 3, 14), date(2027, 4, 11)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Serving((MARCH,)), Serving((MARCH, APRIL)), True),
        (Serving((MARCH,)), Serving((APRIL,)), False),
        (Serving((TODAY,)), Serving((TODAY,)), True),
        (Serving((TODAY,)), Serving(valid_until=TODAY), True),
        (Serving(valid_until=TODAY), Serving(valid_until=APRIL), True),
        (Serving((APRIL,)), Serving(valid_until=APRIL), True),
        (Serving((APRIL,)), Serving(valid_until=MARCH), False),
        (Serving(valid_until=MARCH), Serving(valid_until=APRIL), True),
        (Serving((PAST,)), Serving(valid_until=APRIL), False),
        (Serving((PAST, APRIL)), Serving(valid_until=MARCH), False),
        (Serving(valid_until=PAST), Serving(valid_until=APRIL), False),
        (Serving(valid_until=PAST), Serving((MARCH,)), False),
    ],
)
def test_two_procurations_overlap_when_they_would_serve_on_one_day_r74(
    one: Serving, other: Serving, expected: bool
) -> None:
    assert (overlap(one, other, TODAY), overlap(other, one, TODAY)) == (expected, expected)


@pytest.mark.parametrize("who", ["mandant", "mandataire"])
def test_a_period_serves_on_the_days_on_which_both_are_of_age_l2_r74(who: str) -> None:
    """Eighteen on the second of its three votes, or after the last: the days before are told, none beyond it."""
    last = SECOND + timedelta(days=7)
    votes = [last + timedelta(days=1), last, SECOND, FIRST]
    for eighteen_on, served, too_young in [(SECOND, [SECOND, last], [FIRST]), (votes[0], [], [FIRST, SECOND, last])]:
        young = Identity("Petit", "Zoé", Sex.F, eighteen_on.replace(year=eighteen_on.year - 18))
        period = a_demande(valid_until=last, **{who: young})
        assert [day for day in sorted(votes) if serves_on(period, day)] == served
        assert days_before_majority(period, votes) == too_young


def test_a_chosen_day_serves_and_no_other_r74() -> None:
    assert [day for day in (FIRST, SECOND) if serves_on(a_demande(), day)] == [FIRST]
    assert days_before_majority(a_demande(), [FIRST, SECOND]) == []
