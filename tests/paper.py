"""Forms on paper for the tests: Éloïse gives Gwenaëlle a procuration before a court's clerk in Laon, yesterday."""

from datetime import timedelta
from typing import Any

from app.dates import now
from models import paper
from models.account import Account
from models.base import db
from models.procuration import Procuration
from tests.builders import World, numbers
from tests.law.people import ELOISE, GWENAELLE


def a_form(world: World, **changes: Any) -> paper.Form:
    """In order, for the first coming polling day."""
    commune = changes.get("commune") or world.commune()
    today = commune.local_day(now())
    values: dict[str, Any] = {
        "commune": commune,
        "mandant": ELOISE,
        "mandant_nne": "12345678",
        "mandataire": GWENAELLE,
        "mandataire_nne": "87654321",
        "authority_name": "Jeanne LEROY",
        "authority_capacity": "directrice des services de greffe",
        "place": world.commune(),
        "established_on": today - timedelta(days=1),
        "received_on": today,
    }
    if "days" not in changes:
        values["days"] = (world.first_day(),)
    return paper.Form(**(values | changes))


def entered(world: World, clerk: Account | None = None, *, keep_invalid: bool = False, **changes: Any) -> Procuration:
    """A form, typed by a clerk of Laon."""
    procuration = paper.enter(
        a_form(world, **changes),
        clerk=clerk or world.a_clerk(),
        submission_key=f"paper-{next(numbers)}",
        keep_invalid=keep_invalid,
        now=now(),
    )
    db.session.commit()
    return procuration
