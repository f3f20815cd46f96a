"""Attempts to sign in, limited: under which keys, and what the page says meanwhile."""

import hashlib
import hmac
from datetime import timedelta

from flask import current_app, request

from app.config import Config
from app.dates import now
from app.limits import network_of
from models import sign_in_limit
from models.account import Account
from models.base import db
from models.errors import TooMany
from models.sign_in_limit import BY_ADDRESS, BY_PAIR, CODES_BY_ACCOUNT, WINDOW, Limit

DEMO_WAIT = timedelta(minutes=1)


def count_attempt(of: str) -> None:
    """Count one more for an address as typed, from here, for good. Raises TooMany."""
    _count(_pair(of), _network_alone())


def attempt_succeeded(of: str) -> None:
    """What was tried before counts no more, once the caller commits."""
    sign_in_limit.succeeded([_pair(of)], _network_alone())


def count_code(account: Account) -> None:
    """Count one more code of a second factor, under keys that a right password does not clear. Raises TooMany.

    From anywhere together too: codes are short, and who tries them from many networks has the password.
    """
    _count(*_of_codes(account), _network_alone())


def code_succeeded(account: Account) -> None:
    """The same as `attempt_succeeded`."""
    sign_in_limit.succeeded(_of_codes(account), _network_alone())


def wait_in_words(error: TooMany) -> str:
    """« Trop d'essais : attendez 2 minutes, puis recommencez »."""
    minutes = -(-int(error.wait.total_seconds()) // 60)
    return f"trop d'essais : attendez {minutes} minute{'s' if minutes > 1 else ''}, puis recommencez"


def retry_after(error: TooMany) -> dict[str, str]:
    """The header that says in how many seconds."""
    return {"Retry-After": str(int(error.wait.total_seconds()) + 1)}


def _count(*limits: Limit) -> None:
    try:
        sign_in_limit.attempt(limits, now=now(), longest=_longest())
    except TooMany:
        db.session.rollback()
        raise
    db.session.commit()


def _pair(of: str) -> Limit:
    """This account from this network."""
    return Limit(_key(of.strip().lower(), network_of(request.remote_addr)), BY_PAIR)


def _of_codes(account: Account) -> tuple[Limit, Limit]:
    """This account's codes from this network, and from all."""
    of = f"codes of {account.id}"
    return _pair(of), Limit(_key(of), CODES_BY_ACCOUNT)


def _network_alone() -> Limit:
    return Limit(_key(network_of(request.remote_addr)), BY_ADDRESS)


def _key(*parts: str) -> str:
    config: Config = current_app.extensions["procurations"]
    return hmac.new(f"sign-in:{config.secret_key}".encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _longest() -> timedelta:
    config: Config = current_app.extensions["procurations"]
    return DEMO_WAIT if config.demo else WINDOW
