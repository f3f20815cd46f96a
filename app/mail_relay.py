"""Through which relay mail leaves, and as whom, as the environment says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.environ import LOOPBACK, ConfigError, number, required, switch


@dataclass(frozen=True)
class MailRelay:
    """The relay; without `server` (demo only) messages go to the demonstration's mailbox."""

    server: str | None = None
    port: int = 587
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    use_tls: bool = True
    sender: str = "ne-pas-repondre@procurations.example"


def relay(environ: Mapping[str, str], demo: bool) -> MailRelay:
    """The one that the variables describe; without `MAIL_SERVER` the demonstration has none. Raises ConfigError."""
    if demo and not environ.get("MAIL_SERVER"):
        return MailRelay()
    server, username = required(environ, "MAIL_SERVER"), environ.get("MAIL_USERNAME") or None
    if username:
        required(environ, "MAIL_PASSWORD")
    return MailRelay(
        server=server,
        port=_port(environ),
        username=username,
        password=environ.get("MAIL_PASSWORD") or None,
        use_tls=_over_tls(environ, server),
        sender=_sender(environ, demo),
    )


def _over_tls(environ: Mapping[str, str], server: str) -> bool:
    """TLS unless the relay is on this machine; elsewhere it cannot be turned off."""
    is_local = server in LOOPBACK
    use_tls = switch(environ, "MAIL_USE_TLS", default=not is_local)
    if not use_tls and not is_local:
        raise ConfigError("MAIL_USE_TLS may be 0 only for a relay on this machine")
    return use_tls


def _port(environ: Mapping[str, str]) -> int:
    port = number(environ, "MAIL_PORT", MailRelay.port)
    if not 0 < port < 65_536:
        raise ConfigError("MAIL_PORT must be a port, for example 587")
    return port


def _sender(environ: Mapping[str, str], demo: bool) -> str:
    if demo and not environ.get("MAIL_DEFAULT_SENDER"):
        return MailRelay.sender
    sender = required(environ, "MAIL_DEFAULT_SENDER")
    if not re.fullmatch(r"(.*<)?[^\s@<>]+@[^\s@<>]+>?", sender):
        raise ConfigError("MAIL_DEFAULT_SENDER must be an e-mail address")
    return sender
