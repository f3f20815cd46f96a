"""The configuration: one frozen value, read once; what is missing or unsafe stops the start and names itself."""

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app import identity_providers, mail_relay
from app.environ import (
    DEMO_SECRET,
    KEY_LENGTH,
    ConfigError,
    key_from,
    key_of_our_own,
    number,
    required,
    switch,
    web_address,
)
from app.identity_providers import Provider
from app.installation import FICTIONAL, VARIABLES, Installation
from app.mail_relay import MailRelay
from models.journey import MAIL_WINDOW

DEMO_TOTP_KEY = hashlib.sha256(DEMO_SECRET.encode()).digest()
DEMO_JOURNAL_KEY = hashlib.sha256(DEMO_TOTP_KEY).digest()
MINIMUM_SECRET = 32
IN_MEMORY = "memory://"
PROJECT = Path(__file__).resolve().parent.parent
INSTANCE = PROJECT / "instance"
DEMO_RECEIPT_KEY = INSTANCE / "demo-receipt.key"


@dataclass(frozen=True)
class MailWindows:
    """Over how long is counted what writes to unverified addresses: an elector's demandes, and corrections."""

    filing: timedelta = MAIL_WINDOW
    correcting: timedelta = MAIL_WINDOW


DEMO_MAIL_WINDOWS = MailWindows(filing=timedelta(), correcting=timedelta(minutes=1))
"""The demonstration's few citizens file for a whole country when it is loaded: there, demandes are not counted."""


