"""The sheet of a demande: the same data to print, for who has no telephone or a station without the network (E20)."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.dates import now
from app.elector.session import SignedIn, elector_required
from models import perimeter, scrutin

LARGE = "large"

blueprint = Blueprint("twin", __name__)


def init_twin(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)


@blueprint.get("/demande/<reference>/feuille")
@elector_required
def show(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The sheet and its code, while the demande waits; with `?size=large` in large print."""
    demande = perimeter.find(reference, seen_by=person.elector)
    if not perimeter.awaits_a_visit(demande, now()):
        flash("Il n'y a de feuille que pour une demande qui attend la visite.", "warning")
        return redirect(url_for("elector.mine"), 303)
    return render_template(
        "elector/sheet.html",
        demande=demande,
        votes=scrutin.votes_on(demande.commune, demande.days),
        today=demande.commune.local_day(now()),
        is_large=request.args.get("size") == LARGE,
    )
