"""The end of the session is said before it comes, and put off by who asks; nothing is lost (WCAG 2.2.1, RGAA 13.1)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.dates import clock_time, now
from models.base import db
from models.draft import LIFETIME, Draft
from models.procuration import Procuration
from tests.builders import World
from tests.page import read
from tests.web.journeys import FORM, RECAP, answers, fill, how_many, post

EXTEND = {"then": "extend"}


@pytest.fixture
def elector(world: World) -> FlaskClient:
    return world.as_elector()


def near_its_end(client: FlaskClient) -> None:
    """Session and draft have a minute left."""
    with client.session_transaction() as session:
        session["until"] = (now() + timedelta(minutes=1)).timestamp()
    db.session.execute(update(Draft).values(expires_at=now() + timedelta(minutes=1)))
    db.session.commit()


def half_an_hour_hence(zone: str) -> set[str]:
    """As a page writes it; the minute may turn meanwhile."""
    return {clock_time(now() + LIFETIME + timedelta(minutes=late), ZoneInfo(zone)) for late in (-1, 0)}


def spaced(times: set[str]) -> list[str]:
    return [time.replace("\u00a0", " ") for time in times]


def test_the_form_says_until_when_and_where_that_clock_is(elector: FlaskClient) -> None:
    text = read(elector.get(FORM)).text
    assert any(
        f"Vous avez jusqu'à {time}, heure de Paris." in text for time in spaced(half_an_hour_hence("Europe/Paris"))
    )


def test_where_one_votes_overseas_the_clock_is_theirs(world: World, elector: FlaskClient) -> None:
    noumea = "98818"
    fill(elector, {**answers(world, commune=noumea), **EXTEND})
    text = read(elector.get(FORM)).text
    assert any(f"jusqu'à {time}, heure de Nouméa" in text for time in spaced(half_an_hour_hence("Pacific/Noumea")))


def test_half_a_form_is_kept_unchecked_and_half_an_hour_is_added(elector: FlaskClient) -> None:
    typed = {"mandataire_birth_name": "D'Aubigné", "mandataire_birth_date": "28 aout", "email": "pas encore"}
    fill(elector, typed | EXTEND)
    near_its_end(elector)
    answer = fill(elector, typed | EXTEND)
    assert (answer.status_code, answer.location) == (303, FORM)
    page = read(elector.get(FORM))
    assert page.errors == []
    assert "Vos réponses sont gardées" in page.text
    assert {name: page.form(FORM)[name] for name in typed} == typed
    assert db.session.scalars(select(Draft.expires_at)).one() > now() + timedelta(minutes=29)
    with elector.session_transaction() as session:
        assert session["until"] > (now() + timedelta(minutes=29)).timestamp()


def test_who_asks_for_time_too_late_signs_in_and_finds_it_all(world: World) -> None:
    elector = world.an_elector()
    client = world.as_elector(elector)
    sent = read(client.get(FORM)).form(FORM) | answers(world) | EXTEND
    client.delete_cookie("elector")
    answer = client.post(FORM, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.location == "/connexion"
    assert read(world.as_elector(elector).get(FORM)).form(FORM)["email"] == "eloise@electeurs.test"


def test_the_recap_is_put_off_with_what_was_ticked_and_files_nothing(world: World, elector: FlaskClient) -> None:
    fill(elector, answers(world))
    token = read(elector.get(RECAP)).form(RECAP)["draft"]
    near_its_end(elector)
    answer = post(elector, RECAP, RECAP, sworn="y", **EXTEND)
    assert answer.status_code == 200
    page = read(answer)
    assert (page.form(RECAP)["sworn"], page.form(RECAP)["draft"]) == ("y", token)
    assert page.errors == []
    assert any(f"avant {time}, heure de Laon" in page.text for time in spaced(half_an_hour_hence("Europe/Paris")))
    assert how_many(Procuration) == 0


def test_enter_still_sends_the_demande(elector: FlaskClient, world: World) -> None:
    """The first button of a form is the one that Enter presses."""
    fill(elector, answers(world))
    for address, first in ((FORM, "Relire ma demande"), (RECAP, "Confirmer ma demande")):
        form = next(f for f in read(elector.get(address)).all("form") if f.get("action") == address)
        assert next(form.iter("button")).text == first
