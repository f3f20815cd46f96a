"""The card of a validated procuration: what its mandant hands over, or forwards, to who will vote (E17).

No address of the mandataire is held: nobody else tells them.
"""

from flask import Blueprint, Flask, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.dates import now
from app.elector.session import SignedIn, elector_required
from models import perimeter, signing_list
from models.procuration import Procuration, Status

NOT_YET_OR_OVER = "Il n'y a de carte que pour une procuration validée, jusqu'au dernier jour où elle sert."
WHILE_IT_ENDS = (
    "Vous avez demandé à résilier cette procuration : il n'y a plus de carte à remettre. Tant que la résiliation n'est "
    "pas confirmée, la personne choisie peut voter pour vous avec sa seule pièce d'identité."
)
blueprint = Blueprint("card", __name__)


def init_card(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)
    app.add_template_test(serves, "to_be_used")


@blueprint.get("/mes-procurations/<reference>/carte")
@elector_required
def show(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Who votes for whom, on which days, where, with what; nothing of the mandant that the mandataire has to learn."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    if not serves(procuration):
        flash(WHILE_IT_ENDS if procuration.is_revocation_asked else NOT_YET_OR_OVER, "warning")
        return redirect(url_for("elector.mine"), 303)
    place = signing_list.places_of([procuration])[procuration.id]
    return render_template("elector/card.html", procuration=procuration, place=place)


def serves(procuration: Procuration) -> bool:
    """Validated, in doubt of nothing, asked to end by nobody, neither over nor without vote where its commune is."""
    today = procuration.commune.local_day(now())
    return (
        procuration.status is Status.VALIDATED
        and not procuration.is_in_doubt
        and not procuration.is_revocation_asked
        and procuration.last_day >= today
        and not procuration.is_without_vote(today)
    )
