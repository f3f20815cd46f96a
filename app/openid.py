"""Our side of OpenID Connect, as FranceConnect and ProConnect want it, on Authlib and joserfc; no Flask here.

It speaks with the provider and believes nothing that is not signed, dated, and addressed to us.
"""

import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749 import OAuth2Token
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import ConnectionError as RequestConnectionError
from requests import Response, Timeout
from requests.adapters import BaseAdapter
from urllib3.exceptions import HTTPError

from app.departure import Departure
from app.identity_providers import Provider
from app.sign_in_failures import SignInFailed, Stale, TooWeak, Unavailable, Untrusted

SIGNATURES = JWSRegistry(algorithms=["ES256", "RS256"], strict_check_header=False)
LEEWAY = 5  # Tokens live 60 seconds: Authlib's default of 60 would see each of them as expired at birth.
CALL_SECONDS = (3.05, 5)
CONVERSATION_SECONDS = 8
ANSWER_BYTES = 64 * 1024
LONGEST_ID_TOKEN = 2_000  # It is kept for the sign-out, in a cookie, which holds four thousand characters.
METADATA_SECONDS = 3600
KEY_REFRESHES, KEY_REFRESH_SECONDS = 10, 60
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("end_session_endpoint",)
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for; `claims` are those of the signed userinfo."""

    issuer: str
    subject: str
    claims: dict[str, Any]
    id_token: str


@dataclass(frozen=True)
class Addresses:
    """Where a provider sends people back: after the sign-in, and after the sign-out."""

    redirect_uri: str
    home: str


class RelyingParty:
    """What we are to one provider. Each public method may call it, and raises SignInFailed."""

    def __init__(self, provider: Provider, addresses: Addresses, adapter: BaseAdapter | None = None) -> None:
        """`adapter` is another way to the provider than the network."""
        self.provider = provider
        self.addresses = addresses
        self.adapter = adapter
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._known_until = 0.0
        self._refreshes: deque[float] = deque(maxlen=KEY_REFRESHES)

    def authorization_url(self, departure: Departure) -> str:
        """Where to send the browser, to be identified at the departure's level when one is named.

        Nothing that the provider would refuse is in it: FranceConnect knows no PKCE (RFC 7636).
        """
        asked = {"state": departure.state, "nonce": departure.nonce, "acr_values": departure.level or self.provider.acr}
        if self.provider.has_pkce:
            asked["code_verifier"] = departure.verifier
        if departure.prompt:
            asked["prompt"] = departure.prompt
        with self._line() as line:
            metadata = _in_time(lambda: self._discovered(line))
            url, _ = line.create_authorization_url(metadata["authorization_endpoint"], **asked)
        return str(url)

    def person(self, code: str, issuer: str | None, departure: Departure) -> Person:
        """Exchange the code, then verify all that comes back. `issuer` is the one the browser brought, if any."""
        with self._line() as line:
            return _in_time(lambda: self._person(line, code, issuer, departure))

    def sign_out_url(self, id_token: str, state: str) -> str:
        """Where the provider ends its own session before it sends the person home."""
        with self._line() as line:
            endpoint = _in_time(lambda: self._discovered(line)).get("end_session_endpoint")
        if endpoint is None:
            return self.addresses.home
        hint = {"id_token_hint": id_token, "post_logout_redirect_uri": self.addresses.home, "state": state}
        return str(add_params_to_uri(endpoint, hint.items()))

    def _person(self, line: OAuth2Session, code: str, issuer: str | None, departure: Departure) -> Person:
        metadata, levels = self._discovered(line), (departure.level or self.provider.acr).split()
        if issuer not in (None, metadata["issuer"]):
            raise Untrusted
        token = self._exchanged(line, metadata["token_endpoint"], code, departure)
        if len(token["id_token"]) > LONGEST_ID_TOKEN:
            raise Untrusted
        signed = self._decoded(line, token["id_token"])
        self._check_id_token(signed, token["access_token"], departure.nonce)
        _check_level(signed.claims.get("acr"), levels)
        answer = line.get(metadata["userinfo_endpoint"])
        told = self._decoded(line, answer.content.strip())
        self._check_userinfo(told, signed.claims["sub"])
        if "acr" in told.claims:
            _check_level(told.claims["acr"], levels)
        return Person(metadata["issuer"], signed.claims["sub"], told.claims, token["id_token"])

    def _exchanged(self, line: OAuth2Session, endpoint: str, code: str, departure: Departure) -> OAuth2Token:
        proof = {"code_verifier": departure.verifier} if self.provider.has_pkce else {}
        try:
            return line.fetch_token(endpoint, grant_type="authorization_code", code=code, **proof)
        except OAuthError as error:
            raise (Stale if error.error == "invalid_grant" else Untrusted) from error

    def _check_id_token(self, token: jwt.Token, access_token: str, nonce: str) -> None:
        """Issuer, audience, dates, nonce, access token's hash: OpenID Connect Core 3.1.3.7."""
        options = self._expected(sub={"essential": True}, nonce={"essential": True})
        params = {"nonce": nonce, "client_id": self.provider.client_id, "access_token": access_token}
        CodeIDToken(token.claims, token.header, options, params).validate(leeway=LEEWAY)

    def _check_userinfo(self, token: jwt.Token, subject: str) -> None:
        """The same issuer, audience and subject as the id_token."""
        options = self._expected(sub={"essential": True, "value": subject}, exp={"essential": True})
        jwt.JWTClaimsRegistry(leeway=LEEWAY, **options).validate(token.claims)

    def _expected(self, **more: Any) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self._metadata["issuer"]},
            "aud": {"essential": True, "value": self.provider.client_id},
            **more,
        }

    def _decoded(self, line: OAuth2Session, token: str | bytes) -> jwt.Token:
        """Verify the signature; a key unknown here may be a new one of the provider's."""
        keys = self._keys or self._fetched_keys(line)
        try:
            return jwt.decode(token, keys, registry=SIGNATURES)
        except (InvalidKeyIdError, BadSignatureError):
            if not self._may_refresh_keys():
                raise
            return jwt.decode(token, self._fetched_keys(line), registry=SIGNATURES)

    def _fetched_keys(self, line: OAuth2Session) -> KeySet:
        answer = line.get(self._metadata["jwks_uri"], withhold_token=True).json()
        self._keys = KeySet.import_key_set({"keys": [key for key in answer["keys"] if key.get("kty") in ("EC", "RSA")]})
        return self._keys

    def _may_refresh_keys(self) -> bool:
        """A few times a minute at most: tokens with invented keys must not make us hammer the provider."""
        at = time.monotonic()
        if len(self._refreshes) == KEY_REFRESHES and at - self._refreshes[0] < KEY_REFRESH_SECONDS:
            return False
        self._refreshes.append(at)
        return True

    def _discovered(self, line: OAuth2Session) -> dict[str, Any]:
        """The provider's own description, kept for an hour; its keys are forgotten with it."""
        if time.monotonic() >= self._known_until:
            metadata = line.get(self.provider.discovery_url, withhold_token=True).json()
            addresses = [metadata[name] for name in ENDPOINTS]
            addresses += [metadata[name] for name in OPTIONAL_ENDPOINTS if name in metadata]
            if not metadata["issuer"] or not all(self._is_as_safe_as_discovery(address) for address in addresses):
                raise Untrusted
            self._metadata, self._keys = metadata, None
            self._known_until = time.monotonic() + METADATA_SECONDS
        return self._metadata

    def _is_as_safe_as_discovery(self, address: str) -> bool:
        url, ours = urlsplit(address), urlsplit(self.provider.discovery_url)
        return bool(url.netloc) and url.scheme in ("https", ours.scheme)

    def _line(self) -> OAuth2Session:
        line = OAuth2Session(
            self.provider.client_id,
            self.provider.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 the name of a method
            scope=self.provider.scopes,
            redirect_uri=self.addresses.redirect_uri,
            code_challenge_method="S256" if self.provider.has_pkce else None,
            leeway=LEEWAY,
            default_timeout=CALL_SECONDS,
        )
        line.hooks["response"].append(_bounded)
        if self.adapter:
            line.mount(self.provider.origin, self.adapter)
        line.trust_env = urlsplit(self.provider.discovery_url).scheme == "https"  # No proxy towards our own machine.
        return line


