"""A browser and a processor's clock in one process: `bench/target.py` drives it as it drives a load generator's."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Engine, event

MOST_REDIRECTS = 5


class Cost(NamedTuple):
    """Seconds of processor, the application's and its database's, and how many statements were sent to it."""

    seconds: float
    statements: int


class Meter:
    """What the answers of one application have cost since it was last read.

    `postmaster`: the process of a PostgreSQL server that nobody else uses; SQLite works in our own.
    """

    def __init__(self, engine: Engine | None = None, postmaster: int | None = None) -> None:
        self._postmaster = postmaster
        self._seconds, self._statements = 0.0, 0
        if engine is not None:
            event.listen(engine, "before_cursor_execute", self._count)

    @contextmanager
    def running(self) -> Iterator[None]:
        """While an answer is made."""
        database, here = self._database(), time.process_time()
        yield
        self._seconds += time.process_time() - here + self._database() - database

    def read(self) -> Cost:
        """What was spent, and start again."""
        spent = Cost(self._seconds, self._statements)
        self._seconds, self._statements = 0.0, 0
        return spent

    def _count(self, *_: Any) -> None:
        self._statements += 1

    def _database(self) -> float:
        """The seconds that this PostgreSQL's processes have had of a processor."""
        if self._postmaster is None:
            return 0
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text().split()
        return sum(int(Path(f"/proc/{child}/schedstat").read_text().split()[0]) for child in children) / 1e9


class Answer(NamedTuple):
    """A page as `bench/target.py` reads it."""

    status: int
    path: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Person:
    """Asks and follows, with the cookies of one person; `state` and `steps` belong to `bench/target.py`."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.steps: list[object] = []

    def get(self, address: str, label: str = "") -> Answer:
        return self._open("GET", address)

    def post(self, address: str, data: Mapping[str, Any], label: str = "") -> Answer:
        return self._open("POST", address, data)

    def ask(self, method: str, address: str, data: Mapping[str, Any] | None) -> tuple[Answer, str]:
        """One answer, and where it leads if it is no page."""
        raise NotImplementedError

    def _open(self, method: str, address: str, data: Mapping[str, Any] | None = None) -> Answer:
        """The page in the end. Raises RuntimeError: redirected for ever."""
        for _ in range(MOST_REDIRECTS):
            answer, location = self.ask(method, address, data)
            if answer.status not in (301, 302, 303):
                return answer
            method, address, data = "GET", _here(location), None
        raise RuntimeError(f"{address}: redirected for ever")


class Client(Person):
    """One who asks in this process, by its meter."""

    def __init__(self, app: Flask, meter: Meter) -> None:
        super().__init__()
        self._browser = app.test_client()
        self._meter = meter

    def ask(self, method: str, address: str, data: Mapping[str, Any] | None) -> tuple[Answer, str]:
        with self._meter.running():
            answer = self._browser.open(address, method=method, data=data)
            body = answer.get_data()
        return Answer(answer.status_code, answer.request.full_path.rstrip("?"), body), answer.location or ""


def _here(location: str) -> str:
    """An address without its host: the demonstration's provider knows it by another name than this browser."""
    return urlsplit(location)._replace(scheme="", netloc="").geturl()
