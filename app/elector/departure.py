"""Leaving for FranceConnect and coming back: what the session remembers of each departure.

A departure may carry an errand: an act that waits for a certified identity.
"""

from functools import cache, partial
from secrets import token_urlsafe
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, current_app, redirect, request, session
from flask.typing import ResponseReturnValue

from app.config import Config
from app.elector.failures import Cancelled, Stale, Unavailable, Untrusted
from models.base import db

if TYPE_CHECKING:
    from app.elector.openid import Person, RelyingParty

SECRET_BYTES = 32  # 43 characters: FranceConnect refuses a state under 32 and a nonce under 22.
DEPARTURES_KEPT = 3
ERRORS = {"access_denied": Cancelled, "server_error": Unavailable, "temporarily_unavailable": Unavailable}
Errand = dict[str, str]


class Departure(NamedTuple):
    """What binds a return to this browser, and the errand if it is not a mere sign-in."""

    state: str
    nonce: str
    errand: Errand | None = None

    @property
    def level(self) -> str | None:
        """The level to ask for, when it is not that of a sign-in."""
        return certified_level() if self.errand else None


def init_departures(app: Flask, config: Config) -> None:
    """What we are to the provider is built from `config`, never from the request's Host."""
    app.extensions["france_connect"] = cache(partial(_relying_party, config))


def certified_level() -> str:
    """The provider's level of a certified identity; empty where there is no such way."""
    config: Config = current_app.extensions["procurations"]
    return config.france_connect.certified_acr


def leave(errand: Errand | None = None) -> ResponseReturnValue:
    """To FranceConnect: to sign in, or to certify an identity for this errand. Raises SignInFailed."""
    departure = Departure(token_urlsafe(SECRET_BYTES), token_urlsafe(SECRET_BYTES), errand)
    address = party().authorization_url(departure.state, departure.nonce, departure.level)
    session["departures"] = [*session.get("departures", []), departure][-DEPARTURES_KEPT:]
    return redirect(address, 303 if request.method == "POST" else 302)


def departure_answered() -> Departure:
    """The departure of this browser that the return answers, once. Raises Stale."""
    departures = [Departure(*kept) for kept in session.get("departures", [])]
    for departure in departures:
        if departure.state == request.args.get("state"):
            session["departures"] = [other for other in departures if other is not departure]
            return departure
    raise Stale


def person_at_return(departure: Departure) -> "Person":
    """Whom the provider vouches for, at the level that was asked. Raises SignInFailed."""
    if error := request.args.get("error"):
        raise ERRORS.get(error, Untrusted)
    code, issuer = request.args.get("code", ""), request.args.get("iss")
    return party().person(code, departure.nonce, issuer, departure.level)


def party() -> "RelyingParty":
    """Our side of the protocol; no transaction stays open while a provider is called."""
    db.session.close()
    found: RelyingParty = current_app.extensions["france_connect"]()
    return found


def _relying_party(config: Config) -> "RelyingParty":
    """Imported at the first sign-in, for its libraries weigh a third of a worker."""
    from app.elector.openid import RelyingParty

    adapter = current_app.extensions.get("france_connect_adapter")
    return RelyingParty(config.france_connect, config.public_url, adapter() if adapter else None)
