"""Rounds: to people who cannot come, with the dates of their papers, or for a session; a commune is the place."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.dates import now
from models import aftermath, handover, journey, lifetime, perimeter_beside, receipt, rounds
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated, Reason, RuleBroken, Unknown
from models.journal import Action
from models.lifetime import end_of_validity
from models.procuration import Procuration, Status
from models.rules import months_after
from models.territory import Commune, StationKind
from models.visit import Round, RoundKind, Visit
from tests.back_office.desks import entries, journaled
from tests.builders import LAON, SOISSONS, World, numbers
from tests.database import everything
from tests.journey.test_handover import a_delegue_of
from tests.law.people import an_election

VORGES, BRUXELLES = "02824", "C0009"
HOME = "Résidence des Tilleuls argentés"


def planned(world: World, officer: Account, kind: RoundKind = RoundKind.VISIT, **changes: Any) -> Round:
    """A round of this officer's station, today, in Vorges."""
    commune = world.commune(changes.get("commune", VORGES))
    one = rounds.plan(
        kind,
        changes.get("day", commune.local_day(now())),
        commune,
        HOME,
        officer=officer,
        submission_key=changes.get("key", f"round-{next(numbers)}"),
        now=now(),
    )
    db.session.commit()
    return one


def with_papers(one: Round, demande: Procuration, officer: Account, ago: int = 3) -> None:
    day = one.commune.local_day(now()) - timedelta(days=ago)
    rounds.record_papers(one, demande, day, day, officer=officer, now=now())
    db.session.commit()


def established(one: Round, demande: Procuration, officer: Account) -> Procuration:
    journey.establish(demande, officer=officer, during=one, now=now())
    db.session.commit()
    return demande


def visits_of(one: Round) -> list[Visit]:
    db.session.expire_all()
    return list(db.session.scalars(select(Visit).where(Visit.round_id == one.id)))


