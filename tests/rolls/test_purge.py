"""A roll is kept for the elections of its commune, and for the time of an appeal after the last; then it goes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.dates import now
from models import roll_import, roll_purge, scrutin
from models.base import db
from models.journal import Action
from models.law import duration
from models.register import CurrentRoll, RollEdition, RollElector
from models.rules import months_after
from models.scrutin import ElectionTerritory, LocalPollingDay
from tests.back_office.desks import entries
from tests.builders import LAON, SOISSONS, World
from tests.law.people import ELOISE, GWENAELLE, a_roll

PAPEETE = "98735"


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def purged(at: datetime) -> list[str]:
    """The communes whose roll goes at that instant."""
    due = roll_purge.to_purge(at)
    return [code for code, edition_id in due if roll_purge.purge(code, edition_id, at)]


def imported_on(day: date, commune: str = LAON) -> None:
    """As if the roll had been imported that day."""
    a_roll(ELOISE, GWENAELLE, commune=commune)
    edition_id = db.session.get_one(CurrentRoll, commune).edition_id
    db.session.get_one(RollEdition, edition_id).finished_at = noon(day)
    db.session.commit()


def months() -> int:
    return duration("roll", now().date()).months


def test_a_roll_goes_four_months_after_the_last_polling_day(world: World) -> None:
    days = (world.a_sunday(8), world.a_sunday(9))
    world.an_election(days)
    imported_on(world.today)
    over = months_after(days[-1], months())
    assert months() == 4
    assert purged(noon(over - timedelta(days=1))) == []
    assert purged(noon(over)) == [LAON]
    assert db.session.scalar(select(func.count()).select_from(RollElector)) == 0
    assert db.session.get_one(CurrentRoll, LAON).edition_id is None
    assert [(entry.action, entry.desk) for entry in entries()] == [(Action.ROLL_PURGED, LAON)]
    assert purged(noon(over)) == [], "once"


def test_an_election_to_come_keeps_the_roll(world: World) -> None:
    world.an_election((world.today - timedelta(days=400),))
    imported_on(world.today - timedelta(days=500))
    world.an_election((world.a_sunday(30),))
    assert purged(now()) == []


def test_an_election_elsewhere_keeps_nothing(world: World) -> None:
    imported_on(world.today - timedelta(days=200))
    world.an_election((world.a_sunday(8),), territories=("59",))
    assert purged(now()) == [LAON]


def test_a_day_that_was_voted_counts_though_the_commune_was_left_out_after_it(world: World) -> None:
    """As where the first tour was enough: its appeals are still to be judged."""
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = world.an_election((first, second))
    imported_on(world.today - timedelta(days=200))
    both = world.established(days=(first, second))
    election.territories, election.version = [ElectionTerritory(code="59")], 2
    both.polling_days[1].lost_at = now()
    db.session.commit()
    over = months_after(first, months())
    assert purged(noon(first + timedelta(days=2))) == []
    assert purged(noon(over - timedelta(days=1))) == []
    assert purged(noon(over)) == [LAON]


def test_a_roll_of_a_commune_that_never_votes_goes_four_months_after_it_was_imported(world: World) -> None:
    imported_on(world.today)
    over = months_after(world.today, months())
    assert purged(noon(over - timedelta(days=1))) == []
    assert purged(noon(over)) == [LAON]


def test_a_roll_imported_after_the_election_is_kept_as_long_from_its_import(world: World) -> None:
    world.an_election((world.today - timedelta(days=300),))
    imported_on(world.today - timedelta(days=30))
    assert purged(now()) == []


def test_the_polling_day_is_the_communes_own(world: World) -> None:
    election = world.an_election((world.a_sunday(8),))
    saturday = world.a_sunday(8) - timedelta(days=1)
    election.scrutins[0].local_days.append(LocalPollingDay(code="987", day=saturday))
    db.session.commit()
    voted = {code: scrutin.every().votes_in(world.commune(code))[0].polling_day for code in (PAPEETE, LAON)}
    assert voted == {PAPEETE: saturday, LAON: world.a_sunday(8)}
    for code in (PAPEETE, LAON):
        imported_on(world.today, code)
    over = months_after(saturday, months())
    assert purged(datetime.combine(over, time(20), UTC)) == [PAPEETE]


def test_a_purge_takes_one_commune_and_leaves_the_others_of_the_same_file(world: World) -> None:
    imported_on(world.today - timedelta(days=200))
    edition_id = db.session.get_one(CurrentRoll, LAON).edition_id
    line = db.session.scalars(select(RollElector)).first()
    assert line
    line.commune_code = SOISSONS
    db.session.merge(CurrentRoll(commune_code=SOISSONS, edition_id=edition_id))
    world.an_election((world.a_sunday(8),), territories=(SOISSONS,))
    assert purged(now()) == [LAON]
    left = db.session.scalars(select(RollElector)).all()
    assert [row.commune_code for row in left] == [SOISSONS]
    assert db.session.get(RollEdition, edition_id)


def test_a_purge_that_another_worker_has_done_is_not_done_again(world: World) -> None:
    imported_on(world.today - timedelta(days=200))
    [(code, edition_id)] = roll_purge.to_purge(now())
    assert roll_purge.purge(code, edition_id, now())
    assert not roll_purge.purge(code, edition_id, now())
    assert len(entries()) == 1


def test_the_command_counts_in_a_rehearsal_and_then_erases(world: World, app: Flask) -> None:
    imported_on(world.today - timedelta(days=200))
    run = app.test_cli_runner().invoke
    db.session.remove()
    assert "rolls purged: 1\n" in run(args=["purge", "--dry-run"]).output
    assert roll_purge.to_purge(now())
    assert "rolls purged: 1\n" in run(args=["purge"]).output
    assert "rolls purged: 0\n" in run(args=["purge"]).output


def test_what_a_stopped_clean_up_left_is_swept(world: World) -> None:
    """The process died after its switch, before it had dropped the former edition."""
    a_roll(ELOISE, GWENAELLE)
    a_roll(ELOISE)
    assert db.session.scalar(select(func.count()).select_from(RollElector)) == 3
    roll_purge.tidy(now())
    assert db.session.scalar(select(func.count()).select_from(RollElector)) == 1
    assert db.session.scalar(select(func.count()).select_from(RollEdition)) == 1


def test_a_purge_is_made_of_bounded_transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_roll(*[ELOISE] * 25)
    monkeypatch.setattr(roll_import, "BATCH", 10)
    commits: list[int] = []
    real = db.session.commit
    monkeypatch.setattr(db.session, "commit", lambda: (commits.append(1), real())[1])
    assert len(purged(noon(months_after(world.today, 5)))) == 1
    assert len(commits) >= 4
