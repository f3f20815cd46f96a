"""Commands that one machine runs at a time, however many have them in their timers.

Acts are conditional updates, right also when two do them at once; but two that measure, tell and count the same things
would meet at each row. The lock goes with who holds it: a session of PostgreSQL, or an open file beside SQLite's.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec

import click
from sqlalchemy import text

from models.base import db

P = ParamSpec("P")
OURS = 74
"""Of PostgreSQL's advisory locks, those of this module; 73 are a mandataire's (models/holdings.py)."""


def one_at_a_time(command: Callable[P, None]) -> Callable[P, None]:
    """A command that says so, and does nothing, while the same one runs on this database."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        name = click.get_current_context().info_name or ""
        with alone(name) as is_alone:
            if is_alone:
                command(*arguments, **options)
            else:
                click.echo(f"{name}: another process is doing it")

    return run


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """Whether nobody else is at it; then nobody else begins meanwhile."""
    hold = _in_postgresql if db.engine.dialect.name == "postgresql" else _beside_sqlite
    with hold(what) as is_alone:
        yield is_alone


@contextmanager
def _in_postgresql(what: str) -> Iterator[bool]:
    """Given back in so many words: a session that only ends holds on until its server has seen the end."""
    lock = {"ours": OURS, "what": what}
    connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        is_taken = bool(connection.scalar(text("select pg_try_advisory_lock(:ours, hashtext(:what))"), lock))
        try:
            yield is_taken
        finally:
            if is_taken:
                connection.execute(text("select pg_advisory_unlock(:ours, hashtext(:what))"), lock)
    finally:
        connection.invalidate()  # and the session ends, should the line have broken before that
        connection.close()


@contextmanager
def _beside_sqlite(what: str) -> Iterator[bool]:
    with ExitStack() as opened:
        try:
            file = opened.enter_context(open(f"{db.engine.url.database}.{what}.lock", "a"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        except OSError:
            yield True  # nothing can be written there: the database itself, which is there too, will say so
        else:
            yield True
