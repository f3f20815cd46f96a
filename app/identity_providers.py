"""Who vouches for people: FranceConnect for electors, ProConnect for agents, as the environment names them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from app.environ import DEMO_SECRET, ConfigError, is_loopback, required, web_address

DEMO_CLIENT = "procurations-demo"
DEMO_LEVEL = "eidas3"
TWO_FACTORS = "eidas1-mfa eidas2 eidas3"
"""The levels at which ProConnect says that an agent has proven two factors."""
AGENT_SCOPES = "openid given_name usual_name email"


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider and what we are to it; `certified_acr`, if any, is the level that spares a visit.

    `acr`: the levels that a sign-in accepts, separated by spaces.
    """

    discovery_url: str
    client_id: str
    client_secret: str = field(repr=False)
    acr: str = "eidas1"
    certified_acr: str = ""
    scopes: str = "openid given_name family_name birthdate gender"
    has_pkce: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and port, for the content security policy."""
        url = urlsplit(self.discovery_url)
        return f"{url.scheme}://{url.netloc}"


def simulator_discovery(public_url: str) -> str:
    """Where the demonstration's FranceConnect publishes itself, on the same origin."""
    return f"{public_url}/demo/france-connect/api/v2/.well-known/openid-configuration"


def france_connect(environ: Mapping[str, str], demo: bool, public_url: str) -> Provider:
    if demo and not environ.get("FRANCECONNECT_DISCOVERY_URL"):
        return Provider(
            simulator_discovery(public_url), DEMO_CLIENT, DEMO_SECRET, certified_acr=_certified_acr(environ, DEMO_LEVEL)
        )
    known = _provider(environ, demo, "FRANCECONNECT", Provider.acr, Provider.scopes)
    return replace(known, certified_acr=_certified_acr(environ, ""))


def pro_connect(environ: Mapping[str, str], demo: bool) -> Provider | None:
    """Where agents may sign in; without its address, by their password only."""
    if not environ.get("PROCONNECT_DISCOVERY_URL"):
        return None
    return replace(_provider(environ, demo, "PROCONNECT", TWO_FACTORS, AGENT_SCOPES), has_pkce=True)


def _provider(environ: Mapping[str, str], demo: bool, prefix: str, acr: str, scopes: str) -> Provider:
    """The one that the variables of this prefix describe; its levels and scopes, when they say nothing of them."""
    discovery = required(environ, f"{prefix}_DISCOVERY_URL")
    web_address(f"{prefix}_DISCOVERY_URL", discovery)
    if not discovery.startswith("https://") and not (demo and is_loopback(discovery)):
        raise ConfigError(f"{prefix}_DISCOVERY_URL must be https (plain http: demo mode, on loopback)")
    secret = required(environ, f"{prefix}_CLIENT_SECRET")
    if not demo and secret == DEMO_SECRET:
        raise ConfigError(f"{prefix}_CLIENT_SECRET must not be the demonstration's")
    return Provider(
        discovery_url=discovery,
        client_id=required(environ, f"{prefix}_CLIENT_ID"),
        client_secret=secret,
        acr=environ.get(f"{prefix}_ACR") or acr,
        scopes=environ.get(f"{prefix}_SCOPES") or scopes,
    )


def _certified_acr(environ: Mapping[str, str], default: str) -> str:
    """One level, and none of those that a mere sign-in accepts: it establishes without an officer."""
    level = environ.get("FRANCECONNECT_CERTIFIED_ACR", default)
    sign_in = (environ.get("FRANCECONNECT_ACR") or Provider.acr).split()
    if len(level.split()) > 1 or level.strip() in sign_in:
        raise ConfigError("FRANCECONNECT_CERTIFIED_ACR must be one level, other than those of FRANCECONNECT_ACR")
    return level.strip()
