"""Every failure becomes a French page with a next step; here, and nowhere else."""

from flask import Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from models.base import db
from models.errors import AlreadyHandled, DomainError, NotAllowed, NotHabilitated, RuleBroken, TooMany, Unknown

STATUS_OF = {Unknown: 404, AlreadyHandled: 409, NotAllowed: 409, NotHabilitated: 403, RuleBroken: 422, TooMany: 429}
PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 503}


def init_errors(app: Flask) -> None:
    """Turn refusals of the domain, HTTP errors and surprises into pages."""
    app.register_error_handler(DomainError, refused_by_domain)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, surprise)


def refused_by_domain(error: DomainError) -> ResponseReturnValue:
    """Undo what the act began and say why."""
    db.session.rollback()
    status = STATUS_OF.get(type(error), 422)
    reasons = error.reasons if isinstance(error, RuleBroken) else ()
    wait = int(error.wait.total_seconds()) if isinstance(error, TooMany) else 0
    headers = {"Retry-After": str(wait)} if wait else {}
    page = "not_allowed" if isinstance(error, NotAllowed) else status
    return render_template(f"errors/{page}.html", reasons=reasons, wait_minutes=wait // 60), status, headers


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
