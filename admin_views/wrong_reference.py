"""What a desk answers to a reference that opens nothing, and while its account has to wait."""

import math
from datetime import datetime, timedelta

from flask import current_app

from models import misses
from models.errors import Closure

OPEN_AT_MOST = timedelta(hours=12)
"""How long a file can stay open on a desk: the life of a session."""


def block() -> timedelta:
    """How long a block lasts; one minute in the demonstration."""
    return timedelta(minutes=1) if current_app.extensions["procurations"].demo else misses.BLOCK


def in_minutes(closure: Closure | None) -> Closure | None:
    """As a clock without seconds may say it: never before its end."""
    return closure and closure._replace(until=closure.until + timedelta(seconds=59))


def wait(closure: Closure, now: datetime) -> int:
    """In how many seconds a reference opens again."""
    return math.ceil((closure.until - now).total_seconds())
