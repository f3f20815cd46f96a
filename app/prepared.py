"""On PostgreSQL, what a page has only read ends by COMMIT: its statements stay prepared, and are not planned each time.

The session gives a connection back by a ROLLBACK, at which psycopg forgets every statement that it had prepared: half
of what PostgreSQL did for a page was planning (docs/decisions/speed.md).
"""

from typing import Any

from flask import Flask, g, has_app_context
from sqlalchemy import Connection, event

from models.base import db

READS = "SELECT"


def init_prepared(app: Flask) -> None:
    """Follow the transactions of each request, and end those that are still open after it and wrote nothing."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "postgresql":
        return
    event.listen(engine, "begin", _begins)
    event.listen(engine, "before_cursor_execute", _sends)
    app.teardown_request(_end)


def _begins(connection: Connection) -> None:
    if has_app_context():
        g.reading = connection


def _sends(connection: Connection, cursor: Any, statement: str, *other: Any) -> None:
    """Whichever connection writes, nothing counts as only read from here on: the session may roll it back."""
    if not statement.startswith(READS) and has_app_context():
        g.pop("reading", None)


def _end(error: BaseException | None) -> None:
    """To the driver alone: what the session holds and has not sent stays unsent."""
    reading = g.pop("reading", None)
    if reading is not None and reading.in_transaction():
        reading.connection.commit()
