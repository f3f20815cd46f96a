"""Two people at the same instant: one act, one mail, one entry, and the other is told.

Each race is real: both requests have read the same state before either may write.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from models.account import Account
from models.base import db
from models.journal import Action
from models.misses import AccountMisses
from models.procuration import Procuration, Status
from tests.back_office.desks import counter, journaled, mails_of, status_of, town_hall
from tests.back_office.test_twin import a_demande_on_sheet, sheet_typed
from tests.builders import World
from tests.database import two_meet
from tests.page import read

Request = Callable[[], TestResponse]


def at_once(*requests: Request, table: str = Procuration.__tablename__) -> list[TestResponse]:
    """Send both and wait for both answers; they meet before they lock that table, or people."""
    db.session.rollback()
    with two_meet(table), ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(request) for request in requests]]


def confirmed_at_counter(world: World, demande: Procuration, officer: Account | None = None) -> Request:
    """The officer has the file open; what is left is the button."""
    desk = counter(world, officer)
    form = desk.read(f"?reference={demande.reference}").form("/admin/officer/action/")
    return lambda: desk.client.post("/admin/officer/action/", data=form)


def confirmed_at_town_hall(
    world: World, procurations: list[Procuration], action: str, clerk: Account | None = None, **fields: str
) -> Request:
    """The clerk is on the page that asks."""
    hall = town_hall(world, clerk)
    asked = read(hall.post(action, *[p.id for p in procurations])).form("/admin/town-hall/action/")
    return lambda: hall.client.post("/admin/town-hall/action/", data=asked | fields)


def withdrawal(world: World, demande: Procuration, elector: Any) -> Request:
    client = world.as_elector(elector)
    address = f"/mes-procurations/{demande.reference}/retirer"
    form = read(client.get(address)).form(address)
    return lambda: client.post(address, data=form)


def test_two_officers_establish_once(world: World) -> None:
    """SQLite's one lock is already taken by the look-up of who is first."""
    demande = world.submitted()
    table = AccountMisses.__tablename__ if db.engine.dialect.name == "sqlite" else Procuration.__tablename__
    answers = at_once(confirmed_at_counter(world, demande), confirmed_at_counter(world, demande), table=table)
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    told = next(answer for answer in answers if answer.status_code == 409)
    assert "Déjà traitée à Laon le" in read(told).text
    assert status_of(demande) is Status.ESTABLISHED
    assert mails_of(demande) == ["submitted", "established"]
    assert sorted(journaled(demande)[-2:]) == [Action.DENIED, Action.ESTABLISHED]
    assert journaled(demande).count(Action.ESTABLISHED) == 1


def test_two_clicks_of_one_officer_establish_once(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer()
    request = confirmed_at_counter(world, demande, officer)
    again = confirmed_at_counter(world, demande, officer)
    answers = at_once(request, again, table=AccountMisses.__tablename__)
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert mails_of(demande) == ["submitted", "established"]


def test_two_clerks_decide_once(world: World) -> None:
    procuration = world.established()
    answers = at_once(
        confirmed_at_town_hall(world, [procuration], "validate"),
        confirmed_at_town_hall(world, [procuration], "invalidate", reason="PLAFOND"),
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    decided = status_of(procuration)
    assert decided is (Status.VALIDATED if answers[0].status_code == 303 else Status.INVALIDATED)
    assert (procuration.reason is None) == (decided is Status.VALIDATED)
    assert mails_of(procuration) == ["submitted", "established", decided]
    assert sorted(journaled(procuration)[-2:]) == sorted([Action.DENIED, Action(decided)])


def test_two_clerks_with_the_same_list_share_it_without_waiting_for_each_other_for_ever(world: World) -> None:
    procurations = [world.established() for _ in range(6)]
    answers = at_once(
        confirmed_at_town_hall(world, procurations, "validate"),
        confirmed_at_town_hall(world, procurations[::-1], "invalidate", reason="PLAFOND"),
    )
    assert sorted(answer.status_code for answer in answers)[0] in (200, 303)
    for procuration in procurations:
        assert status_of(procuration) in (Status.VALIDATED, Status.INVALIDATED)
        assert len(mails_of(procuration)) == 3


@pytest.mark.parametrize("first", ["officer", "clerk"])
def test_establishing_at_a_counter_while_its_sheet_is_typed_makes_one_procuration(world: World, first: str) -> None:
    demande = a_demande_on_sheet(world)
    requests = {"officer": confirmed_at_counter(world, demande), "clerk": sheet_typed(world, demande)}
    order = [first, *(name for name in requests if name != first)]
    answers = dict(zip(order, at_once(*[requests[name] for name in order]), strict=True))
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    source = "online" if answers["officer"].status_code == 303 else "paper"
    assert (status_of(demande), demande.source) == (Status.ESTABLISHED, source)
    assert mails_of(demande) == ["submitted", "established"]
    won = Action.ESTABLISHED if source == "online" else Action.PAPER_ENTERED
    assert [action for action in journaled(demande) if action in ("established", "paper_entered")] == [won]
    told = next(read(answer).text for answer in answers.values() if answer.status_code == 409)
    assert ("Établie le" if source == "online" else "Déjà établie sur papier le") in told


@pytest.mark.parametrize("first", ["officer", "elector"])
def test_establishing_while_the_elector_withdraws_is_one_or_the_other(world: World, first: str) -> None:
    elector = world.an_elector()
    demande = world.submitted(elector)
    requests = {"officer": confirmed_at_counter(world, demande), "elector": withdrawal(world, demande, elector)}
    order = [first, *(name for name in requests if name != first)]
    answers = dict(zip(order, at_once(*[requests[name] for name in order]), strict=True))
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    won = "established" if answers["officer"].status_code == 303 else "withdrawn"
    assert status_of(demande) == won
    assert mails_of(demande) == ["submitted", won]
    assert [action for action in journaled(demande) if action in ("established", "withdrawn")] == [won]
    assert all(read(answer) for answer in answers.values() if answer.status_code == 409)


def test_a_bulk_and_the_daily_command_take_rows_in_one_order(world: World) -> None:
    """The list shows the newest first; its act and `close-scrutins` both begin with the oldest, and neither fails."""
    procurations = [world.established() for _ in range(6)]
    for one in procurations:
        one.last_day = world.today - timedelta(days=3)
    db.session.commit()
    bulk, command = confirmed_at_town_hall(world, procurations, "validate"), world.app.test_cli_runner()
    db.session.rollback()
    with two_meet(Procuration.__tablename__), ThreadPoolExecutor(2) as pool:
        decided, closed = pool.submit(bulk), pool.submit(command.invoke, args=["close-scrutins"])
        assert decided.result().status_code in (200, 303, 409)
        assert closed.result().exit_code == 0, closed.result().output
    assert {status_of(one) for one in procurations} <= {Status.VALIDATED, Status.ENDED}
