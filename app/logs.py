"""What is logged: one JSON line an event, with the number of the request, and nothing that says who.

A person's data may stand in an exception's words, in an address and in what somebody typed: so a line names the kind
of an error and where it went through, an address by its rule, and never a query, a field or a visitor's address.
"""

import json
import logging
import logging.config
import re
import secrets
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request

from app.config import PROJECT, Config

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[0-9A-Za-z-]{8,64}")
MASK = "······"
SECRET_SEGMENT = re.compile(
    r"""(/(?:demande|mes-procurations|agents/+invitation)/+)(?!recapitulatif(?![\w-]))[^/?#\s'"]+""", re.IGNORECASE
)
QUERY = re.compile(r"\?[^\s'\"]+")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "app.logs.JsonLines"}},
    "handlers": {"standard_error": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["standard_error"]},
    "loggers": {
        "app": {"level": "INFO"},
        "gunicorn.error": {"level": "INFO", "propagate": True, "handlers": []},
        "gunicorn.access": {"level": "CRITICAL", "propagate": False, "handlers": []},
    },
}
"""What our own modules and the server say from INFO on, what others say from WARNING on; requests are told below."""

logger = logging.getLogger(__name__)


def init_logs(app: Flask) -> None:
    """Number each request, say it in its answer and on error pages, and write how it was answered."""
    app.before_request(_begin)
    app.after_request(_tell)
    app.jinja_env.globals["request_id"] = request_id


def structure() -> None:
    """From now on this process writes JSON lines; warnings of Python too."""
    logging.config.dictConfig(LOGGING)
    logging.captureWarnings(True)


def request_id() -> str:
    """This request's number: ours, or the one that a trusted proxy gives, if it looks like one."""
    if "request_id" not in g:
        config: Config = current_app.extensions["procurations"]
        given = request.headers.get(HEADER, "") if config.trusted_proxies else ""
        g.request_id = given if GIVEN.fullmatch(given) else secrets.token_hex(8)
        g.request_begun = time.monotonic()
    return str(g.request_id)


def seconds() -> float:
    """How long this request has taken so far."""
    request_id()
    return time.monotonic() - float(g.request_begun)


def masked(text: str) -> str:
    """The text without query strings, and without the part of each address that gives access.

    >>> masked("/demande/K7M4PX?retour=oui")
    '/demande/······'
    """
    return SECRET_SEGMENT.sub(rf"\1{MASK}", QUERY.sub("", text))


class JsonLines(logging.Formatter):
    """One line a record: `at`, `level`, `logger`, `event`; inside a request its number; of an exception its kind."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": masked(record.getMessage()),
        }
        if has_request_context():
            line["request"] = request_id()
        line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[1]:
            line |= _failure(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _failure(error: BaseException) -> dict[str, Any]:
    """The kinds of an error and of its causes, our lines it went through, its place; its words may name people."""
    kinds, one = list[str](), error
    while one is not None and len(kinds) < 5:
        kinds.append(type(one).__name__)
        one = one.__cause__ or one.__context__  # type: ignore[assignment]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if _is_ours(frame)]
    return {"error": " < ".join(kinds), "stack": [_place(frame) for frame in (*ours[-10:], *frames[-1:])]}


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith(str(PROJECT)) and "site-packages" not in frame.filename


def _place(frame: traceback.FrameSummary) -> str:
    return f"{frame.filename.removeprefix(f'{PROJECT}/')}:{frame.lineno} {frame.name}"


def _begin() -> None:
    request_id()


def _tell(response: Response) -> Response:
    response.headers.add(HEADER, request_id())
    if request.endpoint not in ("static", "operation.health") and logger.isEnabledFor(logging.INFO):
        told = {
            "method": request.method,
            "rule": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round(seconds() * 1000),
        }
        logger.info("answered", extra={"told": told})
    return response
