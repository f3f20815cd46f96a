"""The link of an invitation: an agent reads for which desk, chooses a password, and signs in with it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.account.password import PasswordForm
from app.dates import now
from models import invitation
from models.base import db
from models.errors import Unknown

blueprint = Blueprint("invitation", __name__, url_prefix="/agents/invitation")


@blueprint.get("/<token>")
def read(token: str) -> ResponseReturnValue:
    """The form, while the link is good."""
    return _page(token, PasswordForm())


@blueprint.post("/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Keep the password; the link opens nothing any more."""
    form = PasswordForm(request.form)
    try:
        if not form.suits(invitation.find(token, now()).account):
            return _page(token, form), 422
        invitation.accept(token, form.password.data, now=now())
    except Unknown:
        db.session.rollback()
        return over()
    db.session.commit()
    flash("Mot de passe enregistré. Connectez-vous avec votre adresse et ce mot de passe.")
    return redirect(url_for("account.sign_in"), 303)


def _page(token: str, form: PasswordForm) -> ResponseReturnValue:
    try:
        found = invitation.find(token, now())
    except Unknown:
        return over()
    return render_template("account/invitation.html", form=form, account=found.account, token=token)


def over() -> ResponseReturnValue:
    """Whatever the cause: never existed, served, replaced, too old."""
    return render_template("account/invitation_over.html"), 404
