"""« Sera-t-elle prête à temps ? »: before filing, on the receipt, after the visit; an opinion, never a block (E18)."""

from datetime import time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.dates import eve_or_hour, in_days, long_day, now
from models import desk_settings, journey
from models.base import db
from models.delays import DelayFigure, Level, Step
from models.desk_settings import Wanted
from models.law import ControlRegime
from models.perimeter import Elector
from models.procuration import Procuration
from tests.builders import LAON, World
from tests.page import Page, read
from tests.web.journeys import MINE, RECAP, answers, file_a_demande, fill

HOW = "Comment est-ce calculé ?"


def said(page: Page) -> list[str | None]:
    return [line.get("data-in-time") for line in page.all("p") if line.get("data-in-time")]


def closing(world: World, **changes: object) -> None:
    values = {"office_hours": None, "telephone": None, "closing_days": 2, "closing_time": time(), "seen_within": 30}
    wanted = Wanted(**(values | {"duty": ()} | changes))
    desk_settings.save(world.commune(), wanted, clerk=world.a_clerk(), now=now())
    db.session.commit()


@pytest.mark.parametrize(
    ("days", "chance", "words"),
    [(40, "in_time", "Dans les temps"), (5, "tight", "C'est juste"), (0, "too_late", "Risque d'arriver trop tard")],
)
def test_it_is_told_before_filing_and_files_whatever_it_says(
    world: World, elector: FlaskClient, days: int, chance: str, words: str
) -> None:
    day = world.today + timedelta(days=days)
    world.an_election((day,))
    typed = answers(world, scrutins=[day.isoformat()])
    fill(elector, typed)
    page = read(elector.get(RECAP))
    assert said(page) == [chance]
    assert words in page.text
    assert long_day(day) in page.text
    assert HOW in page.text
    reference = file_a_demande(elector, typed)
    assert said(read(elector.get(f"/demande/{reference}"))) == [chance]
    assert said(read(elector.get(MINE))) == [chance]


def test_who_is_in_time_reads_until_which_day_to_come(world: World, elector: FlaskClient) -> None:
    """A week for an answer that nobody measured, before the lists are prepared on Thursday at midnight."""
    day = world.a_sunday(8)
    world.an_election((day,))
    fill(elector, answers(world, scrutins=[day.isoformat()]))
    page = read(elector.get(RECAP))
    assert f"d'ici au {long_day(day - timedelta(days=10))}" in page.text
    assert "n'est pas encore mesuré : nous comptons 7 jours" in page.text
    assert f"à partir du {long_day(day - timedelta(days=3))} à minuit" in page.text


def test_nobody_is_told_that_a_late_one_is_refused(world: World, elector: FlaskClient) -> None:
    world.an_election((world.today,))
    fill(elector, answers(world, scrutins=[world.today.isoformat()]))
    assert "Personne ne peut refuser votre procuration" in read(elector.get(RECAP)).text


def test_the_hours_of_the_town_hall_and_what_was_measured_are_told(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    closing(world, office_hours="du lundi au vendredi, 9 h à 17 h", closing_days=1, closing_time=time(18, 30))
    hours = {"count": 31, "usual_hours": 20, "slow_hours": 70, "measured_at": now()}
    db.session.add(DelayFigure(step=Step.ANSWER, level=Level.OWN, code=LAON, **hours))
    db.session.commit()
    held = world.established(elector=person)
    page = read(elector.get(MINE))
    assert said(page) == ["in_time"]
    assert "ouverte : du lundi au vendredi, 9 h à 17 h" in page.text
    assert (
        "moins d'un jour pour la moitié des procurations, 3 jours pour neuf sur dix (mesuré sur 31, ici)" in page.text
    )
    assert "à 18 h 30" in page.text
    assert said(read(elector.get(f"/demande/{held.reference}"))) == ["in_time"]
    _wait(held, days=10)
    page = read(elector.get(MINE))
    assert said(page) == ["tight"]
    assert "La vôtre attend depuis plus longtemps" in page.text


def _wait(held: Procuration, *, days: int) -> None:
    at = now() - timedelta(days=days)
    db.session.execute(update(Procuration).where(Procuration.id == held.id).values(established_at=at))
    db.session.commit()


def test_an_answer_ends_it(world: World, person: Elector, elector: FlaskClient) -> None:
    held = world.established(elector=person)
    journey.validate(held, clerk=world.a_clerk(), note="vu", now=now())
    db.session.commit()
    page = read(elector.get(MINE))
    assert said(page) == []
    assert HOW not in page.text


def test_the_register_takes_no_time_and_a_period_without_a_vote_no_opinion(world: World, elector: FlaskClient) -> None:
    fill(elector, answers(world, validity="period", scrutins=[], valid_until=str(world.today + timedelta(days=9))))
    assert said(read(elector.get(RECAP))) == []
    world.an_election((world.today + timedelta(days=3),), control_regime=ControlRegime.REGISTER)
    fill(elector, answers(world, validity="period", scrutins=[], valid_until=str(world.today + timedelta(days=9))))
    page = read(elector.get(RECAP))
    assert said(page) == ["in_time"]
    assert "il ne prend pas de temps" in page.text


def test_a_place_far_away_reads_its_own_hour(world: World) -> None:
    place = world.commune("98735")
    saturday = world.a_sunday(8) - timedelta(days=1)
    closes = desk_settings.settings_of([place])[place.code].closes_at(saturday, place)
    assert eve_or_hour(closes, place) == f"{long_day(saturday - timedelta(days=3))} à minuit"
    assert eve_or_hour(closes + timedelta(hours=8, minutes=5), place).endswith(
        "à 8\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}05"
    )


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "moins d'un jour"), (23, "moins d'un jour"), (24, "1 jour"), (25, "2 jours")]
)
def test_a_length_is_told_in_whole_days(hours: int, words: str) -> None:
    assert in_days(timedelta(hours=hours)).replace("\N{NO-BREAK SPACE}", " ") == words
