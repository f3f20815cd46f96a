"""Supervision creates and corrects elections: what is refused, what is journaled, and nothing lost between two."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from app.dates import now
from models import elections
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, ElectionRefused, Fault, NotAllowed, NotHabilitated
from models.journal import Action
from models.law import Ceiling, ControlRegime, ListType
from models.plan import Part, Plan, Tour, plan_of
from models.scrutin import Election, Stage, upcoming_in
from tests.builders import World
from tests.database import everything
from tests.elections.ministry import a_plan, corrected, created, faults, journal_of, saturdays

DAY = timedelta(days=1)


def with_law(**law: object) -> Callable[[World], Plan]:
    return lambda world: a_plan(world, law=law)


def with_local(code: str, days_apart: int) -> Callable[[World], Plan]:
    def plan(world: World) -> Plan:
        day = world.a_sunday()
        return a_plan(world, tours=(Tour(day, {code: day + days_apart * DAY}),), territories={"02": None})

    return plan


REFUSED: dict[str, tuple[Fault, Callable[[World], Plan]]] = {
    "no name": (Fault.NAME_MISSING, lambda world: a_plan(world, name=" ")),
    "a long name": (Fault.NAME_TOO_LONG, lambda world: a_plan(world, name="É" * 121)),
    "no tour": (Fault.NO_TOUR, lambda world: a_plan(world, tours=())),
    "three tours": (Fault.TOO_MANY_TOURS, lambda world: a_plan(world, *(world.a_sunday(n) for n in (5, 6, 7)))),
    "a second tour before": (
        Fault.TOURS_OUT_OF_ORDER,
        lambda world: a_plan(world, world.a_sunday(9), world.a_sunday(8)),
    ),
    "both tours at once": (Fault.TOURS_OUT_OF_ORDER, lambda world: a_plan(world, world.a_sunday(9), world.a_sunday(9))),
    "a local second tour before": (
        Fault.TOURS_OUT_OF_ORDER,
        lambda world: a_plan(
            world, tours=(Tour(world.a_sunday(8)), Tour(world.a_sunday(9), {"971": world.a_sunday(8)}))
        ),
    ),
    "today": (Fault.DAY_NOT_TO_COME, lambda world: a_plan(world, world.today)),
    "years ago": (Fault.DAY_NOT_TO_COME, lambda world: a_plan(world, world.today - 900 * DAY)),
    "a century ahead": (Fault.DAY_TOO_FAR, lambda world: a_plan(world, world.today + 36_500 * DAY)),
    "nowhere": (Fault.NO_TERRITORY, lambda world: a_plan(world, territories={})),
    "an unknown code": (Fault.TERRITORY_UNKNOWN, lambda world: a_plan(world, territories={"99999": None})),
    "a commune without a roll": (Fault.TERRITORY_UNKNOWN, lambda world: a_plan(world, territories={"75056": None})),
    "an unknown local code": (Fault.LOCAL_CODE_UNKNOWN, with_local("96", -1)),
    "a local day elsewhere": (Fault.LOCAL_CODE_ELSEWHERE, with_local("971", -1)),
    "a local day far away": (Fault.LOCAL_DAY_TOO_FAR, with_local("02408", -15)),
    "no procuration at all": (Fault.CEILING_TOTAL, with_law(ceiling=Ceiling(0, 0, None))),
    "more in France than in all": (Fault.CEILING_IN_FRANCE, with_law(ceiling=Ceiling(2, 3, None))),
    "none in France": (Fault.CEILING_IN_FRANCE, with_law(ceiling=Ceiling(2, 0, None))),
    "fewer with a consular list": (Fault.CEILING_CONSULAR, with_law(ceiling=Ceiling(2, 1, 1))),
    "no list": (Fault.NO_LIST, with_law(list_types=frozenset())),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_an_election_that_cannot_be_is_refused_and_nothing_changes(world: World, wrong: str) -> None:
    fault, plan = REFUSED[wrong]
    ministry = world.an_account(Role.MINISTRY)
    before = everything()
    with pytest.raises(ElectionRefused) as refused:
        elections.create(plan(world), account=ministry, now=now())
    assert fault in faults(refused.value)
    assert everything() == before


def test_two_elections_do_not_share_a_name(world: World) -> None:
    created(world, a_plan(world, name="Municipales"))
    other = created(world)
    for act in (
        lambda: created(world, a_plan(world, name="Municipales")),
        lambda: corrected(world, other, replace(plan_of(other), name="Municipales")),
    ):
        with pytest.raises(ElectionRefused) as refused:
            act()
        assert faults(refused.value) == [Fault.NAME_TAKEN]


@pytest.mark.parametrize("role", [Role.TOWN_HALL, Role.AUDITOR])
def test_only_the_ministry_creates_and_corrects(world: World, role: Role) -> None:
    election, account = created(world), world.an_account(role)
    with pytest.raises(NotHabilitated):
        elections.create(a_plan(world), account=account, now=now())
    with pytest.raises(NotHabilitated):
        elections.correct(election, a_plan(world), seen=1, account=account, now=now())


def test_an_election_is_kept_as_it_was_asked_and_journaled(world: World) -> None:
    plan = a_plan(
        world,
        tours=(saturdays(world.a_sunday(8)), saturdays(world.a_sunday(9))),
        territories={"FR": None, "CO": None, "988": ControlRegime.TOWN_HALL},
        law={"control_regime": ControlRegime.REGISTER, "ceiling": Ceiling(3, 2, None)},
    )
    election = created(world, plan)
    db.session.expire_all()
    assert plan_of(db.session.get_one(Election, election.id)) == plan
    assert (election.version, election.recontrolled_at) == (1, None)
    assert journal_of(election) == [(Action.ELECTION_CREATED, "municipal")]


def test_a_correction_changes_what_was_asked_keeps_the_rest_and_is_journaled(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = created(world, a_plan(world, tours=(saturdays(first), saturdays(second))))
    keys = [scrutin.id for scrutin in election.scrutins]
    plan = replace(
        plan_of(election),
        tours=(saturdays(first, ("987",)), Tour(second + 7 * DAY)),
        territories={"02": None, "987": None},
    )
    plan = replace(plan, law=replace(plan.law, list_types=frozenset({ListType.LP, ListType.LCM})))
    corrected(world, election, plan)
    db.session.expire_all()
    assert plan_of(election) == plan
    assert [scrutin.id for scrutin in election.scrutins] == keys
    assert journal_of(election)[1:] == [(Action.ELECTION_CORRECTED, "day ter lis")]


def test_every_part_fits_in_the_journal() -> None:
    assert len(" ".join(Part)) <= 60


def test_a_tour_can_be_added_and_taken_away(world: World) -> None:
    election = created(world, a_plan(world, world.a_sunday(8)))
    two = replace(plan_of(election), tours=(Tour(world.a_sunday(8)), Tour(world.a_sunday(9))))
    for plan in (two, replace(two, tours=two.tours[:1])):
        corrected(world, election, plan)
        assert plan_of(election).tours == plan.tours


def test_nothing_to_change_is_nothing_done(world: World) -> None:
    election = created(world)
    with pytest.raises(ElectionRefused) as refused:
        corrected(world, election, plan_of(election))
    assert faults(refused.value) == [Fault.NOTHING_CHANGED]


def test_of_two_corrections_made_from_one_page_the_second_is_refused(world: World) -> None:
    election = created(world)
    one, other = replace(plan_of(election), name="Une"), replace(plan_of(election), territories={"02": None})
    corrected(world, election, one, seen=1)
    with pytest.raises(AlreadyHandled):
        corrected(world, election, other, seen=1)
    db.session.rollback()
    assert plan_of(election) == one
    assert len(journal_of(election)) == 2


def noon(day: object) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def test_a_past_election_is_read_only(world: World) -> None:
    election = created(world)
    last = election.scrutins[-1].polling_day
    renamed = replace(plan_of(election), name="Autrement")
    with pytest.raises(NotAllowed):
        corrected(world, election, renamed, at=noon(last + DAY))
    assert election.stage(noon(last + DAY)) is Stage.PAST
    corrected(world, election, renamed, at=noon(last))
    assert election.stage(noon(last)) is Stage.RUNNING


def test_a_tour_that_has_begun_stays_where_it_is_and_the_next_can_move(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = created(world, a_plan(world, first, second))
    between = noon(first + DAY)
    moved = Tour(second + 7 * DAY)
    for tours in ((Tour(first - 7 * DAY), Tour(second)), (moved,), (saturdays(first, ("971",)), Tour(second)), ()):
        with pytest.raises(ElectionRefused) as refused:
            corrected(world, election, replace(plan_of(election), tours=tours), at=between)
        assert Fault.TOUR_BEGUN in faults(refused.value)
    corrected(world, election, replace(plan_of(election), tours=(Tour(first), moved)), at=between)
    assert [vote.polling_day for vote in upcoming_in(world.commune(), first + DAY)] == [second + 7 * DAY]


def test_an_election_runs_from_the_first_vote_overseas_to_the_last(world: World) -> None:
    sunday = world.a_sunday(8)
    election = created(world, a_plan(world, tours=(saturdays(sunday),)))
    stages = [election.stage(noon(sunday + n * DAY)) for n in (-3, -1, 0, 1)]
    assert stages == [Stage.COMING, Stage.RUNNING, Stage.RUNNING, Stage.PAST]
