"""Revoking without a visit (R78 since 2025): a certified identity confirms at once, where the law allows it."""

import pytest
from flask.testing import FlaskClient

from app.dates import now
from models import aftermath, journey
from models.base import db
from models.journal import Action
from models.procuration import Procuration, Status
from models.scrutin import Election
from tests.back_office.desks import entries, mails_of, status_of
from tests.builders import World, a_mandataire, csrf_token
from tests.page import read
from tests.web.certified import (
    CAMILLE,
    at_the_provider,
    back_from,
    elector_of,
    leave_to_revoke,
)
from tests.web.journeys import MINE

WITHOUT_VISIT = "Résilier avec mon identité numérique certifiée…"


@pytest.fixture
def held(world: World, camille: FlaskClient) -> Procuration:
    return world.established(elector=elector_of(camille), mandant=CAMILLE, mandataire=a_mandataire())


@pytest.mark.parametrize("was_asked", [False, True])
def test_it_is_done_at_once_r78(camille: FlaskClient, held: Procuration, was_asked: bool) -> None:
    if was_asked:
        aftermath.ask_revocation(held, now=now())
        db.session.commit()
    page = read(camille.get(f"{MINE}/{held.reference}/resilier"))
    asked = read(camille.get(page.links[WITHOUT_VISIT]))
    assert (asked.h1, asked.data_status) == ("Résilier avec une identité certifiée ?", "validated")
    answer = at_the_provider(camille, leave_to_revoke(camille, held.reference or "").location)
    assert (answer.status_code, answer.location) == (303, f"/demande/{held.reference}")
    receipt = read(camille.get(answer.location))
    assert receipt.data_status == "revoked"
    assert "Votre procuration est résiliée." in receipt.text
    assert "résiliée avec votre identité numérique certifiée" in read(camille.get(MINE)).text
    assert (entries(held)[-1].action, entries(held)[-1].detail) == (Action.REVOKED, "certified")
    assert mails_of(held)[-1] == "revoked"


@pytest.mark.parametrize(("citizen", "choice"), [("camille", "cancel"), ("eloise", "continue")])
def test_whatever_fails_leaves_it_valid(camille: FlaskClient, held: Procuration, citizen: str, choice: str) -> None:
    answer = at_the_provider(camille, leave_to_revoke(camille, held.reference or "").location, citizen, choice)
    page = read(answer)
    assert (page.status, page.data_status) == (403, "validated")
    assert "Rien n'a été changé." in page.text
    assert status_of(held) is Status.VALIDATED


def test_a_second_return_finds_it_done(camille: FlaskClient, held: Procuration) -> None:
    first, second = (back_from(camille, leave_to_revoke(camille, held.reference or "").location) for _ in range(2))
    assert camille.get(second).status_code == 303
    page = read(camille.get(first))
    assert (page.status, page.data_status) == (409, "revoked")
    assert [entry.action for entry in entries(held)].count(Action.REVOKED) == 1


def test_unconfirmed_it_asks_and_goes_nowhere(camille: FlaskClient, held: Procuration) -> None:
    address = f"{MINE}/{held.reference}/resilier/sans-visite"
    token = csrf_token(camille.get("/deconnexion").text)
    answer = camille.post(address, data={"csrf_token": token})
    assert (answer.status_code, read(answer).data_status) == (200, "validated")
    assert camille.post(address, data={"confirmed": "yes"}).status_code == 400


def test_where_the_law_of_a_day_wants_a_visit_it_is_refused_r78(
    world: World, camille: FlaskClient, election: Election, held: Procuration
) -> None:
    election.certified_identity = False
    db.session.commit()
    assert WITHOUT_VISIT not in read(camille.get(f"{MINE}/{held.reference}/resilier")).links
    address = f"{MINE}/{held.reference}/resilier/sans-visite"
    token = csrf_token(camille.get("/deconnexion").text)
    assert camille.post(address, data={"confirmed": "yes", "csrf_token": token}).status_code == 409
    foreign = world.established()
    assert camille.get(f"{MINE}/{foreign.reference}/resilier/sans-visite").status_code == 404


def test_what_is_not_in_force_is_not_revoked(world: World, camille: FlaskClient) -> None:
    demande = world.submitted(elector_of(camille))
    assert camille.get(f"{MINE}/{demande.reference}/resilier/sans-visite").status_code == 409
    journey.withdraw(demande, now=now())
    db.session.commit()
    assert camille.get(f"{MINE}/{demande.reference}/resilier/sans-visite").status_code == 409
