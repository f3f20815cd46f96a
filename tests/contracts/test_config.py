"""The environment decides once: what is missing or unsafe stops the start with its name, and no secret is shown."""

import base64
import dataclasses
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app import config as configuration
from app.config import DEMO_JOURNAL_KEY, DEMO_TOTP_KEY, PROJECT, Config, MailWindows
from app.environ import DEMO_SECRET, ConfigError
from app.identity_providers import DEMO_CLIENT, Provider
from app.installation import FICTIONAL, VARIABLES

FORMER = "a former key of forty characters".replace(" ", "-") + "-or-so"
RECEIPT_KEY = base64.b64encode(bytes(range(100, 132))).decode()
TOTP_KEY = base64.b64encode(bytes(range(150, 182))).decode()
FORMER_TOTP_KEY = base64.b64encode(bytes(range(10, 42))).decode()
JOURNAL_KEY = base64.b64encode(bytes(range(200, 232))).decode()
TOLD = {part: f"a real {part}" for part in VARIABLES} | {"security_contact": "security@procurations.example"}
PRODUCTION = {
    "SECRET_KEY": "s" * 40,
    "PUBLIC_URL": "https://procurations.example",
    "DATABASE_URL": "postgresql://app:db-password@db.example/procurations",
    "DATABASE_ADMIN_URL": "postgresql://owner:admin-password@db.example/procurations",
    "FRANCECONNECT_DISCOVERY_URL": "https://fc.example/api/v2/.well-known/openid-configuration",
    "FRANCECONNECT_CLIENT_ID": "our-client",
    "FRANCECONNECT_CLIENT_SECRET": "fc-secret",
    "MAIL_SERVER": "relay.example",
    "MAIL_DEFAULT_SENDER": "procurations@procurations.example",
    "MAIL_USERNAME": "mailer",
    "MAIL_PASSWORD": "mail-password",
    "METRICS_TOKEN": "metrics-token",
    "SECRET_KEY_FALLBACKS": f"{FORMER} {FORMER[::-1]}",
    "RECEIPT_SIGNING_KEY": RECEIPT_KEY,
    "TOTP_KEY": TOTP_KEY,
    "TOTP_KEY_FALLBACKS": f" {FORMER_TOTP_KEY} ",
    "JOURNAL_KEY": JOURNAL_KEY,
    **{VARIABLES[part]: told for part, told in TOLD.items()},
}
THE_DEMONSTRATIONS = base64.b64encode(DEMO_JOURNAL_KEY).decode()
SECRETS = (
    "s" * 40,
    "db-password",
    "admin-password",
    "fc-secret",
    "mail-password",
    "metrics-token",
    FORMER,
    DEMO_SECRET,
    RECEIPT_KEY,
    repr(bytes(range(100, 132))),
    TOTP_KEY,
    repr(bytes(range(150, 182))),
    FORMER_TOTP_KEY,
    repr(bytes(range(10, 42))),
    repr(DEMO_TOTP_KEY),
    JOURNAL_KEY,
    repr(bytes(range(200, 232))),
    repr(DEMO_JOURNAL_KEY),
)


def refusal(**changes: str | None) -> str:
    """What the start says when production's variables are changed so; None takes one away."""
    environ = {name: value for name, value in (PRODUCTION | changes).items() if value is not None}
    with pytest.raises(ConfigError) as refused:
        Config.from_environ(environ)
    return str(refused.value)


