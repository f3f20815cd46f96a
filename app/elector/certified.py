"""Without a visit: a certified identity establishes, or revokes, in place of an officer (R72, R75 II, R78 since 2025).

Whatever fails on the way changes nothing: the reference lives, and the visit stays possible.
"""

from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.dates import now
from app.departure import Departure, Errand
from app.elector.departure import certified_level, leave, person_at_return
from app.elector.failures import AnotherPerson
from app.elector.forms import PlaceForm
from app.elector.session import SignedIn, elector_of, elector_required, signed_in
from app.errors import STATUS_OF
from app.sign_in_failures import SignInFailed, Stale
from models import aftermath, journey, perimeter, standing
from models.base import db
from models.errors import AlreadyHandled, DomainError, NotAllowed, RuleBroken
from models.perimeter import Elector
from models.procuration import Procuration
from models.territory import Commune

if TYPE_CHECKING:
    from app.openid import Person

blueprint = Blueprint("certified", __name__)
ESTABLISH, REVOKE = "establish", "revoke"


def init_certified(app: Flask) -> None:
    """Mount it everywhere: where no level is configured, every page of it says that this is not possible."""
    app.register_blueprint(blueprint)


def is_offered(procuration: Procuration, today: date) -> bool:
    """Whether the configuration and the law know this way: to establish what waits, to revoke what is in force."""
    may_do = journey.may_establish_certified if procuration.can_be_withdrawn else aftermath.may_be_certified
    return bool(certified_level()) and may_do(procuration, today)


@blueprint.get("/demande/<reference>/sans-visite")
@elector_required
def ask_place(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Where the elector swears to be, before leaving."""
    return _show_place(_demande_that_waits(person, reference), PlaceForm())


@blueprint.post("/demande/<reference>/sans-visite")
@elector_required
def leave_to_establish(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Keep the place sworn in the session, and leave to certify the identity."""
    procuration = _demande_that_waits(person, reference)
    form = PlaceForm(request.form)
    if not form.validate():
        return _show_place(procuration, form), 422
    return _leave({"act": ESTABLISH, "reference": procuration.reference or "", "place": form.place.commune.code})


@blueprint.get("/mes-procurations/<reference>/resilier/sans-visite")
@elector_required
def ask_to_revoke(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The page that asks before leaving."""
    return render_template("elector/revoke_certified.html", procuration=_in_force(person, reference))


@blueprint.post("/mes-procurations/<reference>/resilier/sans-visite")
@elector_required
def leave_to_revoke(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Leave to certify the identity; unconfirmed, ask first."""
    if request.form.get("confirmed") != "yes":
        return ask_to_revoke(reference=reference)
    return _leave({"act": REVOKE, "reference": _in_force(person, reference).reference or ""})


def finish(departure: Departure, errand: Errand) -> ResponseReturnValue:
    """Back from the provider: do what was left for, if this is the same elector at the certified level."""
    try:
        _do(errand, person_at_return(departure))
        db.session.commit()
    except (SignInFailed, DomainError) as failure:
        return _failed(errand, failure)
    if errand["act"] == REVOKE:
        flash("Votre procuration est résiliée.")
    return redirect(url_for("elector.receipt", reference=errand["reference"]), 303)


def _do(errand: Errand, proven: "Person") -> None:
    elector = elector_of(proven.issuer, proven.subject)
    _require_same(elector)
    procuration = perimeter.find(errand["reference"], seen_by=elector)
    if errand["act"] == REVOKE:
        aftermath.revoke_certified(procuration, now=now())
    else:
        journey.establish_certified(procuration, place=db.session.get_one(Commune, errand["place"]), now=now())


def _require_same(elector: Elector) -> None:
    """The elector of this session, whom the provider has just named again. Raises Stale, AnotherPerson."""
    person = signed_in()
    if person is None:
        raise Stale
    if set(elector.keys).isdisjoint(person.elector.keys):
        raise AnotherPerson


def _leave(errand: Errand) -> ResponseReturnValue:
    try:
        return leave(errand)
    except SignInFailed as failure:
        return _failed(errand, failure)


def _failed(errand: Errand, failure: SignInFailed | DomainError) -> ResponseReturnValue:
    """What still stands, and the visit; the log gets the kinds of error only."""
    db.session.rollback()
    current_app.logger.warning("without a visit: %s, %s", errand["act"], type(failure).__name__)
    person = signed_in()
    procuration = perimeter.find(errand["reference"], seen_by=person.elector) if person else None
    page = render_template(
        "elector/certified_failed.html",
        procuration=procuration,
        why=failure.page if isinstance(failure, SignInFailed) else "refused",
        broken=failure.reasons if isinstance(failure, RuleBroken) else (),
        today=_today(procuration) if procuration else None,
        standing=standing.of(procuration) if procuration else None,
    )
    return page, failure.status if isinstance(failure, SignInFailed) else STATUS_OF[type(failure)]


def _demande_that_waits(person: SignedIn, reference: str) -> Procuration:
    """This elector's, while an officer could still establish it. Raises Unknown, AlreadyHandled, NotAllowed."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    if not procuration.can_be_withdrawn or procuration.expires_on < _today(procuration):
        raise AlreadyHandled
    if not is_offered(procuration, _today(procuration)):
        raise NotAllowed
    return procuration


def _in_force(person: SignedIn, reference: str) -> Procuration:
    """This elector's, in force. Raises Unknown, AlreadyHandled, NotAllowed."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    if not procuration.is_in_force:
        raise AlreadyHandled
    if not is_offered(procuration, _today(procuration)):
        raise NotAllowed
    return procuration


def _show_place(procuration: Procuration, form: PlaceForm) -> str:
    return render_template("elector/place.html", procuration=procuration, form=form)


def _today(procuration: Procuration) -> date:
    return procuration.commune.local_day(now())
