"""How many procurations a change would touch: counted where people vote, never named."""

from dataclasses import replace
from datetime import timedelta

from app.dates import now
from models import journey, reach
from models.base import db
from models.plan import Plan, Tour, plan_of
from models.reach import Touched, touched
from models.scrutin import Election
from tests.builders import LAON, SOISSONS, World
from tests.database import queries
from tests.elections.ministry import a_plan, created, saturdays

CAYENNE = "97302"


def count(before: Plan | None, after: Plan, election: Election | None = None) -> Touched:
    db.session.rollback()
    return touched(before, after, now(), election_id=election.id if election else None)


def test_demandes_established_validated_and_periods_are_told_apart(world: World) -> None:
    world.an_election()
    for _ in range(3):
        world.submitted()
    for _ in range(2):
        world.established(valid_until=world.a_sunday(20))
    journey.validate(world.established(), clerk=world.a_clerk(), now=now())
    journey.withdraw(world.submitted(), now=now())
    db.session.commit()
    assert count(None, a_plan(world)) == Touched(waiting=3, to_decide=2, validated=1, periods=2)


def test_nothing_is_touched_elsewhere_or_on_other_days(world: World) -> None:
    world.an_election()
    world.submitted()
    world.submitted(valid_until=world.a_sunday(10))
    for plan in (a_plan(world, territories={SOISSONS: None}), a_plan(world, world.a_sunday(30))):
        assert count(None, plan) == Touched()


def test_the_day_is_the_one_of_the_place(world: World) -> None:
    """Cayenne votes on Saturday: a period that ends that day reaches the election there, and not in Laon."""
    sunday = world.a_sunday(8)
    plan = a_plan(world, tours=(saturdays(sunday),))
    until = sunday - timedelta(days=1)
    for code in (CAYENNE, LAON):
        world.submitted(commune_code=code, valid_until=until)
    assert count(None, plan) == Touched(waiting=1, periods=1)
    own = replace(plan, tours=(Tour(sunday, {"973": until, CAYENNE: sunday}),))
    assert count(None, own) == Touched()


def test_who_chose_a_day_that_moves_is_told_apart(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = created(world, a_plan(world, first, second))
    world.submitted(days=(first,))
    world.submitted(days=(first, second))
    world.submitted(days=(second,))
    world.submitted(valid_until=second)
    before = plan_of(election)
    moved = replace(before, tours=(Tour(first - timedelta(days=7)), Tour(second)))
    assert count(before, moved, election) == Touched(waiting=4, periods=1, without_vote=2)
    assert count(before, replace(before, tours=(Tour(first),)), election).without_vote == 2
    assert count(before, replace(before, territories={"75": None}), election).without_vote == 3


def test_another_election_of_the_same_day_keeps_the_vote(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = created(world, a_plan(world, first))
    created(world, a_plan(world, first, territories={LAON: None}))
    for code in (LAON, SOISSONS):
        world.submitted(commune_code=code, days=(first,))
    before = plan_of(election)
    assert count(before, replace(before, tours=(Tour(second),)), election) == Touched(waiting=2, without_vote=1)


def test_the_count_stops_and_costs_the_same_for_many(world: World, monkeypatch) -> None:
    election = created(world)
    before = plan_of(election)
    moved = replace(before, tours=(Tour(world.a_sunday(10)),))
    costs = set()
    monkeypatch.setattr(reach, "MOST_COUNTED", 2)
    for expected in (1, 2, 3, 3):
        world.submitted(days=(world.a_sunday(8),))
        db.session.rollback()
        with queries() as seen:
            assert count(before, moved, election).waiting == expected
        costs.add(len(seen))
    assert len(costs) == 1
    assert max(costs) <= 4
