"""Each parameter given twice: one's own value and a stranger's, in either order, in address and body, as an array.

What is checked must be what is acted upon. So whatever is answered, nothing fails, no stranger is named, and no row of
a stranger has changed: not the demande, not the account, not a setting of the commune where none of the visitors works.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from models.base import db
from tests.attacks.parameters import NotingRequest, Parameters, Place
from tests.attacks.range import COUNTERS, LEAVING, OWN, Range, Writes, forget_counts
from tests.attacks.strangers import BREST, NAMES, strangers
from tests.back_office.test_access import addressed, addresses, true_token, visitor
from tests.builders import World
from tests.database import everything
from tests.sizes import sized

WHO = ("elector", "responsible", "town hall", "manager")
"""Who has a perimeter, and acts in it; an officer's pages are among those of who answers for a station."""
CONFIRMED = {"confirmed": "yes"}
"""What pages that this visitor has not come to would ask for."""
OF_AGENTS = ("clerks.", "habilitations.", "managers.")
"""The pages whose keys are accounts'."""
NAMES_OF_COMMUNES = ("commune", "code", "communes", "station_commune")
Pairs = list[tuple[str, str]]


@pytest.mark.parametrize("role", WHO)
def test_of_two_values_the_one_that_is_checked_is_the_one_that_is_acted_upon(
    world: World, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.app, "request_class", NotingRequest)
    client, rows = visitor(world, role)
    demande, established, on_paper = strangers(world)
    theirs = [established, demande, on_paper]
    agents = [world.a_clerk(BREST, name=NAMES[0]), world.an_officer(station=demande.station, name=NAMES[0])]
    known_before = rows_of_strangers()
    assert len(known_before) >= 8
    range_ = Range(world.app, client, rows, Parameters(world.app))
    range_.explore()
    accepted = 0
    for place in open_places(range_):
        forget_counts()
        of_agents = place[0].startswith(OF_AGENTS)
        for row in (agents if of_agents else theirs)[: sized(1, 3)]:
            accepted += shoot(range_, place, str(row.id), established.reference or "", known_before)
    assert accepted > 5, "nothing was reached"


def open_places(range_: Range) -> Iterator[Place]:
    """Where this visitor comes in, that end no session."""
    for place in addresses(range_.app):
        endpoint, method = place
        ends = endpoint in LEAVING or endpoint.endswith("sign_out") or endpoint == "static"
        is_looked_at = method == "POST" or db.engine.dialect.name == "sqlite"
        if place not in range_.closed and not ends and is_looked_at:
            yield place


def shoot(range_: Range, place: Place, key: str, reference: str, known_before: set[tuple[Any, ...]]) -> int:
    """Each way of giving both; how many were accepted."""
    endpoint, method = place
    address, named = addressed(range_.app, range_.rows, endpoint)
    known = {name: values[0] for name, values in range_.parameters.known(place).items() if values}
    own = [*(CONFIRMED | known | named).items()]
    foreign = [(name, _of_a_stranger(name, key, reference)) for name, _ in own]
    token = [("csrf_token", true_token(range_.app, range_.client, address))] if method == "POST" else []
    accepted = 0
    for query, body in ways(own, foreign, method):
        with Writes() as writes:
            answer = range_.client.open(
                address,
                method=method,
                query_string=urlencode(query),
                data=urlencode(token + body) if method == "POST" else None,
                content_type="application/x-www-form-urlencoded" if method == "POST" else None,
            )
        range_.judge(place, answer)
        if writes.seen:
            missing = known_before - rows_of_strangers()
            assert not missing, (place, query, body, missing)
        accepted += answer.status_code in (200, 303) and method == "POST"
        answer.close()
    return accepted


def ways(own: Pairs, foreign: Pairs, method: str) -> Iterator[tuple[Pairs, Pairs]]:
    """What the address says, and what the body."""
    twice = [[*own, *foreign], [*foreign, *own]]
    arrays = [*own, *((f"{name}[]", value) for name, value in foreign), *((f"{name}[0]", v) for name, v in foreign)]
    if method == "GET":
        yield from ((pairs, []) for pairs in (*twice, arrays))
        return
    yield from (([], pairs) for pairs in twice)
    if db.engine.dialect.name == "sqlite":
        yield [], arrays
    yield from ((own, foreign), (foreign, own))


def rows_of_strangers() -> set[tuple[Any, ...]]:
    """Every row that says their commune, their names or their address, but for what counts or writes down."""
    marks = {BREST, *NAMES}
    found = set()
    for table, rows in everything().items():
        if table not in COUNTERS | OWN:
            found |= {(table, *map(repr, row)) for row in rows if marks & {v for v in row if isinstance(v, str)}}
    return found


def _of_a_stranger(name: str, key: str, reference: str) -> str:
    if name == "reference":
        return reference
    return BREST if name in NAMES_OF_COMMUNES else key
