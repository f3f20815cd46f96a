"""The worker's step that draws the registers that town halls asked for as PDF."""

import logging
import threading

from flask import current_app

from app.config import Config
from app.dates import now
from app.pdf import draw, has_pdf
from app.register_columns import REGISTER, register_cells
from models import register_pdf, signing_list
from models.base import db
from models.register_pdf import MOST_ATTEMPTS, Claimed
from models.territory import Commune

logger = logging.getLogger(__name__)


def draw_waiting(stop: threading.Event) -> int:
    """Draw each that waits, between two of which `stop` is looked at; how many were.

    What draws is loaded only once there is something to draw; without it, they wait for a worker that has it.
    """
    done = 0
    while (
        not stop.is_set() and register_pdf.is_any_free(now()) and has_pdf() and (claimed := register_pdf.claim(now()))
    ):
        done += _draw(claimed)
    db.session.rollback()
    return done


def _draw(claimed: Claimed) -> bool:
    """Keep it, or say that it failed; no transaction is open meanwhile, and what is told names nobody."""
    at = now()
    try:
        content = None if claimed.attempts > MOST_ATTEMPTS else draw(_page(claimed))
    except Exception as error:
        logger.error("a register could not be drawn: %s", type(error).__name__)
        content = None
    db.session.rollback()
    is_kept = register_pdf.finish(claimed, content, drawn_at=at) if content else register_pdf.fail(claimed)
    db.session.commit()
    return bool(content) and is_kept


def _page(claimed: Claimed) -> str:
    """The register as it is now, without the parts of a page that speak of a request."""
    config: Config = current_app.extensions["procurations"]
    commune = db.session.get_one(Commune, claimed.commune_code)
    lines = signing_list.lines(commune, claimed.day, claimed.bureau)
    page = current_app.jinja_env.get_template("register/printed.html").render(
        commune=commune,
        day=claimed.day,
        bureau=claimed.bureau,
        name=lines[0].place.bureau_name if lines else "",
        headings=REGISTER,
        rows=[register_cells(one) for one in lines],
        printed_at=now(),
        is_demo=config.demo,
    )
    db.session.rollback()
    return page
