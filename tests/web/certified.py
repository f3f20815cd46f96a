"""A citizen at the demonstration's FranceConnect, whom a test follows there and back."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.base import db
from models.identity import Identity, Sex
from models.law import ControlRegime
from models.perimeter import Elector
from models.scrutin import Election
from tests.builders import LAON, PUBLIC_URL, World, a_mandataire, an_identity
from tests.law.people import a_roll
from tests.page import read

CAMILLE = an_identity(
    birth_name="ROBIN", first_names="Camille Andréa", birth_date=an_identity().birth_date.replace(1992, 5, 4)
)
assert CAMILLE.sex is Sex.F


def an_election_without_visits(world: World, mandataire: Identity | None = None) -> Election:
    """Under REGISTER, where a certified identity stands for the visit; both people are on Laon's roll."""
    a_roll(CAMILLE, mandataire or a_mandataire())
    return world.an_election(control_regime=ControlRegime.REGISTER, certified_identity=True)


def signed_in(world: World, citizen: str = "camille") -> FlaskClient:
    """A client who has come back from FranceConnect."""
    client = world.app.test_client()
    answer = at_the_provider(client, client.get("/connexion").location, citizen)
    assert answer.status_code == 302
    return client


def elector_of(client: FlaskClient) -> Elector:
    with client.session_transaction() as session:
        return Elector(tuple(session["elector"]["keys"]))


def leave_to_establish(client: FlaskClient, reference: str, **changes: str) -> TestResponse:
    """Swear to be in Laon, and leave for the provider."""
    address = f"/demande/{reference}/sans-visite"
    fields = read(client.get(address)).form(address) | {"place": LAON, "sworn": "y"} | changes
    return client.post(address, data=fields)


def leave_to_revoke(client: FlaskClient, reference: str) -> TestResponse:
    address = f"/mes-procurations/{reference}/resilier/sans-visite"
    return client.post(address, data=read(client.get(address)).form(address))


def at_the_provider(
    client: FlaskClient, address: str, citizen: str = "camille", choice: str = "continue"
) -> TestResponse:
    """Choose there who one is; gives the answer of our own return address."""
    return client.get(back_from(client, address, citizen, choice))


def back_from(client: FlaskClient, address: str, citizen: str = "camille", choice: str = "continue") -> str:
    """The address of ours to which the provider sends back."""
    db.session.rollback()
    page = read(client.get(address.removeprefix(PUBLIC_URL)))
    answer = client.post(page.path, data=page.form() | {"citizen": citizen, "choice": choice})
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(f"{PUBLIC_URL}/connexion/retour?")
    return answer.location.removeprefix(PUBLIC_URL)
