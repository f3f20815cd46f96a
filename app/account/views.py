"""Agents sign in and out."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField

from app.account import invitation, keys, own, pro_connect, second_factor, second_step
from app.account.command import create_account, reseal_second_factors, reset_second_factor
from app.account.password import init_password
from app.attempts import attempt_succeeded, count_attempt, retry_after, wait_in_words
from app.config import Config
from app.dates import now
from app.forms import FrenchForm, required
from app.login import current_account, sign_in, sign_out
from models import journal
from models import second_factor as factors
from models.account import authenticate
from models.base import db
from models.errors import TooMany
from models.journal import Action

blueprint = Blueprint("account", __name__, url_prefix="/agents")


class SignInForm(FrenchForm):
    """Address and password; one answer for all that is wrong, so that nobody learns which accounts exist."""

    email = StringField("Adresse e-mail", [required("écrivez votre adresse professionnelle")])
    password = PasswordField("Mot de passe", [required("écrivez votre mot de passe")], filters=())


def init_account(app: Flask, config: Config) -> None:
    """Open the agents' door and add its commands."""
    app.register_blueprint(blueprint)
    app.register_blueprint(invitation.blueprint)
    app.register_blueprint(own.blueprint)
    app.register_blueprint(second_step.blueprint)
    app.register_blueprint(second_factor.blueprint)
    app.register_blueprint(keys.blueprint)
    init_password(app)
    pro_connect.init_pro_connect(app, config)
    app.cli.add_command(create_account)
    app.cli.add_command(reset_second_factor)
    app.cli.add_command(reseal_second_factors)


@blueprint.get("/connexion", endpoint="sign_in")
def sign_in_page() -> ResponseReturnValue:
    """The agents' sign-in; who is signed in goes on."""
    if current_account():
        return redirect(url_for("admin.index"))
    return render_template("account/sign_in.html", form=SignInForm())


@blueprint.post("/connexion", endpoint="sign_in_act")
def sign_in_act() -> ResponseReturnValue:
    """Sign in; leads to the desk of the account's role, or to the page that a link asked for.

    Where the account has a second factor, the password leads to the page that asks it; its answer is posted here too.
    """
    if {"code", "answer"} & set(request.form):
        return second_step.act()
    form = SignInForm(request.form)
    if not form.validate():
        return render_template("account/sign_in.html", form=form), 422
    try:
        count_attempt(form.email.data)
    except TooMany as error:
        form.password.errors = [wait_in_words(error)]
        return render_template("account/sign_in.html", form=form), 429, retry_after(error)
    account = authenticate(form.email.data, form.password.data)
    if account is None:
        return _refused(form), 422
    attempt_succeeded(form.email.data)
    if factors.is_set_up(account):
        second_step.begin(account)
        db.session.commit()
        return redirect(url_for("second_step.show"), 303)
    address = sign_in(account, None)
    journal.record(Action.SIGNED_IN, now=now(), account=account)
    db.session.commit()
    return redirect(address, 303)


@blueprint.post("/deconnexion", endpoint="sign_out")
def sign_out_act() -> ResponseReturnValue:
    """Sign out; the elector's session, if the same browser has one, stays."""
    account, id_token = current_account(), session.get("id_token")
    sign_out()
    if account:
        journal.record(Action.SIGNED_OUT, now=now(), account=account)
        db.session.commit()
    flash("Vous êtes déconnecté.")
    return redirect(pro_connect.address_after_sign_out(id_token), 303)


def _refused(form: SignInForm) -> str:
    """Write the attempt down, without the address that was typed, and answer the same whatever was wrong."""
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    form.password.errors = ["l'adresse ou le mot de passe ne convient pas"]
    return render_template("account/sign_in.html", form=form)
