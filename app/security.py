"""What protects every answer: content policy, headers, the two sessions' cookies, cross-site posts, proxies."""

import secrets
from datetime import timedelta

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
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

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """An empty session, without reading anything, for who brings no cookie: most visitors of public pages."""
        has_none = self.get_cookie_name(app) not in request.cookies
        return self.session_class() if has_none else super().open_session(app, request)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Electors' answers bring the cookie back only when they changed it.

        Suggestions are fetched while a form is sent: theirs, arriving last, would undo what the form has begun.
        """
        return super().should_set_cookie(app, session) if is_agents_side() else session.modified


class Headers:
    """Headers of every answer, which may bring its own policy; nothing personal is kept by a cache."""

    def __init__(self, config: Config) -> None:
        form_targets = " ".join(["'self'", *_origins(config)])
        self.policy = (
            "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
        )
        self.constant = [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ]
        if config.is_https:
            self.constant.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))

    def __call__(self, response: Response) -> Response:
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            headers.add("Content-Security-Policy", self._policy())
        if request.routing_exception is not None:
            self._keep_on_this_origin(response)
        headers.extend(self.constant)
        if request.endpoint != "static":
            headers["Cache-Control"] = "no-store"
        return response

    def _keep_on_this_origin(self, response: Response) -> None:
        """Werkzeug's redirect to a missing slash repeats the Host header, a visitor's word: keep the path."""
        if isinstance(request.routing_exception, RequestRedirect):
            response.headers["Location"] = response.headers["Location"].removeprefix(request.host_url.rstrip("/"))

    def _policy(self) -> str:
        """Scripts run by this request's nonce; a page that wrote none on a script runs none at all."""
        return self.policy.format(scripts=f"'nonce-{csp_nonce()}'" if "csp_nonce" in g else "'none'")


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
