"""Step 1, page by page: the form, the recap, the receipt; beside them, what the elector has (mine.py)."""

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer

from app import qr
from app.dates import now
from app.elector import certified, entry, mine
from app.elector.forms import ConfirmationForm, DemandeForm, kept_fields
from app.elector.mine import mail_windows
from app.elector.session import SignedIn, elector_required, ends_at, live, sign_in_first, signed_in, to_sign_in
from app.security import COOKIE_LIFETIME, csrf, is_same_origin
from models import draft as drafts
from models import forecasts, holdings, journey, majority, perimeter, rules, standing
from models.base import db
from models.draft import Kept
from models.errors import AlreadyHandled
from models.procuration import Procuration
from models.reference import spell
from models.rules import Demande, overlap

blueprint = Blueprint("elector", __name__)
mine.add_to(blueprint)


def init_elector(app: Flask) -> None:
    """Open the elector's door."""
    app.before_request(sign_in_first)
    app.register_blueprint(blueprint)
    app.add_template_filter(spell, "spelt")
    app.add_template_filter(qr.picture, "qr_code")
    app.add_template_test(needs_consulate, "for_a_consulate_only")
    app.context_processor(lambda: {"signed_in_elector": signed_in()})


def needs_consulate(given: Demande | Procuration) -> bool:
    """Whether, where its elector votes, it is by today too long for any other authority (R74, unread)."""
    return rules.needs_consulate(given, given.commune.local_day(now()))


@blueprint.get("/demande")
@elector_required
def request_form(person: SignedIn) -> ResponseReturnValue:
    """The form, with what this elector had typed in the last half hour."""
    kept = drafts.of(person.elector.key, now())
    form = DemandeForm.of_draft(kept) if kept else DemandeForm()
    form.offer_days(now())
    return _show_form(form, person)


@blueprint.post("/demande")
@csrf.exempt
def save_request() -> ResponseReturnValue:
    """Check the answers and go on to the recap; when the session has expired, keep them and sign in again.

    `then=extend` keeps them as they are, unchecked, and gives thirty minutes more (WCAG 2.2.1, RGAA 13.1).
    """
    person = signed_in()
    if person is None:
        return _keep_for_later()
    form = DemandeForm(request.form)
    try:
        _require_token()
    except CSRFError:
        return _show_stale_form(form, person), 400
    if _asks_for_time():
        return _keep_and_go_on(person)
    if entry.check(form, person, request.form, now()) is None:
        return _show_form(form, person), 422
    return redirect(url_for("elector.recap"), 303)


@blueprint.get("/demande/recapitulatif")
@elector_required
def recap(person: SignedIn) -> ResponseReturnValue:
    """What was typed, read back."""
    kept = drafts.of(person.elector.key, now())
    if kept is None:
        return _to_lost_draft()
    form = DemandeForm.of_draft(kept)
    demande = entry.read_back(form, person, kept, now())
    if demande is None:
        return _show_form(form, person), 422
    return _show_recap(demande, kept, ConfirmationForm(), person)


@blueprint.post("/demande/recapitulatif")
@elector_required
def confirm(person: SignedIn) -> ResponseReturnValue:
    """File the demande that was read back, once: an earlier click under the same draft leads to its receipt.

    The draft is looked up first: a click that finds it gone will find what the other click filed.
    """
    confirmation = ConfirmationForm(request.form)
    if _asks_for_time():
        return _recap_for_longer(person, confirmation)
    kept = drafts.of(person.elector.key, now())
    if kept is None or confirmation.draft.data != kept.token:
        return _to_what_became_of(confirmation.draft.data or "", person, is_changed=kept is not None)
    form = DemandeForm.of_draft(kept)
    demande = entry.read_back(form, person, kept, now())
    if demande is None:
        return _show_form(form, person), 422
    if not confirmation.validate():
        return _show_recap(demande, kept, confirmation, person), 422
    replaces = [perimeter.find(reference, seen_by=person.elector) for reference in confirmation.replaces.data or ()]
    try:
        procuration = journey.submit(
            demande,
            elector=person.elector,
            submission_key=kept.token,
            replaces=replaces,
            now=now(),
            window=mail_windows().filing,
        )
    except AlreadyHandled:
        db.session.rollback()
        confirmation.tell_ended([former.reference for former in replaces if not former.is_in_force])
        return _show_recap(demande, kept, confirmation, person), 409
    to_receipt = _to_receipt(procuration)
    drafts.forget(kept.token)
    db.session.commit()
    return to_receipt


