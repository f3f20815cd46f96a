"""The form that an officer fills with a person who has no FranceConnect: established at once, seen with the paper."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.dates import now
from models import aftermath, counter_form, journey, lifetime, misses, perimeter, settlement
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated, Reason, RuleBroken, Unknown
from models.law import ControlRegime
from models.paper import Form
from models.procuration import Procuration, Source, Status
from models.reference import is_well_formed
from models.rules import years_after
from models.territory import StationKind
from tests.back_office.desks import entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World, numbers
from tests.journey.test_time import noon
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another
from tests.page import read
from tests.paper import a_form

BRUXELLES, NOUMEA = "C0009", "98818"
AHEAD = {"transmitted_ahead": True}
OF_A_CLERK: dict[str, Callable[..., None]] = {
    "revoked": aftermath.revoke_from_paper,
    "lapsed": partial(aftermath.lapse, reason=Reason.DECES_MANDATAIRE),
    "ended": aftermath.end_on_death,
}
"""What ends one at the town hall, by the status that it leaves."""


def filled(world: World, officer: Account | None = None, key: str = "", **changes: Any) -> Procuration:
    """What an officer of Laon fills with Éloïse, for the first coming polling day."""
    officer = officer or world.an_officer()
    changes.setdefault("commune", world.commune())
    form = a_form(world, **changes, **counter_form.filled_by(officer, changes["commune"], now()))
    key = key or f"form-{next(numbers)}"
    procuration = counter_form.establish(form, officer=officer, submission_key=key, now=now())
    db.session.commit()
    return procuration


def seen_by(clerk: Account) -> list[Procuration]:
    return list(db.session.scalars(select(Procuration).where(perimeter.visible_to(clerk))))


def received(procuration: Procuration, clerk: Account, day: date | None = None) -> None:
    day = day or procuration.commune.local_day(now())
    counter_form.receive(procuration, clerk=clerk, received_on=day, now=now())
    db.session.commit()


def test_it_is_established_on_paper_by_the_officer_of_no_session_and_told_to_nobody_r75(world: World) -> None:
    an_election(world)
    officer = world.an_officer(Capacity.APJ, world.a_station(SOISSONS, StationKind.POLICE))
    one = filled(world, officer)
    assert (one.source, one.status, one.held_until_paper, one.awaits_paper) == (Source.PAPER, "established", True, True)
    assert (one.elector_key, one.email, one.received_on, one.authority_capacity) == (None, None, None, None)
    assert (one.officer_id, one.officer_name, one.officer_capacity) == (officer.id, officer.name, Capacity.APJ)
    assert (one.station_code, one.established_commune_code, one.established_in_france) == (
        officer.station_code,
        SOISSONS,
        True,
    )
    assert (one.mandant, one.mandant_nne, one.mandataire, one.mandataire_nne) == (
        ELOISE,
        "12345678",
        GWENAELLE,
        "87654321",
    )
    assert is_well_formed(one.reference or "")
    assert [(e.action, e.account_id, e.desk, e.detail) for e in entries(one)] == [
        ("established", officer.id, officer.station_code, "paper_form")
    ]
    assert mails_of(one) == []


@pytest.mark.parametrize("capacity", [Capacity.DELEGUE, None])
def test_a_delegue_and_who_is_not_habilitated_fill_none_r72_1(world: World, capacity: Capacity | None) -> None:
    an_election(world)
    officer = world.an_officer(capacity or Capacity.OPJ)
    form = a_form(world, **counter_form.filled_by(world.an_officer(), world.commune(), now()))
    if capacity is None:
        officer.habilitations[-1].ended_at = now()
    with pytest.raises(NotHabilitated):
        counter_form.establish(form, officer=officer, submission_key="k", now=now())
    assert db.session.scalar(select(func.count(Procuration.id))) == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mandataire": ELOISE, "mandataire_nne": None}, Reason.MANDANT_EST_MANDATAIRE),
        ({"mandant_nne": None}, Reason.DONNEES_INCOMPLETES),
        ({"days": (date(2031, 1, 1),)}, Reason.SCRUTIN_INCONNU),
        ({"days": (), "valid_until": date(2020, 1, 1)}, Reason.VALIDITE_EXPIREE),
        ({"days": ()}, Reason.DONNEES_INCOMPLETES),
    ],
)
def test_what_the_law_forbids_is_refused(world: World, changes: dict[str, Any], reason: Reason) -> None:
    an_election(world)
    with pytest.raises(RuleBroken) as broken:
        filled(world, **changes)
    db.session.rollback()
    assert reason in broken.value.reasons
    assert db.session.scalar(select(func.count(Procuration.id))) == 0


def test_three_years_before_a_consul_only_r74(world: World) -> None:
    there = {"commune": world.commune(BRUXELLES), "days": (), "valid_until": years_after(world.today, 3)}
    with pytest.raises(RuleBroken) as broken:
        filled(world, **there)
    db.session.rollback()
    assert list(broken.value.reasons) == [Reason.VALIDITE_TROP_LONGUE]
    consul = world.an_officer(Capacity.CONSUL, world.a_station(BRUXELLES, StationKind.CONSULATE))
    assert filled(world, consul, **there).established_in_france is False


def test_in_new_caledonia_no_number_but_the_mandataires_commune_r213_1(world: World) -> None:
    an_election(world)
    there = {"commune": world.commune(NOUMEA), "mandant_nne": None, "mandataire_nne": None}
    with pytest.raises(RuleBroken):
        filled(world, **there)
    db.session.rollback()
    assert filled(world, **there, mandataire_commune=world.commune(NOUMEA)).status is Status.ESTABLISHED


def test_two_clicks_establish_once_and_another_form_over_it_another(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    first, again = (filled(world, officer, "one key") for _ in range(2))
    other = filled(world, officer, "one key", mandataire=another(4), mandataire_nne="44")
    assert first.id == again.id != other.id
    assert journaled(first) == ["established"]


def test_its_town_hall_sees_it_when_the_paper_has_come_and_no_other_ever_does(world: World) -> None:
    an_election(world)
    one, clerk, elsewhere = filled(world), world.a_clerk(), world.a_clerk(SOISSONS)
    reference = one.reference or ""
    assert seen_by(clerk) == []
    assert misses.look_up_paper(reference.lower(), clerk=clerk, now=now()) is one
    for stranger in (elsewhere, world.an_officer()):
        with pytest.raises(Unknown):
            misses.look_up_paper(reference, clerk=stranger, now=now())
    with pytest.raises(NotHabilitated):
        received(one, elsewhere)
    received(one, clerk)
    assert seen_by(clerk) == [one]
    assert seen_by(elsewhere) == []
    assert (one.held_until_paper, one.awaits_paper, one.received_on) == (False, False, world.today)
    assert journaled(one) == ["established", "paper_received"]
    with pytest.raises(AlreadyHandled):
        received(one, clerk)


def test_what_is_filed_on_line_is_no_paper_to_receive(world: World) -> None:
    with pytest.raises(AlreadyHandled):
        received(world.established(), world.a_clerk())


@pytest.mark.parametrize("days", [-1, 1])
def test_it_is_received_between_its_establishment_and_today(world: World, days: int) -> None:
    an_election(world)
    one, clerk = filled(world), world.a_clerk()
    with pytest.raises(RuleBroken) as broken:
        received(one, clerk, world.today + timedelta(days=days))
    assert list(broken.value.reasons) == [Reason.DATES_DISCORDANTES]


def test_a_paper_that_comes_after_the_vote_is_not_decided_r74(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(ELOISE, GWENAELLE)
    one, clerk = filled(world, mandataire_commune=world.commune()), world.a_clerk()
    monday = one.last_day + timedelta(days=1)
    with pytest.raises(RuleBroken) as broken:
        counter_form.receive(one, clerk=clerk, received_on=monday, now=noon(monday))
    assert list(broken.value.reasons) == [Reason.VALIDITE_EXPIREE]
    assert (one.status, one.awaits_paper) == (Status.ESTABLISHED, True)


def test_the_register_decides_when_the_paper_has_come_and_not_before(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(ELOISE, GWENAELLE)
    one = filled(world, mandataire_commune=world.commune())
    settlement.recontrol(one, election_id=1, now=now())
    assert one.status is Status.ESTABLISHED
    received(one, world.a_clerk())
    assert (one.status, one.is_automated) == (Status.VALIDATED, True)
    assert journaled(one) == ["established", "paper_received", "validated"]


def test_where_every_law_of_its_days_lets_it_it_is_transmitted_ahead_and_the_paper_follows(world: World) -> None:
    an_election(world, **AHEAD)
    one, clerk = filled(world), world.a_clerk()
    assert seen_by(clerk) == [one]
    assert (one.held_until_paper, one.awaits_paper) == (False, True)
    received(one, clerk)
    assert (one.awaits_paper, journaled(one)) == (False, ["established", "paper_received"])


def test_one_law_of_the_day_that_does_not_is_enough_to_wait(world: World) -> None:
    an_election(world, **AHEAD)
    world.an_election((world.first_day(),), name="Another of the day")
    assert filled(world).held_until_paper


def test_a_period_waits_for_its_paper(world: World) -> None:
    assert filled(world, days=(), valid_until=world.today + timedelta(days=90)).held_until_paper


def test_it_counts_from_its_establishment_against_what_comes_after_l73(world: World) -> None:
    an_election(world)
    on_paper = filled(world)
    on_line = world.established(mandant=another(1), mandataire=GWENAELLE, mandataire_nne="87654321")
    assert (on_paper.status, on_line.status) == (Status.ESTABLISHED, Status.VOID)


def test_beyond_the_ceiling_it_is_void_at_once_while_its_mandant_is_there_l73(world: World) -> None:
    an_election(world)
    world.established(mandant=another(1), mandataire=GWENAELLE, mandataire_nne="87654321")
    one = filled(world)
    assert (one.status, journaled(one)) == (Status.VOID, ["established", "voided"])


def test_a_new_control_voids_what_is_held_beyond_a_ceiling_and_decides_nothing(world: World) -> None:
    election = an_election(world, max_established_in_france=2, max_total=2)
    first, second = (filled(world, mandant=another(n), mandant_nne=f"1{n}") for n in (1, 2))
    election.max_established_in_france = election.max_total = 1
    db.session.commit()
    for one in (second, first):
        settlement.recontrol(one, election_id=election.id, now=now())
        db.session.commit()
    assert (first.status, second.status) == (Status.ESTABLISHED, Status.VOID)


def test_nobody_decides_before_the_paper_whatever_the_door_r76(world: World) -> None:
    an_election(world)
    one, clerk = filled(world), world.a_clerk()
    with pytest.raises(NotAllowed):
        journey.validate(one, clerk=clerk, note="Vu.", now=now())
    with pytest.raises(NotAllowed):
        journey.invalidate(one, clerk=clerk, reason=Reason.PLAFOND, note="Vu.", now=now())
    received(one, clerk)
    journey.validate(one, clerk=clerk, note="Vu.", now=now())
    assert one.status is Status.VALIDATED


@pytest.mark.parametrize(("name", "act"), OF_A_CLERK.items(), ids=OF_A_CLERK)
def test_nobody_ends_it_at_the_town_hall_before_the_paper_r75(
    world: World, name: str, act: Callable[..., None]
) -> None:
    an_election(world)
    one, clerk = filled(world), world.a_clerk()
    with pytest.raises(NotAllowed):
        act(one, clerk=clerk, now=now())
    assert (status_of(one), journaled(one)) == (Status.ESTABLISHED, ["established"])
    received(one, clerk)
    act(one, clerk=clerk, now=now())
    assert one.status == name


@pytest.mark.parametrize(("name", "act"), OF_A_CLERK.items(), ids=OF_A_CLERK)
def test_what_was_transmitted_ahead_is_ended_like_the_rest(world: World, name: str, act: Callable[..., None]) -> None:
    an_election(world, **AHEAD)
    one = filled(world)
    act(one, clerk=world.a_clerk(), now=now())
    assert (one.status, one.awaits_paper) == (name, False)


def test_what_was_revoked_before_the_paper_came_is_shown_to_the_town_hall(world: World) -> None:
    an_election(world)
    officer, clerk = world.an_officer(), world.a_clerk()
    one = filled(world, officer)
    aftermath.revoke(one, officer=officer, now=now())
    db.session.commit()
    assert seen_by(clerk) == [one]
    with pytest.raises(AlreadyHandled):
        received(one, clerk)


def test_a_paper_that_never_came_ends_with_its_last_day_and_its_people_are_forgotten(world: World) -> None:
    an_election(world)
    one = filled(world)
    after = now() + timedelta(days=(one.last_day - world.today).days + 2)
    assert [batch for batch in lifetime.to_end(after) if one in batch]
    lifetime.end(one, now=after)
    db.session.execute(update(Procuration).values(closed_at=None))
    lifetime.purge(one, key=b"k" * 32, now=after + timedelta(days=400))
    db.session.commit()
    assert (one.status, one.mandant_key, one.reference) == (Status.ENDED, None, None)


def test_a_paper_that_never_came_is_no_silence_of_its_town_hall_and_its_letter_says_so_r75(world: World) -> None:
    an_election(world)
    one = filled(world)
    at = noon(one.last_day + timedelta(days=1))
    lifetime.end(one, now=at)
    db.session.commit()
    assert lifetime.undecided_by_commune(at) == []
    hall = town_hall(world)
    page = read(hall.client.get(hall.read(f"details/?id={one.id}").links["Lettre au mandant"]))
    assert "sans que son formulaire nous parvienne. Elle n'a pas pu servir." in page.text
    assert "nous en demander la raison" not in page.text


def test_a_form_of_no_day_or_of_both_is_refused_whatever_the_door(world: World) -> None:
    form = Form(**vars(a_form(world)) | {"valid_until": world.today + timedelta(days=20)})
    with pytest.raises(RuleBroken):
        counter_form.establish(form, officer=world.an_officer(), submission_key="k", now=now())


def test_laon_is_where_it_was_established(world: World) -> None:
    an_election(world)
    assert filled(world).established_commune_code == LAON
