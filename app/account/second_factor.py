"""An agent's second factor: set up with a first code, replaced, and the recovery codes that go with it."""

import re

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField

from app.account.own import here, of_an_agent
from app.attempts import code_succeeded, count_code, retry_after, wait_in_words
from app.config import Config
from app.dates import now
from app.forms import FrenchForm, required
from app.login import sign_out, totp_keys
from app.proof import proved
from app.qr import picture
from models import second_factor, totp
from models.account import Account
from models.base import db
from models.errors import AlreadyHandled, CodeRefused, NotAllowed, TooMany, Unknown
from models.totp import Draft

blueprint = Blueprint("second_factor", __name__, url_prefix="/agents/compte")
SHOWN_ONCE = "recovery_codes"
WRONG = "ce code ne convient pas : vérifiez l'heure de votre appareil, puis écrivez le code qu'il affiche maintenant"


class FirstCodeForm(FrenchForm):
    """What the application shows, for the secret that the page gave it."""

    sealed = HiddenField()
    code = StringField("Code à six chiffres", [required("écrivez les six chiffres que l'application affiche")])


@blueprint.get("/double-authentification")
@of_an_agent
def enrol() -> ResponseReturnValue:
    """A new secret, as a QR code and in letters; nothing is kept before the first code."""
    if here().factor is None and second_factor.is_set_up(here().account):
        return sign_in_again()
    return _page(totp.draw(here().account, totp_keys(), now()), FirstCodeForm())


@blueprint.post("/double-authentification")
@of_an_agent
@proved
def confirm() -> ResponseReturnValue:
    """Keep the application that shows the right code; the account's other sessions end."""
    form, account = FirstCodeForm(request.form), here().account
    try:
        draft = totp.read_draft(form.sealed.data or "", account, totp_keys(), now())
    except Unknown:
        flash("Cette page était trop ancienne : voici une autre clé à scanner.", "warning")
        return redirect(url_for("second_factor.enrol"), 303)
    if not form.validate():
        return _page(draft, form), 422
    try:
        count_code(account)
        codes = second_factor.add_application(here(), draft, form.code.data, keys=totp_keys(), now=now())
    except TooMany as error:
        form.code.errors = [wait_in_words(error)]
        return _page(draft, form), 429, retry_after(error)
    except CodeRefused:
        db.session.rollback()
        form.code.errors = [WRONG]
        return _page(draft, form), 422
    except NotAllowed:
        db.session.rollback()
        return sign_in_again()
    return added("Double authentification en place.", account, codes)


@blueprint.get("/codes-de-secours")
@of_an_agent
def codes() -> ResponseReturnValue:
    """The codes, this once; later how many are left, and the button that makes others."""
    sealed = session.pop(SHOWN_ONCE, None)
    shown = totp.unsealed(sealed, totp_keys()).decode().split() if sealed else []
    return render_template("account/codes.html", codes=shown, standing=second_factor.standing(here().account))


@blueprint.post("/codes-de-secours")
@of_an_agent
@proved
def renew_codes() -> ResponseReturnValue:
    """Ten others; the former serve no more."""
    made = second_factor.renew_codes(here(), keys=totp_keys(), now=now())
    db.session.commit()
    return _to_codes(made)


@blueprint.post("/double-authentification/retirer")
@of_an_agent
@proved
def remove() -> ResponseReturnValue:
    """Do without the application again; never the last factor, where one is demanded."""
    config: Config = current_app.extensions["procurations"]
    try:
        second_factor.remove_application(here(), may_be_last=not config.demands_second_factor, now=now())
    except AlreadyHandled:
        db.session.rollback()
    return changed("Application retirée.")


def _page(draft: Draft, form: FirstCodeForm) -> str:
    account = here().account
    form.sealed.data = draft.sealed
    return render_template(
        "account/enrol.html",
        form=form,
        picture=picture(totp.uri_of(draft, account)),
        secret=re.findall("....", draft.secret),
        standing=second_factor.standing(account),
    )


def added(said: str, account: Account, codes: list[str]) -> ResponseReturnValue:
    """A factor is the account's from here on; of the first, its recovery codes are shown."""
    code_succeeded(account)
    to_account = changed(said)
    return _to_codes(codes) if codes else to_account


def changed(said: str) -> ResponseReturnValue:
    """What was done to a factor is kept, and said on the account's page."""
    db.session.commit()
    flash(f"{said} Vos autres sessions sont fermées.")
    return redirect(url_for("own_account.show"), 303)


def _to_codes(codes: list[str]) -> ResponseReturnValue:
    """To the page that shows them: the cookie carries them there, sealed, and loses them."""
    session[SHOWN_ONCE] = totp.fernet_of(totp_keys()).encrypt(" ".join(codes).encode()).decode()
    return redirect(url_for("second_factor.codes"), 303)


def sign_in_again() -> ResponseReturnValue:
    """A session that the password alone opened, of an account that has a factor by now, opens nothing of it."""
    sign_out()
    db.session.commit()
    flash("Votre compte a déjà une double authentification : connectez-vous avec son code.")
    return redirect(url_for("account.sign_in"), 303)
