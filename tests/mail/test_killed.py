"""Whoever is killed, whatever the relay does: each message of an act arrives, none of an act that was undone."""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from app.config import Config
from models import outbox
from models.base import db
from models.outbox import OutboxMail
from tests.builders import World
from tests.killing import Slot, wait_until
from tests.mail.acting import UNDONE, UNKNOWN
from tests.mail.moody import CUT, HANG, LATER, LOST, MoodyRelay
from tests.mail.processes import starting, told
from tests.sizes import sized

ACTS = sized(60, 5_000)
MOODS = {LATER: sized(60, 30), HANG: sized(6, 2), CUT: sized(30, 15), LOST: sized(40, 15)}
ACTORS, WORKERS = 1, 2
LIVES = sized(30, 300), sized(20, 150)
"""How many acts an actor, and how many messages a worker, does at most before it is killed."""
LONGEST_SECONDS = 3_000


@pytest.mark.proof
def test_every_message_arrives_though_everybody_is_killed(world: World, config: Config, tmp_path: Path) -> None:
    world.an_election()
    with MoodyRelay(MOODS) as relay, ExitStack() as running:
        start = starting(config, tmp_path, relay.port)
        actors = [
            Slot(f"a{n}-", start("acting"), lambda name: len(told(tmp_path, name)), LIVES[0]) for n in range(ACTORS)
        ]
        workers = [Slot(f"w{n}-", start("hurried_worker"), relay.delivered_by, LIVES[1]) for n in range(WORKERS)]
        slots = [running.enter_context(slot) for slot in (*actors, *workers)]
        wait_until(lambda: is_enough(slots, tmp_path), slots, seconds=LONGEST_SECONDS)
        for actor in actors:
            actor.__exit__()
        wait_until(lambda: waiting() < ACTS // 10, workers, seconds=LONGEST_SECONDS)
        for worker in workers:
            worker.quiet()
        wait_until(lambda: waiting() == 0, workers, seconds=LONGEST_SECONDS)
        wait_until(lambda: all(worker.can_be_asked_to_end() for worker in workers), workers, seconds=LONGEST_SECONDS)
        for worker in workers:
            worker.process.terminate()
            assert worker.process.wait(60) == 0
    killed = [name for worker in workers for name in worker.killed]
    acknowledged = told(tmp_path)
    print(f"{len(acknowledged)} acts, {len(relay.copies)} copies, {len(killed)} workers killed, met {relay.met}")
    assert_nothing_lost(relay, acknowledged)
    assert_no_copy_too_many(relay, killed)


def assert_nothing_lost(relay: MoodyRelay, acknowledged: list[tuple[str, ...]]) -> None:
    """What was committed is what arrived, or what the relay will never take; what was undone left no trace."""
    db.session.rollback()
    written = db.session.scalars(select(OutboxMail)).all()
    assert set(acknowledged) <= {(mail.kind, (mail.facts or {})["to"]) for mail in written}
    taken = {copy.message_id: copy.to for copy in relay.copies}
    sent = {f"<{mail.message_id}@127.0.0.1>": (mail.facts or {})["to"] for mail in written if mail.sent_at}
    given_up = [mail for mail in written if mail.failed_at]
    assert taken == sent
    assert len(sent) + len(given_up) == len(written)
    assert given_up, "the relay knows not everybody"
    assert all((mail.facts or {})["to"].startswith(UNKNOWN) and "550" in (mail.last_error or "") for mail in given_up)
    assert not [to for to in taken.values() if to.startswith((UNDONE, UNKNOWN))]


def assert_no_copy_too_many(relay: MoodyRelay, killed: list[str]) -> None:
    """A second copy follows only one whose answer was lost, or the last that a killed worker handed over."""
    last_of = {copy.worker: copy for copy in relay.copies if copy.worker in killed}
    excused = Counter(copy.message_id for copy in relay.copies if not copy.is_told)
    excused.update(copy.message_id for copy in last_of.values() if copy.is_told)
    copies = Counter(copy.message_id for copy in relay.copies)
    assert {key: n for key, n in copies.items() if n > 1 + excused[key]} == {}


def is_enough(slots: Sequence[Slot], outputs: Path) -> bool:
    """All the acts are done, and everybody has been killed once at least."""
    return len(told(outputs)) >= ACTS and all(slot.killed for slot in slots)


def waiting() -> int:
    db.session.rollback()
    return outbox.waiting_count()
