"""FranceConnect, simulated: as strict as the real one, so that what works here works there.

Its codes, tokens and signing key are rows: several processes serve one provider.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import CursorResult, Text, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import MultiDict

from app.config import Config, Provider
from app.dates import now
from app.demo.citizens import CITIZENS, Citizen, citizen
from app.demo.storage import DemoBase
from app.security import csrf
from models.base import db

PREFIX = "/demo/france-connect/api/v2"
CODE_LIFE, TOKEN_LIFE = timedelta(seconds=30), timedelta(seconds=60)
ACR = "eidas1"
SHORTEST_STATE, SHORTEST_NONCE = 32, 22
IDENTITY_CLAIMS = ("given_name", "given_name_array", "family_name", "birthdate", "gender", "birthplace", "birthcountry")
SCOPES = {
    "openid": (),
    "identite_pivot": IDENTITY_CLAIMS,
    "profile": ("given_name", "given_name_array", "family_name", "birthdate", "gender"),
    "birth": ("birthplace", "birthcountry"),
    "email": ("email",),
    **{claim: (claim,) for claim in IDENTITY_CLAIMS},
}
REQUIRED = ("client_id", "redirect_uri", "response_type", "scope", "acr_values", "state", "nonce")
OPTIONAL = ("prompt", "claims", "idp_hint", "ui_locales")
FORM_FIELDS = ("csrf_token", "citizen", "choice")
SIGN_OUT = ("id_token_hint", "post_logout_redirect_uri", "state", "client_id", "logout_hint", "ui_locales")

blueprint = Blueprint("simulator", __name__, url_prefix=PREFIX)


class SimulatedKey(DemoBase):
    """The signing key, one for all processes: the first to need it makes it."""

    __tablename__ = "demo_france_connect_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    jwk: Mapped[str] = mapped_column(Text)


class SimulatedCode(DemoBase):
    """An authorization code, by its hash; used once, within thirty seconds."""

    __tablename__ = "demo_france_connect_code"

    digest: Mapped[str] = mapped_column(primary_key=True)
    citizen: Mapped[str]
    scope: Mapped[str]
    nonce: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    used: Mapped[bool] = mapped_column(default=False)


class SimulatedToken(DemoBase):
    """An access token, by its hash, and the code it came from: replaying the code revokes it."""

    __tablename__ = "demo_france_connect_token"

    digest: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    citizen: Mapped[str]
    scope: Mapped[str]
    expires_at: Mapped[datetime]


def init_simulator(app: Flask, config: Config) -> None:
    """Mount it, unless the demonstration was given a provider of its own."""
    if config.has_simulator:
        app.register_blueprint(blueprint)
        app.extensions["france_connect_adapter"] = lambda: _direct_line(app)


def _direct_line(app: Flask) -> Any:
    from app.demo.direct_line import DirectLine

    return DirectLine(app)


@blueprint.get("/.well-known/openid-configuration")
def discovery() -> ResponseReturnValue:
    """What the simulator can do, in FranceConnect's words."""
    return {
        "issuer": _issuer(),
        "authorization_endpoint": f"{_issuer()}/authorize",
        "token_endpoint": f"{_issuer()}/token",
        "userinfo_endpoint": f"{_issuer()}/userinfo",
        "jwks_uri": f"{_issuer()}/jwks",
        "end_session_endpoint": f"{_issuer()}/session/end",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "acr_values_supported": [ACR],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": True,
    }


@blueprint.get("/jwks")
def jwks() -> ResponseReturnValue:
    """The public half of the key."""
    return {"keys": [_key().as_dict(private=False)]}


@blueprint.get("/authorize")
def authorize() -> ResponseReturnValue:
    """Ask who signs in."""
    fault = _authorize_fault(request.args)
    return _refused(fault) if fault else _citizens_page(request.args)


