"""Elections are remembered by the process, and no act is done by what one no longer says."""

from datetime import date, timedelta

from sqlalchemy import update

from models.base import db
from models.memory import look_again
from models.scrutin import Election, Scrutin, upcoming_in
from tests.builders import LAON, World
from tests.database import queries
from tests.elections.ministry import a_plan, corrected, created

WEEK = timedelta(days=7)


def voted(world: World) -> list[date]:
    """The days on which Laon votes."""
    return [vote.polling_day for vote in upcoming_in(world.commune(LAON), world.today)]


def move_elsewhere(world: World, election: Election) -> list[date]:
    """Another process corrects every day by a week, by a connection of its own; the days from then on."""
    with db.engine.begin() as connection:
        for scrutin in election.scrutins:
            later = scrutin.polling_day + WEEK
            connection.execute(update(Scrutin).where(Scrutin.id == scrutin.id).values(polling_day=later))
        connection.execute(update(Election).where(Election.id == election.id).values(version=election.version + 1))
    return [scrutin.polling_day + WEEK for scrutin in election.scrutins]


def test_many_questions_of_a_transaction_are_one_small_query(world: World) -> None:
    world.an_election()
    voted(world)
    db.session.commit()
    communes = [world.commune(LAON)]
    with queries() as sent:
        for _ in range(3):
            upcoming_in(communes[0], world.today)
    assert len([one for one in sent if "FROM election" in one]) == len(sent) == 1


def test_an_election_counts_as_soon_as_it_is_created_and_corrected(world: World) -> None:
    assert voted(world) == []
    election = created(world)
    assert voted(world) == [scrutin.polling_day for scrutin in election.scrutins]
    corrected(world, election, a_plan(world, world.a_sunday(12)))
    assert voted(world) == [world.a_sunday(12)]


def test_what_another_process_corrects_counts_from_the_next_transaction(world: World) -> None:
    election = world.an_election()
    before = voted(world)
    after = move_elsewhere(world, election)
    assert voted(world) == before != after, "one transaction, one law"
    db.session.rollback()
    assert voted(world) == after


def test_what_was_seen_before_a_lock_is_asked_for_again_after_it(world: World) -> None:
    election = world.an_election()
    before = voted(world)
    after = move_elsewhere(world, election)
    assert voted(world) == before
    look_again()
    assert voted(world) == after


def test_what_a_transaction_gave_up_was_never_an_election(world: World) -> None:
    assert voted(world) == []
    db.session.add(
        Election(name="Abandonnée", kind="regional", scrutins=[Scrutin(tour=1, polling_day=world.a_sunday())])
    )
    db.session.flush()
    voted(world)
    db.session.rollback()
    assert voted(world) == []
    kept = world.an_election()
    assert voted(world) == [scrutin.polling_day for scrutin in kept.scrutins]
