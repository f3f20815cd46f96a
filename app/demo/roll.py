"""A roll to give to the town hall of Laon: the demonstration's people, in a file as the REU exports it.

It is offered, not imported: without a roll every check falls to a person, with it the register decides.
"""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO

from flask import Blueprint, Flask, Response

from app.demo.citizens import CITIZENS, Citizen
from app.demo.elections import PAST
from models.identity import Identity, Sex
from models.rules import MAJORITY

COMMUNE = {"code du l'ugle": "02408", "libellé de l'ugle": "Laon", "libellé du type de liste": "Liste principale"}
COLUMNS = (
    *COMMUNE,
    *("nom de naissance", "nom d'usage", "prénoms", "sexe", "date de naissance"),
    *("code du bureau de vote", "libellé du bureau de vote", "numéro d'ordre dans le bureau de vote"),
)

blueprint = Blueprint("demo_roll", __name__, url_prefix="/demo")


def init_sample_roll(app: Flask) -> None:
    """Offer the file."""
    app.register_blueprint(blueprint)


@blueprint.get("/liste-electorale.csv")
def sample_roll() -> Response:
    """The file, to save and then to give at `/admin/roll/`."""
    answer = Response(_text(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="liste-electorale-demonstration.csv"'
    return answer


def _text() -> str:
    file = StringIO()
    lines = csv.DictWriter(file, COLUMNS, restval="", delimiter=";", lineterminator="\n")
    lines.writeheader()
    for number, person in enumerate(_electors(), 1):
        lines.writerow(COMMUNE | _line(person) | {"numéro d'ordre dans le bureau de vote": str(number)})
    return file.getvalue()


def _electors() -> Iterator[Identity]:
    """The citizens of age, and those who gave or held a procuration in the past elections; each once."""
    citizens = (_identity(citizen) for citizen in CITIZENS)
    past = (person for one in PAST for person in (one.mandant, one.mandataire))
    yield from dict.fromkeys(person for person in (*citizens, *past) if person.age_on(PAST[-1].days[-1]) >= MAJORITY)


def _identity(citizen: Citizen) -> Identity:
    sex = Sex.F if citizen.gender == "female" else Sex.M
    return Identity(citizen.family_name, citizen.given_name, sex, date.fromisoformat(citizen.birthdate))


def _line(person: Identity) -> dict[str, str]:
    return {
        "nom de naissance": person.birth_name,
        "prénoms": person.first_names,
        "sexe": person.sex,
        "date de naissance": f"{person.birth_date:%d/%m/%Y}",
        "code du bureau de vote": "0001",
        "libellé du bureau de vote": "HÔTEL DE VILLE (DÉMONSTRATION)",
    }
