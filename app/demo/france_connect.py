"""FranceConnect, simulated: as strict as the real one, so that what works here works there."""

import hmac
import json
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.config import Config
from app.demo import issuer
from app.demo.citizens import CITIZENS, citizen
from app.security import csrf

SHORTEST_STATE, SHORTEST_NONCE = 32, 22
REQUIRED = ("client_id", "redirect_uri", "response_type", "scope", "acr_values", "state", "nonce")
OPTIONAL = ("prompt", "claims", "idp_hint", "ui_locales")
FORM_FIELDS = ("csrf_token", "citizen", "choice")
SIGN_OUT = ("id_token_hint", "post_logout_redirect_uri", "state", "client_id", "logout_hint", "ui_locales")

blueprint = Blueprint("simulator", __name__, url_prefix=issuer.PREFIX)


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
    here = issuer.address()
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "userinfo_endpoint": f"{here}/userinfo",
        "jwks_uri": f"{here}/jwks",
        "end_session_endpoint": f"{here}/session/end",
        "scopes_supported": list(issuer.SCOPES),
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "acr_values_supported": list(issuer.LEVELS),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": True,
    }


@blueprint.get("/jwks")
def jwks() -> ResponseReturnValue:
    """The public half of the key."""
    return {"keys": [issuer.public_key()]}


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
    if asked["acr_values"] not in chosen.levels:
        return _back(asked, error="access_denied", error_description="no identity of that level")
    return _back(asked, code=issuer.new_code(chosen, asked["scope"], asked["nonce"], asked["acr_values"]))


@csrf.exempt
@blueprint.post("/token")
def token() -> ResponseReturnValue:
    """Exchange a code, once; servers call it, so there is no session and no csrf_token."""
    form, client = request.form, issuer.client()
    if not (form.get("client_id") == client.client_id and _same(form.get("client_secret"), client.client_secret)):
        return {"error": "invalid_client"}, 401
    if form.get("grant_type") != "authorization_code":
        return {"error": "unsupported_grant_type"}, 400
    code = issuer.use(form.get("code", "")) if form.get("redirect_uri") == _redirect_uri() else None
    if code is None:
        return {"error": "invalid_grant"}, 400
    return issuer.tokens(code)


@csrf.exempt
@blueprint.route("/userinfo", methods=["GET", "POST"])
def userinfo() -> ResponseReturnValue:
    """The claims of the granted scopes, signed."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    claims = issuer.claims_for(value) if kind.lower() == "bearer" else None
    if claims is None:
        return {"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Response(claims, mimetype="application/jwt")


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
    checks = {
        "client_id": asked["client_id"] == issuer.client().client_id,
        "redirect_uri": asked["redirect_uri"] == _redirect_uri(),
        "response_type": asked["response_type"] == "code",
        "scope": "openid" in asked["scope"].split() and set(asked["scope"].split()) <= set(issuer.SCOPES),
        "acr_values": asked["acr_values"] in issuer.LEVELS,
        "state": len(asked["state"]) >= SHORTEST_STATE,
        "nonce": len(asked["nonce"]) >= SHORTEST_NONCE,
        "prompt": set(asked.get("prompt", "login").split()) <= {"login", "consent"},
        "claims": _is_json_object(asked.get("claims", "{}")),
    }
    return _unacceptable(checks)


def _sign_out_fault(asked: MultiDict[str, str]) -> str | None:
    if fault := _parameters_fault(asked, ("id_token_hint",), SIGN_OUT):
        return fault
    checks = {
        "id_token_hint": issuer.is_ours(asked["id_token_hint"]),
        "post_logout_redirect_uri": asked.get("post_logout_redirect_uri", _home()) == _home(),
        "client_id": asked.get("client_id", issuer.client().client_id) == issuer.client().client_id,
    }
    return _unacceptable(checks)


def _parameters_fault(asked: MultiDict[str, str], required: tuple[str, ...], optional: tuple[str, ...]) -> str | None:
    for name, values in asked.lists():
        if name not in (*required, *optional):
            return f"Le paramètre « {name[:40]} » n’est pas prévu."
        if len(values) > 1:
            return f"Le paramètre « {name} » est répété."
    return next((f"Le paramètre « {name} » manque." for name in required if not asked.get(name)), None)


def _unacceptable(checks: dict[str, bool]) -> str | None:
    return next(
        (f"Le paramètre « {name} » n’est pas acceptable." for name, is_good in checks.items() if not is_good), None
    )


def _refused(fault: str) -> ResponseReturnValue:
    return render_template("demo/provider_error.html", fault=fault), 400


def _citizens_page(asked: MultiDict[str, str], is_wrong: bool = False) -> str:
    return render_template("demo/authorize.html", citizens=CITIZENS, asked=asked, is_wrong=is_wrong)


def _back(asked: MultiDict[str, str], **answer: str) -> ResponseReturnValue:
    return redirect(_with(asked["redirect_uri"], {**answer, "state": asked["state"], "iss": issuer.address()}), 303)


def _same(given: str | None, secret: str) -> bool:
    return hmac.compare_digest((given or "").encode(), secret.encode())


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def _redirect_uri() -> str:
    return f"{issuer.config().public_url}/connexion/retour"


def _home() -> str:
    return f"{issuer.config().public_url}/"
