"""Will it be in time: pure functions of the closing time, the delays and the instant."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.delays import Delay, Lasted, Level, Step, figures_of, steps_of
from models.in_time import Chance, Left, chance, go_by
from models.procuration import Status
from models.territory import Commune

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SUNDAY = date(2027, 3, 14)
OPENS = datetime(2027, 3, 13, 23, tzinfo=UTC)
CLOSES = datetime(2027, 3, 11, 23, tzinfo=UTC)
LAON = Commune(code="02408", name="Laon", department_code="02", time_zone="Europe/Paris", elects=True)
PAPEETE = Commune(code="98735", name="Papeete", department_code="987", time_zone="Pacific/Tahiti", elects=True)
VISIT = Delay(2 * DAY, 6 * DAY, 40, Level.DEPARTMENT)
ANSWER = Delay(DAY, 3 * DAY, 40, Level.OWN)


def expected(left: Left, now: datetime) -> Chance:
    return chance(left, closes_at=CLOSES, opens_at=OPENS, now=now)


def to_visit(now: datetime, answer: Delay | None = ANSWER) -> Left:
    return Left(now, VISIT, answer, is_electors=True)


@pytest.mark.parametrize(
    ("before_closing", "said"),
    [
        (9 * DAY, Chance.IN_TIME),
        (9 * DAY - HOUR, Chance.TIGHT),
        (-1 * DAY + HOUR, Chance.TIGHT),
        (-1 * DAY, Chance.TOO_LATE),
        (-2 * DAY - HOUR, Chance.TOO_LATE),
    ],
)
def test_before_filing_the_slow_way_makes_it_sure_and_a_visit_today_keeps_it_possible(
    before_closing: timedelta, said: Chance
) -> None:
    """Six days to the counter and three to the answer; or today, and one day to the answer before Sunday begins."""
    now = CLOSES - before_closing
    assert expected(to_visit(now), now) is said


def test_where_the_register_decides_the_answer_takes_no_time() -> None:
    now = CLOSES - 6 * DAY
    assert expected(to_visit(now, answer=None), now) is Chance.IN_TIME
    assert expected(to_visit(now), now) is Chance.TIGHT


def test_what_has_waited_already_is_not_waited_again() -> None:
    established = CLOSES - 3 * DAY
    assert expected(Left(established, None, ANSWER), established + 2 * DAY) is Chance.IN_TIME


def test_a_town_hall_slower_than_it_was_leaves_a_doubt() -> None:
    """Nine in ten were answered by then, and this one was not."""
    established, now = CLOSES - 10 * DAY, CLOSES - 2 * DAY
    left = Left(established, None, ANSWER)
    assert left.is_overdue(now)
    assert expected(left, now) is Chance.TIGHT
    assert not Left(established, None, Delay(timedelta(), 7 * DAY)).is_overdue(now)


@pytest.mark.parametrize(
    ("before_closing", "said"), [(7 * DAY, Chance.IN_TIME), (DAY, Chance.TIGHT), (-2 * DAY, Chance.TOO_LATE)]
)
def test_while_nothing_is_measured_the_calendar_alone_speaks(before_closing: timedelta, said: Chance) -> None:
    now = CLOSES - before_closing
    unmeasured = Left(now, Delay(timedelta(), timedelta()), Delay(timedelta(), 7 * DAY), is_electors=True)
    assert expected(unmeasured, now) is said


def test_the_day_to_come_by_leaves_a_slow_answer_before_the_closing() -> None:
    """The closing is on Thursday at midnight: an answer that takes three days, from a whole Monday."""
    now = CLOSES - 20 * DAY
    told = {"closes_at": CLOSES, "commune": LAON, "now": now}
    assert go_by(to_visit(now), until=SUNDAY, **told) == date(2027, 3, 8)
    assert go_by(to_visit(now), until=date(2027, 3, 1), **told) == date(2027, 3, 1)
    assert go_by(to_visit(now, answer=None), until=SUNDAY, **told) == date(2027, 3, 11)
    assert go_by(Left(now, None, ANSWER), until=SUNDAY, **told) is None


def test_the_day_to_come_by_is_named_until_it_is_over_where_the_vote_is() -> None:
    """In Tahiti, it is still Monday when Tuesday has begun in France."""
    closes = datetime(2027, 3, 12, 10, tzinfo=UTC)
    tuesday_in_france = datetime(2027, 3, 9, 8, tzinfo=UTC)
    left = to_visit(tuesday_in_france)
    told = {"closes_at": closes, "commune": PAPEETE, "until": SUNDAY}
    assert go_by(left, now=tuesday_in_france, **told) == date(2027, 3, 8)
    assert go_by(left, now=tuesday_in_france + 3 * HOUR, **told) is None


def answers(*hours: int, code: str = "02408", department: str = "02") -> list[Lasted]:
    return [Lasted(Step.ANSWER, code, department, timedelta(hours=n)) for n in hours]


def test_half_took_the_usual_time_and_nine_in_ten_the_slow_one() -> None:
    own, *_ = figures_of(answers(*range(1, 11)), 10)
    assert (own["level"], own["count"], own["usual_hours"], own["slow_hours"]) == (Level.COUNTRY, 10, 5, 9)


def test_a_begun_hour_counts_and_none_is_negative() -> None:
    lasted = [Lasted(Step.ANSWER, "02408", "02", timedelta(minutes=n)) for n in (-5, 1)]
    assert {figure["slow_hours"] for figure in figures_of(lasted, 1)} == {1}
    assert {figure["usual_hours"] for figure in figures_of(lasted, 1)} == {0}


def test_of_fewer_than_ten_nothing_is_kept() -> None:
    nine = answers(*[1] * 9)
    assert list(figures_of(nine, 10)) == []
    with_the_neighbour = figures_of([*nine, *answers(5, code="02722")], 10)
    assert {(figure["level"], figure["code"]) for figure in with_the_neighbour} == {
        (Level.DEPARTMENT, "02"),
        (Level.COUNTRY, ""),
    }


FILED = datetime(2027, 3, 1, 9, tzinfo=UTC)
BARE = {
    "commune_code": "02408",
    "station_code": "S1",
    "status": Status.ESTABLISHED,
    "is_automated": False,
    "submitted_at": FILED,
    "checked_at": None,
    "established_at": FILED + 2 * DAY,
    "decided_at": None,
    "closed_at": None,
}


def lengths(**changes: object) -> dict[Step, timedelta]:
    return {one.step: one.time for one in steps_of(BARE | changes, "02", "02")}


def test_each_step_of_a_file_is_measured_apart() -> None:
    assert lengths() == {Step.VISIT: 2 * DAY}
    assert lengths(decided_at=FILED + 5 * DAY) == {Step.VISIT: 2 * DAY, Step.ANSWER: 3 * DAY}
    assert lengths(checked_at=FILED + DAY) == {Step.VISIT: DAY, Step.HANDOVER: DAY}


def test_what_a_program_did_at_once_is_nobodys_delay() -> None:
    assert lengths(station_code=None, is_automated=True, decided_at=FILED + 2 * DAY) == {}


def test_what_ended_unanswered_counts_for_as_long_as_it_waited() -> None:
    assert lengths(status=Status.ENDED, closed_at=FILED + 9 * DAY)[Step.ANSWER] == 7 * DAY
    assert Step.ANSWER not in lengths(status=Status.REVOKED, closed_at=FILED + 9 * DAY)
