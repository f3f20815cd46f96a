"""The link of an invitation: a clerk reads the communes, chooses a password, and signs in with it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import EqualTo, Length

from app.dates import now
from app.forms import FrenchForm, required
from models import delegation, invitation
from models.base import db
from models.errors import Unknown

blueprint = Blueprint("invitation", __name__, url_prefix="/agents/invitation")
MINIMUM_PASSWORD = 12
TOO_SHORT = f"écrivez {MINIMUM_PASSWORD} caractères au moins"
DIFFERS = "écrivez deux fois le même mot de passe"


class PasswordForm(FrenchForm):
    """A password of one's own, twice."""

    password = PasswordField(
        "Mot de passe", [required(TOO_SHORT), Length(MINIMUM_PASSWORD, message=TOO_SHORT)], filters=()
    )
    again = PasswordField("Le même, une seconde fois", [EqualTo("password", DIFFERS)], filters=())


@blueprint.get("/<token>")
def read(token: str) -> ResponseReturnValue:
    """The form, while the link is good."""
    return _page(token, PasswordForm())


@blueprint.post("/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Keep the password; the link opens nothing any more."""
    form = PasswordForm(request.form)
    if not form.validate():
        page, status = _page(token, form)
        return page, 422 if status == 200 else status
    try:
        delegation.accept(token, form.password.data, now=now())
    except Unknown:
        db.session.rollback()
        return _over()
    db.session.commit()
    flash("Mot de passe enregistré. Connectez-vous avec votre adresse et ce mot de passe.")
    return redirect(url_for("account.sign_in"), 303)


def _page(token: str, form: PasswordForm) -> tuple[str, int]:
    try:
        found = invitation.find(token, now())
    except Unknown:
        return _over()
    return render_template("account/invitation.html", form=form, account=found.account, token=token), 200


def _over() -> tuple[str, int]:
    """Whatever the cause: never existed, served, replaced, too old."""
    return render_template("account/invitation_over.html"), 404
