"""Asking on line that a procuration be revoked (E16, R78): valid until somebody confirms, and always possible (L75)."""

import pytest
from flask.testing import FlaskClient

from app.dates import now
from models import aftermath, journey
from models.base import db
from models.errors import TOWN_HALL_REFUSALS
from models.journal import Action
from models.perimeter import Elector
from models.procuration import Procuration, Status
from tests.back_office.desks import journaled, mails_of, status_of
from tests.builders import World, csrf_token
from tests.page import read
from tests.web.journeys import MINE, post

NOUMEA = "98818"


def address_of(procuration: Procuration) -> str:
    return f"{MINE}/{procuration.reference}/resilier"


def in_force(world: World, person: Elector, status: Status = Status.ESTABLISHED, **changes: object) -> Procuration:
    procuration = world.established(elector=person, **changes)
    if status is Status.VALIDATED:
        clerk = world.a_clerk(procuration.commune_code)
        journey.validate(procuration, clerk=clerk, note="vu", now=now())
        db.session.commit()
    return procuration


@pytest.mark.parametrize("status", [Status.ESTABLISHED, Status.VALIDATED])
def test_asking_is_confirmed_first_and_the_procuration_stays_valid_r78(
    world: World, person: Elector, elector: FlaskClient, status: Status
) -> None:
    held = in_force(world, person, status)
    address = address_of(held)
    assert address in read(elector.get(MINE)).links.values()
    page = read(elector.get(address))
    assert (page.h1, page.data_status) == ("Résilier cette procuration ?", status)
    for promise in ("reste valable tant que", "n'importe quel commissariat", "voter vous-même", "nouvelle demande"):
        assert promise in page.text
    assert post(elector, address, address, confirmed="no").status_code == 200
    assert held.revocation_requested_at is None
    assert post(elector, address, address).location == MINE
    assert status_of(held) is status
    assert held.is_revocation_asked
    assert (journaled(held)[-1], mails_of(held)[-1]) == (Action.REVOCATION_ASKED, "revocation_asked")
    mine = read(elector.get(MINE))
    for promise in ("résiliation demandée", "reste valable tant que", "résiliation demandée en ligne"):
        assert promise in mine.text
    assert mine.links["Où faire confirmer la résiliation"] == "/ou-aller"


def test_asking_twice_is_asking_once_r78(world: World, person: Elector, elector: FlaskClient) -> None:
    held = in_force(world, person)
    button = read(elector.get(address_of(held))).form(address_of(held))
    assert [elector.post(address_of(held), data=button).status_code for _ in range(3)] == [303, 409, 409]
    assert mails_of(held).count("revocation_asked") == 1
    page = read(elector.get(address_of(held)))
    assert (page.h1, page.forms) == ("Résiliation demandée", [])


def test_an_officer_confirms_and_the_elector_reads_it(world: World, person: Elector, elector: FlaskClient) -> None:
    held = in_force(world, person)
    post(elector, address_of(held), address_of(held))
    aftermath.revoke(held, officer=world.an_officer(), now=now())
    db.session.commit()
    page = read(elector.get(MINE))
    assert "Vous avez résilié cette procuration" in page.text
    assert "procuration résiliée au guichet" in page.text
    assert "Il n'y a rien à résilier" in read(elector.get(address_of(held))).text


def test_june_2021_is_revoked_in_person_only_l75(world: World, person: Elector, elector: FlaskClient) -> None:
    world.an_election(online_revocation=False, same_commune_required=True, max_established_in_france=2)
    assert_in_person_only(elector, in_force(world, person))


def test_new_caledonia_is_revoked_in_person_only_l75(world: World, person: Elector, elector: FlaskClient) -> None:
    commune = world.commune(NOUMEA)
    world.an_election(territories=("988",), online_revocation=False)
    assert_in_person_only(elector, in_force(world, person, commune_code=NOUMEA, mandataire_commune=commune))
    period = {"valid_until": world.today.replace(year=world.today.year + 1, day=1)}
    held = in_force(world, person, commune_code=NOUMEA, mandataire_commune=commune, **period)
    assert_in_person_only(elector, held)


def assert_in_person_only(elector: FlaskClient, held: Procuration) -> None:
    """The page says where; a post is refused by the domain, in French, and changes nothing."""
    page = read(elector.get(address_of(held)))
    assert page.forms == []
    for promise in ("ne se fait pas en ligne", "à tout moment, sans motif, sur place", "Votre mairie peut vous aider"):
        assert promise in page.text
    answer = elector.post(address_of(held), data=confirmed(elector))
    assert (answer.status_code, read(answer).h1) == (409, "Cela ne se fait pas ainsi")
    assert status_of(held) is Status.ESTABLISHED
    assert held.revocation_requested_at is None
    assert Action.REVOCATION_ASKED not in journaled(held)


@pytest.mark.parametrize("end", ["submitted", "withdrawn", "invalidated"])
def test_what_is_not_in_force_is_not_revoked(world: World, person: Elector, elector: FlaskClient, end: str) -> None:
    procuration = world.submitted(person)
    if end == "withdrawn":
        journey.withdraw(procuration, now=now())
    elif end == "invalidated":
        journey.establish(procuration, officer=world.an_officer(), now=now())
        reason = TOWN_HALL_REFUSALS[0]
        journey.invalidate(procuration, clerk=world.a_clerk(), reason=reason, note="vu", now=now())
    db.session.commit()
    assert read(elector.get(address_of(procuration))).forms == []
    assert elector.post(address_of(procuration), data=confirmed(elector)).status_code == 409
    assert status_of(procuration) == end


def test_nobody_revokes_for_another(world: World, elector: FlaskClient) -> None:
    foreign = world.established()
    assert elector.get(address_of(foreign)).status_code == 404
    assert elector.post(address_of(foreign), data=confirmed(elector)).status_code == 404
    assert elector.post(address_of(foreign), data={"confirmed": "yes"}).status_code == 400
    assert status_of(foreign) is Status.ESTABLISHED
    assert foreign.revocation_requested_at is None


def confirmed(client: FlaskClient) -> dict[str, str]:
    return {"confirmed": "yes", "csrf_token": csrf_token(client.get("/deconnexion").text)}
