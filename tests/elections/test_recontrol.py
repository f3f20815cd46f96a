"""An election is announced, or its law or days change: what serves on its days is controlled again, once, in order."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.dates import now
from app.message import render
from app.recontrol import recontrol_due
from models import journey, outbox, recontrol
from models.base import db
from models.journal import Action
from models.law import Ceiling, ControlRegime, ListType
from models.outbox import ClaimedMail
from models.plan import plan_of
from models.procuration import Procuration, Status
from models.register import CurrentRoll
from models.scrutin import Election
from models.territory import StationKind
from tests.back_office.desks import entries, journaled, mails_of, status_of
from tests.builders import LAON, SOISSONS, World
from tests.elections.ministry import a_plan, corrected, created
from tests.law.people import ELOISE, GWENAELLE, a_roll, another, established

LATER = timedelta(minutes=3)
IN_JUNE_2021 = {"same_commune_required": True, "ceiling": Ceiling(2, 2, None)}


def a_period(world: World, number: int = 0, **changes: object) -> Procuration:
    """Somebody's procuration to Gwenaëlle for the coming months."""
    return established(world, mandant=another(number), valid_until=world.a_sunday(20), **changes)


def control_again() -> list[int]:
    """All that waits, as the worker does three minutes later."""
    done = []
    for key in recontrol.walk(now() + LATER):
        db.session.commit()
        done.append(key)
    db.session.commit()
    return done


def waiting() -> list[ClaimedMail]:
    """The messages that would leave by then."""
    return outbox.claim(now() + 2 * LATER, limit=100, lease=LATER)


def test_a_period_that_a_new_election_reaches_is_controlled_by_its_law(world: World) -> None:
    elsewhere = a_period(world, mandataire_commune=world.commune(SOISSONS))
    assert status_of(elsewhere) is Status.ESTABLISHED
    election = created(world, a_plan(world, law=IN_JUNE_2021))
    assert control_again() == [elsewhere.id]
    assert status_of(elsewhere) is Status.ESTABLISHED
    assert mails_of(elsewhere) == ["submitted", "established", "recontrolled"]
    last = entries(elsewhere)[-1]
    assert (last.action, last.election_id) == (Action.RECONTROLLED, election.id)
    assert "MANDATAIRE_AUTRE_COMMUNE" in {one["reason"] for one in elsewhere.findings if one["outcome"] == "failed"}


@pytest.mark.parametrize("established_first", [0, 1])
def test_a_period_beyond_the_ceiling_of_a_new_election_is_void_the_later_established_l73(
    world: World, established_first: int
) -> None:
    """One abroad and one in France hold together, until an election lets each mandataire have one only."""
    consul = world.an_officer(station=world.a_station("C0009", StationKind.CONSULATE))
    pair = [world.submitted(mandant=another(n), mandataire=GWENAELLE, valid_until=world.a_sunday(20)) for n in (0, 1)]
    first, later = pair[established_first], pair[1 - established_first]
    journey.establish(first, officer=consul, now=now())
    journey.establish(later, officer=world.an_officer(), now=now())
    db.session.commit()
    created(world, a_plan(world, law={"ceiling": Ceiling(1, 1, None)}))
    assert control_again() == [first.id, later.id]
    assert (status_of(first), status_of(later)) == (Status.ESTABLISHED, Status.VOID)
    assert mails_of(later)[-1] == "void"
    assert journaled(later)[-1] is Action.VOIDED
    assert mails_of(first) == ["submitted", "established"]


def test_without_a_difficulty_nobody_is_written_to(world: World) -> None:
    a_roll(ELOISE, another(0), GWENAELLE)
    period = a_period(world)
    created(world)
    assert control_again() == [period.id]
    assert mails_of(period) == ["submitted", "validated"]
    assert journaled(period)[-1] is Action.RECONTROLLED


