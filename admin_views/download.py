"""A file that leaves as it is read: by then its request is over, so what it reads is settled before, and read anew."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy import Row, Select

from models.base import db

BATCH = 250


def csv(lines: Iterator[str], name: str) -> Response:
    """The lines as they come. `lines` keeps no row, and no account, that was loaded before."""
    return attached(Response(stream_with_context(lines), mimetype="text/csv"), name)


def attached(answer: Response, name: str) -> Response:
    """To keep under that name, which is of no person."""
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def batches(statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows through a cursor of the database: so many at a time are in memory, however many there are."""
    yield from db.session.scalars(statement, execution_options={"yield_per": BATCH}).partitions()


def columns(statement: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
    """The same of a statement that reads columns: no row of the session is made of them."""
    yield from db.session.connection().execute(statement, execution_options={"yield_per": BATCH}).partitions()