@dataclass(frozen=True)
class Config:
    """Everything the environment decides. `demo` mounts the simulator, the mailbox and the fictional world.

    `demands_second_factor`: agents who have none reach nothing but the pages where one is set up.
    """

    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    public_url: str
    demo: bool
    france_connect: Provider
    mail: MailRelay
    receipt_key: bytes = field(repr=False)
    totp_key: bytes = field(repr=False)
    demands_second_factor: bool
    journal_key: bytes = field(repr=False)
    installation: Installation
    pro_connect: Provider | None = None
    mail_windows: MailWindows = MailWindows()
    totp_key_fallbacks: tuple[bytes, ...] = field(default=(), repr=False)
    journal_months: int = 12
    metrics_token: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    ratelimit_storage: str = field(default=IN_MEMORY, repr=False)
    database_admin_url: str | None = field(default=None, repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the variables of the README. Raises ConfigError."""
        demo = switch(environ, "DEMO", default=False)
        public_url = environ.get("PUBLIC_URL") or f"http://127.0.0.1:{environ.get('PORT') or 5000}"
        return cls(
            secret_key=_secret(environ, demo),
            secret_key_fallbacks=_secret_fallbacks(environ, demo),
            database_url=_database_url(environ, demo),
            database_admin_url=_admin_url(environ),
            public_url=_public_url(public_url.rstrip("/"), demo),
            demo=demo,
            france_connect=identity_providers.france_connect(environ, demo, public_url.rstrip("/")),
            pro_connect=identity_providers.pro_connect(environ, demo),
            mail=mail_relay.relay(environ, demo),
            mail_windows=DEMO_MAIL_WINDOWS if demo else MailWindows(),
            receipt_key=_receipt_key(environ, demo),
            totp_key=_totp_key(environ, demo),
            totp_key_fallbacks=_totp_key_fallbacks(environ, demo),
            demands_second_factor=not demo,
            journal_key=_journal_key(environ, demo),
            installation=_installation(environ, demo),
            journal_months=_months(environ),
            metrics_token=environ.get("METRICS_TOKEN", "").strip() or None,
            trusted_proxies=number(environ, "TRUSTED_PROXIES", 0),
            ratelimit_storage=_ratelimit_storage(environ),
        )

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def counts_in_redis(self) -> bool:
        """Whether floods are counted for all processes together."""
        return self.ratelimit_storage != IN_MEMORY

    @property
    def key_host(self) -> str | None:
        """The host that security keys are bound to; WebAuthn knows none that is an address in digits."""
        host = urlsplit(self.public_url).hostname or ""
        return None if re.fullmatch(r"[0-9.]+|.*:.*", host) else host

    @property
    def has_simulator(self) -> bool:
        """Whether FranceConnect is the demonstration's own simulator."""
        return self.france_connect.discovery_url == identity_providers.simulator_discovery(self.public_url)

    def for_flask(self) -> dict[str, Any]:
        """The same in the words of Flask and its extensions."""
        return {
            "SECRET_KEY": self.secret_key,
            "SECRET_KEY_FALLBACKS": list(self.secret_key_fallbacks),
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "DATABASE_ADMIN_URL": self.database_admin_url,
            "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(self),
            "JOURNAL_MONTHS": self.journal_months,
            "WTF_CSRF_TIME_LIMIT": None,
            "MAX_CONTENT_LENGTH": 256 * 1024,
            "MAX_FORM_PARTS": 2_000,
            "BABEL_DEFAULT_LOCALE": "fr",
            "MAIL_SERVER": self.mail.server,
            "MAIL_PORT": self.mail.port,
            "MAIL_USERNAME": self.mail.username,
            "MAIL_PASSWORD": self.mail.password,
            "MAIL_USE_TLS": self.mail.use_tls,
            "MAIL_DEFAULT_SENDER": self.mail.sender,
        }


def _secret(environ: Mapping[str, str], demo: bool) -> str:
    secret = environ.get("SECRET_KEY", "")
    if demo:
        return secret or DEMO_SECRET
    if not secret or secret == DEMO_SECRET or len(secret) < MINIMUM_SECRET:
        raise ConfigError(f"SECRET_KEY must be a secret of at least {MINIMUM_SECRET} characters of your own")
    return secret


def _secret_fallbacks(environ: Mapping[str, str], demo: bool) -> tuple[str, ...]:
    """Those of before, which still open sessions: as long as the present one, and never the demonstration's."""
    former = tuple(environ.get("SECRET_KEY_FALLBACKS", "").split())
    if not demo and any(len(one) < MINIMUM_SECRET for one in former):
        raise ConfigError(f"SECRET_KEY_FALLBACKS must be secrets of at least {MINIMUM_SECRET} characters")
    return former


def _database_url(environ: Mapping[str, str], demo: bool) -> str:
    name = "demo.db" if demo else "procurations.db"
    return _database("DATABASE_URL", environ.get("DATABASE_URL") or f"sqlite:///{INSTANCE / name}")


def _admin_url(environ: Mapping[str, str]) -> str | None:
    given = environ.get("DATABASE_ADMIN_URL")
    return _database("DATABASE_ADMIN_URL", given) if given else None


def _database(name: str, given: str) -> str:
    """The same address, with the PostgreSQL driver that we install; SQLite's is a file's. Raises ConfigError."""
    url = given.replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"{name} is not the address of a database") from error
    if parts.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError(f"{name} must begin with sqlite:/// or postgresql://")
    if parts.drivername == "sqlite" and parts.database in (None, "", ":memory:"):
        raise ConfigError(f"{name} must name a file, which other processes open too")
    return url


def _engine_options(config: Config) -> dict[str, Any]:
    """No parameter in an error's text; on PostgreSQL, a page waits 5 s for a row and 30 s in all.

    The journal's key goes with the connections that write it, so that the domain has it and no table does.
    """
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True, "pool_size": 20}
    options["execution_options"] = {"journal_key": config.journal_key}
    if config.database_url.startswith("postgresql"):
        limits = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
        options["connect_args"] = {"options": " ".join(f"-c {name}={value}" for name, value in limits.items())}
    return options


def _public_url(url: str, demo: bool) -> str:
    parts = web_address("PUBLIC_URL", url)
    if url != f"{parts.scheme}://{parts.netloc}" or "@" in url:
        raise ConfigError("PUBLIC_URL must be the scheme and host people type, for example https://exemple.fr")
    if not demo and parts.scheme != "https":
        raise ConfigError("PUBLIC_URL must be https outside demo mode")
    return url