def test_production_as_it_should_be_starts() -> None:
    config = Config.from_environ(PRODUCTION)
    assert (config.demo, config.is_https, config.has_simulator) == (False, True, False)
    assert config.database_url == "postgresql+psycopg://app:db-password@db.example/procurations"
    assert config.database_admin_url == "postgresql+psycopg://owner:admin-password@db.example/procurations"
    assert config.secret_key_fallbacks == (FORMER, FORMER[::-1])
    assert config.france_connect.origin == "https://fc.example"
    assert (config.france_connect.acr, config.mail.port, config.mail.use_tls) == ("eidas1", 587, True)
    assert config.france_connect.scopes == "openid given_name family_name birthdate gender"
    assert config.trusted_proxies == 0
    assert config.demands_second_factor
    assert config.mail_windows == MailWindows(filing=timedelta(days=1), correcting=timedelta(days=1))
    assert config.totp_key == base64.b64decode(TOTP_KEY)
    assert config.totp_key_fallbacks == (base64.b64decode(FORMER_TOTP_KEY),)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("SECRET_KEY", (None, "", "short", DEMO_SECRET)),
        ("PUBLIC_URL", (None, "", "http://procurations.example", "procurations.example", "ftp://a.example")),
        (
            "PUBLIC_URL",
            ("https://procurations.example/path", "https://u:p@a.example", "https://a.example?x"),
        ),
        (
            "PUBLIC_URL",
            ("https://", "https://[::1", "https://a b", "https://a:port", "https://:443"),
        ),
        ("FRANCECONNECT_DISCOVERY_URL", (None, "", "http://fc.example/", "http://127.0.0.1:5000/x", "fc.example")),
        ("FRANCECONNECT_DISCOVERY_URL", ("https://", "https://[x", "https://a b/x")),
        ("FRANCECONNECT_CLIENT_ID", (None, "")),
        ("SECRET_KEY_FALLBACKS", ("x", f"{FORMER} short", DEMO_SECRET)),
        ("FRANCECONNECT_CLIENT_SECRET", (None, "", DEMO_SECRET)),
        ("FRANCECONNECT_CERTIFIED_ACR", ("eidas1", "eidas2 eidas3", " eidas1")),
        ("MAIL_SERVER", (None, "")),
        ("MAIL_DEFAULT_SENDER", (None, "", "pas une adresse", "@b.test", "a@b@c.test")),
        ("MAIL_PASSWORD", (None, "", " ")),
        ("MAIL_USE_TLS", ("0", "maybe")),
        ("DEMO", ("true", "yes")),
        (
            "DATABASE_URL",
            ("garbage", "mysql://db.example/x", "postgresql://u:p@h:notaport/x", "postgresql+psycopg2://h/x"),
        ),
        ("DATABASE_URL", ("sqlite://", "sqlite:///:memory:")),
        ("DATABASE_ADMIN_URL", ("garbage", "mysql://x/y", "postgresql://h:notaport/x")),
        ("MAIL_PORT", ("smtp", "-1", "²", "1.5", "0", "99999")),
        ("RECEIPT_SIGNING_KEY", (None, "", "short", "é" * 44, RECEIPT_KEY[:-4], RECEIPT_KEY + "AAAA", "A" * 43 + "=")),
        (
            "RECEIPT_SIGNING_KEY",
            (RECEIPT_KEY[1:], RECEIPT_KEY.replace("=", ""), f"{RECEIPT_KEY[:20]} {RECEIPT_KEY[20:]}"),
        ),
        ("TOTP_KEY", (None, "", "short", TOTP_KEY[:-4], "A" * 43 + "=", base64.b64encode(DEMO_TOTP_KEY).decode())),
        (
            "TOTP_KEY_FALLBACKS",
            ("short", f"{FORMER_TOTP_KEY} short", f"{FORMER_TOTP_KEY},", base64.b64encode(DEMO_TOTP_KEY).decode()),
        ),
        ("JOURNAL_MONTHS", ("0", "-1", "121", "a year")),
        ("JOURNAL_KEY", (None, "", "short", JOURNAL_KEY[1:], "A" * 43 + "=", THE_DEMONSTRATIONS)),
        *((name, (None, "", " ")) for name in VARIABLES.values()),
        ("LEGAL_SECURITY_CONTACT", ("chez nous", "http://a.example", "securite", "a@b.test\r\nContact: c@d.test")),
        ("TRUSTED_PROXIES", ("one", "-1", "1.5", "²")),
        (
            "RATELIMIT_STORAGE_URI",
            ("memory", "redis", "redis://", "redis://:secret@:6379", "redis://h:port", "http://h"),
        ),
        ("RATELIMIT_STORAGE_URI", ("memory://host", "memcached://h:1", "redis://h:99999", " ")),
    ],
)
def test_what_is_missing_or_unsafe_stops_the_start_with_its_name(name: str, values: tuple[str | None, ...]) -> None:
    for value in values:
        said = refusal(**{name: value})
        assert said.startswith(name), said
        assert not [secret for secret in SECRETS if secret in said]


