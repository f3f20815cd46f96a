"""The round that a page of the counter is opened in, and what it asks before anything is done there."""

from datetime import datetime
from typing import Any

from flask import request

from admin_views.base import me, number
from models import perimeter_beside, rounds
from models.procuration import Procuration
from models.visit import Round


def opened() -> Round | None:
    """The round that the page names, if any. Raises Unknown (another station's)."""
    key = request.values.get("round", "")
    return perimeter_beside.find_round(number(key), me()) if key else None


def asks(procuration: Procuration, at: datetime) -> dict[str, Any]:
    """Whether it is its day, and whether the dates of this mandant's papers are known (R73)."""
    during = opened()
    visit = rounds.visit_of(during, procuration) if during else None
    lacks_papers = during is not None and during.needs_papers and not (visit and visit.has_papers)
    return {
        "during": during,
        "visit": visit,
        "lacks_papers": lacks_papers,
        "is_on_the_day": during is None or during.is_open(at),
    }
