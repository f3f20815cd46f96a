"""Public pages.

The home page is the one that everybody opens at once: it makes no query, and shows the next votes from memory.
"""

import re
import time
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.dates import DESK_ZONE, now
from app.forms import CommuneField, FrenchForm
from models import scrutin, venue_search
from models.base import db
from models.scrutin import ElectionKind
from models.territory import EVERY_COMMUNE, Department

KEPT_FOR = 60.0
SHOWN_VOTES = 2
SECURITY_TEXT_LASTS = timedelta(days=180)

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
    """Drawn once for everybody of whom no cookie says anything, and again when the votes were read again."""
    votes = coming_votes()
    if session:
        return render_template("pages/home.html", votes=votes)
    kept = current_app.extensions.get("home")
    if kept is None or kept[0] is not votes:
        kept = current_app.extensions["home"] = (votes, render_template("pages/home.html", votes=votes))
    return str(kept[1])


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
    known = re.fullmatch("[0-9A-Za-z]{2,3}", code)
    department, day = db.session.get(Department, code.upper()) if known else None, _today()
    if department is None:
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


@blueprint.get("/.well-known/security.txt")
def security_text() -> Response:
    """Where to report a weakness, for programs and for who looks there first (RFC 9116)."""
    config: Config = current_app.extensions["procurations"]
    page = render_template(
        "pages/security.txt",
        contact=config.installation.security_address,
        until=(now() + SECURITY_TEXT_LASTS).isoformat(timespec="seconds"),
        canonical=f"{config.public_url}{request.path}",
    )
    return Response(page, mimetype="text/plain")


@blueprint.get("/plan-du-site")
def site_map() -> str:
    return render_template("pages/site_map.html")


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
