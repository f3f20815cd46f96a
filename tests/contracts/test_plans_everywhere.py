"""Every page, and every command that time runs, finds its rows by an index, on each database."""

import re

import pytest
from flask.testing import FlaskClient

from models.account import Role
from models.base import db
from tests.builders import World, a_mandataire
from tests.contracts.test_plans import READS_ALL, plans, without_an_index
from tests.web.real_service import readable

COUNTS_WHAT_WAITS = "/metrics"
"""By status, which no other page may count in the whole country."""
COMMANDS = (["deliver-mail", "--once"], ["close-scrutins"], ["purge"], ["close-scrutins", "--dry-run"])


@pytest.fixture
def some(world: World) -> World:
    """An elector's procuration, established, and others."""
    world.established(elector=world.an_elector("it is me"))
    world.established(mandataire=a_mandataire())
    world.submitted()
    return world


def visitors(world: World) -> dict[str, FlaskClient]:
    """One of each kind, who may open all that its kind may."""
    return {
        "nobody": world.app.test_client(),
        "elector": world.as_elector(world.an_elector("it is me")),
        "officer": world.as_agent(world.an_officer(manages_station=True)),
        "clerk": world.as_agent(world.a_clerk(manages_communes=True)),
        "ministry": world.as_agent(world.an_account(Role.MINISTRY)),
        "auditor": world.as_agent(world.an_account(Role.AUDITOR)),
    }


def test_no_page_reads_a_table_that_grows_with_the_country(some: World) -> None:
    found, opened = {}, 0
    for who, client in visitors(some).items():
        for address in set(readable(some.app)) - {COUNTS_WHAT_WAITS}:
            with plans() as steps, client.get(address) as answer:
                opened += answer.status_code == 200
            found[who, address] = without_an_index(steps)
    assert opened > 100
    assert {where: steps for where, steps in found.items() if steps} == {}


def test_figures_count_by_an_index_what_waits_and_what_was_done_lately(some: World) -> None:
    """Neither all procurations nor the whole journal, however old the service: of each, one part of an index."""
    with plans() as steps:
        assert some.app.test_client().get(COUNTS_WHAT_WAITS).status_code == 200
    assert [step for step in steps if READS_ALL.search(step)] == []
    parts = [step for step in steps if re.search(r"USING (?:COVERING )?INDEX \w+ \(|Index Cond:", step)]
    for table, column in (("procuration", "status"), ("journal_entry", "at")):
        assert [step for step in parts if re.search(rf"BY {table}\..* \| .*\b{column}\b", step)], table


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_that_time_does_reads_a_table_that_grows_with_the_country(some: World, command: list[str]) -> None:
    """It looks for what is due by status and day, in indexes that begin with them."""
    db.session.commit()
    with plans() as steps:
        done = some.app.test_cli_runner().invoke(args=command)
    assert done.exit_code == 0, done.output
    assert len(steps) > 10
    assert [step for step in steps if READS_ALL.search(step)] == []
