"""A visited person who has no FranceConnect: the form on paper is filled there, and says so (R73; E8, E22)."""

from datetime import timedelta

import pytest

from app.dates import now, short_day
from models import rounds
from models.base import db
from models.errors import NotAllowed, RuleBroken
from models.visit import Round, RoundKind, Visit
from tests.back_office.desks import Desk, journaled
from tests.back_office.test_counter_form import FORM, SAID, button
from tests.back_office.test_paper import count, the_one
from tests.builders import World
from tests.journey.test_rounds import VORGES, planned
from tests.law.people import an_election
from tests.page import Page, read


def fill(at: Desk, world: World, **changes: str) -> Page:
    said = SAID | {"day_1": short_day(world.first_day())}
    return read(at.client.post(FORM, data=at.read(f"?round={changes.pop('round')}").form(FORM) | said | changes))


def visited(world: World, kind: RoundKind = RoundKind.VISIT) -> tuple[Desk, Round]:
    an_election(world)
    officer = world.an_officer()
    one = planned(world, officer, kind=kind)
    return Desk(world.as_agent(officer), FORM), one


def test_the_place_is_the_rounds_and_the_dates_of_two_papers_are_noted_r73(world: World) -> None:
    at, one = visited(world)
    links = read(at.client.get(f"/admin/rounds/one/?id={one.id}")).links
    address = f"{FORM}?round={one.id}"
    assert links["Remplir le formulaire papier avec une personne sans FranceConnect"] == address
    today = one.commune.local_day(now())
    days = {"requested_on": short_day(today - timedelta(days=3)), "sworn_on": short_day(today - timedelta(days=2))}
    back = fill(at, world, round=str(one.id), **days)
    assert (back.h1, one.commune.label in back.text) == ("Relisez avec la personne", True)
    printed = at.client.post(FORM, data=button(back, "identité conforme"), follow_redirects=True)
    form_to_sign = read(printed)
    assert f", à {one.commune.name}, par" in form_to_sign.text
    the_round = f"/admin/rounds/one/?id={one.id}"
    assert (back.links["Abandonner"], the_round in form_to_sign.links.values()) == (the_round, True)
    form, visit = the_one(), db.session.query(Visit).one()
    assert (form.established_commune_code, visit.procuration_id) == (VORGES, form.id)
    assert (visit.round_id, visit.sworn_on, visit.is_received) == (one.id, today - timedelta(days=2), True)
    assert rounds.kept_until(visit) > form.last_day
    assert journaled(form)[:2] == ["papers_recorded", "established"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, "Demande écrite, datée du : "),
        ({"requested_on": "tomorrow", "sworn_on": "today"}, "ces papiers ne peuvent pas être datés d'un jour à venir"),
    ],
)
def test_without_its_papers_or_with_papers_of_tomorrow_nothing_is_established(
    world: World, changes: dict[str, str], error: str
) -> None:
    at, one = visited(world)
    today = one.commune.local_day(now())
    days = {"today": short_day(today), "tomorrow": short_day(today + timedelta(days=1))}
    page = fill(at, world, round=str(one.id), **{name: days[day] for name, day in changes.items()})
    assert (page.status, count()) == (422, 0)
    assert any(error in said for said in page.errors)
    assert page.form(FORM)["round"] == str(one.id)


def test_where_everybody_may_come_no_paper_is_asked(world: World) -> None:
    at, one = visited(world, RoundKind.SESSION)
    back = fill(at, world, round=str(one.id))
    assert at.client.post(FORM, data=button(back, "identité conforme")).status_code == 303
    assert the_one().established_commune_code == VORGES
    assert db.session.query(Visit).one().requested_on is None


def test_on_another_day_the_form_leads_back_to_the_round(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one = planned(world, officer, day=world.today + timedelta(days=2))
    at = Desk(world.as_agent(officer), FORM)
    answer = at.get(f"?round={one.id}")
    assert (answer.status_code, answer.location) == (303, f"/admin/rounds/one/?id={one.id}")
    procuration = world.submitted()
    with pytest.raises(NotAllowed):
        rounds.receive_on_form(one, procuration, None, officer=officer, now=now())
    ahead = rounds.Papers(world.today, world.today + timedelta(days=9))
    with pytest.raises(RuleBroken):
        rounds.receive_on_form(one, procuration, ahead, officer=officer, now=now())


def test_the_round_of_another_station_does_not_exist(world: World) -> None:
    at, _ = visited(world)
    other = planned(world, world.an_officer())
    assert at.get(f"?round={other.id}").status_code == 404
