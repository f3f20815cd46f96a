"""Without a visit (E7): a certified identity establishes in place of an officer (R72 and R75 II since 2025)."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import Config
from app.dates import now
from models import aftermath, journey
from models.account import Capacity
from models.base import db
from models.errors import NotAllowed
from models.journal import Action
from models.law import ControlRegime, ListType
from models.procuration import Procuration, Status
from models.rules import years_after
from models.scrutin import Election
from models.territory import StationKind
from tests.back_office.desks import entries, journaled, mails_of, status_of
from tests.builders import SOISSONS, Visitor, World, csrf_token
from tests.law.people import a_roll
from tests.live import free_port
from tests.page import read
from tests.web.certified import (
    CAMILLE,
    at_the_provider,
    back_from,
    elector_of,
    leave_to_establish,
    signed_in,
)
from tests.web.journeys import MINE, answers, file_a_demande

BRUSSELS = "C0009"
CHOICE = "Finir avec mon identité numérique certifiée"


@pytest.fixture
def demande(world: World, camille: FlaskClient, election: Election) -> Procuration:
    day = election.scrutins[0].polling_day.isoformat()
    reference = file_a_demande(camille, answers(world, scrutins=[day]))
    return db.session.query(Procuration).filter_by(reference=reference).one()


def test_camille_finishes_without_a_visit_and_the_register_decides_at_once_r72(
    camille: FlaskClient, demande: Procuration
) -> None:
    receipt = f"/demande/{demande.reference}"
    assert {CHOICE, "Trouver un lieu près de chez vous"} <= read(camille.get(receipt)).links.keys()
    left = leave_to_establish(camille, demande.reference or "", place=SOISSONS)
    assert left.status_code == 303
    asked = parse_qs(urlsplit(left.location).query)
    assert asked["acr_values"] == ["eidas3"]
    assert asked.keys() == {"client_id", "redirect_uri", "response_type", "scope", "acr_values", "state", "nonce"}
    answer = at_the_provider(camille, left.location)
    assert (answer.status_code, answer.location) == (303, receipt)
    page = read(camille.get(receipt))
    assert page.data_status == "validated"
    assert "par le ministre de l'intérieur, à Soissons" in page.text
    assert "automatiquement, d'après les listes électorales" in page.text
    assert page.links["Les règles, et comment demander qu'une personne vérifie"] == "/aide#controle"
    assert status_of(demande) is Status.VALIDATED
    assert (demande.officer_id, demande.established_commune_code) == (None, SOISSONS)
    assert (demande.established_in_france, demande.is_automated) == (True, True)
    assert mails_of(demande) == ["submitted", "validated"]
    assert [(e.action, e.detail) for e in entries(demande)][1:] == [
        (Action.ESTABLISHED, "certified"),
        (Action.VALIDATED, None),
    ]
    history = read(camille.get(MINE)).text
    assert "établie par le ministre de l'intérieur, sans visite" in history
    assert "validée automatiquement" in history


def test_the_two_ways_weigh_the_same_and_the_visit_comes_first(camille: FlaskClient, demande: Procuration) -> None:
    page = read(camille.get(f"/demande/{demande.reference}"))
    visit, without = (
        next(link for link in page.all("a") if link.text == text)
        for text in ("Trouver un lieu près de chez vous", CHOICE)
    )
    assert visit.get("class") == without.get("class")
    assert page.text.index(visit.text or "") < page.text.index(without.text or "")


def test_the_same_control_may_invalidate_and_says_why_r72(
    world: World, camille: FlaskClient, demande: Procuration
) -> None:
    a_roll(CAMILLE, (demande.mandataire, ListType.LCE))
    left = leave_to_establish(camille, demande.reference or "")
    page = read(camille.get(at_the_provider(camille, left.location).location))
    assert page.data_status == "invalidated"
    assert "est inscrite sur une liste qui ne permet pas de voter à cette élection" in page.text
    assert "décidée automatiquement" in page.text


def test_the_place_is_asked_and_sworn_r75(camille: FlaskClient, demande: Procuration) -> None:
    page = read(leave_to_establish(camille, demande.reference or "", place="", sworn=""))
    assert (page.status, len(page.errors)) == (422, 2)
    page = read(leave_to_establish(camille, demande.reference or "", place="", place_search="Saint-Martin"))
    assert page.status == 422
    assert page.form("/sans-visite")["place_search"] == "Saint-Martin"
    assert status_of(demande) is Status.SUBMITTED


FAILURES = {
    "cancelled": (403, "pas allé au bout"),
    "no certified identity": (403, "pas d'identité numérique certifiée"),
    "a lower level": (502, "n'a pas prouvé une identité certifiée"),
    "a false code": (400, "ouverte deux fois"),
    "the session is over": (400, "ouverte deux fois"),
    "the law has changed": (409, "n'est plus possible"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_whatever_fails_leaves_a_living_reference_and_the_visit(
    world: World, camille: FlaskClient, demande: Procuration, election: Election, case: str
) -> None:
    answer = failed(camille, leave_to_establish(camille, demande.reference or "").location, election, case)
    status, words = FAILURES[case]
    assert_nothing_changed(answer, status, words)
    assert status_of(demande) is Status.SUBMITTED
    assert journaled(demande) == [Action.SUBMITTED]
    journey.establish(demande, officer=world.an_officer(), now=now())
    assert demande.status is Status.VALIDATED, "the visit"


def failed(client: FlaskClient, address: str, election: Election, case: str) -> TestResponse:
    """Go to the provider and come back in that way."""
    at_once = {
        "cancelled": lambda: at_the_provider(client, address, choice="cancel"),
        "no certified identity": lambda: at_the_provider(client, address, "eloise"),
        "a lower level": lambda: at_the_provider(client, address.replace("eidas3", "eidas1")),
    }
    if case in at_once:
        return at_once[case]()
    back = back_from(client, address)
    if case == "the session is over":
        with client.session_transaction() as session:
            session["until"] = 0
    elif case == "the law has changed":
        election.certified_identity = False
        db.session.commit()
    return client.get(back.replace("code=", "code=x") if case == "a false code" else back)


def assert_nothing_changed(answer: TestResponse, status: int, words: str) -> None:
    page = read(answer)
    assert (answer.status_code, page.h1) == (status, "Cela n'a pas pu se faire sans visite")
    for promise in (words, "Rien n'a été changé.", "isite reste possible"):
        assert promise in page.text


def test_a_period_that_has_become_too_long_is_said_and_leaves_the_visit_r74(world: World, camille: FlaskClient) -> None:
    demande = world.submitted(elector_of(camille), commune_code=BRUSSELS, valid_until=years_after(world.today, 1))
    back = back_from(camille, leave_to_establish(camille, demande.reference or "").location)
    demande.valid_until = demande.last_day = years_after(world.today, 2)
    db.session.commit()
    assert_nothing_changed(camille.get(back), 422, "sans visite, c'est un an au plus, même sur une liste consulaire")
    assert (status_of(demande), journaled(demande)) == (Status.SUBMITTED, [Action.SUBMITTED])
    consul = world.an_officer(Capacity.CONSUL, world.a_station(BRUSSELS, StationKind.CONSULATE))
    journey.establish(demande, officer=consul, now=now())
    assert demande.is_in_force, "the visit"


def test_a_certified_revocation_has_no_length_l75(world: World, camille: FlaskClient) -> None:
    consul = world.an_officer(Capacity.CONSUL, world.a_station(BRUSSELS, StationKind.CONSULATE))
    long = {"commune_code": BRUSSELS, "valid_until": years_after(world.today, 2)}
    given = world.established(consul, elector=elector_of(camille), **long)
    assert camille.get(f"/mes-procurations/{given.reference}/resilier/sans-visite").status_code == 200


def test_another_certified_person_does_not_finish_for_the_elector(world: World, election: Election) -> None:
    eloise = signed_in(world, "eloise")
    reference = file_a_demande(eloise, answers(world, scrutins=[election.scrutins[0].polling_day.isoformat()]))
    answer = at_the_provider(eloise, leave_to_establish(eloise, reference).location, "camille")
    assert_nothing_changed(answer, 403, "n'est pas celle de la personne qui a fait la demande")
    assert read(eloise.get(f"/demande/{reference}")).data_status == "submitted"


def test_a_provider_that_is_down_leaves_the_visit(
    world: World, election: Election, another_app: Callable[[Config], Flask]
) -> None:
    elector, down = world.an_elector(), f"http://127.0.0.1:{free_port()}/"
    demande = world.submitted(elector)
    client = twin(world, another_app, discovery_url=down).as_elector(elector)
    assert_nothing_changed(leave_to_establish(client, demande.reference or ""), 503, "ne répond pas")
    assert status_of(demande) is Status.SUBMITTED


def test_a_demande_withdrawn_meanwhile_stays_withdrawn(camille: FlaskClient, demande: Procuration) -> None:
    back = back_from(camille, leave_to_establish(camille, demande.reference or "").location)
    journey.withdraw(demande, now=now())
    db.session.commit()
    page = read(camille.get(back))
    assert (page.status, page.data_status) == (409, "withdrawn")
    assert "Vous avez retiré cette demande" in page.text


def test_a_return_serves_once(camille: FlaskClient, demande: Procuration) -> None:
    back = back_from(camille, leave_to_establish(camille, demande.reference or "").location)
    assert [camille.get(back).status_code for _ in range(3)] == [303, 400, 400]
    assert journaled(demande).count(Action.ESTABLISHED) == 1


def test_a_mere_sign_in_at_the_certified_level_establishes_nothing(camille: FlaskClient, demande: Procuration) -> None:
    leave_to_establish(camille, demande.reference or "")
    camille.delete_cookie("elector")
    address = camille.get("/connexion").location
    assert "acr_values=eidas1" in address
    assert at_the_provider(camille, address.replace("eidas1", "eidas3")).status_code == 502
    assert status_of(demande) is Status.SUBMITTED


WAYS_CLOSED = (
    "the town hall decides",
    "no level is configured",
    "it is established already",
    "its period is too long for the minister",
)


@pytest.mark.parametrize("why", WAYS_CLOSED)
def test_where_it_is_not_possible_it_is_not_offered_and_refused(
    world: World, another_app: Callable[[Config], Flask], why: str
) -> None:
    world.an_election(control_regime=ControlRegime.REGISTER, certified_identity=why != "the town hall decides")
    elector = world.an_elector()
    is_long = why == "its period is too long for the minister"
    period = {"commune_code": BRUSSELS, "valid_until": years_after(world.today, 2)} if is_long else {}
    demande = world.submitted(elector, **period)
    if why == "it is established already":
        journey.establish(demande, officer=world.an_officer(), now=now())
        db.session.commit()
    before = status_of(demande)
    site = twin(world, another_app, certified_acr="") if why == "no level is configured" else world
    client = site.as_elector(elector)
    assert CHOICE not in client.get(f"/demande/{demande.reference}").text
    address = f"/demande/{demande.reference}/sans-visite"
    token = csrf_token(client.get("/deconnexion").text)
    assert client.get(address).status_code == 409
    assert client.post(address, data={"place": "02408", "sworn": "y", "csrf_token": token}).status_code == 409
    assert status_of(demande) is before


def test_what_it_replaces_is_not_revoked_without_a_visit_where_its_own_law_asks_one_r72(
    world: World, election: Election
) -> None:
    """Nor by the detour of a new one: the visit stays, and does both."""
    elector, other = world.an_elector(), world.an_election((world.a_sunday(30),))
    both = (election.scrutins[0].polling_day, other.scrutins[0].polling_day)
    former = world.established(elector=elector, days=both)
    demande = world.submitted(elector, days=both[:1])
    demande.replaced = [former]
    db.session.commit()
    client = world.as_elector(elector)
    assert CHOICE not in client.get(f"/demande/{demande.reference}").text
    assert client.get(f"/demande/{demande.reference}/sans-visite").status_code == 409
    with pytest.raises(NotAllowed):
        journey.establish_certified(demande, place=world.commune(), now=now())
    db.session.rollback()
    assert (status_of(former), status_of(demande)) == (Status.ESTABLISHED, Status.SUBMITTED)
    aftermath.revoke(former, officer=world.an_officer(), now=now())
    db.session.commit()
    assert CHOICE in client.get(f"/demande/{demande.reference}").text, "nothing is left to revoke"


def twin(world: World, another_app: Callable[[Config], Flask], **provider: str) -> World:
    """The same database, behind an application whose provider differs."""
    config: Config = world.app.extensions["procurations"]
    app = another_app(replace(config, france_connect=replace(config.france_connect, **provider)))
    app.test_client_class = Visitor
    return World(app)


def test_nobody_finishes_the_demande_of_another(world: World, camille: FlaskClient, election: Election) -> None:
    foreign = world.submitted()
    address = f"/demande/{foreign.reference}/sans-visite"
    token = csrf_token(camille.get("/deconnexion").text)
    assert camille.get(address).status_code == 404
    assert camille.post(address, data={"place": "02408", "sworn": "y", "csrf_token": token}).status_code == 404
    assert camille.post(address, data={"place": "02408", "sworn": "y"}).status_code == 400
