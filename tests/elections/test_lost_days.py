"""A polling day moves, is given up, or leaves a commune out: who chose it is told once, and again if it comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from app.recontrol import tell_lost_days
from models import journey, lifetime, lost_days
from models.base import db
from models.errors import Reason, RuleBroken
from models.journal import Action
from models.outbox import OutboxMail
from models.plan import Plan, Tour, plan_of
from models.procuration import Procuration, Status
from models.scrutin import Election
from tests.back_office.desks import counter, entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.elections.ministry import a_plan, corrected, created, saturdays
from tests.page import read

LATER = timedelta(minutes=3)
CAYENNE = "97302"


def tell() -> list[int]:
    """All that waits, as the worker does three minutes later."""
    told = []
    for key in lost_days.walk(now() + LATER):
        db.session.commit()
        told.append(key)
    db.session.commit()
    return told


def an_election(world: World, *days) -> Election:
    return created(world, a_plan(world, *(days or (world.a_sunday(8), world.a_sunday(9)))))


def moved(world: World, election: Election, *days) -> None:
    corrected(world, election, replace(plan_of(election), tours=tuple(Tour(day) for day in days)))


def last_facts(procuration: Procuration) -> dict:
    db.session.rollback()
    mails = select(OutboxMail).where(OutboxMail.procuration_id == procuration.id).order_by(OutboxMail.id)
    return db.session.scalars(mails).all()[-1].facts or {}


def test_who_chose_the_day_that_moved_is_told_once_what_is_left_and_where_the_vote_went(world: World) -> None:
    first, second, new = world.a_sunday(8), world.a_sunday(9), world.a_sunday(12)
    election = an_election(world, first, second)
    one, both = world.submitted(days=(first,)), world.established(days=(first, second))
    other, period = world.submitted(days=(second,)), world.submitted(valid_until=world.a_sunday(20))
    moved(world, election, second, new)
    assert tell() == [one.id, both.id]
    assert tell() == []
    assert (mails_of(one)[-1], mails_of(both)[-1]) == ("day_lost", "day_lost")
    facts = last_facts(both)
    assert (facts["day"], facts["left"], facts["moved_to"]) == (str(first), [str(second)], [str(new)])
    assert last_facts(one)["moved_to"] == [str(second)], "its tour, and not the other"
    last = entries(one)[-1]
    assert (last.action, last.election_id, last.detail) == (Action.DAY_LOST, election.id, str(first))
    assert {mails_of(spared)[-1] for spared in (other, period)} == {"submitted"}
    assert (status_of(one), one.lost_days, one.days) == (Status.SUBMITTED, [first], [first])


def test_the_day_of_a_tour_that_stays_is_not_where_the_vote_went(world: World) -> None:
    """Nor is that of a second tour for who chose the first, corrected twice before anybody was told."""
    first, second, new = world.a_sunday(8), world.a_sunday(9), world.a_sunday(7)
    election = an_election(world, first, second)
    demande = world.submitted(days=(first,))
    moved(world, election, world.a_sunday(6), second)
    moved(world, election, new, second)
    assert tell() == [demande.id]
    assert last_facts(demande)["moved_to"] == [str(new)]


def test_days_kept_by_a_former_version_are_told_with_every_day_of_the_election(world: World) -> None:
    first, second, new = world.a_sunday(8), world.a_sunday(9), world.a_sunday(7)
    election = an_election(world, first, second)
    demande = world.submitted(days=(first,))
    moved(world, election, new, second)
    election.moved_days = [str(first)]  # type: ignore[assignment]
    db.session.commit()
    assert tell() == [demande.id]
    assert last_facts(demande)["moved_to"] == [str(new), str(second)]


def test_a_tour_given_up_and_a_commune_left_out_lose_their_votes(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = an_election(world, first, second)
    here, there = world.submitted(days=(first,)), world.submitted(days=(first,), commune_code=SOISSONS)
    late = world.submitted(days=(second,))
    corrected(world, election, replace(plan_of(election), tours=(Tour(first),), territories={LAON: None}))
    assert sorted(tell()) == sorted([there.id, late.id])
    assert here.lost_days == []


def test_another_election_of_that_day_keeps_the_vote(world: World) -> None:
    first = world.a_sunday(8)
    election, _ = an_election(world, first), an_election(world, first)
    demande = world.submitted(days=(first,))
    moved(world, election, world.a_sunday(12))
    assert tell() == []
    assert mails_of(demande) == ["submitted"]


def test_the_day_lost_is_the_one_of_the_place(world: World) -> None:
    """Cayenne voted on Saturday, and votes on Sunday with Laon now."""
    sunday = world.a_sunday(8)
    saturday = sunday - timedelta(days=1)
    election = created(world, a_plan(world, tours=(saturdays(sunday),)))
    there, here = world.submitted(days=(saturday,), commune_code=CAYENNE), world.submitted(days=(sunday,))
    moved(world, election, sunday)
    assert tell() == [there.id]
    assert last_facts(there)["moved_to"] == [str(sunday)]
    assert here.lost_days == []


def test_a_day_that_comes_back_is_told_too(world: World) -> None:
    first = world.a_sunday(8)
    election = an_election(world, first)
    demande = world.submitted(days=(first,))
    moved(world, election, world.a_sunday(12))
    assert tell() == [demande.id]
    moved(world, election, first)
    assert tell() == [demande.id]
    assert mails_of(demande) == ["submitted", "day_lost", "day_back"]
    assert demande.lost_days == []


def test_a_new_election_brings_a_vote_back(world: World) -> None:
    first = world.a_sunday(8)
    election = an_election(world, first)
    demande = world.submitted(days=(first,))
    moved(world, election, world.a_sunday(12))
    tell()
    an_election(world, first)
    assert tell() == [demande.id]
    assert mails_of(demande)[-1] == "day_back"


@pytest.mark.parametrize("ended", [Status.WITHDRAWN, Status.REFUSED])
def test_what_has_ended_is_told_nothing(world: World, ended: Status) -> None:
    first = world.a_sunday(8)
    election = an_election(world, first)
    demande = world.submitted(days=(first,))
    if ended is Status.WITHDRAWN:
        journey.withdraw(demande, now=now())
    else:
        journey.refuse(demande, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    db.session.commit()
    moved(world, election, world.a_sunday(12))
    assert tell() == []


def test_a_correction_under_way_is_waited_for_and_a_correction_of_the_law_moves_nothing(world: World) -> None:
    first = world.a_sunday(8)
    election = an_election(world, first)
    world.submitted(days=(first,))
    plan: Plan = plan_of(election)
    tell()
    corrected(world, election, replace(plan, name="Un autre nom"))
    assert election.moved_days is None
    moved(world, election, world.a_sunday(12))
    assert tell_lost_days(now()) == 0
    assert election.moved_days == {str(first): [1], str(world.a_sunday(12)): []}
    assert tell_lost_days(now() + LATER) == 1
    assert db.session.get_one(Election, election.id).moved_days is None


def test_a_walk_that_stopped_goes_on_and_two_workers_tell_once(world: World) -> None:
    first = world.a_sunday(8)
    election = an_election(world, first)
    demandes = [world.submitted(days=(first,)) for _ in range(4)]
    moved(world, election, world.a_sunday(12))
    walk = lost_days.walk(now() + LATER)
    next(walk)
    db.session.commit()
    next(walk)
    db.session.rollback()
    one, other = lost_days.walk(now() + LATER), lost_days.walk(now() + LATER)
    for worker in (one, other, one, other, one, other):
        next(worker, None)
        db.session.commit()
    assert [mails_of(demande).count("day_lost") for demande in demandes] == [1] * 4
    assert [journaled(demande).count(Action.DAY_LOST) for demande in demandes] == [1] * 4


def test_the_command_counts_then_tells(world: World) -> None:
    first = world.a_sunday(8)
    election = an_election(world, first)
    demande = world.submitted(days=(first,))
    plan = replace(plan_of(election), tours=(Tour(world.a_sunday(12)),))
    corrected(world, election, plan, at=now() - LATER)
    run = world.app.test_cli_runner().invoke
    assert "told of a lost day: 1" in run(args=["close-scrutins", "--dry-run"]).output
    assert mails_of(demande) == ["submitted"]
    assert "told of a lost day: 1" in run(args=["close-scrutins"]).output
    assert mails_of(demande)[-1] == "day_lost"


def test_the_elector_and_the_town_hall_read_it(world: World) -> None:
    first, elector = world.a_sunday(8), world.an_elector()
    election = an_election(world, first)
    given = world.established(days=(first,), elector=elector)
    moved(world, election, world.a_sunday(12))
    tell()
    page = read(world.as_elector(elector).get("/mes-procurations")).text
    assert "On ne vote plus le" in page
    assert "plus de vote un jour choisi" in page
    assert "(plus de vote le" in town_hall(world).read(f"details/?id={given.id}").text


def test_a_demande_of_which_no_day_has_a_vote_is_not_established_r74(world: World) -> None:
    """Its mandant was told that the day is lost; nobody tells them afterwards that somebody can vote for them."""
    first, second, later = world.a_sunday(8), world.a_sunday(9), world.a_sunday(12)
    election = created(world, a_plan(world, first, second, law={"certified_identity": True}))
    lost, half = world.submitted(days=(first,)), world.submitted(days=(first, second))
    assert journey.may_establish_certified(lost, world.today)
    moved(world, election, second, later)
    tell()
    told = mails_of(lost)
    page = read(counter(world).act("validate", lost.reference))
    assert (page.status, page.h1) == (422, "Ne peut pas être établie ici")
    assert "Aucun vote de cette commune ces jours-là." in page.text
    assert "une autre tout de suite, avec un jour où l'on vote" in page.text
    assert not journey.may_establish_certified(lost, world.today)
    with pytest.raises(RuleBroken) as broken:
        journey.establish_certified(lost, place=world.commune(), now=now())
    assert list(broken.value.reasons) == [Reason.SCRUTIN_INCONNU]
    assert (status_of(lost), mails_of(lost)) == (Status.SUBMITTED, told)
    journey.establish(half, officer=world.an_officer(), now=now())
    db.session.commit()
    assert status_of(half) is Status.ESTABLISHED


def test_nobody_validates_for_a_day_without_a_vote_until_one_comes_back_r74(world: World) -> None:
    """Nor several at once; the law does not say that it is void, so it waits."""
    first, new = world.a_sunday(8), world.a_sunday(12)
    election = an_election(world, first, world.a_sunday(9))
    lost, half = world.established(days=(first,)), world.established(days=(first, world.a_sunday(9)))
    moved(world, election, new, world.a_sunday(13))
    an_election(world, world.a_sunday(9))
    clerk = world.a_clerk()
    with pytest.raises(RuleBroken) as refused:
        journey.validate(lost, clerk=clerk, note="vu", now=now())
    assert refused.value.reasons == (Reason.SCRUTIN_INCONNU,)
    db.session.rollback()
    hall = town_hall(world, clerk)
    answer = hall.post("validate", lost.id, half.id, confirmed="yes")
    assert answer.status_code == 200
    assert "rien à valider" in read(answer).text
    assert (status_of(lost), status_of(half)) == (Status.ESTABLISHED, Status.VALIDATED)
    an_election(world, first)
    journey.validate(lost, clerk=clerk, now=now())
    assert lost.status is Status.VALIDATED


def test_the_desk_offers_no_validation_of_what_serves_no_day(world: World) -> None:
    first, elector = world.a_sunday(8), world.an_elector()
    election = an_election(world, first)
    given = world.established(days=(first,), elector=elector)
    moved(world, election, world.a_sunday(12))
    tell()
    page = town_hall(world).read(f"details/?id={given.id}")
    assert "Il n'y a rien à valider" in page.text
    assert [e.get("value") for e in page.all("button") if e.get("name") == "action"][:1] == ["invalidate"]
    assert "personne n'a à la valider" in read(world.as_elector(elector).get("/mes-procurations")).text


def test_what_lost_its_only_day_ends_without_blame(world: World) -> None:
    """Its mandant knows already, and no town hall had anything to answer."""
    first = world.a_sunday(8)
    election = an_election(world, first)
    given = world.established(days=(first,))
    moved(world, election, world.a_sunday(12))
    tell()
    at = now() + timedelta(days=100)
    lifetime.end(given, now=at)
    db.session.commit()
    assert mails_of(given)[-1] == "day_lost"
    assert lifetime.undecided_by_commune(at) == []
    assert not given.is_ended_undecided
