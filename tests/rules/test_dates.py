"""Dates as people type them, and as people read them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dates import clock_time, day_and_month, days_in_words, local_day, long_day, short_day
from app.forms import read_day, tidy
from models.territory import Commune

AUGUST_28 = date(1986, 8, 28)


@pytest.mark.parametrize(
    "typed",
    [
        "28/08/1986", "28/8/1986", "28-08-1986", "28.08.1986", "28 08 1986", "28081986", "1986-08-28", "1986/8/28",
        "28 août 1986", "28 aout 1986", "28 AOÛT 1986", "28 Aou. 1986", "jeudi 28 août 1986", "le 28 août 1986",
        "Le jeudi 28 aout 1986", "  28 / 08 / 1986  ", "28\u00a0août\u00a01986",
    ],
)  # fmt: skip
def test_one_day_typed_in_many_ways(typed: str) -> None:
    assert read_day(typed) == AUGUST_28


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "28/08/86", "28/08", "08/1986", "1986", "28 août", "août 1986", "31/02/1986", "29/02/1987",
        "00/08/1986", "28/13/1986", "28/00/1986", "28/08/0000", "28/08/19866", "28 jui 1986", "28 ma 1986",
        "28 frimaire 1986",
        "x", "\0", "28/08/1986 x", "19860828", "-28/08/1986 ?1", "28/08/1986/1", "1e5/08/1986", "9" * 10_000,
    ],
)  # fmt: skip
def test_what_names_no_day_is_not_guessed(typed: str) -> None:
    assert read_day(typed) is None


def test_the_29th_of_february_exists_in_leap_years_only() -> None:
    assert read_day("29 février 2028") == date(2028, 2, 29)
    assert read_day("29/02/2000") == date(2000, 2, 29)
    assert read_day("29/02/1900") is None
    assert read_day("1er févr. 2027") == date(2027, 2, 1)


@given(st.dates(date(1000, 1, 1)))
def test_every_day_we_write_is_understood_when_typed_back(day: date) -> None:
    assert {read_day(text) for text in (day.isoformat(), short_day(day), day_and_month(day), long_day(day))} == {day}


@given(st.text())
def test_no_text_breaks_the_reader_nor_the_cleaner(text: str) -> None:
    read_day(text)
    cleaned = tidy(text)
    assert tidy(cleaned) == cleaned
    assert cleaned.isprintable()


def test_days_are_read_in_full() -> None:
    assert long_day(date(2027, 3, 14)) == "dimanche 14 mars 2027"
    assert day_and_month("2027-06-01") == "1er juin 2027"
    assert days_in_words([date(2027, 3, 14), "2027-03-21"]) == "dimanche 14 mars 2027 et dimanche 21 mars 2027"
    assert days_in_words(["2027-03-14"]) == "dimanche 14 mars 2027"


def test_the_day_is_the_communes_own() -> None:
    evening = datetime(2027, 3, 13, 20, 30, tzinfo=UTC)
    assert local_day(evening, Commune(time_zone="Pacific/Noumea")) == date(2027, 3, 14)
    assert local_day(evening, Commune(time_zone="Pacific/Tahiti")) == date(2027, 3, 13)
    assert clock_time(evening) == "21\u00a0h\u00a030"
    assert clock_time(evening, "Pacific/Noumea") == "7\u00a0h\u00a030"
