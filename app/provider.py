"""Leaving for an OpenID Connect provider and coming back: what the session remembers of each departure."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, current_app, redirect, request, session
from flask.typing import ResponseReturnValue

from app.departure import Departure, Errand
from app.identity_providers import Provider
from app.sign_in_failures import Cancelled, Stale, Unavailable, Untrusted
from models.base import db

if TYPE_CHECKING:
    from app.openid import Person, RelyingParty

DEPARTURES_KEPT = 3
ERRORS = {"access_denied": Cancelled, "server_error": Unavailable, "temporarily_unavailable": Unavailable}


def init_party(app: Flask, name: str, provider: Provider, redirect_uri: str, home: str) -> None:
    """What we are to this provider, with our addresses from the configuration, never from the request's Host."""

    @cache
    def party() -> "RelyingParty":
        """Made at the first sign-in, for its libraries weigh a third of a worker."""
        from app.openid import Addresses, RelyingParty

        adapter: Callable | None = app.extensions.get(f"{name}_adapter")
        return RelyingParty(provider, Addresses(redirect_uri, home), adapter() if adapter else None)

    app.extensions[name] = party


def party(name: str) -> "RelyingParty":
    """Our side of the protocol; no transaction stays open while a provider is called."""
    db.session.close()
    found: RelyingParty = current_app.extensions[name]()
    return found


def leave(
    name: str, level: str | None = None, errand: Errand | None = None, prompt: str | None = None
) -> ResponseReturnValue:
    """To the provider, to be identified at that level when one is named. Raises SignInFailed."""
    departure = Departure.drawn(level, errand, prompt)
    address = party(name).authorization_url(departure)
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


def person_at_return(name: str, departure: Departure) -> "Person":
    """Whom the provider vouches for, at the level that was asked. Raises SignInFailed."""
    if error := request.args.get("error"):
        raise ERRORS.get(error, Untrusted)
    return party(name).person(request.args.get("code", ""), request.args.get("iss"), departure)
