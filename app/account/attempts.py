"""Attempts to sign in, limited: under which keys, and what the page says meanwhile."""

import hashlib
import hmac
from datetime import timedelta

from flask import current_app, request

from app.config import Config
from app.dates import now
from app.limits import network_of
from models import sign_in_limit
from models.base import db
from models.errors import TooMany
from models.sign_in_limit import BY_ADDRESS, BY_PAIR, WINDOW, Limit

DEMO_WAIT = timedelta(minutes=1)


def count_attempt(of: str) -> None:
    """Count one more for `of` (an address as typed, or an account's key) from here, for good. Raises TooMany."""
    try:
        sign_in_limit.attempt(_limits(of), now=now(), longest=_longest())
    except TooMany:
        db.session.rollback()
        raise
    db.session.commit()


def attempt_succeeded(of: str) -> None:
    """What was tried before counts no more, once the caller commits."""
    sign_in_limit.succeeded(*_limits(of))


def wait_in_words(error: TooMany) -> str:
    """« Trop d'essais : attendez 2 minutes, puis recommencez »."""
    minutes = -(-int(error.wait.total_seconds()) // 60)
    return f"trop d'essais : attendez {minutes} minute{'s' if minutes > 1 else ''}, puis recommencez"


def retry_after(error: TooMany) -> dict[str, str]:
    """The header that says in how many seconds."""
    return {"Retry-After": str(int(error.wait.total_seconds()) + 1)}


def _limits(of: str) -> tuple[Limit, Limit]:
    """This account from this network, and this network alone."""
    network = network_of(request.remote_addr)
    return Limit(_key(of.strip().lower(), network), BY_PAIR), Limit(_key(network), BY_ADDRESS)


def _key(*parts: str) -> str:
    config: Config = current_app.extensions["procurations"]
    return hmac.new(f"sign-in:{config.secret_key}".encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _longest() -> timedelta:
    config: Config = current_app.extensions["procurations"]
    return DEMO_WAIT if config.demo else WINDOW
