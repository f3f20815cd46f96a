"""Wrong references: counted by account and by station, slowed, blocked, told; by the database alone (R72-1 II)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from models import misses
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, Closure, CounterClosed, NotHabilitated, Unknown
from models.journal import Action
from models.outbox import MailKind, OutboxMail
from models.procuration import Status
from tests.back_office.desks import journaled
from tests.builders import World

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def miss(officer: Account, at: datetime, **options: timedelta) -> Closure | None:
    """Type a reference that opens nothing, and commit."""
    with pytest.raises((Unknown, CounterClosed)):
        misses.look_up("ZZZZZZ", officer=officer, now=at)
    closure = misses.count(account=officer, now=at, **options)
    db.session.commit()
    return closure


def misses_in(officer: Account, times: Iterable[datetime]) -> Closure | None:
    """The closure after the last of them."""
    return [miss(officer, at) for at in times][-1]


def waits(closure: Closure | None, at: datetime) -> int | None:
    """In seconds."""
    return int((closure.until - at).total_seconds()) if closure else None


def told() -> list[tuple[str, str]]:
    """The kinds of message to agents, and to whom."""
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.procuration_id.is_(None)).order_by(OutboxMail.id))
    return [(mail.kind, mail.facts["to"]) for mail in mails if mail.facts]


def test_from_the_fifth_in_ten_minutes_the_wait_grows_even_while_it_runs(world: World) -> None:
    officer, start = world.an_officer(), now()
    answers = [miss(officer, start + n * SECOND) for n in range(11)]
    seconds = [waits(closure, start + n * SECOND) for n, closure in enumerate(answers)]
    assert seconds == [None] * 4 + [30, 60, 90, 120, 150, 180, 210]
    assert journaled() == [Action.MISSED] * 11


def test_one_in_three_minutes_never_waits(world: World) -> None:
    officer, start = world.an_officer(), now()
    assert {miss(officer, start + n * 3 * MINUTE) for n in range(15)} == {None}


def test_a_right_reference_opens_nothing_while_the_account_waits_and_resets_nothing(world: World) -> None:
    demande, officer, start = world.submitted(), world.an_officer(), now()
    misses_in(officer, [start + n * SECOND for n in range(4)])
    assert misses.look_up(demande.reference, officer=officer, now=start + 5 * SECOND).id == demande.id
    assert waits(miss(officer, start + 6 * SECOND), start + 6 * SECOND) == 30
    with pytest.raises(CounterClosed):
        misses.look_up(demande.reference, officer=officer, now=start + 35 * SECOND)
    assert misses.look_up(demande.reference, officer=officer, now=start + 36 * SECOND).id == demande.id
    assert demande.status is Status.SUBMITTED


def test_the_twentieth_in_an_hour_blocks_the_account_and_tells_its_responsible_once(world: World) -> None:
    station = world.a_station()
    chief = world.an_officer(station=station, manages_station=True)
    world.an_officer(manages_station=True)
    officer, start = world.an_officer(station=station), now()
    times = [start + n * 150 * SECOND for n in range(20)]
    assert misses_in(officer, times[:19]) is None
    blocked = miss(officer, times[19])
    assert blocked == Closure(times[19] + misses.BLOCK, is_blocked=True)
    assert miss(officer, times[19] + MINUTE) == blocked, "a try while blocked does not lengthen the block"
    assert told() == [(MailKind.COUNTER_BLOCKED, chief.email)]
    assert journaled().count(Action.COUNTER_BLOCKED) == 1
    assert journaled().count(Action.MISSED) == 21


def test_the_block_ends_by_itself_and_the_count_starts_anew(world: World) -> None:
    demande, officer, start = world.submitted(), world.an_officer(), now()
    for n in range(20):
        miss(officer, start + n * SECOND, block=MINUTE)
    with pytest.raises(CounterClosed):
        misses.look_up(demande.reference, officer=officer, now=start + 78 * SECOND)
    assert misses.look_up(demande.reference, officer=officer, now=start + 79 * SECOND).id == demande.id
    assert miss(officer, start + 80 * SECOND) is None


def test_a_station_is_never_blocked_and_its_responsible_hears_of_fifty_in_an_hour(world: World) -> None:
    station = world.a_station()
    chief = world.an_officer(station=station, manages_station=True)
    start = now().replace(minute=0, second=0, microsecond=0)
    officers = [world.an_officer(station=station) for _ in range(4)]
    for n in range(60):
        miss(officers[n % 4], start + n * SECOND)
    assert told() == [(MailKind.STATION_MISSES, chief.email)]
    demande = world.submitted()
    newcomer = world.an_officer(station=station)
    assert misses.look_up(demande.reference, officer=newcomer, now=start + MINUTE).id == demande.id


def blocked(world: World, **changes: object) -> Account:
    officer = world.an_officer(**changes)
    misses_in(officer, [now()] * 20)
    return officer


def test_only_the_stations_responsible_lifts_a_block_and_never_ones_own(world: World) -> None:
    station = world.a_station()
    chief = world.an_officer(station=station, manages_station=True)
    officer = blocked(world, station=station)
    for other in (officer, world.an_officer(station=station)):
        with pytest.raises(NotHabilitated):
            misses.unblock(officer.id, manager=other, now=now())
    with pytest.raises(Unknown):
        misses.unblock(officer.id, manager=world.an_officer(manages_station=True), now=now())
    for _ in range(20):
        miss(chief, now())
    with pytest.raises(Unknown):
        misses.unblock(chief.id, manager=chief, now=now())
    misses.unblock(officer.id, manager=chief, now=now())
    db.session.commit()
    assert misses.closure_of(officer, now()) is None
    assert journaled()[-1] is Action.COUNTER_UNBLOCKED
    with pytest.raises(AlreadyHandled):
        misses.unblock(officer.id, manager=chief, now=now())


def test_what_no_count_needs_is_forgotten(world: World) -> None:
    officer = world.an_officer(capacity=Capacity.APJ)
    start = now()
    misses_in(officer, [start] * 6)
    misses.drop_before(start + timedelta(minutes=59))
    assert db.session.get_one(misses.AccountMisses, officer.id, populate_existing=True).instants
    misses.drop_before(start + timedelta(days=2))
    assert not db.session.get_one(misses.AccountMisses, officer.id, populate_existing=True).instants
    assert db.session.scalar(select(misses.StationMisses.count)) is None
