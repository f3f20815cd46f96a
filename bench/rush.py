"""A national rush: so many demandes, openings and list pages a second, as they arrive and not as they are answered.

`python -m bench.rush` starts the server as an installation would, two workers beside one database of a million, and
comes from this machine too. Whoever has to wait is not waited for: the next come when they would have come anyway, and
what they then wait is counted from that moment.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.cookies import SimpleCookie
from itertools import chain, count
from pathlib import Path
from queue import SimpleQueue
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import click
from flask import Flask, session
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from app.config import INSTANCE, PROJECT
from app.dates import now
from app.elector.session import elector_of, open_session
from bench import target
from bench.client import Answer, Person
from bench.countries import DATABASES, SECRET, an_application, connected, whereabouts
from models.identity import Identity, Sex

HOST = "127.0.0.1"
AT_ONCE = 64
"""How many people can be waiting at a time, each with a connection of their own."""
AGENTS = 4
"""Of each role that a country is drawn with."""
ALONE = 30
"""How many demandes are filed one after the other first, to know what one takes when nothing else is asked."""
PATIENCE = 30
"""Seconds after which an answer is an error."""
AT_MOST = 20
"""How many times longer the slowest demande in a hundred may take than one alone."""


class Browser(Person):
    """One who asks the server, by a connection of their own."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._port = port
        self._pool = HTTPConnectionPool(HOST, port, timeout=PATIENCE, maxsize=1)
        self._cookies = dict(cookies or {})

    def another(self) -> "Browser":
        """A second window of the same person."""
        return Browser(self._port, self._cookies)

    def ask(self, method: str, address: str, data: Mapping[str, Any] | None) -> tuple[Answer, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if data is None else urlencode(data, doseq=True)
        answer = self._pool.urlopen(method, address, body=body, headers=headers, redirect=False, retries=False)
        for line in answer.headers.getlist("Set-Cookie"):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(answer.status, address, answer.data), answer.headers.get("Location", "")


@dataclass(frozen=True)
class Crowd:
    """People of one kind: what each of them does, how many come a second, and the browsers that they share."""

    name: str
    act: Callable[[Browser], object]
    a_second: float
    browsers: SimpleQueue[Browser]

    def __call__(self) -> None:
        """One of them. Raises RuntimeError, HTTPError: the page tells another outcome, or none."""
        browser = self.browsers.get()
        try:
            self.act(browser)
        finally:
            self.browsers.put(browser)


@dataclass
class Held:
    """How long each took, in seconds from when it came; and what went wrong."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


def rush(crowds: list[Crowd], seconds: float) -> Held:
    """Everybody who comes in that time, to the last answer."""
    held = Held()
    coming = sorted(
        (number / crowd.a_second, crowd.name, crowd)
        for crowd in crowds
        for number in range(round(crowd.a_second * seconds))
    )
    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as people:
        for due, _, crowd in coming:
            time.sleep(max(0.0, start + due - time.perf_counter()))
            people.submit(_one, crowd, start + due, held)
    return held


def _one(crowd: Crowd, due: float, held: Held) -> None:
    try:
        crowd()
    except (RuntimeError, HTTPError) as error:
        held.errors.append(f"{crowd.name}: {error}")
    else:
        held.took[crowd.name].append(time.perf_counter() - due)


def crowds(app: Flask, port: int, references: Iterator[str], first: int, rates: Sequence[float]) -> list[Crowd]:
    """Electors, officers and the clerks of Laon, signed in; names and references come in their order."""
    numbers = count(first)
    acts: list[tuple[str, Callable[[Browser], object], SimpleQueue[Browser]]] = [
        ("demandes", lambda elector: target.submit(elector, next(numbers)), _electors(app, port)),
        ("openings", lambda officer: target.officer_open(officer, next(references)), _agents(port, "officer")),
        ("pages", target.list_pending, _agents(port, "clerk_big")),
    ]
    return [Crowd(name, act, rate, who) for (name, act, who), rate in zip(acts, rates, strict=True)]


def _electors(app: Flask, port: int) -> SimpleQueue[Browser]:
    """Each with a draft of their own, and the session that FranceConnect would leave; the demonstration has too few."""
    browsers: SimpleQueue[Browser] = SimpleQueue()
    for number in range(AT_ONCE):
        visitor = app.test_client()
        birthday = date(1980, 1, 1) + timedelta(days=number)
        with visitor.session_transaction() as kept, app.test_request_context():
            name = app.session_interface.get_cookie_name(app)
            mandant = Identity("Rassemblé", "Dominique", Sex.F, birthday)
            open_session(elector_of("https://rush.test", str(number)), mandant, "an.id.token", now())
            kept.update(session)
        if cookie := visitor.get_cookie(name):
            browsers.put(Browser(port, {name: cookie.value}))
    return browsers


def _agents(port: int, role: str) -> SimpleQueue[Browser]:
    """Of the four of that role, as many windows each as it takes for nobody to wait for one."""
    windows: SimpleQueue[Browser] = SimpleQueue()
    for number in range(AGENTS):
        target.login(browser := Browser(port), role, number)
        for _ in range(AT_ONCE // AGENTS):
            windows.put(browser.another())
    return windows


@contextmanager
def served(address: str, port: int, log: Path) -> Iterator[int]:
    """The server of an installation on that database; the process that its workers come from."""
    configured = {"DEMO": "1", "DATABASE_URL": address, "SECRET_KEY": SECRET, "PORT": str(port)}
    environ = os.environ | configured | target.AS_INSTALLED
    command = [sys.executable, "-m", "gunicorn", "--config=python:app.server", f"--bind={HOST}:{port}"]
    with (
        log.open("w") as told,
        subprocess.Popen([*command, "wsgi:application"], cwd=PROJECT, env=environ, stderr=told) as server,  # noqa: S603
    ):
        try:
            _wait_for(port, server)
            yield server.pid
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    pool = HTTPConnectionPool(HOST, port)
    while server.poll() is None:
        try:
            if pool.request("GET", "/healthz", retries=False).status == 200:
                return
        except HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _processor(parent: int) -> float:
    """The seconds that a process's children have had of a processor, with all their threads."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ticks = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13] for child in children]
    return sum(map(int, chain.from_iterable(ticks))) / os.sysconf("SC_CLK_TCK")


@click.command()
@click.option("--database", type=click.Choice(DATABASES), default="SQLite", show_default=True)
@click.option("--size", default=1_000_000, show_default=True, help="Of the country, drawn when it is not there.")
@click.option("--demandes", default=25.0, show_default=True, help="A second, with all their pages.")
@click.option("--openings", default=5.0, show_default=True, help="A second, at counters.")
@click.option("--pages", default=5.0, show_default=True, help="A second, of fifty rows that await Laon.")
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--port", default=8123, show_default=True)
@click.option("--directory", type=click.Path(path_type=Path, resolve_path=True), default=INSTANCE / "bench")
def main(
    database: str,
    size: int,
    demandes: float,
    openings: float,
    pages: float,
    seconds: float,
    port: int,
    directory: Path,
) -> None:
    """Say how long each took; exit code 1: an error, a lost row, or a demande in a hundred that waited too long."""
    address, postmaster = whereabouts(database, size, directory)
    app = an_application(address, size)
    with app.app_context():
        with connected() as connection:
            references = target.submitted_refs(connection, round(openings * seconds))
            before = target.counts(connection)
        with served(address, port, directory / "rush.log") as parent:
            parents = [parent, *([postmaster] if postmaster else [])]
            everybody = crowds(app, port, iter(references), before["rows"], (demandes, openings, pages))
            alone = rush([_slowly(everybody[0])], ALONE).took["demandes"]
            spent = sum(map(_processor, parents))
            held = rush(everybody, seconds)
            spent = sum(map(_processor, parents)) - spent
        with connected() as connection:
            after = target.counts(connection)
    filed = len(alone) + len(held.took["demandes"])
    lost = {kind: filed - (after[kind] - before[kind]) for kind in before}
    _tell(held, median(alone), spent / seconds)
    slowest = quantiles(held.took["demandes"], n=100)[-1] / median(alone)
    click.echo(f"errors: {len(held.errors)}; lost: {lost}; a demande in a hundred takes ×{slowest:.1f} of one alone")
    for error in held.errors[:5]:
        click.echo(error)
    sys.exit(bool(held.errors) or any(lost.values()) or slowest > AT_MOST)


def _slowly(crowd: Crowd) -> Crowd:
    return Crowd(crowd.name, crowd.act, 1, crowd.browsers)


def _tell(held: Held, alone: float, cores: float) -> None:
    click.echo(f"a demande alone: {alone * 1000:.0f} ms; the server and its database had {cores:.2f} processors")
    for name, took in held.took.items():
        slow = quantiles(took, n=100)
        click.echo(
            f"{name}: {len(took)}, half within {slow[49] * 1000:.0f} ms, 99 of 100 within {slow[98] * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main()