@blueprint.post("/authorize")
def choose() -> ResponseReturnValue:
    """Send the person back, with a code or with their refusal."""
    asked = MultiDict((name, value) for name, value in request.form.items(multi=True) if name not in FORM_FIELDS)
    if fault := _authorize_fault(asked):
        return _refused(fault)
    if request.form.get("choice") == "cancel":
        return _back(asked, error="access_denied", error_description="user authentication aborted")
    chosen = citizen(request.form.get("citizen", ""))
    if chosen is None or request.form.get("choice") != "continue":
        return _citizens_page(asked, is_wrong=True), 422
    return _back(asked, code=_new_code(chosen, asked))


@csrf.exempt
@blueprint.post("/token")
def token() -> ResponseReturnValue:
    """Exchange a code, once; servers call it, so there is no session and no csrf_token."""
    form, provider = request.form, _provider()
    if not (form.get("client_id") == provider.client_id and _same(form.get("client_secret"), provider.client_secret)):
        return {"error": "invalid_client"}, 401
    if form.get("grant_type") != "authorization_code":
        return {"error": "unsupported_grant_type"}, 400
    code = _use(form.get("code", "")) if form.get("redirect_uri") == _redirect_uri() else None
    if code is None:
        return {"error": "invalid_grant"}, 400
    return _tokens(code)


