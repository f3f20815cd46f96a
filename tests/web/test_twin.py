"""The sheet of a demande: its own data, its reference and its code, for its elector alone, while it waits (E20)."""

import pytest
from flask.testing import FlaskClient

from app import qr
from models.base import db
from models.perimeter import Elector
from models.procuration import Procuration
from tests.builders import World
from tests.page import read
from tests.web.journeys import MINE


def sheet(demande: Procuration, size: str = "") -> str:
    return f"/demande/{demande.reference}/feuille" + (f"?size={size}" if size else "")


def test_it_prints_what_was_filed_with_the_reference_and_its_code(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    demande = world.submitted(person, mandant_nne="12345678")
    assert read(elector.get(f"/demande/{demande.reference}")).links[
        "la même demande sur une feuille à imprimer"
    ] == sheet(demande)
    assert read(elector.get(MINE)).links[f"Feuille à imprimer ({demande.reference})"] == sheet(demande)
    page = read(elector.get(sheet(demande)))
    assert (page.status, page.h1, page.data_reference) == (200, "Vote par procuration", demande.reference)
    for printed in (demande.mandant.birth_name, "Gwenaëlle Rosalie", "12345678", "Laon (02, Aisne)", "1er tour"):
        assert printed in page.text
    assert [e.get("src") for e in page.all("img")] == [qr.picture(str(demande.reference))]
    assert "une seule procuration en sortira" in page.text
    assert str(demande.email) not in page.text


def test_it_comes_in_large_print_too(world: World, person: Elector, elector: FlaskClient) -> None:
    demande = world.submitted(person)
    large = read(elector.get(read(elector.get(sheet(demande))).links["En grands caractères"]))
    assert "large-print" in " ".join(e.get("class", "") for e in large.all("div"))


def test_names_that_the_roll_gave_are_left_to_the_pen(world: World, person: Elector, elector: FlaskClient) -> None:
    demande = world.submitted(person, mandataire_nne="87654321")
    demande.mandataire_masked = True
    db.session.commit()
    page = read(elector.get(sheet(demande)))
    assert "87654321" in page.text
    assert "Gwenaëlle" not in page.text
    assert "Écrivez à la main le nom, les prénoms et le sexe" in page.text


def test_to_anybody_else_it_does_not_exist(world: World, person: Elector) -> None:
    demande = world.submitted(person)
    assert world.as_elector().get(sheet(demande)).status_code == 404
    assert world.app.test_client().get(sheet(demande)).status_code == 302


@pytest.mark.parametrize("state", ["established", "expired"])
def test_there_is_none_once_it_waits_no_more(world: World, person: Elector, elector: FlaskClient, state: str) -> None:
    demande = world.established(elector=person) if state == "established" else world.submitted(person)
    if state == "expired":
        demande.expires_on = demande.submitted_at.date().replace(year=2020)
        db.session.commit()
    answer = elector.get(sheet(demande))
    assert (answer.status_code, answer.location) == (303, MINE)
    assert "Feuille à imprimer" not in read(elector.get(MINE)).text