def _check_level(acr: object, levels: Collection[str]) -> None:
    """Authlib does not look at it."""
    if acr not in levels:
        raise TooWeak


def _bounded(response: Response, **options: Any) -> None:
    """Read no more than an answer can need, and refuse what is not one, before any redirect of it is followed."""
    with closing(response):
        body = response.raw.read(ANSWER_BYTES + 1, decode_content=True)
    if response.status_code >= 500 or response.status_code in (408, 429):
        raise Unavailable
    is_refused_code = response.status_code == 400 and response.request.method == "POST"
    if len(body) > ANSWER_BYTES or not (response.status_code == 200 or is_refused_code):
        raise Untrusted
    response.raw = BytesIO(body)


def _in_time(call: Callable[[], T]) -> T:
    """Do it in a thread of its own, for a provider that drips bytes defeats the time-outs of sockets.

    Whatever else breaks on what a provider sends is the provider's failure, never a page 500.
    """
    future: Future[T] = Future()
    Thread(target=_settle, args=(future, call), daemon=True).start()
    try:
        return future.result(CONVERSATION_SECONDS)
    except SignInFailed:
        raise
    except (RequestConnectionError, Timeout, HTTPError, TimeoutError) as error:
        raise Unavailable from error
    except Exception as error:
        raise Untrusted from error


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)
