"""The elector's sign-in and sign-out with FranceConnect; each failure is a page that says what to do next."""

import re
import unicodedata
from datetime import date
from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, Flask, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.config import Config
from app.dates import now
from app.departure import SECRET_BYTES
from app.elector import certified
from app.elector.departure import init_departures, leave, party, person_at_return
from app.elector.failures import Incomplete
from app.elector.session import close_session, destination, elector_of, open_session, signed_in
from app.provider import departure_answered
from app.sign_in_failures import SignInFailed
from models.identity import Identity, Sex

blueprint = Blueprint("france_connect", __name__)
LONGEST_NAME = 120
EARLIEST_BIRTH = date(1890, 1, 1)
SEXES = {"female": Sex.F, "male": Sex.M}


def init_france_connect(app: Flask, config: Config) -> None:
    """Mount the sign-in."""
    init_departures(app, config)
    app.register_blueprint(blueprint)


@blueprint.get("/connexion")
def sign_in() -> ResponseReturnValue:
    """Leave for FranceConnect; who is signed in goes on."""
    if signed_in():
        return redirect(destination())
    return leave()


@blueprint.get("/connexion/retour")
def come_back() -> ResponseReturnValue:
    """Back from FranceConnect, with a code or an error; the session opens only when all is verified."""
    departure = departure_answered()
    if departure.errand:
        return certified.finish(departure, departure.errand)
    person = person_at_return(departure)
    identity = identity_from(person.claims)
    open_session(elector_of(person.issuer, person.subject), identity, person.id_token, now())
    return redirect(destination())


@blueprint.get("/deconnexion")
def ask_to_sign_out() -> ResponseReturnValue:
    """The page that asks before the session ends."""
    return render_template("elector/sign_out.html")


@blueprint.post("/deconnexion")
def sign_out() -> ResponseReturnValue:
    """End our session and lead to FranceConnect, which ends its own."""
    id_token = close_session()
    if id_token is None:
        return redirect(url_for("pages.home"), 303)
    try:
        return redirect(party().sign_out_url(id_token, token_urlsafe(SECRET_BYTES)), 303)
    except SignInFailed as failure:
        return render_template("elector/sign_out.html", is_half_done=True), failure.status


@blueprint.errorhandler(SignInFailed)
def sign_in_failed(failure: SignInFailed) -> ResponseReturnValue:
    """The log gets the kinds of error only: their messages may quote what the provider said of the person."""
    current_app.logger.warning("sign-in failed: %s, %s", failure.page, type(failure.__cause__).__name__)
    return render_template("elector/sign_in_failed.html", page=failure.page), failure.status


def identity_from(claims: dict[str, Any]) -> Identity:
    """The civil status in the provider's words. Raises Incomplete: nobody's birth date is to be guessed."""
    sex = SEXES.get(str(claims.get("gender")))
    if sex is None:
        raise Incomplete
    return Identity(
        birth_name=_name(claims.get("family_name")),
        first_names=_name(claims.get("given_name")),
        sex=sex,
        birth_date=_birth_date(claims.get("birthdate")),
    )


def _name(given: object) -> str:
    name = " ".join(unicodedata.normalize("NFC", given).split()) if isinstance(given, str) else ""
    if not (any(letter.isalpha() for letter in name) and name.isprintable() and len(name) <= LONGEST_NAME):
        raise Incomplete
    return name


def _birth_date(given: object) -> date:
    """People whose day or month of birth is unknown are written 1951-00-00: theirs is the paper path."""
    if not (isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given)):
        raise Incomplete
    try:
        birth_date = date.fromisoformat(given)
    except ValueError as error:
        raise Incomplete from error
    if not EARLIEST_BIRTH <= birth_date <= now().date():
        raise Incomplete
    return birth_date