@pytest.mark.parametrize("given", ["", " "])
def test_an_empty_token_of_the_figures_is_none(given: str) -> None:
    """Without one the page does not exist; an empty one would be everybody's."""
    assert Config.from_environ(PRODUCTION | {"METRICS_TOKEN": given}).metrics_token is None


def test_an_empty_environment_does_not_start() -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_environ({})
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        Config.from_environ({"DEMO": "0"})


def test_the_demonstration_needs_nothing_but_its_name() -> None:
    config = Config.from_environ({"DEMO": "1"})
    assert config.demo
    assert config.has_simulator
    assert config.public_url == "http://127.0.0.1:5000"
    assert config.database_url.endswith("instance/demo.db")
    assert (config.france_connect.client_id, config.mail.server) == (DEMO_CLIENT, None)
    assert config.secret_key
    assert (config.totp_key, config.demands_second_factor) == (DEMO_TOTP_KEY, False)
    assert config.mail_windows == MailWindows(filing=timedelta(), correcting=timedelta(minutes=1))


def test_the_demonstration_draws_its_receipts_key_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own in each place, whole for starts at the same instant, closed to others; what is no key is said."""
    kept = tmp_path / "instance" / "demo-receipt.key"
    monkeypatch.setattr(configuration, "DEMO_RECEIPT_KEY", kept)
    with ThreadPoolExecutor(8) as starts:
        keys = {config.receipt_key for config in starts.map(Config.from_environ, [{"DEMO": "1"}] * 8)}
    assert keys == {kept.read_bytes()}
    assert (len(kept.read_bytes()), kept.stat().st_mode & 0o777) == (32, 0o600)
    assert list(kept.parent.iterdir()) == [kept]
    kept.write_bytes(b"cut")
    with pytest.raises(ConfigError, match="RECEIPT_SIGNING_KEY"):
        Config.from_environ({"DEMO": "1"})
    given = Config.from_environ({"DEMO": "1", "RECEIPT_SIGNING_KEY": RECEIPT_KEY})
    assert given.receipt_key == base64.b64decode(RECEIPT_KEY)


@pytest.mark.parametrize("key", [None, "not a key"])
def test_a_command_without_the_receipts_key_ends_in_one_line(key: str | None) -> None:
    environ = {name: value for name, value in (PRODUCTION | {"RECEIPT_SIGNING_KEY": key}).items() if value is not None}
    flask = Path(sys.executable).parent / "flask"
    done = subprocess.run(
        [flask, "--app", "wsgi", "verify-receipt", __file__], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "Error: RECEIPT_SIGNING_KEY must be 32 random bytes in base64\n"


def test_who_runs_an_installation_is_its_own_data_and_the_demonstrations_is_nobody() -> None:
    told = Config.from_environ(PRODUCTION).installation
    assert {part: getattr(told, part) for part in VARIABLES} == TOLD
    assert Config.from_environ({"DEMO": "1"}).installation == FICTIONAL
    assert Config.from_environ({"DEMO": "1", "LEGAL_HOST": "chez nous"}).installation.host == "chez nous"
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [name for name in VARIABLES.values() if f"`{name}`" not in readme] == []


def test_any_variable_wins_over_the_demonstrations_defaults() -> None:
    config = Config.from_environ(PRODUCTION | {"DEMO": "1", "PUBLIC_URL": "http://127.0.0.1:8000/"})
    assert config.secret_key == PRODUCTION["SECRET_KEY"]
    assert config.public_url == "http://127.0.0.1:8000"
    assert config.mail.server == "relay.example"
    assert config.france_connect.client_id == "our-client"
    assert not config.has_simulator
    assert Config.from_environ({"DEMO": "1", "PORT": "8123"}).public_url == "http://127.0.0.1:8123"


def test_without_a_visit_only_where_a_level_is_named() -> None:
    assert Config.from_environ(PRODUCTION).france_connect.certified_acr == ""
    named = Config.from_environ(PRODUCTION | {"FRANCECONNECT_CERTIFIED_ACR": "eidas3"})
    assert named.france_connect.certified_acr == "eidas3"
    assert Config.from_environ({"DEMO": "1"}).france_connect.certified_acr == "eidas3"
    assert Config.from_environ({"DEMO": "1", "FRANCECONNECT_CERTIFIED_ACR": ""}).france_connect.certified_acr == ""
    both = {"FRANCECONNECT_ACR": "eidas1 eidas3", "FRANCECONNECT_CERTIFIED_ACR": "eidas3"}
    assert refusal(**both).startswith("FRANCECONNECT_CERTIFIED_ACR")


PRO_CONNECT = {
    "PROCONNECT_DISCOVERY_URL": "https://proconnect.example/.well-known/openid-configuration",
    "PROCONNECT_CLIENT_ID": "our-agents",
    "PROCONNECT_CLIENT_SECRET": "a secret of our agents' provider",
}


def test_agents_come_with_proconnect_where_it_is_named() -> None:
    assert Config.from_environ(PRODUCTION).pro_connect is None
    named = Config.from_environ(PRODUCTION | PRO_CONNECT).pro_connect
    assert named == Provider(
        *PRO_CONNECT.values(),
        acr="eidas1-mfa eidas2 eidas3",
        scopes="openid given_name usual_name email",
        has_pkce=True,
    )
    changed = Config.from_environ(PRODUCTION | PRO_CONNECT | {"PROCONNECT_ACR": "eidas0-mfa"}).pro_connect
    assert changed
    assert changed.acr == "eidas0-mfa"
    assert not Config.from_environ(PRODUCTION).france_connect.has_pkce


@pytest.mark.parametrize("name", ["PROCONNECT_CLIENT_ID", "PROCONNECT_CLIENT_SECRET"])
def test_half_of_proconnect_stops_the_start(name: str) -> None:
    assert refusal(**PRO_CONNECT | {name: ""}).startswith(name)
    assert refusal(**PRO_CONNECT | {"PROCONNECT_DISCOVERY_URL": "http://fc.example/"}).startswith("PROCONNECT_DISC")


def test_plain_http_to_the_provider_is_for_the_demonstration_on_loopback() -> None:
    loopback = {"FRANCECONNECT_CLIENT_ID": "a", "FRANCECONNECT_CLIENT_SECRET": "b", "DEMO": "1"}
    for host in ("127.0.0.1:9000", "localhost:9000", "[::1]:9000"):
        url = f"http://{host}/.well-known/openid-configuration"
        config = Config.from_environ(loopback | {"FRANCECONNECT_DISCOVERY_URL": url})
        assert config.france_connect.origin == f"http://{host}"
    for url in ("http://fc.example/", "http://127.0.0.1.evil.example/"):
        with pytest.raises(ConfigError, match=r"^FRANCECONNECT_DISCOVERY_URL"):
            Config.from_environ(loopback | {"FRANCECONNECT_DISCOVERY_URL": url})


def test_no_secret_is_in_what_a_log_or_a_traceback_would_show() -> None:
    for environ in (PRODUCTION, {"DEMO": "1"}):
        config = Config.from_environ(environ)
        shown = f"{config!r} {config} {config.france_connect!r} {config.mail!r}"
        assert not [secret for secret in SECRETS if secret in shown]


def test_a_configuration_does_not_change() -> None:
    config = Config.from_environ(PRODUCTION)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.demo = True  # type: ignore[misc]


def test_a_relay_on_this_machine_needs_no_tls() -> None:
    local = PRODUCTION | {"MAIL_SERVER": "127.0.0.1"}
    assert Config.from_environ(local).mail.use_tls is False
    assert Config.from_environ(local | {"MAIL_USE_TLS": "1"}).mail.use_tls is True
