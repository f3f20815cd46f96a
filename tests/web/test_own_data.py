"""/mes-procurations/donnees: everything held about one elector, in words and as JSON, with the day it goes."""

import json
from datetime import timedelta

from flask import get_template_attribute
from flask.testing import FlaskClient

from app.dates import now
from models import draft, entry_check, journey, lifetime, own_data
from models.base import db
from models.entry_check import Way
from models.errors import Reason
from models.perimeter import Elector
from models.procuration import Procuration
from tests.builders import LAON, World
from tests.database import queries
from tests.page import read
from tests.web.journeys import MINE, validated

PAGE, FILE = f"{MINE}/donnees", f"{MINE}/donnees.json"


def test_the_file_and_the_page_say_what_is_held(world: World, person: Elector, elector: FlaskClient) -> None:
    procuration = validated(world, person)
    held = json.loads(elector.get(FILE).text)
    (one,) = held["procurations"]
    assert held["session"]["birth_date"] == "1951-02-28"
    assert one["reference"] == procuration.reference
    assert one["mandant"]["birth_name"] == procuration.mandant.birth_name
    assert one["mandataire"]["birth_name"] == procuration.mandataire.birth_name
    assert one["erased_on"] == lifetime.purge_day(procuration).isoformat()
    assert one["history"][0]["what"] == "demande déposée"
    assert {message["to"] for message in one["messages"]} == {procuration.email}
    page = read(elector.get(PAGE))
    for fact in (procuration.reference, procuration.mandataire.birth_name, procuration.email, "demande déposée"):
        assert fact in page.text
    assert page.links["Télécharger mes données (JSON)"] == FILE


def test_every_column_of_the_elector_is_told(world: World, person: Elector, elector: FlaskClient) -> None:
    """What a purge empties is what is held: each of these columns is in the file, or is another's, or is derived."""
    procuration = validated(world, person)
    procuration.mandant_nne, procuration.mandataire_nne = "12345678", "87654321"
    db.session.commit()
    told = elector.get(FILE).text
    derived = {"elector_key", "findings", *(f"{who}_{what}" for who in lifetime.PEOPLE for what in DERIVED)}
    of_agents = {"officer_name", "checked_by_name", "authority_capacity", "decided_by_name", "note"}
    for column in set(lifetime.A_PERSONS) - derived - of_agents:
        value = _value(procuration, column)
        assert str(value) in told, column


DERIVED = ("key", "roll_key", "search")


def _value(procuration: Procuration, column: str) -> object:
    """The commune is told by its name."""
    if column == "mandataire_commune_code":
        return procuration.mandataire_commune.name if procuration.mandataire_commune else None
    who, _, what = column.partition("_")
    return (
        getattr(getattr(procuration, who), what) if hasattr(procuration.mandant, what) else getattr(procuration, column)
    )


def test_nothing_of_anybody_else(world: World, elector: FlaskClient) -> None:
    other = world.established()
    assert json.loads(elector.get(FILE).text).get("procurations") is None
    assert other.reference not in elector.get(PAGE).text
    assert "Aucune procuration" in read(elector.get(PAGE)).text


def test_what_the_elector_was_not_to_know_stays_unsaid(world: World, person: Elector, elector: FlaskClient) -> None:
    """The names that the roll gave, an officer's suspicion of pressure, and the note of the town hall."""
    masked = validated(world, person)
    masked.note = "une note interne"
    pressed = world.submitted(person)
    masked.mandataire_masked = pressed.mandataire_masked = True
    journey.refuse(pressed, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    db.session.commit()
    for address in (FILE, PAGE):
        text = elector.get(address).text
        assert masked.mandataire.birth_name not in text
        for hidden in ("CONTRAINTE", "libre de son choix", "une note interne"):
            assert hidden not in text


def test_a_draft_and_the_look_ups_are_told_with_their_end(world: World, person: Elector, elector: FlaskClient) -> None:
    draft.save(person.key, {"commune": [LAON], "email": ["eloise@electeurs.test"]}, now())
    entry_check.take(person, Way.NUMBER, world.today, commune=world.commune(), now=now())
    db.session.commit()
    held = json.loads(elector.get(FILE).text)
    assert held["draft"]["fields"]["email"] == ["eloise@electeurs.test"]
    assert held["roll_checks"] == 1
    assert "pas encore confirmées" in read(elector.get(PAGE)).text


def test_a_demande_says_the_first_of_its_two_ends(world: World) -> None:
    """It expires with its last day, and is erased two months after it was filed at the latest."""
    demande = world.submitted()
    demande.expires_on = world.today + timedelta(days=3)
    assert own_data.erased_on(demande) == world.today + timedelta(days=4)
    demande.expires_on = world.today + timedelta(days=200)
    assert own_data.erased_on(demande) == lifetime.purge_day(demande)


def test_it_costs_the_same_for_one_and_for_many(world: World, person: Elector, elector: FlaskClient) -> None:
    validated(world, person)
    elector.get(PAGE)
    with queries() as one:
        elector.get(PAGE)
    for _ in range(4):
        validated(world, person)
    with queries() as many:
        elector.get(PAGE)
    assert len(many) == len(one)


def test_every_fact_has_a_french_name(world: World, person: Elector, elector: FlaskClient) -> None:
    """Nothing that the file tells of a procuration is left out of the page for want of a word."""
    procuration = validated(world, person)
    procuration.revocation_requested_at = now()
    db.session.commit()
    (one,) = json.loads(elector.get(FILE).text)["procurations"]
    told_apart = {"reference", "mandant", "mandataire", "history", "messages", "readings", "erased_on"}
    with world.app.test_request_context():
        label = get_template_attribute("components/words.html", "fact_label")
        nameless = [name for name in set(one) - told_apart if not label(name)]
    assert nameless == []
