"""An OpenID Connect provider that does what a test tells it: right by default, and able to lie in every part."""

import base64
import json
import threading
import time
from collections import Counter
from enum import Enum
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from tests.live import LiveServer

CLIENT, SECRET = "procurations-tests", "a secret shared with the provider, long enough"
CODE, ACCESS_TOKEN, SUBJECT = "the-code-of-this-journey", "the-access-token", "subject-of-gwenola"


class Absence(Enum):
    """What a script says to leave a claim out."""

    CLAIM = "no such claim"


CIVIL_STATUS = {
    "family_name": "LE GOFF-D'ARVOR",
    "given_name": "Gwénola Anne",
    "gender": "female",
    "birthdate": "1968-04-09",
}
ABSENT = Absence.CLAIM
KEYS = {
    "ES256": ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "ec-1"}),
    "RS256": RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "rsa-1"}),
}


class ScriptedProvider:
    """Served on a port of its own; attributes are the script, `reset` makes it right again."""

    def __init__(self) -> None:
        app = Flask(__name__)
        for path in ("discovery", "token", "jwks", "userinfo", "elsewhere"):
            view = self._telling(path, getattr(self, f"_{path}"))
            app.add_url_rule(f"/{path}", path, view, methods=["GET", "POST"])
        self.server = LiveServer(app)
        self.url = self.server.url
        self.discovery_url = f"{self.url}/discovery"
        self.released = threading.Event()
        self.reset()

    def reset(self) -> None:
        self.released.set()
        self.released = threading.Event()
        self.nonce = ""
        self.metadata: dict[str, Any] = {}
        self.id_token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.id_token_alg = self.userinfo_alg = "ES256"
        self.header: dict[str, Any] = {}
        self.keys = dict(KEYS)
        self.published = list(KEYS.values())
        self.answers: dict[str, Response] = {}
        self.hanging: str | None = None
        self.dripping: str | None = None
        self.calls: Counter[str] = Counter()
        self.token_form: dict[str, str] = {}
        self.watch: Any = None

    def stop(self) -> None:
        self.released.set()
        self.server.stop()

    def signed(self, alg: str, claims: dict[str, Any]) -> str:
        """A token, signed well, or with the shared secret, or not at all."""
        header = {"alg": alg, "kid": self.keys[alg].kid if alg in self.keys else None, **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        if alg == "none":
            return ".".join([*(_base64url(json.dumps(part).encode()) for part in (header, claims)), ""])
        key = OctKey.import_key(SECRET) if alg == "HS256" else self.keys[alg]
        return jwt.encode(header, claims, key, algorithms=[alg])

    def _telling(self, name: str, view: Any) -> Any:
        def told() -> ResponseReturnValue:
            self.calls[name] += 1
            if self.watch:
                self.watch(name)
            if self.hanging == name:
                self.released.wait(20)
            if self.dripping == name:
                return Response(self._drops(self.released), mimetype="application/json")
            return self.answers.get(name) or view()

        return told

    def _drops(self, released: threading.Event) -> Any:
        for _ in range(400):
            if released.is_set():
                return
            yield b" "
            time.sleep(0.05)

    def _discovery(self) -> ResponseReturnValue:
        return _changed(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "end_session_endpoint": f"{self.url}/session/end",
            },
            self.metadata,
        )

    def _jwks(self) -> ResponseReturnValue:
        return KeySet(self.published).as_dict(private=False)

    def _token(self) -> ResponseReturnValue:
        self.token_form = request.form.to_dict()
        if request.form.get("code") != CODE:
            return {"error": "invalid_grant", "error_description": f"no such code: {request.form.get('code')}"}, 400
        claims = _changed(self._claims(nonce=self.nonce, acr="eidas1"), self.id_token)
        return {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.signed(self.id_token_alg, claims),
        }

    def _elsewhere(self) -> ResponseReturnValue:
        return {}

    def _userinfo(self) -> ResponseReturnValue:
        claims = _changed(self._claims(**CIVIL_STATUS), self.userinfo)
        return Response(self.signed(self.userinfo_alg, claims), mimetype="application/jwt")

    def _claims(self, **more: Any) -> dict[str, Any]:
        at = int(time.time())
        return {"iss": self.url, "aud": CLIENT, "sub": SUBJECT, "iat": at, "exp": at + 60, **more}


def _changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (claims | changes).items() if value is not ABSENT}


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