def test_only_what_serves_on_its_days_where_it_votes_is_controlled_again(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election(days=(first, second))
    chosen = established(world, mandant=another(0), mandataire=another(1), days=(second,))
    too_short = established(world, mandant=another(2), mandataire=another(3), valid_until=first - timedelta(days=1))
    reached = established(world, mandant=another(4), mandataire=another(5), valid_until=first)
    elsewhere = established(world, mandant=another(6), mandataire=another(7), commune_code=SOISSONS, valid_until=second)
    demande = world.submitted(valid_until=second)
    control_again()
    created(world, a_plan(world, first, second, territories={LAON: None}))
    assert control_again() == [chosen.id, reached.id]
    assert {elsewhere.id, too_short.id, demande.id}.isdisjoint(control_again())


def test_they_are_taken_in_order_of_establishment(world: World) -> None:
    until = world.a_sunday(20)
    people = [{"mandant": another(n), "mandataire": another(n + 4), "valid_until": until} for n in range(3)]
    demandes = [world.submitted(**who) for who in people]
    for demande in reversed(demandes):
        journey.establish(demande, officer=world.an_officer(), now=now())
        db.session.commit()
    created(world)
    assert control_again() == [demande.id for demande in reversed(demandes)]


def test_a_walk_that_stopped_goes_on_and_does_nobody_twice(world: World) -> None:
    periods = [a_period(world, n, mandataire=another(n + 4)) for n in range(4)]
    created(world)
    walk = recontrol.walk(now() + LATER)
    next(walk)
    db.session.commit()
    next(walk)
    db.session.rollback()
    assert recontrol.count(now() + LATER) == 3
    assert control_again() == [period.id for period in periods[1:]]
    assert control_again() == []
    assert [journaled(period).count(Action.RECONTROLLED) for period in periods] == [1] * 4


def test_two_workers_share_a_walk(world: World) -> None:
    periods = [a_period(world, n, mandataire=another(n + 4)) for n in range(4)]
    created(world)
    one, other = recontrol.walk(now() + LATER), recontrol.walk(now() + LATER)
    done = []
    for worker in (one, other, one, one, other, other):
        done += [key for key in [next(worker, None)] if key]
        db.session.commit()
    assert sorted(done) == [period.id for period in periods]
    assert [journaled(period).count(Action.RECONTROLLED) for period in periods] == [1] * 4


def test_an_establishment_under_way_is_waited_for(world: World) -> None:
    """It did not see the election; the walk begins once such a transaction has surely ended."""
    period = a_period(world)
    election = created(world)
    assert recontrol_due(now()) == 0
    assert election.recontrolled_at is None
    assert recontrol_due(now() + LATER) == 1
    assert db.session.get_one(Election, election.id).recontrolled_at
    assert journaled(period)[-1] is Action.RECONTROLLED


def test_what_is_established_afterwards_was_controlled_by_it_already(world: World) -> None:
    created(world, at=now() - timedelta(hours=1))
    period = a_period(world)
    assert control_again() == []
    assert Action.RECONTROLLED not in journaled(period)


def test_a_correction_of_the_law_controls_again_and_one_of_the_name_does_not(world: World) -> None:
    period = a_period(world)
    election = created(world)
    control_again()
    plan = replace(plan_of(election), name="Un autre nom")
    corrected(world, election, plan)
    assert control_again() == []
    corrected(world, election, replace(plan, law=replace(plan.law, control_regime=ControlRegime.REGISTER)))
    assert control_again() == [period.id]
    assert journaled(period).count(Action.RECONTROLLED) == 2


def test_the_command_controls_again_and_a_dry_run_counts(world: World) -> None:
    period = a_period(world)
    world.an_election()
    run = world.app.test_cli_runner().invoke
    assert run(args=["close-scrutins", "--dry-run"]).output.splitlines()[-1] == "recontrolled: 1"
    assert Action.RECONTROLLED not in journaled(period)
    assert [run(args=["close-scrutins"]).output.splitlines()[-1] for _ in (1, 2)] == [
        "recontrolled: 1",
        "recontrolled: 0",
    ]
    assert journaled(period)[-1] is Action.RECONTROLLED


def correction_to(world: World, regime: ControlRegime) -> tuple[Election, object]:
    election = world.an_election(control_regime=ControlRegime.TOWN_HALL)
    plan = plan_of(election)
    return election, replace(plan, law=replace(plan.law, control_regime=regime))


def test_what_waited_for_a_town_hall_is_settled_by_the_register_that_is_given_the_decision(world: World) -> None:
    """A correction gives the election to the register: what it can say is said, the rest is left to a person."""
    a_roll(ELOISE, another(0), GWENAELLE)
    election, plan = correction_to(world, ControlRegime.REGISTER)
    day = election.scrutins[0].polling_day
    good = established(world, mandant=another(0), mandataire=GWENAELLE, days=(day,))
    bad = established(world, mandant=another(2), mandataire=another(3), days=(day,))
    unknown = established(
        world, mandant=ELOISE, mandataire=another(4), mandataire_commune=world.commune(SOISSONS), days=(day,)
    )
    assert {status_of(one) for one in (good, bad, unknown)} == {Status.ESTABLISHED}
    corrected(world, election, plan)
    assert control_again() == [good.id, bad.id, unknown.id]
    assert [status_of(one) for one in (good, bad, unknown)] == [
        Status.VALIDATED,
        Status.INVALIDATED,
        Status.ESTABLISHED,
    ]
    assert (good.is_automated, bad.is_automated) == (True, True)
    assert [mails_of(one)[-1] for one in (good, bad, unknown)] == ["validated", "invalidated", "established"]
    assert journaled(good)[-2:] == [Action.RECONTROLLED, Action.VALIDATED]
    decided = [render(one) for one in waiting() if one.kind in ("validated", "invalidated")]
    assert len(decided) == 2
    for message in decided:
        assert "automatiquement, d'après les listes électorales." in (message.body or "").replace("\n", " ")
        assert "dès que" not in (message.body or "")


def test_a_doubt_goes_with_the_election_that_made_it_r74(world: World) -> None:
    """Corrected away from that commune, it reaches nothing there: who was told of the doubt is told that it is over."""
    a_roll(ELOISE, GWENAELLE)
    period = established(world, valid_until=world.a_sunday(20))
    assert status_of(period) is Status.VALIDATED
    election = created(world, a_plan(world, law={"list_types": frozenset({ListType.LCE})}))
    control_again()
    assert (period.is_in_doubt, mails_of(period)[-1]) == (True, "recontrolled")
    corrected(world, election, replace(plan_of(election), territories={"60": None}))
    assert control_again() == [period.id]
    assert (status_of(period), period.is_in_doubt) == (Status.VALIDATED, False)
    assert (mails_of(period)[-1], entries(period)[-1].detail) == ("doubt_over", "cleared")
    corrected(world, election, replace(plan_of(election), territories={"61": None}))
    assert control_again() == []


@pytest.mark.parametrize("is_purged", [True, False])
def test_a_doubt_that_only_the_roll_could_lift_stays_when_the_roll_has_gone_l71(world: World, is_purged: bool) -> None:
    """Purged, or imported again with a line set aside: that nobody can tell is not that nothing is against it."""
    a_roll(ELOISE, GWENAELLE)
    period = established(world, valid_until=world.a_sunday(20))
    a_roll(GWENAELLE)
    created(world)
    control_again()
    assert (period.is_in_doubt, mails_of(period)[-1]) == (True, "recontrolled")
    known, since = period.findings, period.doubted_at
    if is_purged:
        db.session.execute(update(CurrentRoll).values(edition_id=None))
    else:
        a_roll(GWENAELLE, set_aside=1)
    for weeks in (10, 12):
        created(world, a_plan(world, world.a_sunday(weeks)))
        assert control_again() == [period.id]
        assert (period.findings, period.doubted_at) == (known, since)
    assert mails_of(period)[-1] == "recontrolled"
    a_roll(ELOISE, GWENAELLE)
    created(world, a_plan(world, world.a_sunday(14)))
    assert control_again() == [period.id]
    assert (period.is_in_doubt, mails_of(period)[-1]) == (False, "doubt_over")


def broken(procuration: Procuration) -> None:
    """Stored so that its control raises: findings that nothing has written."""
    procuration.findings = [{"nonsense": True}]
    db.session.commit()


def test_a_row_that_fails_alone_stops_nobody_and_is_tried_again_at_night(world: World) -> None:
    elsewhere = world.commune(SOISSONS)
    periods = [a_period(world, n, mandataire=another(n + 4), mandataire_commune=elsewhere) for n in range(3)]
    broken(periods[1])
    world.an_election(same_commune_required=True)
    run = world.app.test_cli_runner().invoke
    done = run(args=["close-scrutins"])
    assert done.exit_code == 0
    assert "not recontrolled, kept for the next time: 1" in done.output
    assert [journaled(period).count(Action.RECONTROLLED) for period in periods] == [1, 0, 1]
    assert "recontrolled: 0" in run(args=["close-scrutins"]).output
    periods[1].findings = None
    db.session.commit()
    assert "recontrolled: 1" in run(args=["close-scrutins", "--dry-run"]).output
    healed = run(args=["close-scrutins"]).output
    assert "recontrolled: 1" in healed
    assert "kept for the next time" not in healed
    assert [journaled(period).count(Action.RECONTROLLED) for period in periods] == [1, 1, 1]
