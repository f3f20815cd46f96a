"""Two supervisors at the same instant: both have read the same election before either may write."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Update, event, func, select

from models.base import db
from models.journal import Action
from models.scrutin import Election
from tests.builders import World
from tests.elections.desk import NEW, Ministry, answers, ministry, page_of
from tests.elections.ministry import created, journal_of


@contextmanager
def both_before_correcting() -> Iterator[None]:
    """Hold the first UPDATE of an election of each of two threads until both are there."""
    meeting, met = threading.Barrier(2, timeout=20), threading.local()

    def wait(connection: Any, statement: Any, *rest: Any) -> None:
        is_act = isinstance(statement, Update) and statement.table.name == Election.__tablename__
        if is_act and not hasattr(met, "done"):
            met.done = True
            meeting.wait()

    event.listen(db.engine, "before_execute", wait)
    try:
        yield
    finally:
        event.remove(db.engine, "before_execute", wait)
    assert meeting.n_waiting == 0


def at_once(address: str, one: tuple[Ministry, dict], other: tuple[Ministry, dict]) -> list[int]:
    """Both confirm; the statuses they get."""
    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(desk.client.post, address, data=form) for desk, form in (one, other)]
        return [future.result().status_code for future in sent]


def test_two_corrections_at_the_same_instant_are_one(world: World) -> None:
    election = created(world)
    address = page_of(election, "corriger")
    one, other = ministry(world), ministry(world)
    asked = [(desk, desk.asked(address, name=name)) for desk, name in ((one, "Une"), (other, "Autre"))]
    with both_before_correcting():
        statuses = at_once(address, *asked)
    assert sorted(statuses) == [303, 409]
    db.session.expire_all()
    assert (election.name, election.version) == ("Une" if statuses[0] == 303 else "Autre", 2)
    assert [action for action, _ in journal_of(election)].count(Action.ELECTION_CORRECTED) == 1


def test_two_clicks_create_one_election(world: World) -> None:
    desk = ministry(world)
    asked = desk.asked(NEW, **answers(world))
    assert sorted(at_once(NEW, (desk, asked), (desk, asked))) == [303, 422]
    assert db.session.scalar(select(func.count(Election.id))) == 1