@csrf.exempt
@blueprint.route("/userinfo", methods=["GET", "POST"])
def userinfo() -> ResponseReturnValue:
    """The claims of the granted scopes, signed."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    known = db.session.get(SimulatedToken, _digest(value)) if kind.lower() == "bearer" else None
    who = citizen(known.citizen) if known and known.expires_at > now() else None
    if known is None or who is None:
        return {"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    granted = {claim: who.claims[claim] for scope in known.scope.split() for claim in SCOPES[scope]}
    return Response(_signed(who, known.expires_at, **granted), mimetype="application/jwt")


@blueprint.get("/session/end")
def end_session() -> ResponseReturnValue:
    """Nothing to end here, but everything to check."""
    if fault := _sign_out_fault(request.args):
        return _refused(fault)
    state = {"state": request.args["state"]} if "state" in request.args else {}
    return redirect(_with(_home(), state))


def _authorize_fault(asked: MultiDict[str, str]) -> str | None:
    """What FranceConnect would refuse, in a sentence; the person does not come back from such a refusal."""
    if fault := _parameters_fault(asked, REQUIRED, OPTIONAL):
        return fault
    known = {
        "client_id": asked["client_id"] == _provider().client_id,
        "redirect_uri": asked["redirect_uri"] == _redirect_uri(),
        "response_type": asked["response_type"] == "code",
        "scope": "openid" in asked["scope"].split() and set(asked["scope"].split()) <= set(SCOPES),
        "acr_values": asked["acr_values"] == ACR,
        "state": len(asked["state"]) >= SHORTEST_STATE,
        "nonce": len(asked["nonce"]) >= SHORTEST_NONCE,
        "prompt": set(asked.get("prompt", "login").split()) <= {"login", "consent"},
        "claims": _is_json_object(asked.get("claims", "{}")),
    }
    return next(
        (f"Le paramètre « {name} » n’est pas acceptable." for name, is_good in known.items() if not is_good), None
    )


def _sign_out_fault(asked: MultiDict[str, str]) -> str | None:
    if fault := _parameters_fault(asked, ("id_token_hint",), SIGN_OUT):
        return fault
    if not _is_ours(asked["id_token_hint"]):
        return "Le paramètre « id_token_hint » n’est pas acceptable."
    if asked.get("post_logout_redirect_uri", _home()) != _home():
        return "Le paramètre « post_logout_redirect_uri » n’est pas acceptable."
    if asked.get("client_id", _provider().client_id) != _provider().client_id:
        return "Le paramètre « client_id » n’est pas acceptable."
    return None


def _parameters_fault(asked: MultiDict[str, str], required: tuple[str, ...], optional: tuple[str, ...]) -> str | None:
    for name, values in asked.lists():
        if name not in (*required, *optional):
            return f"Le paramètre « {name[:40]} » n’est pas prévu."
        if len(values) > 1:
            return f"Le paramètre « {name} » est répété."
    return next((f"Le paramètre « {name} » manque." for name in required if not asked.get(name)), None)


def _refused(fault: str) -> ResponseReturnValue:
    return render_template("demo/provider_error.html", fault=fault), 400


def _citizens_page(asked: MultiDict[str, str], is_wrong: bool = False) -> str:
    return render_template("demo/authorize.html", citizens=CITIZENS, asked=asked, is_wrong=is_wrong)


def _back(asked: MultiDict[str, str], **answer: str) -> ResponseReturnValue:
    return redirect(_with(asked["redirect_uri"], {**answer, "state": asked["state"], "iss": _issuer()}), 303)


def _new_code(chosen: Citizen, asked: MultiDict[str, str]) -> str:
    """Write a code, and forget those that nobody can use any more."""
    forgotten = now() - timedelta(hours=1)
    for table in (SimulatedCode, SimulatedToken):
        db.session.execute(delete(table).where(table.expires_at < forgotten))
    code = token_urlsafe(32)
    db.session.add(
        SimulatedCode(
            digest=_digest(code),
            citizen=chosen.key,
            scope=asked["scope"],
            nonce=asked["nonce"],
            expires_at=now() + CODE_LIFE,
        )
    )
    db.session.commit()
    return code


def _use(value: str) -> SimulatedCode | None:
    """The code, the first time only: of two exchanges at once the conditional update lets one through."""
    digest = _digest(value)
    is_unused = (SimulatedCode.digest == digest, SimulatedCode.used.is_(False), SimulatedCode.expires_at > now())
    done = cast(CursorResult[Any], db.session.execute(update(SimulatedCode).where(*is_unused).values(used=True)))
    if not done.rowcount:
        db.session.execute(delete(SimulatedToken).where(SimulatedToken.code == digest))
    db.session.commit()
    return db.session.get(SimulatedCode, digest) if done.rowcount else None


def _tokens(code: SimulatedCode) -> ResponseReturnValue:
    access_token, expires_at = token_urlsafe(32), now() + TOKEN_LIFE
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    who = cast(Citizen, citizen(code.citizen))
    id_token = _signed(who, expires_at, nonce=code.nonce, acr=ACR, at_hash=_base64url(half))
    db.session.add(
        SimulatedToken(
            digest=_digest(access_token), code=code.digest, citizen=who.key, scope=code.scope, expires_at=expires_at
        )
    )
    db.session.commit()
    seconds = int(TOKEN_LIFE.total_seconds())
    return {"access_token": access_token, "token_type": "Bearer", "expires_in": seconds, "id_token": id_token}


def _signed(who: Citizen, expires_at: datetime, **claims: Any) -> str:
    from joserfc import jwt

    key = _key()
    ours = {"iss": _issuer(), "aud": _provider().client_id, "sub": _subject(who), "iat": now(), "exp": expires_at}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, {**ours, **claims}, key)


def _is_ours(id_token: str) -> bool:
    """Signed here for this client; its age does not matter at the sign-out."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        claims = jwt.decode(id_token, _key(), algorithms=["ES256"]).claims
    except (JoseError, ValueError):
        return False
    return claims.get("iss") == _issuer() and claims.get("aud") == _provider().client_id


def _key() -> Any:
    """The signing key; of two processes that make it at once, the first row stands."""
    from joserfc.jwk import ECKey

    if db.session.get(SimulatedKey, 1) is None:
        made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        db.session.add(SimulatedKey(id=1, jwk=json.dumps(made.as_dict(private=True))))
        try:
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
    row = db.session.get_one(SimulatedKey, 1)
    return ECKey.import_key(json.loads(row.jwk))


def _subject(who: Citizen) -> str:
    """Pairwise: another client would be told another subject."""
    return hashlib.sha256(f"{_provider().client_id} {who.key}".encode()).hexdigest() + "v1"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _same(given: str | None, secret: str) -> bool:
    return hmac.compare_digest((given or "").encode(), secret.encode())


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def _issuer() -> str:
    return f"{_config().public_url}{PREFIX}"


def _redirect_uri() -> str:
    return f"{_config().public_url}/connexion/retour"


def _home() -> str:
    return f"{_config().public_url}/"


def _provider() -> Provider:
    """What the application is to us: the only client."""
    return _config().france_connect


def _config() -> Config:
    return cast(Config, current_app.extensions["procurations"])
