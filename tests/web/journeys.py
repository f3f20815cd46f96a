"""What a program that only knows the promised addresses and names does at the elector's door."""

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.dates import now
from models import journey
from models.base import db
from models.perimeter import Elector
from models.procuration import Procuration
from tests.builders import LAON, World
from tests.page import Page, read

FORM = "/demande"
RECAP = "/demande/recapitulatif"
MINE = "/mes-procurations"


def answers(world: World, **changes: object) -> dict[str, object]:
    """A filled form, valid by default."""
    days = changes.get("scrutins") or [world.an_election().scrutins[0].polling_day.isoformat()]
    return {
        "commune": LAON,
        "email": "eloise@electeurs.test",
        "mandataire_birth_name": "D'Aubigné-Le Brethon",
        "mandataire_first_names": "Gwenaëlle Rosalie",
        "mandataire_sex": "F",
        "mandataire_birth_date": "28/08/1986",
        "mandataire_commune": LAON,
        "validity": "scrutins",
        "scrutins": days,
    } | changes


def period(world: World, last_day: object, **changes: object) -> dict[str, object]:
    """A filled form for a period."""
    return answers(world, validity="period", scrutins=[], valid_until=str(last_day), **changes)


def post(client: FlaskClient, page_address: str, address: str, **fields: object) -> TestResponse:
    """Post to a form of a page, with its hidden inputs."""
    page = read(client.get(page_address))
    return client.post(address, data=page.form(address) | fields)


def fill(client: FlaskClient, fields: dict[str, object], **headers: str) -> TestResponse:
    """Post the form as a browser fills it; `headers` are added to the request."""
    page = read(client.get(FORM))
    return client.post(FORM, data=page.form(FORM) | fields, headers=headers)


def wrong(client: FlaskClient, fields: dict[str, object]) -> Page:
    """The form shown again, because of these answers."""
    answer = fill(client, fields)
    assert answer.status_code == 422, answer.status
    page = read(answer)
    assert page.errors
    return page


def confirm(client: FlaskClient) -> TestResponse:
    """Swear and confirm at the recap."""
    return post(client, RECAP, RECAP, sworn="y")


def file_a_demande(client: FlaskClient, fields: dict[str, object]) -> str:
    """From the form to the receipt; gives the reference."""
    answer = fill(client, fields)
    assert answer.status_code == 303, read(answer).errors
    answer = confirm(client)
    assert answer.status_code == 303
    return read(client.get(answer.location)).data_reference or ""


def lose(procuration: Procuration, days: int | None = None) -> None:
    """Nobody votes any more on its first days chosen, or on any, and its mandant was told."""
    for chosen in procuration.polling_days[:days]:
        chosen.lost_at = now()
    db.session.commit()


def how_many(table: type) -> int:
    """Rows of a table, as the database has them now."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def validated(world: World, person: Elector, **changes: object) -> Procuration:
    """A procuration of this person, from the form to the town hall's yes."""
    procuration = world.established(elector=person, **changes)
    journey.validate(procuration, clerk=world.a_clerk(), note="vu", now=now())
    db.session.commit()
    return procuration