def _receipt_key(environ: Mapping[str, str], demo: bool) -> bytes:
    """The private key that signs receipts; the demonstration draws its own, once, and keeps it in `instance/`."""
    given = environ.get("RECEIPT_SIGNING_KEY", "")
    return _demo_receipt_key() if demo and not given else key_from("RECEIPT_SIGNING_KEY", given)


def _totp_key(environ: Mapping[str, str], demo: bool) -> bytes:
    """What the secrets of second factors are encrypted with; the demonstration's is public."""
    return key_of_our_own("TOTP_KEY", environ, demo, DEMO_TOTP_KEY)


def _totp_key_fallbacks(environ: Mapping[str, str], demo: bool) -> tuple[bytes, ...]:
    """Those of before, which open what they have encrypted and encrypt nothing any more."""
    former = tuple(key_from("TOTP_KEY_FALLBACKS", given) for given in environ.get("TOTP_KEY_FALLBACKS", "").split())
    if DEMO_TOTP_KEY in former and not demo:
        raise ConfigError("TOTP_KEY_FALLBACKS must not be the demonstration's")
    return former


def _journal_key(environ: Mapping[str, str], demo: bool) -> bytes:
    """The secret that chains the journal; the demonstration's is public."""
    return key_of_our_own("JOURNAL_KEY", environ, demo, DEMO_JOURNAL_KEY)


def _demo_receipt_key() -> bytes:
    """Written whole under another name first: of two starts at once, both read the key of one. Raises ConfigError."""
    try:
        if not DEMO_RECEIPT_KEY.exists():
            DEMO_RECEIPT_KEY.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=DEMO_RECEIPT_KEY.parent) as drawn:
                drawn.write(secrets.token_bytes(KEY_LENGTH))
                drawn.flush()
                with suppress(FileExistsError):
                    os.link(drawn.name, DEMO_RECEIPT_KEY)
        key = DEMO_RECEIPT_KEY.read_bytes()
    except OSError as error:
        raise ConfigError(f"RECEIPT_SIGNING_KEY: {DEMO_RECEIPT_KEY} can be neither written nor read") from error
    if len(key) != KEY_LENGTH:
        raise ConfigError(f"RECEIPT_SIGNING_KEY: {DEMO_RECEIPT_KEY} is no key; remove it, another will be drawn")
    return key


def _installation(environ: Mapping[str, str], demo: bool) -> Installation:
    """What the law wants told of who runs this; the demonstration's is nobody."""
    if demo:
        told = {part: environ.get(name, "").strip() or getattr(FICTIONAL, part) for part, name in VARIABLES.items()}
    else:
        told = {part: required(environ, name).strip() for part, name in VARIABLES.items()}
    if not re.fullmatch(r"https://\S+|[^\s@:/]+@[^\s@:/]+", told["security_contact"]):
        raise ConfigError("LEGAL_SECURITY_CONTACT must be an e-mail address or a page in https")
    return Installation(**told)


def _ratelimit_storage(environ: Mapping[str, str]) -> str:
    """Where requests are counted: in each process, or in one Redis for all of them."""
    given = environ.get("RATELIMIT_STORAGE_URI") or IN_MEMORY
    try:
        parts = urlsplit(given)
        is_redis = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_redis = False
    if given != IN_MEMORY and not is_redis:
        raise ConfigError("RATELIMIT_STORAGE_URI must be memory://, or redis:// or rediss:// with a host")
    return given


def _months(environ: Mapping[str, str]) -> int:
    """How long the journal is kept; a year by default."""
    months = number(environ, "JOURNAL_MONTHS", Config.journal_months)
    if not 1 <= months <= 120:
        raise ConfigError("JOURNAL_MONTHS must be from 1 to 120")
    return months
