"""The receipt: the reference is the page, its elector's alone; nothing personal travels outside the session."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.dates import now
from app.message import words
from models import lifetime
from models.base import db
from models.outbox import OutboxMail
from models.procuration import Procuration
from models.reference import spell
from models.rules import years_after
from tests.builders import World
from tests.page import read
from tests.web.journeys import FORM, MINE, RECAP, answers, confirm, file_a_demande, fill, period

BRUSSELS = "C0009"


@pytest.fixture
def elector(world: World) -> FlaskClient:
    return world.as_elector()


def test_the_reference_is_shown_spelt_aloud_with_the_step_that_is_left(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    page = read(elector.get(f"/demande/{reference}"))
    assert page.h1 == "Votre demande est enregistrée. Il reste une étape."
    assert (page.data_reference, page.data_status) == (reference, "submitted")
    assert spell(reference) in page.text
    assert "commissariat, gendarmerie ou consulat" in page.text
    assert "eloise@electeurs.test" in page.text
    assert page.links["Trouver un lieu près de chez vous"] == "/ou-aller"


@pytest.mark.parametrize("years", [1, 2])
def test_who_asks_for_more_than_a_year_is_sent_to_a_consulate_alone(
    world: World, elector: FlaskClient, years: int
) -> None:
    """R74: three years before a consular authority; police, gendarmerie and the minister establish one at most."""
    last_day, only = years_after(world.today, years) - timedelta(days=1), "seulement dans un consulat"
    fill(elector, period(world, last_day, commune=BRUSSELS))
    recap = read(elector.get(RECAP)).text
    receipt = confirm(elector).location
    demande = db.session.query(Procuration).one()
    lifetime.remind(demande, now=now())
    db.session.commit()
    mails = [words(mail.kind, mail.facts or {})[1] for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]
    told = [
        " ".join(text.split())
        for text in (recap, elector_reads(elector, receipt), elector_reads(elector, MINE), *mails)
    ]
    assert [only in text.lower() for text in told] == [years > 1] * 5
    assert ["plus d'un an" in text for text in told] == [years > 1] * 5
    assert [bool(re.search("(un|n'importe quel) commissariat, (une )?gendarmerie", text)) for text in told[1:]] == [
        years == 1
    ] * 4
    assert ("dans le consulat de votre choix" in told[3]) is (years > 1)


def test_a_consular_elector_reads_of_a_consulate_and_of_its_clock(world: World, elector: FlaskClient) -> None:
    fill(elector, period(world, years_after(world.today, 1), commune=BRUSSELS))
    assert "heure de Bruxelles." in read(elector.get(RECAP)).text
    receipt = read(elector.get(confirm(elector).location)).text
    assert "arriver trop tard à votre consulat" in receipt
    assert "votre mairie" not in receipt


def elector_reads(elector: FlaskClient, address: str) -> str:
    return read(elector.get(address)).text


def test_a_receipt_is_its_electors_alone(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    assert world.as_elector().get(f"/demande/{reference}").status_code == 404
    assert world.app.test_client().get(f"/demande/{reference}").status_code == 302
    assert world.as_agent(world.an_officer()).get(f"/demande/{reference}").status_code == 302


@pytest.mark.parametrize(
    "address", ["ABC234", "abc", "0O1I0O", "%00", "%F0%9F%98%80", "ABC234'--", "A" * 2_000, "%ED%A0%80"]
)
def test_a_reference_that_is_not_ones_own_does_not_exist(elector: FlaskClient, address: str) -> None:
    assert elector.get(f"/demande/{address}").status_code == 404


def test_a_reference_is_read_in_any_case_with_spaces_and_dashes(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    assert elector.get(f"/demande/{reference.lower()[:3]}-{reference[3:]}").status_code == 200


def test_the_receipt_of_a_demande_not_presented_in_time_says_so(world: World) -> None:
    person = world.an_elector()
    world.an_election()
    procuration = world.submitted(person, at=now() - timedelta(days=70))
    for address in (f"/demande/{procuration.reference}", MINE):
        page = read(world.as_elector(person).get(address))
        assert "était à présenter au plus tard le" in page.text
        assert "Il reste une étape" not in page.text
        assert "expirée" in page.text


def test_an_established_procuration_says_by_whom_and_that_the_town_hall_will_answer(world: World) -> None:
    person = world.an_elector()
    procuration = world.established(elector=person)
    page = read(world.as_elector(person).get(f"/demande/{procuration.reference}"))
    assert (page.h1, page.data_status) == ("Votre procuration", "established")
    assert "Martin PETIT, officier de police judiciaire, à Laon" in page.text


def test_over_https_the_form_is_accepted_without_the_referrer_that_we_forbid(
    world: World, elector: FlaskClient
) -> None:
    address = "https://localhost"
    page = read(elector.get(FORM, base_url=address))
    answer = elector.post(FORM, base_url=address, data=page.form(FORM) | answers(world))
    assert answer.status_code == 303


def test_nothing_personal_is_in_an_address_or_a_cookie_but_the_session(world: World, elector: FlaskClient) -> None:
    fill_answer = fill(elector, answers(world))
    confirm_answer = confirm(elector)
    for answer in (fill_answer, confirm_answer, elector.get(confirm_answer.location)):
        for header in ("Location", "Link", "Refresh"):
            assert "eloise" not in answer.headers.get(header, "").lower()
        assert [c.partition("=")[0] for c in answer.headers.getlist("Set-Cookie")] in ([], ["elector"])
        assert "?" not in answer.headers.get("Location", "")
        assert answer.headers["Cache-Control"] == "no-store"
