"""The delays that were measured, kept and read again: by place, never of few, in a few queries."""

from datetime import timedelta

from sqlalchemy import select, update

from app.dates import now
from models import delays, forecasts, journey
from models.base import db
from models.delays import DelayFigure, Level, Step
from models.in_time import Chance
from models.law import ControlRegime
from models.procuration import Procuration, Source
from tests.builders import LAON, SOISSONS, World
from tests.contracts.test_plans import plans, without_an_index
from tests.database import queries

DAY = timedelta(days=1)


def answered(world: World, count: int, *, days: int = 2, **changes: object) -> None:
    """So many established, and decided so many days after."""
    officer = world.an_officer()
    clerk = world.a_clerk(LAON, SOISSONS)
    for _ in range(count):
        row = world.established(officer, **changes)
        journey.validate(row, clerk=clerk, note="vu", now=now())
        db.session.commit()
    decided_after(days)


def decided_after(days: int) -> None:
    """Filed three days before they were established, all of them."""
    at = now() - 20 * DAY
    times = {"submitted_at": at - 3 * DAY, "established_at": at, "decided_at": at + days * DAY}
    db.session.execute(update(Procuration).values(times))
    db.session.commit()


def kept() -> dict[tuple[Step, Level, str], tuple[int, int, int]]:
    db.session.rollback()
    found = db.session.scalars(select(DelayFigure))
    return {(one.step, one.level, one.code): (one.count, one.usual_hours, one.slow_hours) for one in found}


def measure() -> None:
    delays.measure(now())
    db.session.commit()


def test_the_figures_of_each_place_replace_those_of_the_day_before(world: World) -> None:
    answered(world, 10)
    measure()
    figures = kept()
    assert figures[Step.ANSWER, Level.OWN, LAON] == (10, 48, 48)
    assert figures[Step.ANSWER, Level.DEPARTMENT, "02"] == (10, 48, 48)
    assert figures[Step.VISIT, Level.COUNTRY, ""] == (10, 72, 72)
    assert len([key for key in figures if key[0] is Step.VISIT]) == 3
    decided_after(5)
    measure()
    assert kept()[Step.ANSWER, Level.OWN, LAON] == (10, 120, 120)
    db.session.execute(update(Procuration).values(established_at=now() - 91 * DAY))
    db.session.commit()
    measure()
    assert kept() == {}


def test_a_form_on_paper_says_nothing_of_the_hours(world: World) -> None:
    answered(world, 10)
    db.session.execute(update(Procuration).values(source=Source.PAPER))
    db.session.commit()
    measure()
    assert kept() == {}


def test_measuring_reads_what_was_established_lately_and_nothing_else(world: World) -> None:
    answered(world, 10)
    with plans() as steps, queries() as sent:
        measure()
    assert not without_an_index(steps)
    assert len([one for one in sent if one.startswith("SELECT")]) == 1


def test_a_commune_of_few_is_told_by_its_department_then_by_the_country(world: World) -> None:
    answered(world, 10, commune_code=SOISSONS)
    measure()
    for code, level in ((SOISSONS, Level.OWN), (LAON, Level.DEPARTMENT), ("29232", Level.COUNTRY)):
        (forecast,) = forecasts.of_demande(world.a_demande(commune_code=code), now())
        assert forecast.left.answer
        assert forecast.left.answer.level is level


def test_a_demande_that_a_delegue_passed_on_waits_for_the_station_of_its_officer(world: World) -> None:
    officer = world.an_officer()
    passed = world.submitted()
    passed.checked_at, passed.checked_by_name, passed.passed_to_id = now(), "Régine MASSON", officer.id
    hours = {"count": 12, "usual_hours": 5, "slow_hours": 50, "measured_at": now()}
    db.session.add(DelayFigure(step=Step.HANDOVER, level=Level.OWN, code=officer.station_code or "", **hours))
    db.session.commit()
    (forecast,) = forecasts.of_each([passed], now())[passed.id]
    assert forecast.left.counter
    assert (forecast.left.counter.level, forecast.left.since) == (Level.OWN, passed.checked_at)
    assert not forecast.left.is_electors
    assert forecast.go_by is None


def test_where_the_register_decides_nothing_is_waited_for(world: World) -> None:
    day = world.today + 3 * DAY
    election = world.an_election((day,))
    demande = world.a_demande(days=(day,))
    assert forecasts.of_demande(demande, now())[0].chance is Chance.TIGHT
    election.control_regime = ControlRegime.REGISTER
    db.session.commit()
    (forecast,) = forecasts.of_demande(demande, now())
    assert (forecast.chance, forecast.left.answer) == (Chance.IN_TIME, None)


def test_only_the_votes_on_which_it_serves_are_told(world: World) -> None:
    first, second, third = (world.a_sunday(weeks) for weeks in (4, 5, 30))
    for day in (first, second, third):
        world.an_election((day,))
    chosen = world.submitted(days=(second,))
    period = world.submitted(valid_until=world.today + timedelta(days=300))
    told = forecasts.of_each([chosen, period], now())
    assert [one.day for one in told[chosen.id]] == [second]
    assert [one.day for one in told[period.id]] == [first, second]
    journey.withdraw(chosen, now=now())
    assert chosen.id not in forecasts.of_each([chosen, period], now())


def test_it_is_read_in_as_many_queries_for_one_as_for_many(world: World) -> None:
    rows = [world.established(), *(world.submitted(commune_code=code) for code in (LAON, SOISSONS, "98735", "29232"))]
    rows[1].passed_to_id = world.an_officer().id
    db.session.commit()
    _ = [(row.commune.code, row.days) for row in rows]

    def cost(count: int) -> int:
        with queries() as sent:
            assert len(forecasts.of_each(rows[:count], now())) == count
        return len(sent)

    cost(2)
    assert cost(2) == cost(5) <= 8
    with plans() as steps:
        forecasts.of_each(rows, now())
    assert not without_an_index(steps)
    assert not [step for step in steps if "SCAN delay_figure" in step or "Seq Scan on delay_figure" in step]
