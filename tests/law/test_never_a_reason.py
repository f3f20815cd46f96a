"""What is never a reason to refuse (domain 6.1), shown where somebody might have made it one."""

from datetime import timedelta

import pytest

from app.dates import now
from models import journey
from models.base import Base
from models.errors import OFFICER_REFUSALS, TOWN_HALL_REFUSALS, Reason
from models.procuration import Status
from models.territory import StationKind
from tests.builders import World, a_mandataire
from tests.page import read

REFUSALS = {*OFFICER_REFUSALS, *TOWN_HALL_REFUSALS}


def test_lateness_is_never_a_reason(world: World) -> None:
    """AN 11014, circular of 24 May 2022: filed, established and validated on the very day of the vote."""
    today = world.commune().local_day(now())
    world.an_election(days=(today,))
    procuration = world.established(days=(today,))
    journey.validate(procuration, clerk=world.a_clerk(), now=now())
    assert procuration.status is Status.VALIDATED


def test_no_reason_for_absence_is_asked_l71(world: World) -> None:
    form = read(world.as_elector().get("/demande")).form("/demande")
    assert not {name for name in form if "motif" in name or "reason" in name}
    columns = {column.name for column in Base.metadata.tables["procuration"].columns}
    assert not {name for name in columns if "absence" in name or "document" in name}


def test_no_supporting_document_is_asked_r73(world: World) -> None:
    assert 'type="file"' not in world.as_elector().get("/demande").text


def test_the_mandataire_need_not_be_there_r73(world: World) -> None:
    """Nothing of the mandataire is needed but what the mandant knows: no session, no signature, no address."""
    procuration = world.established(mandataire=a_mandataire())
    assert procuration.status is Status.ESTABLISHED


@pytest.mark.parametrize("commune", ["98735", "97411", "67482", "C0009"])
def test_a_mandant_of_anywhere_is_established_anywhere_r72_1(world: World, commune: str) -> None:
    officer = world.an_officer(station=world.a_station("02408", kind=StationKind.POLICE))
    assert world.established(
        officer=officer, commune_code=commune, valid_until=world.today + timedelta(days=90)
    ).is_in_force


def test_an_officer_has_no_opinion_on_the_mandataire(world: World) -> None:
    """IDC80735: the mandataire's conditions are not verified by the authority that establishes."""
    assert set(OFFICER_REFUSALS) == {Reason.IDENTITE_DISCORDANTE, Reason.CONTRAINTE}
    unregistered = world.established()
    assert unregistered.status is Status.ESTABLISHED


def test_no_code_says_late_absent_or_far() -> None:
    assert not {code for code in REFUSALS if any(word in code for word in ("RETARD", "TARDIV", "JUSTIF", "DISTANCE"))}
