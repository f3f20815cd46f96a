"""Agents sign in and out, and an operator creates their accounts."""

import re
import sys
from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeVar

import click
from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from wtforms import PasswordField, StringField

from app.account import invitation
from app.account.invitation import MINIMUM_PASSWORD
from app.database import or_cannot_run
from app.dates import now
from app.forms import FrenchForm, required
from app.login import current_account, sign_in, sign_out
from models import journal
from models.account import Account, Capacity, Habilitation, Role, authenticate
from models.base import db
from models.journal import Action
from models.territory import Commune, Station, parts_of

blueprint = Blueprint("account", __name__, url_prefix="/agents")
LONGEST_NAME = 120
T = TypeVar("T", Station, Commune)


class SignInForm(FrenchForm):
    """Address and password; one answer for all that is wrong, so that nobody learns which accounts exist."""

    email = StringField("Adresse e-mail", [required("écrivez votre adresse professionnelle")])
    password = PasswordField("Mot de passe", [required("écrivez votre mot de passe")], filters=())


def init_account(app: Flask) -> None:
    """Open the agents' door and add the command `create-account`."""
    app.register_blueprint(blueprint)
    app.register_blueprint(invitation.blueprint)
    app.cli.add_command(create_account)


@blueprint.get("/connexion", endpoint="sign_in")
def sign_in_page() -> ResponseReturnValue:
    """The agents' sign-in; who is signed in goes on."""
    if current_account():
        return redirect(url_for("admin.index"))
    return render_template("account/sign_in.html", form=SignInForm())


@blueprint.post("/connexion", endpoint="sign_in_act")
def sign_in_act() -> ResponseReturnValue:
    """Sign in; leads to the desk of the account's role, or to the page that a link asked for."""
    form = SignInForm(request.form)
    account = authenticate(form.email.data, form.password.data) if form.validate() else None
    if account is None:
        return _refused(form), 422
    address = sign_in(account)
    journal.record(Action.SIGNED_IN, now=now(), account=account)
    db.session.commit()
    return redirect(address, 303)


@blueprint.post("/deconnexion", endpoint="sign_out")
def sign_out_act() -> ResponseReturnValue:
    """Sign out; the elector's session, if the same browser has one, stays."""
    account = current_account()
    if account:
        journal.record(Action.SIGNED_OUT, now=now(), account=account)
        db.session.commit()
    sign_out()
    flash("Vous êtes déconnecté.")
    return redirect(url_for("account.sign_in"), 303)


@click.command("create-account")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", help="First name and surname, as acts show them (the address when absent).")
@click.option("--capacity", type=click.Choice([capacity.value for capacity in Capacity]))
@click.option("--station", help="Code of the officer's station.")
@click.option("--authority", default="Exploitant du service", help="Who designated the officer: name and function.")
@click.option("--court", help="The court of that magistrate.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the habilitation (none when absent).")
@click.option("--opj", help="Address of the officer who designated this délégué.")
@click.option(
    "--manager", is_flag=True, help="Answers for the accounts of the station, or says who works for the communes."
)
@click.option(
    "--commune", "communes", multiple=True, help="Code of a commune, or of an arrondissement; repeat it for several."
)
@or_cannot_run
def create_account(
    email: str,
    role: str,
    name: str | None,
    capacity: str | None,
    station: str | None,
    authority: str,
    court: str | None,
    until: datetime | None,
    opj: str | None,
    manager: bool,
    communes: tuple[str, ...],
) -> None:
    """Create the account EMAIL; the password is read on standard input (12 characters at least)."""
    password = sys.stdin.readline().rstrip("\n")
    account = Account(
        email=email.strip().lower(),
        name=name or email.strip().lower(),
        role=Role(role),
        station=_existing(Station, station) if station else None,
        manages_station=manager and role == Role.OFFICER,
        manages_communes=manager and role == Role.TOWN_HALL,
        communes=_where_electors_are(communes),
    )
    if capacity:
        last_day, designated_by = until.date() if until else None, _officer(opj) if opj else None
        given = _habilitation(Capacity(capacity), authority, court, last_day, designated_by, account.station)
        account.habilitations = [given]
    if manager and account.role not in (Role.OFFICER, Role.TOWN_HALL):
        raise click.ClickException("--manager is for an officer or a town hall")
    if wrong := _what_is_wrong(account, password):
        raise click.ClickException(wrong)
    account.set_password(password)
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise click.ClickException("an account with this address exists") from error
    journal.record(Action.ACCOUNT_CREATED, now=now(), account=account)
    db.session.commit()
    click.echo(f"account created: {account.email}, {account.role}")


def _refused(form: SignInForm) -> str:
    """Count the attempt, without the address that was typed, and answer the same whatever was wrong."""
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    if not form.errors:
        form.password.errors = ["l'adresse ou le mot de passe ne convient pas"]
    return render_template("account/sign_in.html", form=form)


def _habilitation(
    capacity: Capacity, authority: str, court: str | None, until: date | None, opj: Account | None, at: Station | None
) -> Habilitation:
    """From this day at the station, as the operator vouches for it."""
    instant = now()
    return Habilitation(
        capacity=capacity,
        authority=authority,
        court=court,
        valid_from=at.commune.local_day(instant) if at else instant.date(),
        valid_until=until,
        opj=opj,
        recorded_at=instant,
    )


def _where_electors_are(codes: Iterable[str]) -> list[Commune]:
    """The communes of these codes; of Paris, Lyon or Marseille, every arrondissement."""
    return list(dict.fromkeys(part for code in codes for part in parts_of(_existing(Commune, code))))


def _officer(email: str) -> Account:
    found = db.session.scalar(select(Account).where(Account.email == email.lower(), Account.role == Role.OFFICER))
    if found is None:
        raise click.ClickException(f"unknown officer: {email}")
    return found


def _existing(kind: type[T], code: str) -> T:
    found = db.session.get(kind, code)
    if found is None:
        raise click.ClickException(f"unknown {kind.__name__.lower()}: {code}")
    return found


def _what_is_wrong(account: Account, password: str) -> str | None:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,189}", account.email):
        return f"{account.email} is not an e-mail address"
    if any(len(text or "") > LONGEST_NAME for one in account.habilitations for text in (one.authority, one.court)):
        return f"the authority and the court must have {LONGEST_NAME} characters at most"
    if len(account.name) > LONGEST_NAME:
        return f"the name must have {LONGEST_NAME} characters at most"
    if len(password) < MINIMUM_PASSWORD:
        return f"the password must have {MINIMUM_PASSWORD} characters at least"
    if account.role is Role.OFFICER and not (account.habilitations and account.station):
        return "an officer needs --capacity and --station"
    if account.role is Role.TOWN_HALL and not account.communes:
        return "a town hall needs at least one --commune"
    return None
