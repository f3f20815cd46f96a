"""On PostgreSQL, what a page has only read ends by COMMIT: its statements stay prepared, and are not planned each time.

The session gives a connection back by a ROLLBACK, at which psycopg forgets every statement that it had prepared: half
of what PostgreSQL did for a page was planning (docs/decisions/speed.md).
"""

from typing import Any

from flask import Flask, g, has_app_context
from sqlalchemy import Connection, ExceptionContext, event

from models.base import db

READS = "SELECT"
PLAN_OF_ANOTHER_TYPE = "0A000"
"""PostgreSQL's answer where a column has changed its type since a statement was prepared (feature_not_supported)."""


def init_prepared(app: Flask) -> None:
    """Follow the transactions of each request, and end those that are still open after it and wrote nothing."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "postgresql":
        return
    event.listen(engine, "begin", _begins)
    event.listen(engine, "before_cursor_execute", _sends)
    event.listen(engine, "handle_error", _plan_anew)
    app.teardown_request(_end)


def _begins(connection: Connection) -> None:
    if has_app_context():
        g.setdefault("reading", []).append(connection)


def _sends(connection: Connection, cursor: Any, statement: str, *other: Any) -> None:
    """Whichever connection writes, nothing counts as only read from here on: the session may roll it back."""
    if not statement.startswith(READS) and has_app_context():
        g.pop("reading", None)


def _plan_anew(context: ExceptionContext) -> None:
    """Leave all connections of this process at once, so that one page alone meets it, and not one for each."""
    if getattr(context.original_exception, "sqlstate", None) == PLAN_OF_ANOTHER_TYPE:
        context.is_disconnect = True


def _end(error: BaseException | None) -> None:
    """By the driver alone: what the session holds and has not sent stays unsent.

    A page that is drawn is sent, even where its database has gone meanwhile.
    """
    for reading in g.pop("reading", ()):
        if reading.in_transaction():
            _commit(reading)


def _commit(reading: Connection) -> None:
    try:
        reading.connection.commit()
    except reading.dialect.loaded_dbapi.Error:
        reading.invalidate()
