"""The card of a validated procuration: for whom, when, where, with what; and that it proves nothing (E17)."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.dates import long_day, now
from models.base import db
from models.perimeter import Elector
from models.procuration import Procuration
from models.register import RollElector
from tests.builders import World, a_mandataire, an_identity
from tests.law.people import a_roll
from tests.page import read
from tests.web.journeys import MINE, lose, validated


def card(procuration: Procuration) -> str:
    return f"{MINE}/{procuration.reference}/carte"


def test_it_says_all_that_the_mandataire_needs(world: World, person: Elector, elector: FlaskClient) -> None:
    a_roll(an_identity(), a_mandataire())
    db.session.execute(update(RollElector).values(bureau_code="0001", bureau_name="Hôtel de ville"))
    procuration = validated(world, person)
    assert read(elector.get(MINE)).links[f"Carte à donner à la personne qui vote pour vous ({procuration.reference})"]
    page = read(elector.get(card(procuration)))
    assert "Vous votez pour Éloïse D'HAUTPOUL DE LA TOUR" in page.text
    assert "Gwenaëlle Rosalie D'Aubigné-Le Brethon" in page.text
    assert long_day(procuration.days[0]) in page.text
    assert "bureau de vote 0001 (Hôtel de ville)" in page.text
    assert "votre propre pièce d'identité" in page.text
    assert "ne prouve rien et ne suffit pas pour voter" in page.text


def test_it_tells_nothing_of_the_mandant_that_a_card_lost_in_the_street_should_not(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    """Neither birth date, nor second first name, nor number, nor address, nor the reference that opens the file."""
    procuration = validated(world, person)
    procuration.mandant_nne = "12345678"
    db.session.commit()
    page = read(elector.get(card(procuration)))
    for secret in ("1951", "Marie-Ange", "12345678", str(procuration.email), procuration.reference):
        assert secret not in page.text


def test_without_a_roll_the_bureau_is_to_be_asked(world: World, person: Elector, elector: FlaskClient) -> None:
    assert "demandez-lui lequel" in read(elector.get(card(validated(world, person)))).text


def test_names_that_the_roll_gave_stay_initials(world: World, person: Elector, elector: FlaskClient) -> None:
    procuration = validated(world, person)
    procuration.mandataire_masked = True
    db.session.commit()
    page = read(elector.get(card(procuration)))
    assert "G. D. (initiales)" in page.text
    assert "Gwenaëlle" not in page.text


@pytest.mark.parametrize("state", ["established", "revocation asked", "in doubt", "over", "without vote"])
def test_there_is_none_for_what_may_not_serve(world: World, person: Elector, elector: FlaskClient, state: str) -> None:
    procuration = world.established(elector=person) if state == "established" else validated(world, person)
    match state:
        case "revocation asked":
            procuration.revocation_requested_at = now()
        case "in doubt":
            procuration.doubted_at = now()
        case "over":
            procuration.last_day = world.today - timedelta(days=1)
        case "without vote":
            lose(procuration)
    db.session.commit()
    answer = elector.get(card(procuration))
    assert (answer.status_code, answer.location) == (303, MINE)
    page = read(elector.get(MINE))
    why = "avec sa seule pièce d'identité" if state == "revocation asked" else "que pour une procuration validée"
    assert why in page.text
    assert "Carte à donner" not in page.text


def test_the_card_of_another_does_not_exist(world: World, elector: FlaskClient) -> None:
    assert elector.get(card(validated(world, world.an_elector()))).status_code == 404
