"""The real server with its processes killed at random, and people who send again what nobody answered."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient

from app.config import PROJECT, Config
from tests.live import HOST, free_port
from tests.page import Page, read

PATIENCE_SECONDS = 120
WORKERS = 2
ELSEWHERE = "192.0.2.7"
"""Where everybody comes from, for a service that believes its proxy."""


class Service:
    """Gunicorns on that database, on this many machines. After about `every` acts a worker of one is killed, or all.

    A killed worker is replaced by its master, a killed master by us. `done` is called for each act that was answered.
    `settings` of gunicorn and `environ` are the same everywhere.
    """

    def __init__(
        self,
        config: Config,
        logs: Path,
        every: int,
        *,
        machines: int = 1,
        settings: Sequence[str] = ("--worker-class=gthread", "--no-control-socket"),
        **environ: str,
    ) -> None:
        self.kills = {"worker": 0, "everything": 0}
        ports = [free_port() for _ in range(machines)]
        shared = {
            **os.environ,
            "DEMO": "1",
            "DATABASE_URL": config.database_url,
            "SECRET_KEY": config.secret_key,
            "JOURNAL_KEY": b64encode(config.journal_key).decode(),
            "PUBLIC_URL": f"http://{HOST}:{ports[0]}",
            "TMPDIR": str(logs),
            **environ,
        }
        self.machines = [Machine(port, settings, shared, logs / f"log{port}") for port in ports]
        self._every, self._acts = every, 0
        self.sent_again = 0
        self._is_quiet = threading.Event()
        self._killer = threading.Thread(target=self._kill_again_and_again, daemon=True)

    def __enter__(self) -> Self:
        for machine in self.machines:
            machine.start()
        self._killer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.quiet()
        for machine in self.machines:
            machine.kill()

    @property
    def address(self) -> str:
        """Of one of the machines, as a proxy in front of them chooses."""
        return random.choice(self.machines).address

    def quiet(self) -> None:
        """Kill no more."""
        self._is_quiet.set()
        self._killer.join()

    def done(self) -> None:
        """One more act was answered."""
        self._acts += 1

    def _kill_again_and_again(self) -> None:
        until = self._acts + random.randint(1, self._every)
        while not self._is_quiet.wait(0.002):
            if self._acts < until:
                continue
            time.sleep(random.random() / 10)
            machine = random.choice(self.machines)
            workers = machine.workers()
            if workers and random.random() < 0.6:
                os.kill(random.choice(workers), signal.SIGKILL)
                self.kills["worker"] += 1
            else:
                machine.kill()
                machine.start()
                self.kills["everything"] += 1
            until = self._acts + random.randint(1, self._every)


class Machine:
    """A gunicorn with its workers."""

    def __init__(self, port: int, settings: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self.address = f"http://{HOST}:{port}"
        self._command = [sys.executable, "-m", "gunicorn", *settings, f"--workers={WORKERS}", "--threads=4"]
        self._command += [f"--bind={HOST}:{port}", "wsgi:application"]
        self._environ, self._log = environ, log

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._master = subprocess.Popen(
                self._command, env=self._environ, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True
            )

    def workers(self) -> list[int]:
        """The master's children."""
        known = Path(f"/proc/{self._master.pid}/task/{self._master.pid}/children").read_text()
        return [int(pid) for pid in known.split()]

    def kill(self) -> None:
        """The master and all its workers at once."""
        os.killpg(self._master.pid, signal.SIGKILL)
        self._master.wait()


class Answer:
    """What the server said, as the exacting reader wants it."""

    def __init__(self, answer: requests.Response) -> None:
        self.status_code, self.text = answer.status_code, answer.text
        self.status = f"{answer.status_code} {answer.reason}"
        self.mimetype = answer.headers.get("Content-Type", "").split(";")[0]
        self.location = answer.headers.get("Location", "")
        self.request = self
        self.path = urlsplit(answer.url).path


class Person:
    """Somebody with the session of this client, who tries again, with the same words, as long as nobody answers."""

    def __init__(self, service: Service, client: FlaskClient | None = None, cookie: str = "") -> None:
        self._service = service
        self._http = requests.Session()
        self._http.headers["X-Forwarded-For"] = ELSEWHERE
        if client:
            session = client.get_cookie(cookie)
            assert session
            self._http.cookies.set(cookie, session.value, domain=HOST)

    def read(self, path: str) -> Page:
        """Open a page."""
        return read(self._ask("GET", path))  # type: ignore[arg-type]

    def post(self, page: str, path: str, **fields: Any) -> Answer:
        """Open a page, and send its form."""
        return self._ask("POST", path, data=self.read(page).form(path) | fields)

    def act(self, page: str, path: str, **fields: Any) -> Answer:
        """The same, of an act: told to the service when it is answered."""
        answer = self.post(page, path, **fields)
        if answer.status_code == 303:
            self._service.done()
        return answer

    def _ask(self, method: str, path: str, **options: Any) -> Answer:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(
                    method, self._service.address + path, allow_redirects=False, timeout=60, **options
                )
            except requests.RequestException:
                assert time.monotonic() < end, "nobody answers any more"
                self._service.sent_again += 1
                time.sleep(0.1)
            else:
                assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
                return Answer(answer)
