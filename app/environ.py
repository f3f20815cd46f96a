"""How variables of the environment are read; what is missing, malformed or the demonstration's names itself."""

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from click import ClickException

DEMO_SECRET = "demonstration only: this key is public"  # noqa: S105 the demo's, refused anywhere else
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEY_LENGTH = 32


class ConfigError(ClickException):
    """A variable is missing, malformed or unsafe; the message names it. A command that meets it could not run."""

    exit_code = 2


def required(environ: Mapping[str, str], name: str) -> str:
    """What must be there, as it is. Raises ConfigError."""
    value = environ.get(name)
    if not value or not value.strip():
        raise ConfigError(f"{name} is missing")
    return value


def switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """On or off, 1 or 0. Raises ConfigError."""
    value = environ.get(name) or str(int(default))
    if value not in ("0", "1"):
        raise ConfigError(f"{name} must be 0 or 1")
    return value == "1"


def number(environ: Mapping[str, str], name: str, default: int) -> int:
    """Zero or more. Raises ConfigError."""
    value = environ.get(name) or str(default)
    if not value.isdecimal():
        raise ConfigError(f"{name} must be a whole number")
    return int(value)


def key_of_our_own(name: str, environ: Mapping[str, str], demo: bool, public: bytes) -> bytes:
    """A secret for which the demonstration has a public default, refused anywhere else. Raises ConfigError."""
    given = environ.get(name, "")
    key = public if demo and not given else key_from(name, given)
    if key == public and not demo:
        raise ConfigError(f"{name} must not be the demonstration's")
    return key


def key_from(name: str, given: str) -> bytes:
    """A key as configuration writes it. Raises ConfigError."""
    try:
        key = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_LENGTH or len(set(key)) == 1:
        raise ConfigError(f"{name} must be {KEY_LENGTH} random bytes in base64")
    return key


def web_address(name: str, url: str) -> SplitResult:
    """The parts of an address that a browser could open. Raises ConfigError."""
    try:
        parts = urlsplit(url)
        is_one = bool(parts.hostname) and parts.port != 0 and not re.search(r"[\s\x00-\x1f]", url)
    except ValueError:
        is_one = False
    if not is_one or parts.scheme not in ("http", "https"):
        raise ConfigError(f"{name} is not the address of a site")
    return parts


def is_loopback(url: str) -> bool:
    """Whether this address stays on this machine."""
    return urlsplit(url).hostname in LOOPBACK
