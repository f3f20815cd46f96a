"""The worker behind `deliver-mail`: the mail, and beside it, in a thread of its own, the long tasks.

A long import would keep the mail waiting, and a relay that does not answer would keep the imports waiting: so neither
waits for the other. What a task holds, it holds under a lease.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.database import must_be_ready, reason
from app.dates import now
from app.late_alerts import tell_late_arrivals
from app.logs import structure
from app.mailer import RelayUnavailable, deliver_once, erase
from app.recontrol import recontrol_due, rename_due, tell_lost_days
from app.register_pdf import draw_waiting
from app.roll import import_waiting
from models.base import db

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PAUSE_SECONDS = 60.0
ERASURE_EVERY = timedelta(hours=1)

Task = Callable[[threading.Event], object]


def recontrol_waiting(stop: threading.Event) -> None:
    """Control again what a new or corrected election reaches, until nothing waits or the event is set."""
    while not stop.is_set() and recontrol_due(now()):
        pass


def rename_waiting(stop: threading.Event) -> None:
    """Count under their names of the rolls those whom a new roll knows."""
    rename_due(now(), is_stopped=stop.is_set)


def tell_of_lost_days(stop: threading.Event) -> None:
    """Tell those who chose a polling day that was moved."""
    tell_lost_days(now(), is_stopped=stop.is_set)


def tell_who_is_on_duty(stop: threading.Event) -> None:
    """Tell who is on duty of what came late, and the next person of what nobody has opened."""
    tell_late_arrivals(now(), is_stopped=stop.is_set)


TASKS: tuple[Task, ...] = (
    tell_who_is_on_duty,
    import_waiting,
    rename_waiting,
    recontrol_waiting,
    tell_of_lost_days,
    draw_waiting,
)
"""What the worker does besides the mail, in this order; each ends soon once the event is set."""


def init_worker(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(deliver_mail)


@click.command("deliver-mail")
@click.option("--once", is_flag=True, help="Do what is due, then exit.")
def deliver_mail(once: bool) -> None:
    """Deliver the mail, tell of late arrivals, import rolls, control again what changed, draw PDFs, until SIGTERM."""
    with _stopped_by_signals() as stop:
        if once:
            raise SystemExit(max(_deliver_and_tell(stop), _do_tasks_and_tell(stop)))
        must_be_ready()
        if not current_app.extensions["procurations"].demo:
            structure()
        deliver_forever(current_app._get_current_object(), stop)  # type: ignore[attr-defined]


def deliver_forever(app: Flask, stop: threading.Event) -> None:
    """Deliver as messages come, erase old facts, and do the tasks, until `stop`; a failure is told and ends nothing."""
    tasks = threading.Thread(target=_do_tasks_forever, args=(app, stop), daemon=True)
    tasks.start()
    pause, erasure_due = 0.0, now()
    while not stop.wait(pause):
        with app.app_context():
            pause = POLL_SECONDS if _quietly(lambda: deliver_once(stop)) else PAUSE_SECONDS
            if now() >= erasure_due and _quietly(erase):
                erasure_due = now() + ERASURE_EVERY
    tasks.join()


def _do_tasks_forever(app: Flask, stop: threading.Event) -> None:
    pause = 0.0
    while not stop.wait(pause):
        with app.app_context():
            done = [_quietly(lambda task=task: task(stop)) for task in TASKS]
            pause = POLL_SECONDS if all(done) else PAUSE_SECONDS


def _quietly(step: Callable[[], object]) -> bool:
    """Do it; tell a failure by its kind (its words may hold an address) and go on."""
    try:
        step()
    except RelayUnavailable as error:
        logger.warning("the relay is unavailable: %s", error)
    except Exception as error:
        logger.error("the worker stopped: %s", type(error).__name__)
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
        click.echo(reason(error), err=True)
        return 2
    click.echo(f"{tally.sent} sent, {tally.postponed} postponed, {tally.failed} given up")
    return 1 if tally.failed else 0


def _do_tasks_and_tell(stop: threading.Event) -> int:
    """Do the tasks that wait; the exit code: 0 done, 2 could not run."""
    for task in TASKS:
        try:
            task(stop)
        except SQLAlchemyError as error:
            db.session.rollback()
            click.echo(reason(error), err=True)
            return 2
    return 0


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set: the delivery ends between two messages, an import between two batches."""
    stop = threading.Event()
    former = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
