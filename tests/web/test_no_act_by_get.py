"""Looking changes nothing: no GET and no HEAD acts, whatever it carries."""

import pytest
from flask.testing import FlaskClient

from models.base import db
from models.journal import Entry
from models.misses import AccountMisses, StationMisses
from models.procuration import Procuration
from tests.builders import World
from tests.database import everything

BODY = {"confirmed": "yes", "sworn": "y", "action": "validate", "choice": "continue", "email": "a@b.test"}
LEAVES = {"/connexion", "/connexion/retour"}


def looked_at(world: World, client: FlaskClient, method: str, row: Procuration) -> None:
    """Every address that can be looked at, with a body that would act if it were posted."""
    for rule in world.app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule in LEAVES:
            continue
        values = dict.fromkeys(rule.arguments, "1")
        if "reference" in values:
            values["reference"] = row.reference
        with world.app.test_request_context():
            address = world.app.url_map.bind("").build(rule.endpoint, values)
        query = {"reference": row.reference, "id": row.id}
        body = BODY | {"rowid": row.reference if "officer" in address else str(row.id)}
        client.open(address, method=method, data=body, query_string=query)


def kept() -> dict:
    """Everything but the readings, which are written down because they are looks, and the counts of the wrong ones."""
    rows = everything()
    for table in (Entry, AccountMisses, StationMisses):
        del rows[table.__tablename__]
    return rows


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(world: World, method: str) -> None:
    elector = world.an_elector()
    demande, established = world.submitted(elector), world.established()
    visitors = {
        "/mes-procurations": (world.as_elector(elector), demande),
        "/admin/officer/": (world.as_agent(world.an_officer()), demande),
        "/admin/town-hall/": (world.as_agent(world.a_clerk()), established),
    }
    before = kept()
    for home, (client, row) in visitors.items():
        db.session.refresh(row)
        looked_at(world, client, method, row)
        assert client.get(home).status_code == 200, "still signed in"
    assert kept() == before