def test_in_a_round_the_commune_of_the_round_is_the_place_r72_1_iv(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    established(one, demande, officer)
    assert (demande.established_commune_code, demande.established_in_france) == (VORGES, True)
    assert demande.station_code == officer.station_code
    assert [(e.action, e.detail) for e in entries(demande)] == [
        ("submitted", None),
        ("papers_recorded", str(one.id)),
        ("established", None),
    ]
    assert receipt.of(demande).place is world.commune(VORGES)


def test_who_is_visited_has_asked_in_writing_and_sworn_r73(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with pytest.raises(RuleBroken) as broken:
        journey.establish(demande, officer=officer, during=one, now=now())
    assert list(broken.value.reasons) == [Reason.DONNEES_INCOMPLETES]
    db.session.rollback()
    assert demande.status is Status.SUBMITTED
    with pytest.raises(RuleBroken):
        with_papers(one, demande, officer, ago=-1)


def test_a_session_asks_for_no_papers_r72_1_iii(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer, RoundKind.SESSION), world.submitted()
    assert established(one, demande, officer).established_commune_code == VORGES
    assert [(visit.procuration_id, visit.has_papers) for visit in visits_of(one)] == [(demande.id, False)]


def test_a_consuls_session_abroad_is_not_in_france_r72_1_1(world: World) -> None:
    an_election(world)
    consul = world.an_officer(Capacity.CONSUL, world.a_station(BRUXELLES, StationKind.CONSULATE))
    one, demande = planned(world, consul, RoundKind.SESSION, commune=BRUXELLES), world.submitted()
    assert established(one, demande, consul).established_in_france is False


@pytest.mark.parametrize("days", [-1, 1])
def test_a_round_is_of_its_day(world: World, days: int) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer, RoundKind.SESSION), world.submitted()
    one.day += timedelta(days=days)
    db.session.commit()
    with pytest.raises(NotAllowed):
        journey.establish(demande, officer=officer, during=one, now=now())


def test_another_station_neither_sees_it_nor_acts_in_it(world: World) -> None:
    an_election(world)
    officer, stranger = world.an_officer(), world.an_officer(station=world.a_station(SOISSONS, StationKind.POLICE))
    one, demande = planned(world, officer, RoundKind.SESSION), world.submitted()
    colleague = world.an_officer(station=officer.station)
    assert perimeter_beside.find_round(one.id, colleague) is one
    for nobody in (stranger, world.a_clerk()):
        with pytest.raises(Unknown):
            perimeter_beside.find_round(one.id, nobody)
    with pytest.raises(NotHabilitated):
        journey.establish(demande, officer=stranger, during=one, now=now())
    assert established(one, demande, colleague).officer_id == colleague.id


def test_a_delegue_plans_none(world: World) -> None:
    with pytest.raises(NotHabilitated):
        planned(world, world.an_officer(Capacity.DELEGUE))


@pytest.mark.parametrize("days", [-1, 400])
def test_a_round_is_planned_from_today_to_a_year_ahead_and_once(world: World, days: int) -> None:
    officer = world.an_officer()
    with pytest.raises(RuleBroken):
        planned(world, officer, day=world.today + timedelta(days=days))
    db.session.rollback()
    first, again = (planned(world, officer, key="one key") for _ in range(2))
    assert first is again
    assert [(e.action, e.detail) for e in entries(None) if "round" in e.action] == [("round_planned", str(first.id))]


def test_it_is_cancelled_while_nothing_was_established_in_it(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    empty, used = planned(world, officer), planned(world, officer, RoundKind.SESSION)
    established(used, world.submitted(), officer)
    rounds.cancel(empty, officer=officer, now=now())
    db.session.commit()
    assert (empty.cancelled_at is not None, empty.place_name) == (True, None)
    for one in (empty, used):
        with pytest.raises(AlreadyHandled):
            rounds.cancel(one, officer=officer, now=now())
    with pytest.raises(AlreadyHandled):
        with_papers(empty, world.submitted(), officer)
    with pytest.raises(NotAllowed):
        journey.establish(world.submitted(), officer=officer, during=empty, now=now())


def test_each_round_keeps_the_papers_that_were_given_for_it_r73(world: World) -> None:
    """Another station's visit does not take away what this one has in its folder."""
    an_election(world)
    officer, elsewhere = world.an_officer(), world.an_officer(station=world.a_station(SOISSONS, StationKind.POLICE))
    first, second, demande = planned(world, officer), planned(world, elsewhere), world.submitted()
    with_papers(first, demande, officer)
    with_papers(second, demande, elsewhere, ago=1)
    established(second, demande, elsewhere)
    kept = [visit for one in (first, second) for visit in visits_of(one)]
    assert [(visit.round_id, visit.has_papers, visit.is_received) for visit in kept] == [
        (first.id, True, False),
        (second.id, True, True),
    ]
    with pytest.raises(AlreadyHandled):
        with_papers(first, demande, officer)


def test_who_came_to_the_station_after_all_was_not_received_in_the_round(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    journey.establish(demande, officer=officer, now=now())
    db.session.commit()
    assert (demande.established_commune_code, [visit.is_received for visit in visits_of(one)]) == (LAON, [False])
    rounds.cancel(one, officer=officer, now=now())
    db.session.commit()
    [visit] = visits_of(one)
    assert rounds.kept_until(visit) == months_after(end_of_validity(demande), 6)


def test_police_act_in_france_and_a_consular_authority_outside_r72_1_1(world: World) -> None:
    """L73 counts apart what is established in France: nobody moves it by naming another place."""
    officer = world.an_officer()
    consul = world.an_officer(Capacity.CONSUL, world.a_station(BRUXELLES, StationKind.CONSULATE))
    for who, where in ((officer, BRUXELLES), (consul, VORGES)):
        with pytest.raises(NotAllowed):
            planned(world, who, commune=where)
    one = planned(world, officer)
    with pytest.raises(NotAllowed):
        rounds.correct(one, one.kind, one.day, world.commune(BRUXELLES), None, officer=officer, now=now())


def corrected(one: Round, officer: Account, **changes: Any) -> None:
    """The same day at another commune, unless said otherwise."""
    commune = db.session.get_one(Commune, SOISSONS)
    rounds.correct(one, one.kind, changes.get("day", one.day), commune, None, officer=officer, now=now())
    db.session.commit()


def test_it_is_corrected_while_nobody_was_received_in_it(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    with pytest.raises(RuleBroken):
        corrected(one, officer, day=one.day - timedelta(days=1))
    db.session.rollback()
    corrected(one, officer)
    assert [entry.action for entry in entries(None)][-1] == Action.ROUND_CORRECTED
    assert established(one, demande, officer).established_commune_code == SOISSONS
    with pytest.raises(AlreadyHandled):
        corrected(one, officer)


def test_a_delegue_passes_on_in_a_round_with_the_papers_it_asks_for_r72_1_v(world: World) -> None:
    an_election(world)
    opj = world.an_officer()
    delegue, one, demande = a_delegue_of(world, opj), planned(world, opj), world.submitted()
    with pytest.raises(RuleBroken):
        handover.pass_on(demande, delegue=delegue, during=one, now=now())
    db.session.rollback()
    with_papers(one, demande, delegue)
    handover.pass_on(demande, delegue=delegue, during=one, now=now())
    db.session.commit()
    assert (demande.status, demande.passed_to_id) == (Status.SUBMITTED, opj.id)
    assert [visit.is_received for visit in visits_of(one)] == [True]


def test_papers_are_destroyed_by_who_keeps_them(world: World) -> None:
    """The officer who led, or who answers for the station; habilitated or not any more."""
    an_election(world)
    officer = world.an_officer()
    colleague = world.an_officer(station=officer.station)
    responsible = world.an_officer(station=officer.station, manages_station=True, habilitations=[])
    one, other = planned(world, officer), planned(world, officer)
    for each in (one, other):
        demande = world.submitted()
        with_papers(each, demande, officer)
        established(each, demande, officer)
    later = now() + timedelta(days=1200)
    with pytest.raises(NotHabilitated):
        rounds.destroy(visits_of(one), officer=colleague, now=later)
    officer.habilitations.clear()
    db.session.commit()
    assert rounds.destroy(visits_of(one), officer=officer, now=later) == 1
    assert rounds.destroy([*visits_of(one), *visits_of(other)], officer=responsible, now=later) == 1
    db.session.commit()
    assert (one.place_name, other.place_name) == (None, None)


def test_the_papers_are_kept_six_months_after_the_end_of_validity_then_destroyed_r73(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    established(one, demande, officer)
    [visit] = visits_of(one)
    last = months_after(end_of_validity(demande), 6)
    assert rounds.kept_until(visit) == last
    assert rounds.papers_due([visit], last) == []
    assert rounds.papers_due([visit], last + timedelta(days=1)) == [visit]
    with pytest.raises(RuleBroken):
        rounds.destroy([visit], officer=officer, now=now())
    later = now() + (last - world.today) + timedelta(days=2)
    rounds.destroy([visit], officer=officer, now=later)
    db.session.commit()
    assert (journaled(demande)[-1], one.place_name) == (Action.PAPERS_DESTROYED, None)
    with pytest.raises(AlreadyHandled):
        rounds.destroy([visit], officer=officer, now=later)


def test_a_revocation_brings_the_end_of_the_papers_forward(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    [visit] = visits_of(one)
    assert rounds.kept_until(visit) == demande.expires_on
    established(one, demande, officer)
    aftermath.revoke(demande, officer=officer, now=now())
    demande.closed_at = now()
    db.session.commit()
    assert rounds.kept_until(visit) == months_after(demande.commune.local_day(now()), 6)


def test_the_name_of_the_place_leaves_with_the_last_papers_and_stands_nowhere_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    established(one, demande, officer)
    journey.validate(demande, clerk=world.a_clerk(), note="Vu.", now=now())
    db.session.commit()
    held = {table for table, rows in everything().items() if HOME in repr(rows)}
    assert held == {"round"}
    assert HOME not in caplog.text
    assert rounds.forget_places(now() + timedelta(days=2)) == 0
    assert rounds.forget_places(now() + timedelta(days=1200)) == 1
    db.session.commit()
    assert not [table for table, rows in everything().items() if HOME in repr(rows)]


def test_a_session_keeps_its_place_until_its_day_is_over(world: World) -> None:
    planned(world, world.an_officer(), RoundKind.SESSION)
    assert rounds.forget_places(now()) == 0
    assert rounds.forget_places(now() + timedelta(days=2)) == 1


def test_what_is_purged_leaves_the_dates_of_its_papers(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    established(one, demande, officer)
    lifetime.purge(demande, key=b"k" * 32, now=now())
    db.session.commit()
    assert [visit.procuration.mandant_key for visit in visits_of(one)] == [None]
