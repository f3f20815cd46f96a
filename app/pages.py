"""Public pages, and what operators read: the process, its readiness, its figures.

The home page is the one that everybody opens at once: it makes no query, and shows the next votes from memory.
"""

import hmac
import time
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.dates import DESK_ZONE, now
from app.forms import CommuneField, FrenchForm
from models import outbox, scrutin, venue_search
from models.base import db
from models.procuration import Procuration, Status
from models.scrutin import ElectionKind
from models.territory import EVERY_COMMUNE, Department

KEPT_FOR = 60.0
SHOWN_VOTES = 2
PLAIN_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
PROMETHEUS = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Vote:
    """A coming polling day, in plain values: `is_partial` when it concerns a part of the country only."""

    day: date
    tour: int
    kinds: tuple[ElectionKind, ...]
    is_partial: bool


class ComingVotes:
    """The next polling days, read from the database once a minute at most.

    While the database fails the last ones known are shown, for the home page must not fall with it.
    """

    def __init__(self) -> None:
        self.forget()

    def __call__(self) -> tuple[Vote, ...]:
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + KEPT_FOR
            try:
                self._votes = _votes(scrutin.upcoming(_today()))
            except SQLAlchemyError:
                db.session.rollback()
                current_app.logger.exception("the next votes could not be read")
        return self._votes

    def forget(self) -> None:
        """Read again at the next request."""
        self._votes: tuple[Vote, ...] = ()
        self._until = 0.0


coming_votes = ComingVotes()


@blueprint.get("/")
def home() -> str:
    return render_template("pages/home.html", votes=coming_votes())


@blueprint.get("/papier")
def paper() -> str:
    return render_template("pages/paper.html")


class WhereForm(FrenchForm):
    """Near which commune one looks for a place."""

    commune = CommuneField("Commune", is_search_key=True)


@blueprint.get("/ou-aller")
def where() -> ResponseReturnValue:
    """The places near a commune, or, as long as none is asked for, the departments that have some."""
    day, is_asked = _today(), not {"commune", "commune_search"}.isdisjoint(request.args)
    form = WhereForm(request.args if is_asked else None)
    if not is_asked or not form.validate() or form.commune.commune is None:
        page = render_template("pages/where.html", form=form, departments=venue_search.departments(day))
        return page, 422 if is_asked else 200
    commune = form.commune.commune
    nearby = venue_search.near(commune, day)
    return render_template("pages/where_near.html", form=WhereForm(), commune=commune, nearby=nearby, today=day)


@blueprint.get("/ou-aller/<code>")
def where_in(code: str) -> ResponseReturnValue:
    """The places of a department, made to be printed."""
    department, day = db.session.get(Department, code.upper()[:3]), _today()
    if department is None or len(code) > 3:
        abort(404)
    if code != department.code:
        return redirect(url_for(".where_in", code=department.code), 301)
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0
    page = venue_search.of_department(department, day, number) if number else None
    if page is None or number > page.pages:
        abort(404)
    by_commune = [(commune, list(group)) for commune, group in groupby(page.venues, lambda venue: venue.commune)]
    return render_template(
        "pages/where_in.html", department=department, page=page, number=number, by_commune=by_commune, today=day
    )


@blueprint.get("/aide")
def help() -> str:
    return render_template("pages/help.html")


@blueprint.get("/accessibilite")
def accessibility() -> str:
    return render_template("pages/accessibility.html")


@blueprint.get("/donnees-personnelles")
def privacy() -> str:
    return render_template("pages/privacy.html")


@blueprint.get("/mentions-legales")
def legal() -> str:
    return render_template("pages/legal.html")


@blueprint.get("/plan-du-site")
def site_map() -> str:
    return render_template("pages/site_map.html")


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    """The process answers."""
    return "ok\n", PLAIN_TEXT


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """503 for the database alone: mail that waits is told, and stops nobody."""
    try:
        waiting, failed = outbox.waiting_count(), outbox.failed_count()
    except SQLAlchemyError:
        db.session.rollback()
        return "database unavailable\n", 503, PLAIN_TEXT
    return f"ok\nmails waiting: {waiting}\nmails failed: {failed}\n", PLAIN_TEXT


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus, for the holder of METRICS_TOKEN; to anybody else this page does not exist."""
    if not _may_read_metrics():
        abort(404)
    by_status = dict(db.session.execute(select(Procuration.status, func.count()).group_by(Procuration.status)).all())
    waiting, failed = outbox.waiting_count(), outbox.failed_count()
    lines = [
        "# HELP procurations Procurations kept, by status.",
        "# TYPE procurations gauge",
        *(f'procurations{{status="{status}"}} {by_status.get(status, 0)}' for status in Status),
        "# HELP procurations_mails Messages not sent: waiting, or given up.",
        "# TYPE procurations_mails gauge",
        f'procurations_mails{{state="waiting"}} {waiting}',
        f'procurations_mails{{state="failed"}} {failed}',
    ]
    return "\n".join(lines) + "\n", PROMETHEUS


def init_pages(app: Flask, config: Config) -> None:
    """Register the pages; `is_demo` is a global, so that pages shown while everything fails have it too."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["is_demo"] = config.demo
    app.jinja_env.globals["installation"] = config.installation


def _today() -> date:
    return now().astimezone(DESK_ZONE).date()


def _votes(scrutins: list[scrutin.Vote]) -> tuple[Vote, ...]:
    """One vote a polling day; the elections of a day are told together (R74)."""
    days = groupby(scrutins, lambda s: s.polling_day)
    return tuple(_vote(day, list(held)) for day, held in days)[:SHOWN_VOTES]


def _vote(day: date, held: list[scrutin.Vote]) -> Vote:
    return Vote(
        day=day,
        tour=held[0].tour,
        kinds=tuple(dict.fromkeys(s.election.kind for s in held)),
        is_partial=all(t.code != EVERY_COMMUNE for s in held for t in s.election.territories),
    )


def _may_read_metrics() -> bool:
    config: Config = current_app.extensions["procurations"]
    if config.metrics_token is None:
        return config.demo
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), config.metrics_token.encode())
