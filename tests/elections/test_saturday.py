"""Cayenne votes on Saturday: from what the ministry types to the last hour of a demande, on Cayenne's own clock."""

from datetime import date, datetime, time, timedelta

import pytest

from app.dates import now
from models import journey, lifetime
from models.base import db
from models.errors import AlreadyHandled
from models.procuration import Procuration, Status
from models.scrutin import upcoming_in
from tests.back_office.desks import status_of
from tests.builders import World, a_mandataire
from tests.elections.desk import NEW, answers, ministry
from tests.elections.ministry import OVERSEAS
from tests.web import journeys

CAYENNE, MINUTE = "97302", timedelta(minutes=1)


@pytest.fixture
def sunday(world: World) -> date:
    """The Sunday of an election that the ministry has announced, whose day is Saturday overseas."""
    day = world.a_sunday(4)
    local = f"{' '.join(OVERSEAS)} {day - timedelta(days=1):%d/%m/%Y}"
    done = ministry(world).act(
        NEW, **answers(world, day_1=f"{day:%d/%m/%Y}", local_days_1=local, day_2="", local_days_2="")
    )
    assert done.status_code == 303
    return day


def file_in_cayenne(world: World, day: date) -> Procuration:
    """An elector of Cayenne files for that day through the form."""
    fields = journeys.answers(world, commune=CAYENNE, mandataire_commune=CAYENNE, scrutins=[day.isoformat()])
    reference = journeys.file_a_demande(world.as_elector(), fields)
    return db.session.query(Procuration).filter_by(reference=reference).one()


def test_the_form_offers_saturday_there_and_sunday_here(world: World, sunday: date) -> None:
    saturday = sunday - timedelta(days=1)
    for commune, day, other in ((CAYENNE, saturday, sunday), ("02408", sunday, saturday)):
        filled = journeys.answers(world, commune=commune, mandataire_commune=commune, scrutins=[other.isoformat()])
        page = journeys.wrong(world.as_elector(), filled)
        offered = [e.get("value") for e in page.all("input") if e.get("name") == "scrutins"]
        assert offered == [day.isoformat()]


def test_the_demande_lives_until_midnight_of_saturday_in_cayenne(world: World, sunday: date) -> None:
    saturday = sunday - timedelta(days=1)
    demande = file_in_cayenne(world, saturday)
    assert (demande.days, demande.last_day, demande.expires_on) == ([saturday], saturday, saturday)
    midnight = datetime.combine(sunday, time(), demande.commune.zone)
    assert midnight.utcoffset() == timedelta(hours=-3)
    due = [[p.id for batch in lifetime.to_expire(midnight + late) for p in batch] for late in (-MINUTE, MINUTE)]
    assert due == [[], [demande.id]]


def test_in_its_last_hour_it_is_still_established_and_a_minute_later_not(world: World, sunday: date) -> None:
    saturday = sunday - timedelta(days=1)
    in_time, too_late = file_in_cayenne(world, saturday), file_in_cayenne(world, saturday)
    officer = world.an_officer(station=world.a_station(CAYENNE))
    midnight = datetime.combine(sunday, time(), world.commune(CAYENNE).zone)
    journey.establish(in_time, officer=officer, now=midnight - MINUTE)
    db.session.commit()
    assert status_of(in_time) is Status.ESTABLISHED
    with pytest.raises(AlreadyHandled):
        journey.establish(too_late, officer=officer, now=midnight + MINUTE)
    db.session.rollback()
    ended = [p.id for batch in lifetime.to_end(midnight + MINUTE) for p in batch]
    assert ended == [in_time.id]


def test_every_territory_named_votes_on_saturday_and_the_others_on_sunday(world: World, sunday: date) -> None:
    communes = ("97105", "97209", CAYENNE, "97502", "97701", "97801", "98735")
    for code in (*communes, "97411", "97611", "98818", "C0010"):
        days = [vote.polling_day for vote in upcoming_in(world.commune(code), now().date())]
        assert days == [sunday - timedelta(days=1) if code in communes else sunday], code


def test_one_tour_is_one_scrutin_on_whichever_day_each_place_votes_l73(world: World, sunday: date) -> None:
    """A mandataire who votes for somebody on Saturday in Cayenne cannot hold a second one for Sunday in Laon."""
    there = world.established(commune_code=CAYENNE, mandataire=a_mandataire(), days=(sunday - timedelta(days=1),))
    here = world.established(mandataire=a_mandataire(), days=(sunday,))
    assert (status_of(there), status_of(here)) == (Status.ESTABLISHED, Status.VOID)
