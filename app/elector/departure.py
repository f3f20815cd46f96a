"""Leaving for FranceConnect: to sign in, or with an errand, an act that waits for a certified identity."""

from typing import TYPE_CHECKING

from flask import Flask, current_app
from flask.typing import ResponseReturnValue

from app import provider
from app.config import Config
from app.departure import Departure, Errand

if TYPE_CHECKING:
    from app.openid import Person, RelyingParty

FRANCE_CONNECT = "france_connect"


def init_departures(app: Flask, config: Config) -> None:
    """Say who FranceConnect is, and where it sends people back."""
    home = f"{config.public_url}/"
    provider.init_party(app, FRANCE_CONNECT, config.france_connect, f"{home}connexion/retour", home)


def certified_level() -> str:
    """The provider's level of a certified identity; empty where there is no such way."""
    config: Config = current_app.extensions["procurations"]
    return config.france_connect.certified_acr


def leave(errand: Errand | None = None) -> ResponseReturnValue:
    """To FranceConnect: to sign in, or to certify an identity for this errand. Raises SignInFailed."""
    return provider.leave(FRANCE_CONNECT, certified_level() if errand else None, errand)


def person_at_return(departure: Departure) -> "Person":
    """Whom FranceConnect vouches for. Raises SignInFailed."""
    return provider.person_at_return(FRANCE_CONNECT, departure)


def party() -> "RelyingParty":
    """Our side of the protocol with FranceConnect."""
    return provider.party(FRANCE_CONNECT)
