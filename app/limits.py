"""The first line against floods: what one person or one network may ask for in a minute (S5).

Signed-in people are counted one by one, by their signed session, since a whole ministry may stand behind one address.
Guesses of passwords and references, checks of the roll and mails have counts of their own in the database
(models/sign_in_limit.py, misses.py, entry_check.py, journey.py), which no number of processes multiplies. This machine
itself is not counted: it is its own operator, or a proxy that TRUSTED_PROXIES does not name, behind which everybody
would share one count.
"""

import re
import time
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

from flask import Flask, current_app, request, session
from flask_limiter import Limiter
from limits.errors import ConfigurationError

from app.config import Config
from app.environ import ConfigError

MINUTE = 60
PORT = re.compile(r"^([0-9.]+):[0-9]+$")


class Kind(StrEnum):
    """What is asked for."""

    READING = "reading"
    POSTING = "posting"
    HEAVY = "heavy"


MOST = {Kind.READING: "3000/minute", Kind.POSTING: "300/minute", Kind.HEAVY: "60/minute"}
"""A school's room that types communes at once stays under the first; a clerk who decides all day, under the second."""
HEAVY = {"receipt.download", "officer_receipt.pdf", "register.pdf_file", "roll.receive"}
"""What is drawn, or is megabytes long."""
QUICKLY = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25, "retry": None}
"""Of Redis: a request hardly waits for one that is away or hangs; it is tried again after a second, two, four…"""
UNCOUNTED = {"static", "pages.home", "operation.health", "operation.ready", "operation.metrics"}
"""What costs less than its count would."""


class Counting(Limiter):
    """The library's, which is not asked at all about what is not counted: its own filter costs half of a home page."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not _is_uncounted():
            super()._check_request_limit(callable_name, in_middleware)


def init_limits(app: Flask, config: Config) -> None:
    """Count every request before anything is done for it. Raises ConfigError: no such store or driver."""
    try:
        limiter = Counting(
            _counted_for,
            storage_uri=config.ratelimit_storage,
            storage_options=QUICKLY if config.counts_in_redis else {},
            strategy="sliding-window-counter",
            application_limits=[lambda: MOST[kind()]],
            in_memory_fallback_enabled=True,
            # Of those who meet a dead store at once, the library counts the first in memory, and raises for the others.
            swallow_errors=True,
        )
        limiter.init_app(app)
    except (ConfigurationError, ValueError) as error:
        raise ConfigError("RATELIMIT_STORAGE_URI names a store that is unknown, or whose driver is absent") from error
    app.extensions["procurations-limiter"] = limiter


def kind() -> Kind:
    """Of this request."""
    if request.endpoint in HEAVY:
        return Kind.HEAVY
    return Kind.POSTING if request.method == "POST" else Kind.READING


def seconds_to_wait() -> int:
    """After a refusal for having asked too much: until when, at most a minute."""
    limit = current_app.extensions["procurations-limiter"].current_limit
    left = int(limit.reset_at - time.time()) + 1 if limit else MINUTE
    return min(max(left, 1), MINUTE)


def network_of(address: str | None) -> str:
    """An address, or for IPv6 the /64 that one subscriber holds whole.

    >>> network_of("2001:db8:1:2::7"), network_of("192.0.2.7")
    ('2001:0db8:0001:0002', '192.0.2.7')
    >>> network_of("[2001:db8:1:2::7]:443"), network_of("192.0.2.7:5678"), network_of("unknown")
    ('2001:0db8:0001:0002', '192.0.2.7', 'unknown')
    """
    try:
        parsed = ip_address(_without_port(address or ""))
    except ValueError:
        return address or ""
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.exploded[:19])
    return str(parsed)


def _counted_for() -> str:
    """The kind, and the person of a session that we signed, or else the network."""
    person = session.get("_user_id") or session.get("elector", {}).get("keys", [None])[0]
    return f"{kind()} {person or network_of(request.remote_addr)}"


def _is_uncounted() -> bool:
    return request.endpoint in UNCOUNTED or _is_this_machine()


def _is_this_machine() -> bool:
    """By its address, or by a socket that has none; what a proxy tells otherwise is somebody else's."""
    try:
        return not request.remote_addr or ip_address(_without_port(request.remote_addr)).is_loopback
    except ValueError:
        return False


def _without_port(address: str) -> str:
    """As some proxies tell it: « 192.0.2.7:5678 », « [2001:db8::7]:443 »."""
    return address[1:].partition("]")[0] if address.startswith("[") else PORT.sub(r"\1", address)