@blueprint.get("/demande/<reference>")
@elector_required
def receipt(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The receipt: the reference, and the step that is left."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    today, waits = procuration.commune.local_day(now()), perimeter.awaits_a_visit(procuration, now())
    in_force = perimeter.in_force_of(person.elector) if waits else []
    without_visit = waits and certified.is_offered(procuration, today)
    return render_template(
        "elector/receipt.html",
        procuration=procuration,
        standing=standing.of(procuration),
        today=today,
        waits=waits,
        without_visit=without_visit,
        already=holdings.in_the_way_of(procuration, in_force, today),
        forecasts=forecasts.of_each([procuration], now()).get(procuration.id),
        unserved=majority.unserved_each([procuration], now()).get(procuration.id),
    )


def _asks_for_time() -> bool:
    return request.form.get("then") == "extend"


def _keep_and_go_on(person: SignedIn) -> ResponseReturnValue:
    """What was looked up stays with answers that are the same; of others, it would tell what is no longer true."""
    fields, kept = kept_fields(request.form), drafts.of(person.elector.key, now())
    if kept and kept.fields == fields:
        drafts.prolong(person.elector.key, now())
    else:
        drafts.save(person.elector.key, fields, now())
    db.session.commit()
    live(now())
    flash("Vos réponses sont gardées, et vous avez 30 minutes de plus.")
    return redirect(url_for("elector.request_form"), 303)


def _recap_for_longer(person: SignedIn, confirmation: ConfirmationForm) -> ResponseReturnValue:
    """The same page, with what was ticked on it: there is no address where ticks could be kept."""
    drafts.prolong(person.elector.key, now())
    db.session.commit()
    live(now())
    kept = drafts.of(person.elector.key, now())
    demande = entry.read_back(DemandeForm.of_draft(kept), person, kept, now()) if kept else None
    if kept is None or demande is None:
        return _to_lost_draft()
    return _show_recap(demande, kept, confirmation, person)


def _show_form(form: DemandeForm, person: SignedIn) -> str:
    owner = _owners().dumps(person.elector.key)
    return render_template("elector/request.html", form=form, person=person, owner=owner, ends_at=ends_at())


def _show_stale_form(form: DemandeForm, person: SignedIn) -> str:
    """From our own page, signed in anew since it was opened: what was typed stays. From anywhere else: CSRFError."""
    if not is_same_origin():
        raise CSRFError
    flash(
        "Vous vous êtes reconnecté depuis l'ouverture de cette page. Vérifiez vos réponses et renvoyez-les.", "warning"
    )
    form.offer_days(now())
    return _show_form(form, person)


def _show_recap(demande: Demande, kept: Kept, form: ConfirmationForm, person: SignedIn) -> str:
    today = demande.commune.local_day(now())
    already = [held for held in perimeter.in_force_of(person.elector) if overlap(held, demande, today)]
    asked = [one for one in perimeter.waiting_of(person.elector) if overlap(one, demande, today)]
    return render_template(
        "elector/recap.html",
        demande=demande,
        kept=kept,
        form=form,
        already=already,
        waiting=next((one for one in asked if perimeter.awaits_a_visit(one, now())), None),
        left_out={held.reference: holdings.left_out(held, demande, today) for held in already},
        forecasts=forecasts.of_demande(demande, now()),
        unserved=majority.unserved(demande, now()),
    )


def _comes_from_elsewhere() -> bool:
    """Whether the browser names another site; older ones name none (`null`), for we forbid the referrer."""
    named = request.headers.get("Sec-Fetch-Site", request.headers.get("Origin", "null"))
    return named not in ("null", "none") and not is_same_origin()


def _to_what_became_of(token: str, person: SignedIn, *, is_changed: bool) -> ResponseReturnValue:
    """A confirmation of another draft than the present one: filed already, replaced, or gone."""
    if earlier := journey.submitted_with(token, person.elector):
        return _to_receipt(earlier)
    if not is_changed:
        return _to_lost_draft()
    flash("Votre demande a changé dans un autre onglet. Relisez-la avant de confirmer.", "warning")
    return redirect(url_for("elector.recap"), 303)


def _to_lost_draft() -> ResponseReturnValue:
    flash(
        "Il n'y a rien à relire. Si vous avez confirmé votre demande, elle est dans « Mes procurations ». "
        "Sinon, remplissez de nouveau le formulaire : vos réponses ne sont gardées que 30 minutes.",
        "warning",
    )
    return redirect(url_for("elector.request_form"), 303)


def _keep_for_later() -> ResponseReturnValue:
    """Keep a post that arrives after the session, for the elector its page was made for, and sign in again.

    Nothing of another site's is kept: the browser names ours, or the post has the token of its page.
    """
    try:
        if not is_same_origin():
            _require_token()
        owner = _owners().loads(request.form.get("owner", ""), max_age=int(COOKIE_LIFETIME.total_seconds()))
    except (BadData, CSRFError):
        return to_sign_in()
    drafts.save(owner, kept_fields(request.form), now())
    db.session.commit()
    return to_sign_in()


def _require_token() -> None:
    """Raises CSRFError, also where a true token comes from elsewhere."""
    if _comes_from_elsewhere():
        raise CSRFError
    csrf.protect()


def _owners() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="owner of a form")


def _to_receipt(procuration: Procuration) -> ResponseReturnValue:
    return redirect(url_for("elector.receipt", reference=procuration.reference), 303)
