"""Every failure becomes a French page with a next step; here, and nowhere else."""

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.limits import seconds_to_wait
from models.base import db
from models.errors import AlreadyHandled, DomainError, KeyLost, NotAllowed, NotHabilitated, RuleBroken, TooMany, Unknown

STATUS_OF: dict[type[Exception], int] = {
    Unknown: 404,
    AlreadyHandled: 409,
    NotAllowed: 409,
    NotHabilitated: 403,
    RuleBroken: 422,
    TooMany: 429,
    KeyLost: 503,
}
PAGE_OF: dict[type[Exception], str] = {NotAllowed: "not_allowed", KeyLost: "key_lost"}
"""Of which error the page is not that of its status."""
SECRETS_ARE_TYPED = "/agents"
MOST_KEPT = 32 * 1024
"""In bytes: no form that a person types is longer."""
PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 503}


def init_errors(app: Flask) -> None:
    """Turn refusals of the domain, HTTP errors and surprises into pages."""
    app.register_error_handler(DomainError, refused_by_domain)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(RateLimitExceeded, too_much_at_once)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, surprise)


def refused_by_domain(error: DomainError) -> ResponseReturnValue:
    """Undo what the act began and say why."""
    db.session.rollback()
    status = STATUS_OF.get(type(error), 422)
    if isinstance(error, KeyLost):
        current_app.logger.error("an agent's application is opened by no key: give the former to TOTP_KEY_FALLBACKS")
    reasons = error.reasons if isinstance(error, RuleBroken) else ()
    if isinstance(error, TooMany):
        return _too_many(int(error.wait.total_seconds()))
    page = PAGE_OF.get(type(error), status)
    return render_template(f"errors/{page}.html", reasons=reasons), status


def too_much_at_once(error: RateLimitExceeded) -> ResponseReturnValue:
    """More than one person or one network asks for: nothing was looked at."""
    return _too_many(seconds_to_wait())


def _too_many(wait: int) -> ResponseReturnValue:
    """How long to wait, in seconds; and a form's answers, to be sent again without typing them again."""
    page = render_template("errors/429.html", wait_minutes=-(-wait // 60), kept=_typed())
    return page, 429, {"Retry-After": str(wait)}


def _typed() -> list[tuple[str, str]] | None:
    """What a form brought, if it can be kept: not a file, not much, and never an agent's secrets."""
    is_of_agents = request.path.startswith(SECRETS_ARE_TYPED)
    is_long = (request.content_length or 0) > MOST_KEPT
    if request.method != "POST" or request.endpoint is None or is_of_agents or is_long or request.files:
        return None
    return list(request.form.items(multi=True))


def stale_form(error: CSRFError) -> ResponseReturnValue:
    return render_template("errors/stale_form.html"), 400


def http_error(error: HTTPException) -> ResponseReturnValue:
    """A page for the statuses people meet; redirects pass."""
    status = error.code or 500
    if status < 400:
        return error
    body = render_template(f"errors/{status if status in PAGES else 500}.html", reasons=())
    headers = [(k, v) for k, v in error.get_headers() if k.lower() not in ("content-type", "content-length")]
    return body, status, headers


def surprise(error: Exception) -> ResponseReturnValue:
    """An error nobody foresaw: the log gets the traceback, the person a page that says nothing was done.

    Rendered without the context processors: they would look the agent up in a database that may be what fails.
    """
    db.session.rollback()
    current_app.logger.exception("unforeseen error")
    return current_app.jinja_env.get_template("errors/500.html").render(reasons=()), 500
