"""What protects every answer: content policy, headers, the two sessions' cookies, cross-site posts, proxies."""

import secrets
from datetime import timedelta

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from app.config import Config

csrf = CSRFProtect()
AGENT_PATHS = ("/agents", "/admin")
COOKIE_LIFETIME = timedelta(hours=12)


def init_security(app: Flask, config: Config) -> None:
    """Wire all of it; `config` gives the providers that forms may lead to."""
    secure = config.is_https
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        PERMANENT_SESSION_LIFETIME=COOKIE_LIFETIME,
        # Over https the library also wants a Referer, which our Referrer-Policy tells browsers not to send.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = TwoDoors("__Host-" if secure else "")
    app.after_request(Headers(config))
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def init_csrf(app: Flask) -> None:
    """Ask each post for its token, after the doors have sent to sign in who is nobody: without a session, no token."""
    csrf.init_app(app)


class TwoDoors(SecureCookieSessionInterface):
    """Two cookies: the agents' pages never see the elector's session, nor the reverse; each ends alone."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def get_cookie_name(self, app: Flask) -> str:
        return f"{self.prefix}agent" if is_agents_side() else f"{self.prefix}elector"

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Electors' answers bring the cookie back only when they changed it.

        Suggestions are fetched while a form is sent: theirs, arriving last, would undo what the form has begun.
        """
        return super().should_set_cookie(app, session) if is_agents_side() else session.modified


class Headers:
    """Headers of every answer, which may bring its own policy; nothing personal is kept by a cache."""

    def __init__(self, config: Config) -> None:
        self.form_targets = " ".join(["'self'", *_origins(config)])
        self.transport = config.is_https

    def __call__(self, response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", self._policy())
        self._keep_on_this_origin(response)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if self.transport:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint != "static":
            headers["Cache-Control"] = "no-store"
        return response

    def _keep_on_this_origin(self, response: Response) -> None:
        """Werkzeug's redirect to a missing slash repeats the Host header, a visitor's word: keep the path."""
        if isinstance(request.routing_exception, RequestRedirect):
            response.headers["Location"] = response.headers["Location"].removeprefix(request.host_url.rstrip("/"))

    def _policy(self) -> str:
        return (
            f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; form-action {self.form_targets}; base-uri 'none'; frame-ancestors 'none'"
        )


def _origins(config: Config) -> list[str]:
    """The providers on another origin than ours: a form that signs out is led to them."""
    france_connect = [] if config.has_simulator else [config.france_connect.origin]
    return [*france_connect, *([config.pro_connect.origin] if config.pro_connect else [])]


def csp_nonce() -> str:
    """This request's nonce, drawn when first asked for: the only scripts that run carry it."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def is_agents_side() -> bool:
    """Whether this address belongs to the agents' side."""
    return request.path.startswith(AGENT_PATHS)


def is_same_origin() -> bool:
    """Whether the browser says that this request comes from a page of ours; silence is a no."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")
