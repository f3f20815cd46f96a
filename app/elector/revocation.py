"""Asking on line that a procuration be revoked (E16, R78): it stays valid until somebody confirms."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.dates import now
from app.elector import certified
from app.elector.session import SignedIn, elector_required
from models import aftermath, perimeter, standing
from models.base import db

blueprint = Blueprint("revocation", __name__)


def init_revocation(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)


@blueprint.get("/mes-procurations/<reference>/resilier")
@elector_required
def ask(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The page that asks first; or that says where to go when the law of its days wants a visit."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    today = procuration.commune.local_day(now())
    return render_template(
        "elector/revoke.html",
        procuration=procuration,
        standing=standing.of(procuration),
        is_online=procuration.is_in_force and aftermath.may_revoke_online(procuration, today),
        without_visit=procuration.is_in_force and certified.is_offered(procuration, today),
    )


@blueprint.post("/mes-procurations/<reference>/resilier")
@elector_required
def act(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Ask for the revocation; unconfirmed, ask the elector first."""
    if request.form.get("confirmed") != "yes":
        return ask(reference=reference)
    procuration = perimeter.find(reference, seen_by=person.elector)
    aftermath.ask_revocation(procuration, now=now())
    db.session.commit()
    flash("Résiliation demandée. Il reste une étape : la faire confirmer.")
    return redirect(url_for("elector.mine"), 303)
