"""Figures for Prometheus: what the server's processes have counted together, and what the database holds now.

Several processes count in files of the directory PROMETHEUS_MULTIPROC_DIR, which app/server.py makes; without it, this
process counts alone. Labels are doors, statuses and kinds: never a person, a reference or an address.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from app.dates import now
from app.login import totp_keys
from app.logs import seconds
from models import outbox, totp
from models.base import db
from models.journal import Action, Entry
from models.procuration import Procuration, Status

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
LATELY = timedelta(minutes=10)
WAITING = (Status.SUBMITTED, Status.ESTABLISHED)
disable_created_metrics()
OWN = CollectorRegistry()
ANSWERS = Counter("procurations_answers", "Answers, by door and by status.", ["door", "status"], registry=OWN)
DURATIONS = Histogram(
    "procurations_request_seconds", "How long answers took, by door.", ["door"], registry=OWN, buckets=BUCKETS
)


def init_metrics(app: Flask) -> None:
    """Count every answer but those of static files."""
    app.after_request(_count)


def figures() -> bytes:
    """All of them, in Prometheus's text format; while the database fails, the processes' alone."""
    counted, held = OWN, CollectorRegistry()
    if DIRECTORY in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    held.register(Held())
    return generate_latest(counted) + generate_latest(held)


class Held(Collector):
    """What the database holds at this instant: never a count of all that it keeps, which grows with the years."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("procurations_database_up", "1 while the database answers.")
        try:
            figures = [_procurations(), _acts(), *_mails(), _key_lost()]
        except SQLAlchemyError:
            db.session.rollback()
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
            yield from figures
        yield up


def _procurations() -> Metric:
    told = "Procurations that wait for an officer or a town hall."
    family = GaugeMetricFamily("procurations", told, labels=["status"])
    _count_each(family, Procuration.status, WAITING)
    return family


def _acts() -> Metric:
    told = "Entries of the journal in the last ten minutes, by what was done."
    family = GaugeMetricFamily("procurations_acts_lately", told, labels=["action"])
    _count_each(family, Entry.action, Action, Entry.at > now() - LATELY)
    return family


def _count_each(
    family: GaugeMetricFamily, column: InstrumentedAttribute[Any], kinds: Iterable[str], *when: ColumnElement[bool]
) -> None:
    """How many of each kind, none included. The kinds are named to the database, whose index begins with them."""
    named = (column.in_(list(kinds)), *when)
    counts = dict(db.session.execute(select(column, func.count()).where(*named).group_by(column)).all())
    for kind in kinds:
        family.add_metric([kind], counts.get(kind, 0))


def _mails() -> Iterator[Metric]:
    backlog = outbox.backlog(now())
    mails = GaugeMetricFamily("procurations_mails", "Messages not sent: waiting, or given up.", labels=["state"])
    mails.add_metric(["waiting"], backlog.waiting)
    mails.add_metric(["failed"], outbox.failed_count())
    yield mails
    older = GaugeMetricFamily(
        "procurations_mails_waiting_longer",
        "Messages that have waited longer than so many seconds.",
        labels=["seconds"],
    )
    for age, count in backlog.longer.items():
        older.add_metric([str(int(age.total_seconds()))], count)
    yield older
    oldest = GaugeMetricFamily("procurations_mails_oldest_seconds", "For how long the oldest message has waited.")
    oldest.add_metric([], backlog.oldest.total_seconds())
    yield oldest


def _key_lost() -> Metric:
    family = GaugeMetricFamily(
        "procurations_second_factor_key_lost", "1 when TOTP_KEY and TOTP_KEY_FALLBACKS open not every application."
    )
    family.add_metric([], totp.is_key_lost(totp_keys()))
    return family


def _count(response: Response) -> Response:
    if request.endpoint != "static":
        door = request.blueprint or "none"
        _answers(door, response.status_code).inc()
        _durations(door).observe(seconds())
    return response


@cache
def _answers(door: str, status: int) -> Counter:
    return ANSWERS.labels(door, str(status))


@cache
def _durations(door: str) -> Histogram:
    return DURATIONS.labels(door)
