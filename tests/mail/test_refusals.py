"""What a relay refuses: later is later, never is told, and no message suffers from another."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from app.mailer import LEASE, RelayUnavailable, Tally, deliver_once
from models import outbox
from models.base import db
from models.outbox import BACK_OFF, OutboxMail
from tests.builders import World
from tests.mail.outbox import Sending, claim_all, the_mail, time_passes
from tests.mail.smtp import Relay


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_relay_that_says_later_gets_the_same_message_later(world: World, sending: Sending, command: str) -> None:
    world.submitted()
    message_id = the_mail().message_id
    with Relay({command: ["451 4.7.1 greylisted, eloise@electeurs.test", "250 ok"]}) as relay, sending(relay):
        assert deliver_once() == Tally(postponed=1)
        assert deliver_once() == Tally(), "a minute has not passed"
        assert (the_mail().attempts, outbox.waiting_count()) == (1, 1)
        time_passes(BACK_OFF[0])
        assert deliver_once() == Tally(sent=1)
    assert [m["Message-ID"] for m in relay.received] == [f"<{message_id}@127.0.0.1>"]


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_an_unknown_address_is_a_visible_failure_and_troubles_nobody_else(
    world: World, sending: Sending, command: str
) -> None:
    for name in ("anne", "bruno", "chloe"):
        world.submitted(email=f"{name}@electeurs.test")
    answers = {f"{command} bruno@electeurs.test": ["550 5.1.1 no bruno@electeurs.test here"]}
    with Relay(answers) as relay, sending(relay):
        assert deliver_once() == Tally(sent=2, failed=1)
        assert relay.connections == 1
    assert [m["To"] for m in relay.received] == ["anne@electeurs.test", "chloe@electeurs.test"]
    assert (outbox.failed_count(), outbox.waiting_count()) == (1, 0)
    [failed] = db.session.scalars(select(OutboxMail).where(OutboxMail.failed_at.is_not(None)))
    assert "550" in (failed.last_error or "")
    assert "bruno" not in (failed.last_error or "")


def test_a_relay_that_refuses_the_sender_fails_nobody(world: World, sending: Sending) -> None:
    world.submitted()
    with Relay({"MAIL": ["550 5.7.1 not you"]}) as relay, sending(relay):
        with pytest.raises(RelayUnavailable, match="550"):
            deliver_once()
        assert len(claim_all()) == 1, "given back, without waiting for the lease"
    assert (the_mail().attempts, the_mail().failed_at) == (0, None)


def test_a_relay_that_closes_does_not_cost_the_others_an_attempt(world: World, sending: Sending) -> None:
    for name in ("anne", "bruno"):
        world.submitted(email=f"{name}@electeurs.test")
    with Relay({"RCPT": ["421 4.3.2 closing", "250 ok"]}) as relay, sending(relay):
        with pytest.raises(RelayUnavailable, match="421"):
            deliver_once()
        assert db.session.scalars(select(OutboxMail.attempts).order_by(OutboxMail.id)).all() == [1, 0]
        db.session.rollback()
        assert deliver_once() == Tally(sent=1)
    assert [m["To"] for m in relay.received] == ["bruno@electeurs.test"]


def test_two_days_of_later_are_a_failure(world: World) -> None:
    world.submitted()
    start = instant = now()
    while claimed := outbox.claim(instant, limit=1, lease=LEASE):
        if not outbox.mark_retry(claimed[0], "SMTPDataError 451", now=instant):
            break
        db.session.commit()
        instant = the_mail().due_at
    db.session.commit()
    assert the_mail().failed_at == instant
    assert timedelta(days=2) <= instant - start < timedelta(days=2, hours=4)


@pytest.mark.parametrize(
    "address",
    ["a@electeurs.test\r\nBcc: b@electeurs.test", "a@electeurs.test, b@electeurs.test", "A <a@electeurs.test>", ""],
)
def test_an_address_cannot_add_a_header_or_a_copy(world: World, sending: Sending, address: str) -> None:
    world.submitted(email=address)
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(failed=1)
    assert relay.received == []


def test_an_accented_domain_is_reached(world: World, sending: Sending) -> None:
    world.submitted(email="eloise@électeurs.test")
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=1)
    assert relay.envelopes[0][1] == ["eloise@xn--lecteurs-90a.test"]


def test_a_message_that_cannot_be_rendered_holds_back_no_other(world: World, sending: Sending) -> None:
    world.submitted(email="anne@electeurs.test")
    mail = the_mail()
    mail.facts = {**(mail.facts or {}), "expires_on": "not a day"}
    db.session.commit()
    world.submitted(email="bruno@electeurs.test")
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=1, postponed=1)
    assert [m["To"] for m in relay.received] == ["bruno@electeurs.test"]
