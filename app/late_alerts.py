"""The worker's step for late arrivals: who is on duty is told, a transaction a commune."""

from collections.abc import Callable
from datetime import datetime

from models import late_arrivals
from models.base import db


def tell_late_arrivals(at: datetime, *, is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Tell the next person of each commune where something waits; how many mails were written."""
    told = 0
    for code in late_arrivals.to_tell(at):
        told += late_arrivals.tell_next(code, now=at)
        db.session.commit()
        if is_stopped():
            break
    db.session.commit()
    return told
