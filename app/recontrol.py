"""The new control that an election asks for, a step at a time: for the worker, and for the daily command."""

from datetime import datetime
from itertools import islice

from models import recontrol
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
