"""Delivery of the outbox: claim, render, send through Flask-Mail, say what came of it; never inside a request.

At least once: a worker that dies between the relay's answer and our note sends again, under the same Message-ID.
"""

import logging
import smtplib
import threading
from datetime import timedelta
from typing import NamedTuple, Protocol

from flask import Flask, current_app
from flask_mail import Message

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
    """The transport; the demonstration may put its mailbox in its place."""
    app.extensions["mail_transport"] = relay_of(app, config.mail)


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
