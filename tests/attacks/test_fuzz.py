"""Every form and every query parameter of every address, as every kind of visitor, with what hypothesis draws.

Nothing is listed by hand: the addresses come from the application, their parameters from its pages and from what its
code asks of a request (parameters.py). Never a failure, never a word of who is from elsewhere, never a changed state
behind an error or a look. On PostgreSQL, what is posted.
"""

import pytest

from models.base import db
from tests.attacks.parameters import NotingRequest, Parameters
from tests.attacks.range import Range
from tests.attacks.strangers import strangers
from tests.back_office.declared import AGENTS, LIKE, OFFICERS, ROLES
from tests.back_office.test_access import addresses, visitor
from tests.builders import World


@pytest.mark.proof
@pytest.mark.parametrize("role", [*ROLES, *LIKE])
def test_no_request_fails_leaks_or_changes_what_it_does_not_say(
    world: World, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.app, "request_class", NotingRequest)
    client, rows = visitor(world, role)
    theirs = strangers(world)
    range_ = Range(world.app, client, rows, Parameters(world.app))
    range_.explore()
    for row in theirs:
        range_.parameters.learn(("strangers", "GET"), "id", str(row.id))
    posts_only = db.engine.dialect.name == "postgresql"
    for place in addresses(world.app):
        if place[1] == "POST" or not posts_only:
            range_.shoot_at(place, references=[] if role in OFFICERS else [row.reference for row in theirs])
    assert range_.answers > len(AGENTS), "nothing was asked"
