"""What a change of an election or of a roll asks for, a step at a time: for the worker, and for the daily command."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice

from models import lost_days, recontrol, roll_names
from models.base import db

STEP = 50


def recontrol_due(at: datetime) -> int:
    """Control again some of what an election, new or corrected, reaches: a transaction a row, fifty rows at most.

    How many were; 0 when nothing waits. A worker that dies leaves each row done or not done, and the next goes on.
    """
    done = 0
    for _ in islice(recontrol.walk(at), STEP):
        db.session.commit()
        done += 1
    db.session.commit()
    return done


def retry_left_over(at: datetime) -> int:
    """Try again what failed alone, a transaction a row; how many were controlled this time."""
    done = 0
    for _ in recontrol.retry(at):
        db.session.commit()
        done += 1
    db.session.commit()
    return done


def tell_lost_days(at: datetime, *, is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Tell those who chose a day that a correction moved, a transaction each, until none waits or `is_stopped`."""
    done = 0
    for _ in lost_days.walk(at):
        db.session.commit()
        done += 1
        if is_stopped():
            break
    db.session.commit()
    return done


def rename_due(at: datetime, *, is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Control again what the new rolls name otherwise, a transaction a row, until none waits or `is_stopped`.

    How many were.
    """
    done = 0
    for key in roll_names.walk(at):
        db.session.commit()
        done += key is not None
        if is_stopped():
            break
    db.session.commit()
    return done
