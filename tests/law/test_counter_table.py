"""Domain's table of step 2, row by row."""

from datetime import timedelta

import pytest

from app.dates import now
from models import journey, misses
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotHabilitated, Reason, RuleBroken, Unknown
from models.procuration import Procuration, Status
from models.rules import years_after
from models.territory import StationKind
from tests.back_office.desks import counter, journaled, mails_of, status_of
from tests.builders import World, a_habilitation


def a_delegue_of(world: World, opj: Account) -> Account:
    theirs = a_habilitation(capacity=Capacity.DELEGUE, opj=opj)
    return world.an_officer(station=opj.station, habilitations=[theirs], name="Régine MASSON")


@pytest.mark.parametrize("capacity", [Capacity.OPJ, Capacity.APJ, Capacity.RESERVIST, Capacity.CONSUL])
def test_the_authorities_of_the_code_establish_r72_1(world: World, capacity: Capacity) -> None:
    demande, officer = world.submitted(), world.an_officer(capacity)
    journey.establish(demande, officer=officer, now=now())
    assert (demande.status, demande.officer_capacity) == (Status.ESTABLISHED, capacity)


def test_who_is_not_habilitated_establishes_nothing_r72_1(world: World) -> None:
    demande = world.submitted()
    for account in (world.a_clerk(), world.an_officer(Capacity.DELEGUE)):
        with pytest.raises(NotHabilitated):
            journey.establish(demande, officer=account, now=now())
    assert demande.status is Status.SUBMITTED


def test_a_delegue_collects_and_the_opj_establishes_r72_1_v(world: World) -> None:
    """TA Toulouse, 8 June 1989: signed by the délégué alone, it is void."""
    opj = world.an_officer()
    demande, desk = world.submitted(), counter(world, a_delegue_of(world, opj))
    assert desk.act("validate", demande.reference).status_code == 403
    assert desk.act("pass_on", demande.reference).status_code == 303
    assert journaled(demande) == ["submitted", "denied", "passed_on"]
    assert status_of(demande) is Status.SUBMITTED
    journey.establish(demande, officer=opj, now=now())
    assert (demande.officer_name, demande.checked_by_name) == ("Martin PETIT", "Régine MASSON")


def test_consuls_establish_outside_france_r72_1_1(world: World) -> None:
    consulate = world.a_station("C0009", kind=StationKind.CONSULATE)
    demande = world.submitted(commune_code="C0009", valid_until=years_after(world.today, 2))
    journey.establish(demande, officer=world.an_officer(Capacity.CONSUL, consulate), now=now())
    assert (demande.established_commune_code, demande.established_in_france) == ("C0009", False)


def withdrawn(world: World) -> Procuration:
    demande = world.submitted()
    journey.withdraw(demande, now=now())
    return demande


def test_a_reference_unknown_expired_or_used_opens_nothing_r72_1_ii(world: World) -> None:
    used, gone = world.established(), withdrawn(world)
    officer, later = world.an_officer(), now() + timedelta(days=400)
    expired = world.submitted()
    for reference in ("AAAAAA", used.reference, gone.reference):
        with pytest.raises(Unknown):
            misses.look_up(str(reference), officer=officer, now=now())
    with pytest.raises(Unknown):
        misses.look_up(str(expired.reference), officer=officer, now=later)


def test_the_file_shows_mandant_commune_validity_and_mandataire_r73(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    page = desk.read(f"?reference={demande.reference}").text
    for shown in (demande.mandant.birth_name, demande.mandant.first_names, "Laon", demande.mandataire.birth_name):
        assert shown.replace("'", "’") in page.replace("'", "’")


def test_in_person_free_and_identified_it_is_established_r75(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer()
    journey.establish(demande, officer=officer, now=now())
    db.session.commit()
    assert (demande.officer_name, demande.officer_capacity) == (officer.name, Capacity.OPJ)
    assert demande.established_at
    assert (demande.established_commune_code, demande.established_in_france) == ("02408", True)
    assert mails_of(demande) == ["submitted", "established"]


def test_an_identity_that_differs_refuses_r73(world: World) -> None:
    demande = world.submitted()
    journey.refuse(demande, officer=world.an_officer(), reason=Reason.IDENTITE_DISCORDANTE, now=now())
    assert (demande.status, demande.reason) == (Status.REFUSED, Reason.IDENTITE_DISCORDANTE)


def test_pressure_refuses(world: World) -> None:
    """The visit is there to make sure that the choice is free (purpose of the in-person step)."""
    demande = world.submitted()
    journey.refuse(demande, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    assert (demande.status, demande.reason) == (Status.REFUSED, Reason.CONTRAINTE)


@pytest.mark.parametrize("reason", [Reason.IDENTITE_ABSENTE, Reason.ABSENCE_PERSONNELLE])
def test_no_document_or_somebody_else_puts_it_off_r73(world: World, reason: Reason) -> None:
    demande = world.submitted()
    journey.postpone(demande, officer=world.an_officer(), reason=reason, now=now())
    db.session.commit()
    assert status_of(demande) is Status.SUBMITTED


def test_an_officer_edits_nothing_r75(world: World) -> None:
    """Another mandataire or another day is a new demande of the mandant's: the counter has no field for it."""
    demande, desk = world.submitted(), counter(world)
    form = desk.read(f"?reference={demande.reference}").form("/admin/officer/action/")
    assert set(form) <= {"action", "rowid", "confirmed", "csrf_token"}


def test_the_day_before_the_vote_it_is_established_all_the_same(world: World) -> None:
    """AN 11014: the authority may not refuse because it is late."""
    tomorrow = world.commune().local_day(now()) + timedelta(days=1)
    world.an_election(days=(tomorrow,))
    assert world.established(days=(tomorrow,)).status is Status.ESTABLISHED


def test_a_second_establishment_finds_nothing_to_do_r75(world: World) -> None:
    demande, officer = world.established(), world.an_officer()
    with pytest.raises(AlreadyHandled):
        journey.establish(demande, officer=officer, now=now())


def test_an_officers_reason_is_one_of_the_list(world: World) -> None:
    demande = world.submitted()
    with pytest.raises(RuleBroken):
        journey.refuse(demande, officer=world.an_officer(), reason=Reason.PLAFOND, now=now())
