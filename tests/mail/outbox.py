"""The outbox, as the tests of the mail look at it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.dates import now
from app.mailer import LEASE
from models import outbox
from models.base import db
from models.outbox import ClaimedMail, OutboxMail

Sending = Callable[..., AbstractContextManager[Flask]]


def time_passes(delay: timedelta) -> None:
    """As if the outbox had been written and claimed that much earlier."""
    for mail in db.session.scalars(select(OutboxMail)):
        mail.due_at -= delay
        if mail.claimed_until:
            mail.claimed_until -= delay
    db.session.commit()


def the_mail() -> OutboxMail:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(OutboxMail)).one()


def claim_all(limit: int = 100) -> list[ClaimedMail]:
    claimed = outbox.claim(now(), limit=limit, lease=LEASE)
    db.session.commit()
    return claimed
