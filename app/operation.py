"""What operators and their machines read: the process, its readiness, its figures."""

import hmac

from flask import Blueprint, Flask, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.dates import now
from app.metrics import figures
from models import outbox
from models.base import db

PLAIN_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
PROMETHEUS = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}

blueprint = Blueprint("operation", __name__)


def init_operation(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    """The process answers."""
    return "ok\n", PLAIN_TEXT


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """503 for the database alone: mail that waits is told, and stops nobody."""
    try:
        backlog, failed = outbox.backlog(now()), outbox.failed_count()
    except SQLAlchemyError:
        db.session.rollback()
        return "database unavailable\n", 503, PLAIN_TEXT
    told = f"mails waiting: {backlog.waiting}\nmails failed: {failed}\n"
    return f"ok\n{told}oldest mail waiting: {int(backlog.oldest.total_seconds())} s\n", PLAIN_TEXT


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus, for the holder of METRICS_TOKEN; to anybody else this page does not exist."""
    if not _may_read_metrics():
        abort(404)
    return figures(), PROMETHEUS


def _may_read_metrics() -> bool:
    config: Config = current_app.extensions["procurations"]
    if config.metrics_token is None:
        return config.demo
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), config.metrics_token.encode())
