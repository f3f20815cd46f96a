"""A certified identity in place of the visit, and a period that an election reaches: rows of 2025 and of R74."""

from datetime import timedelta

import pytest

from app.dates import now
from models import journey, settlement
from models.account import Capacity
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, Reason, RuleBroken
from models.law import ControlRegime, ListType
from models.procuration import Procuration, Status
from models.rules import years_after
from models.territory import StationKind
from tests.back_office.desks import journaled, mails_of, status_of
from tests.builders import SOISSONS, World
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another, established

BRUSSELS = "C0009"


def certified(world: World, place: str = SOISSONS, **changes: object) -> Procuration:
    """Éloïse's demande, established at once from where she swears to be."""
    demande = world.submitted(**({"mandant": ELOISE, "mandataire": GWENAELLE} | changes))
    journey.establish_certified(demande, place=world.commune(place), now=now())
    db.session.commit()
    return demande


def test_with_a_certified_identity_the_minister_establishes_r72_r75_ii(world: World) -> None:
    an_election(world, certified_identity=True)
    procuration = certified(world)
    assert status_of(procuration) is Status.ESTABLISHED
    assert (procuration.officer_name, procuration.authority_capacity) == (journey.MINISTER, journey.MINISTER)
    assert (procuration.officer_id, procuration.officer_capacity) == (None, None)
    assert (procuration.established_commune_code, procuration.established_in_france) == (SOISSONS, True)
    assert mails_of(procuration) == journaled(procuration) == ["submitted", "established"]


def test_sworn_from_abroad_it_is_not_established_in_france_l73_r75_ii(world: World) -> None:
    an_election(world, certified_identity=True)
    here, abroad = established(world, mandant=another(0)), certified(world, BRUSSELS)
    assert not abroad.established_in_france
    assert (status_of(here), status_of(abroad)) == (Status.ESTABLISHED, Status.ESTABLISHED)


def test_the_same_control_follows_r72(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    an_election(world, ControlRegime.REGISTER, certified_identity=True)
    assert status_of(certified(world)) is Status.VALIDATED
    later = certified(world, mandant=another(0))
    assert (status_of(later), later.reason) == (Status.VOID, Reason.PLAFOND)


def test_where_the_law_of_a_day_does_not_let_it_the_visit_remains_r72(world: World) -> None:
    an_election(world)
    demande = world.submitted()
    with pytest.raises(NotAllowed):
        journey.establish_certified(demande, place=world.commune(), now=now())
    db.session.rollback()
    journey.establish(demande, officer=world.an_officer(), now=now())
    assert demande.status is Status.ESTABLISHED


def test_nor_for_a_period_that_such_a_day_falls_in_r72(world: World) -> None:
    an_election(world)
    demande = world.submitted(valid_until=world.a_sunday(20))
    with pytest.raises(NotAllowed):
        journey.establish_certified(demande, place=world.commune(), now=now())


def test_the_minister_is_no_consular_authority_r74(world: World) -> None:
    demande = world.submitted(commune_code=BRUSSELS, valid_until=years_after(world.today, 2))
    with pytest.raises(RuleBroken) as broken:
        journey.establish_certified(demande, place=world.commune(BRUSSELS), now=now())
    assert broken.value.reasons == (Reason.VALIDITE_TROP_LONGUE,)


def test_an_expired_reference_is_not_certified_r72_1_ii(world: World) -> None:
    demande = world.submitted(valid_until=years_after(world.today, 1))
    after = now() + timedelta(days=70)
    with pytest.raises(AlreadyHandled):
        journey.establish_certified(demande, place=world.commune(), now=after)


def a_period(world: World, **changes: object) -> Procuration:
    return established(world, valid_until=world.a_sunday(20), **changes)


def test_a_period_that_an_election_reaches_is_controlled_again_r74(world: World) -> None:
    a_roll(ELOISE, (GWENAELLE, ListType.LCE))
    period = a_period(world)
    assert status_of(period) is Status.VALIDATED
    an_election(world)
    settlement.recontrol(period, now=now())
    db.session.commit()
    assert (status_of(period), mails_of(period)[-1]) == (Status.VALIDATED, "recontrolled")
    assert journaled(period)[-1] == "recontrolled"
    settlement.recontrol(period, now=now())
    db.session.commit()
    assert mails_of(period).count("recontrolled") == 1, "told once of the same findings"


def test_a_period_that_a_ceiling_reaches_is_void_l73_r74(world: World) -> None:
    """One abroad and one in France, valid both; then an election that lets a mandataire hold one only."""
    consul = world.an_officer(Capacity.CONSUL, world.a_station(BRUSSELS, StationKind.CONSULATE))
    first, later = a_period(world, officer=consul, mandant=another(0)), a_period(world)
    assert (status_of(first), status_of(later)) == (Status.ESTABLISHED, Status.ESTABLISHED)
    an_election(world, max_total=1, max_total_if_consular=None)
    settlement.recontrol(first, now=now())
    db.session.commit()
    assert (status_of(first), status_of(later), later.reason) == (Status.ESTABLISHED, Status.VOID, Reason.PLAFOND)
    assert mails_of(later) == ["submitted", "established", "void"]
    settlement.recontrol(later, now=now())
    assert journaled(later)[-1] == "voided", "what has ended is not controlled again"


def test_what_has_passed_again_is_not_told_again_r74(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    period = a_period(world)
    an_election(world)
    settlement.recontrol(period, now=now())
    db.session.commit()
    assert mails_of(period) == ["submitted", "validated"]
