"""Delivery of the outbox: claim, render, send through Flask-Mail, say what came of it; never inside a request.

At least once: a worker that dies between the relay's answer and our note sends again, under the same Message-ID.
"""

import logging
import signal
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple, Protocol

import click
from flask import Flask, current_app
from flask_mail import Message
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.dates import now
from app.message import Undeliverable, render
from app.relay import CLOSING, code_of, relay_of, without_address
from models import outbox
from models.base import db
from models.outbox import ClaimedMail

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=10)
LONGEST_DIALOGUE = timedelta(minutes=2)
POLL_SECONDS = 1.0
PAUSE_SECONDS = 60.0
ERASURE_EVERY = timedelta(hours=1)


class RelayUnavailable(Exception):
    """No message is at fault: no connection, no trust, no sign-in, or a dialogue that stopped."""


class Tally(NamedTuple):
    """What a delivery did."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(self.sent + other.sent, self.postponed + other.postponed, self.failed + other.failed)


class Transport(Protocol):
    """An open connection: the relay's, or the demonstration's mailbox."""

    def send(self, message: Message) -> None: ...


def init_mailer(app: Flask, config: Config) -> None:
    """The transport (the demonstration may put its mailbox in its place), and the command."""
    app.extensions["mail_transport"] = relay_of(app, config.mail)
    app.cli.add_command(deliver_mail)


@click.command("deliver-mail")
@click.option("--once", is_flag=True, help="Deliver what is due, then exit.")
def deliver_mail(once: bool) -> None:
    """Deliver the mail that waits, until SIGTERM."""
    with _stopped_by_signals() as stop:
        if once:
            raise SystemExit(_deliver_and_tell(stop))
        deliver_forever(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


def deliver_forever(app: Flask, stop: threading.Event) -> None:
    """Deliver as messages come, and erase old facts, until `stop`; a failure is told and never ends it."""
    pause, erasure_due = 0.0, now()
    while not stop.wait(pause):
        with app.app_context():
            pause = POLL_SECONDS if _quietly(lambda: deliver_once(stop)) else PAUSE_SECONDS
            if now() >= erasure_due and _quietly(erase):
                erasure_due = now() + ERASURE_EVERY


def deliver_once(stop: threading.Event | None = None) -> Tally:
    """Deliver everything that is due, a connection a batch. Raises RelayUnavailable; the rest then still waits."""
    stop, total = stop or threading.Event(), Tally()
    while not stop.is_set() and (mails := _claim()):
        total = total.plus(_deliver(mails, stop))
    return total


def erase() -> None:
    """Forget the facts of what left, or was given up, seven days ago."""
    outbox.erase_old_facts(now())
    db.session.commit()


def _claim() -> list[ClaimedMail]:
    mails = outbox.claim(now(), limit=BATCH, lease=LEASE)
    db.session.commit()
    return mails


def _deliver(mails: list[ClaimedMail], stop: threading.Event) -> Tally:
    """Send them over one connection, as long as the lease surely lasts; give back what was not tried."""
    left, tally = list(mails), Tally()
    try:
        with current_app.extensions["mail_transport"]() as connection:
            while left and not stop.is_set() and now() < left[0].until - LONGEST_DIALOGUE:
                tally = tally.plus(_deliver_one(connection, left[0]))
                del left[0]
    except OSError as error:
        raise RelayUnavailable(without_address(error)) from None
    finally:
        db.session.rollback()
        outbox.put_back(left)
        db.session.commit()
    return tally


def _deliver_one(connection: Transport, mail: ClaimedMail) -> Tally:
    """Send one message. Raises OSError when the fault is the relay's and going on is useless."""
    try:
        message = render(mail)
    except Undeliverable as error:
        return _fail(mail, str(error))
    except Exception as error:  # a broken template holds its own messages back, and no other
        return _postpone(mail, f"cannot be rendered: {type(error).__name__}")
    try:
        connection.send(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refusal:
        return _refused(mail, refusal)
    except smtplib.SMTPSenderRefused:
        raise
    except OSError as error:
        _postpone(mail, without_address(error))
        raise
    outbox.mark_sent(mail, now=now())
    db.session.commit()
    return Tally(sent=1)


def _refused(mail: ClaimedMail, refusal: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> Tally:
    """4xx: later. 5xx: never. 421 also ends the connection, for the others too."""
    code = code_of(refusal)
    if code >= 500:
        return _fail(mail, without_address(refusal))
    tally = _postpone(mail, without_address(refusal))
    if code == CLOSING:
        raise refusal
    return tally


def _postpone(mail: ClaimedMail, error: str) -> Tally:
    is_waiting = outbox.mark_retry(mail, error, now=now())
    db.session.commit()
    logger.warning("message %s %s: %s", mail.message_id, "postponed" if is_waiting else "given up", error)
    return Tally(postponed=1) if is_waiting else Tally(failed=1)


def _fail(mail: ClaimedMail, error: str) -> Tally:
    outbox.mark_failed(mail, error, now=now())
    db.session.commit()
    logger.warning("message %s given up: %s", mail.message_id, error)
    return Tally(failed=1)


def _quietly(step: Callable[[], object]) -> bool:
    """Do it; tell a failure by its kind (its words may hold an address) and go on."""
    try:
        step()
    except RelayUnavailable as error:
        logger.warning("the relay is unavailable: %s", error)
    except Exception as error:
        logger.error("delivery stopped: %s", type(error).__name__)
    else:
        return True
    db.session.rollback()
    return False


def _deliver_and_tell(stop: threading.Event) -> int:
    """Deliver what is due, erase what is old; the exit code: 0 done, 1 something will never leave, 2 could not run."""
    try:
        tally = deliver_once(stop)
        erase()
    except RelayUnavailable as error:
        click.echo(f"the relay is unavailable: {error}", err=True)
        return 2
    except SQLAlchemyError as error:
        click.echo(f"the database is unavailable: {type(error).__name__}", err=True)
        return 2
    click.echo(f"{tally.sent} sent, {tally.postponed} postponed, {tally.failed} given up")
    return 1 if tally.failed else 0


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set: the delivery ends between two messages."""
    stop = threading.Event()
    former = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
