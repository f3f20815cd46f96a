"""The three doors, one after the other, over HTTP."""

from flask.testing import FlaskClient

from models.procuration import Status
from tests.builders import LAON, World
from tests.page import read


def answers(world: World, **changes: object) -> dict[str, object]:
    """A filled form, valid by default."""
    day = world.an_election().scrutins[0].polling_day
    return {
        "commune": LAON,
        "email": "eloise@electeurs.test",
        "mandataire_birth_name": "D'Aubigné-Le Brethon",
        "mandataire_first_names": "Gwenaëlle Rosalie",
        "mandataire_sex": "F",
        "mandataire_birth_date": "28/08/1986",
        "mandataire_commune": LAON,
        "validity": "scrutins",
        "scrutins": [day.isoformat()],
    } | changes


def post(client: FlaskClient, page_address: str, address: str, **fields: object):
    """Post to a form of a page, with its hidden inputs."""
    page = read(client.get(page_address))
    return client.post(address, data=page.form(address) | fields)


def file_a_demande(client: FlaskClient, fields: dict[str, object]) -> str:
    """From the form to the receipt; gives the reference."""
    answer = post(client, "/demande", "/demande", **fields)
    assert answer.status_code == 303, read(answer).errors
    answer = post(client, "/demande/recapitulatif", "/demande/recapitulatif", sworn="y")
    assert answer.status_code == 303
    return read(client.get(answer.location)).data_reference


def test_an_elector_an_officer_and_a_clerk_walk_through_the_three_doors(world: World) -> None:
    elector = world.as_elector()
    reference = file_a_demande(elector, answers(world))

    officer = world.as_agent(world.an_officer())
    counter = f"/admin/officer/?reference={reference.lower()[:3]}-{reference[3:]}"
    assert read(officer.get(counter)).data_status == Status.SUBMITTED
    answer = post(officer, counter, "/admin/officer/action/", action="validate", confirmed="yes")
    assert answer.status_code == 303
    assert "D&#39;HAUTPOUL DE LA TOUR" in officer.get(answer.location).text

    clerk = world.as_agent(world.a_clerk())
    listed = read(clerk.get("/admin/town-hall/?status=established"))
    details = next(link for link in listed.links.values() if "/details/" in link)
    assert read(clerk.get(details)).data_status == Status.ESTABLISHED
    asked = post(clerk, details, "/admin/town-hall/action/", action="validate")
    done = clerk.post("/admin/town-hall/action/", data=read(asked).form("/admin/town-hall/action/"))
    assert done.status_code == 303
    assert read(clerk.get(details)).data_status == Status.VALIDATED
    assert Status.VALIDATED in elector.get("/mes-procurations").text
