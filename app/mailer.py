"""Delivery of the outbox: claim, render, send through Flask-Mail, say what came of it; never inside a request.

At least once: a worker that dies between the relay's answer and our note sends again, under the same Message-ID.
"""

import logging
import re
import signal
import smtplib
import ssl
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.charset import QP, Charset
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import click
from flask import Flask, current_app
from flask_mail import Connection, Mail, Message
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.dates import now
from models import outbox
from models.base import db
from models.outbox import ClaimedMail
from models.reference import spell

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(minutes=10)
LONGEST_DIALOGUE = timedelta(minutes=2)
POLL_SECONDS = 1.0
PAUSE_SECONDS = 60.0
ERASURE_EVERY = timedelta(hours=1)
COLUMNS = 72
IMPLICIT_TLS_PORT = 465
CLOSING = 421
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")

# Quoted-printable: a relay that knows only seven bits changes nothing, and no signature breaks.
UTF8 = Charset("utf-8")
UTF8.body_encoding = QP


class RelayUnavailable(Exception):
    """No message is at fault: no connection, no trust, no sign-in, or a dialogue that stopped."""


class Undeliverable(Exception):
    """This message can never leave; the text holds no address."""


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


class RelayConnection(Connection):
    """Flask-Mail's connection with what it lacks: verified certificates, and a time-out on every exchange."""

    timeout = 10.0

    def configure_host(self) -> smtplib.SMTP:
        host = self._connect()
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(self, *error: Any) -> None:
        """Say goodbye; what was accepted stays accepted when the relay no longer listens."""
        try:
            super().__exit__(*error)
        except OSError:
            logger.info("the relay closed the connection first")

    def _connect(self) -> smtplib.SMTP:
        server, port = self.mail.server, self.mail.port
        if self.mail.use_ssl:
            return smtplib.SMTP_SSL(server, port, timeout=self.timeout, context=ssl.create_default_context())
        return smtplib.SMTP(server, port, timeout=self.timeout)


def init_mailer(app: Flask, config: Config) -> None:
    """Flask-Mail, the transport (the demonstration may put its mailbox in its place), and the command."""
    implicit = config.mail.use_tls and config.mail.port == IMPLICIT_TLS_PORT
    app.config.update(MAIL_USE_SSL=implicit, MAIL_USE_TLS=config.mail.use_tls and not implicit)
    relay = Mail(app)
    app.extensions["mail_transport"] = lambda: RelayConnection(relay)
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


def render(mail: ClaimedMail) -> Message:
    """The message in its two parts, with the same words. Raises Undeliverable when it has not exactly one addressee."""
    config: Config = current_app.extensions["procurations"]
    values = {**mail.facts, "public_url": config.public_url, "is_demo": config.demo, "spell": spell}
    subject, text = _template(f"{mail.kind}.txt", values).split("\n", 1)
    message = Message(
        subject=subject,
        recipients=[_one_address(mail.facts.get("to", ""))],
        body=_fill(text),
        html=_template(f"{mail.kind}.html", {**values, "subject": subject}),
        charset=UTF8,  # type: ignore[arg-type]
        extra_headers={"Auto-Submitted": "auto-generated", "Content-Language": "fr"},
    )
    message.msgId = f"<{mail.message_id}@{urlsplit(config.public_url).hostname}>"
    return message


def _template(name: str, values: dict[str, Any]) -> str:
    """Rendered without Flask's context processors: they speak of a request, and there is none."""
    return current_app.jinja_env.get_template(f"email/{name}").render(values).strip()


def _one_address(to: str) -> str:
    """The one addressee, bare, its domain in ASCII: nothing that could add a header or a copy. Raises Undeliverable."""
    local, _, domain = to.rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise Undeliverable("malformed address") from None
    if not ADDRESS.fullmatch(address):
        raise Undeliverable("malformed address")
    return address


def _fill(text: str) -> str:
    """Paragraphs of at most 72 columns; French spaces never break; an address of a page is never cut."""
    text = re.sub(r" (?=[:;?!»])|(?<=«) ", "\N{NO-BREAK SPACE}", text)
    return "\n\n".join(_fill_paragraph(paragraph) for paragraph in re.split(r"\n\s*\n", text.strip())) + "\n"


def _fill_paragraph(paragraph: str) -> str:
    """One paragraph, or the items of a list."""
    return "\n".join(
        textwrap.fill(
            item,
            COLUMNS,
            subsequent_indent="  " if item.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for item in re.split(r"\n(?=- )", paragraph)
    )


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
        raise RelayUnavailable(_without_address(error)) from None
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
        _postpone(mail, _without_address(error))
        raise
    outbox.mark_sent(mail, now=now())
    db.session.commit()
    return Tally(sent=1)


def _refused(mail: ClaimedMail, refusal: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> Tally:
    """4xx: later. 5xx: never. 421 also ends the connection, for the others too."""
    code = _code(refusal)
    if code >= 500:
        return _fail(mail, _without_address(refusal))
    tally = _postpone(mail, _without_address(refusal))
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


def _code(error: OSError) -> int:
    """The relay's answer in three digits, or 0 when it said nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _without_address(error: OSError) -> str:
    """What went wrong: smtplib's words or the system's, never the relay's, which often repeat the address."""
    if code := _code(error):
        return f"{type(error).__name__} {code}"
    words = str(error) if isinstance(error, smtplib.SMTPException) else error.strerror
    return f"{type(error).__name__} {words or ''}".strip()


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
