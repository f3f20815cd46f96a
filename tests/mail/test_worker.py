"""Workers: one message is held by one of them, and none is lost when they die; what is said, kept, forgotten."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_mail import Message
from sqlalchemy import select

from app.config import Config
from app.dates import now
from app.mailer import LEASE, Tally, deliver_once
from app.relay import RelayConnection
from app.worker import deliver_forever
from models import outbox
from models.base import db
from models.outbox import OutboxMail
from tests.builders import World
from tests.live import HOST, free_port
from tests.mail.outbox import Sending, claim_all, the_mail, time_passes
from tests.mail.smtp import Relay

PATIENCE = 30


def test_two_workers_never_hold_the_same_message(world: World, app: Flask) -> None:
    for _ in range(12):
        world.submitted()
    start, held = threading.Barrier(4), list[int]()

    def work() -> None:
        with app.app_context():
            start.wait()
            while claimed := claim_all(limit=2):
                held.extend(mail.id for mail in claimed)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(held) == len(set(held)) == 12


def test_a_worker_that_dies_gives_its_message_back_after_the_lease(world: World) -> None:
    world.submitted()
    instant = now()
    assert outbox.claim(instant, limit=9, lease=LEASE)
    db.session.commit()
    assert not outbox.claim(instant + LEASE - timedelta(seconds=1), limit=9, lease=LEASE)
    assert outbox.claim(instant + LEASE, limit=9, lease=LEASE)


def test_a_slow_worker_does_not_undo_what_the_next_one_did(world: World) -> None:
    world.submitted()
    instant = now()
    [slow] = outbox.claim(instant, limit=1, lease=LEASE)
    [next_one] = outbox.claim(instant + LEASE, limit=1, lease=LEASE)
    db.session.commit()
    outbox.mark_failed(slow, "SMTPDataError 550", now=instant)
    outbox.put_back([slow])
    db.session.commit()
    assert (the_mail().failed_at, the_mail().claimed_until) == (None, next_one.until)
    outbox.mark_sent(next_one, now=instant + LEASE)
    outbox.mark_retry(next_one, "SMTPDataError 451", now=instant + LEASE)
    db.session.commit()
    assert (outbox.waiting_count(), outbox.failed_count()) == (0, 0)


def test_a_worker_stops_between_two_messages_and_gives_the_rest_back(world: World, sending: Sending) -> None:
    world.submitted()
    world.submitted()
    stop = threading.Event()
    with Relay() as relay, sending(relay) as app:
        real = app.extensions["mail_transport"]

        class StopsAfterOne(RelayConnection):
            def send(self, message: Message, *rest: Any) -> None:
                super().send(message, *rest)
                stop.set()

        app.extensions["mail_transport"] = lambda: StopsAfterOne(real().mail)
        assert deliver_once(stop) == Tally(sent=1)
        assert len(claim_all()) == 1


def test_the_thread_of_the_demonstration_delivers_until_it_is_stopped(world: World, app: Flask) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=deliver_forever, args=(app, stop))
    worker.start()
    world.submitted()
    try:
        wait_until(lambda: the_mail().sent_at is not None)
    finally:
        stop.set()
        worker.join(PATIENCE)
    assert not worker.is_alive()


def test_a_worker_killed_in_the_middle_loses_nothing(world: World, sending: Sending, config: Config) -> None:
    world.submitted()
    message_id = the_mail().message_id
    with Relay({"DATA": ["hang", "250 ok"]}) as relay:
        worker = start_worker(config, relay)
        assert relay.reached["DATA"].wait(PATIENCE)
        worker.kill()
        worker.wait()
        with sending(relay):
            assert deliver_once() == Tally(), "still claimed"
            time_passes(LEASE)
            assert deliver_once() == Tally(sent=1)
    assert [m["Message-ID"] for m in relay.received] == [f"<{message_id}@127.0.0.1>"]


def test_sigterm_ends_the_worker_cleanly(world: World, config: Config) -> None:
    world.submitted()
    with Relay() as relay:
        worker = start_worker(config, relay)
        wait_until(lambda: the_mail().sent_at is not None)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0


# The command.


def test_the_command_tells_what_it_did(world: World, sending: Sending) -> None:
    world.submitted(email="anne@electeurs.test")
    with Relay({"RCPT anne@electeurs.test": ["550 no"]}) as relay, sending(relay) as app:
        run = app.test_cli_runner().invoke
        failing = run(args=["deliver-mail", "--once"])
        world.submitted()
        done = run(args=["deliver-mail", "--once"])
    assert (failing.exit_code, failing.output) == (1, "0 sent, 0 postponed, 1 given up\n")
    assert (done.exit_code, done.output) == (0, "1 sent, 0 postponed, 0 given up\n")


def test_the_command_says_that_it_could_not_run(world: World, sending: Sending) -> None:
    world.submitted()
    with sending(free_port()) as app:
        done = app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
    assert done.exit_code == 2
    assert done.output.startswith("the relay is unavailable: ConnectionRefusedError")


# What is kept, and told.


def test_the_address_and_the_facts_are_forgotten_after_seven_days(world: World, sending: Sending) -> None:
    for name in ("anne", "bruno", "chloe"):
        world.submitted(email=f"{name}@electeurs.test")
    answers = {"RCPT anne@electeurs.test": ["550 no"], "RCPT bruno@electeurs.test": ["451 later"]}
    with Relay(answers) as relay, sending(relay):
        assert deliver_once() == Tally(sent=1, postponed=1, failed=1)
    assert outbox.erase_old_facts(now() + timedelta(days=6, hours=23)) == 0
    assert outbox.failed_count() == 1
    assert outbox.erase_old_facts(now() + timedelta(days=7, seconds=1)) == 2
    assert outbox.failed_count() == 0, "told for seven days, and no longer"
    db.session.commit()
    kept = db.session.scalars(select(OutboxMail).where(OutboxMail.facts.is_not(None))).all()
    assert [mail.sent_at or mail.failed_at for mail in kept] == [None], "only what still waits"


def test_nobody_is_named_in_the_logs(
    world: World,
    sending: Sending,
    short_patience: None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    names = ("anne", "bruno", "chloe", "david")
    references = [world.submitted(email=f"{name}@electeurs.test").reference for name in names]
    answers = {
        "RCPT anne@electeurs.test": ["550 5.1.1 <anne@electeurs.test> unknown"],
        "DATA bruno@electeurs.test": ["451 4.7.1 <bruno@electeurs.test> later"],
        "DATA david@electeurs.test": ["hang"],
    }
    with Relay(answers) as relay, sending(relay) as app:
        app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("mail.log", "asyncio")))
    said = ours + capfd.readouterr().err
    assert "given up" in ours
    for secret in (*(f"{name}@" for name in names), *(reference or "" for reference in references)):
        assert secret not in said


# Helpers.


def start_worker(config: Config, relay: Relay) -> subprocess.Popen[bytes]:
    """The command, in a process of its own."""
    environ = {
        **os.environ,
        "DEMO": "1",
        "DATABASE_URL": config.database_url,
        "PUBLIC_URL": config.public_url,
        "MAIL_SERVER": HOST,
        "MAIL_PORT": str(relay.port),
        "MAIL_USE_TLS": "0",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "deliver-mail"]
    return subprocess.Popen(command, env=environ, cwd=Path(__file__).parent.parent.parent)


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; fail after a long while."""
    waiting = threading.Event()
    for _ in range(PATIENCE * 10):
        if condition():
            return
        waiting.wait(0.1)
    raise AssertionError("it never happened")
