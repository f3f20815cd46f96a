"""The server of a real installation: it counts with all its processes, and refuses in one line what cannot go well."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from app.config import PROJECT
from app.database import newest_revision
from tests.contracts.server import Server, start
from tests.contracts.test_config import PRODUCTION
from tests.live import free_port

Starting = Callable[..., Server]
FROM_INSIDE = """
import gc
import json
import os
from app import server as ours
from app.server import *

def post_worker_init(worker):
    ours.post_worker_init(worker)
    with open(os.environ["TOLD"], "w") as file:
        json.dump([gc.get_freeze_count(), len(gc.get_objects()), gc.isenabled()], file)
"""
"""The settings of an installation, and what a worker knows of itself once it is ready."""


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Starting]:
    """Start a server; what still runs at the end is killed."""
    started: list[Server] = []

    def begin(*options: str, **environ: str) -> Server:
        started.append(start(tmp_path / f"log{len(started)}", *options, **environ))
        return started[-1]

    yield begin
    for server in started:
        server.process.kill()
        server.process.wait()


def migrated(path: Path, revision: str = "head") -> str:
    """The address of an SQLite database with the tables of that revision."""
    url = f"sqlite:///{path}"
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade", revision]
    subprocess.run(command, cwd=PROJECT, env={**os.environ, "DEMO": "1", "DATABASE_URL": url}, check=True)
    return url


def refusal(server: Server) -> str:
    """The one critical line of a start that ended with exit 2."""
    assert server.process.wait(60) == 2, server.log.read_text()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    [said] = [line["event"] for line in lines if line["level"] not in ("INFO",)]
    return str(said)


def workers_of(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def count(server: Server, name: str) -> float:
    """A figure of /metrics."""
    text = requests.get(f"{server.address}/metrics", timeout=30).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_all_processes_are_counted_together_and_one_that_is_killed_still_counts(
    starting: Starting, tmp_path: Path
) -> None:
    server = starting("--workers=3", DEMO="1", DATABASE_URL=migrated(tmp_path / "app.db"))
    server.until_it_answers()
    pages, durations = (
        'procurations_answers_total{door="pages",status="200"}',
        ('procurations_request_seconds_count{door="pages"}'),
    )
    for _ in range(60):
        requests.get(f"{server.address}/aide", timeout=30).raise_for_status()
    seen = {count(server, pages) for _ in range(12)}
    assert seen == {60.0}, "whichever process answers"
    killed = workers_of(server)[0]
    os.kill(killed, signal.SIGKILL)
    while killed in workers_of(server):
        time.sleep(0.05)
    for _ in range(20):
        requests.get(f"{server.address}/aide", timeout=30).raise_for_status()
    assert {count(server, pages) for _ in range(12)} == {80.0}
    assert count(server, durations) == 80.0
    server.stop()


def test_a_worker_looks_for_no_garbage_among_what_it_has_loaded(starting: Starting, tmp_path: Path) -> None:
    settings, told = tmp_path / "settings.py", tmp_path / "told"
    settings.write_text(FROM_INSIDE)
    world = {"DEMO": "1", "DATABASE_URL": migrated(tmp_path / "a.db"), "TOLD": str(told)}
    starting("--config", str(settings), "--workers", "1", **world).until_it_answers()
    frozen, left, is_looking = json.loads(told.read_text())
    assert is_looking
    assert left < frozen / 100


@pytest.mark.parametrize("name", ["SECRET_KEY", "PUBLIC_URL", "FRANCECONNECT_CLIENT_SECRET", "MAIL_SERVER"])
def test_a_missing_variable_stops_the_server_with_its_name(starting: Starting, name: str) -> None:
    assert refusal(starting(**PRODUCTION | {name: ""})).startswith(name)


def test_a_unix_socket_without_its_proxy_stops_the_server(starting: Starting, tmp_path: Path) -> None:
    """Its visitors have no address: one who tries passwords would make all wait."""
    said = refusal(starting(f"--bind=unix:{tmp_path}/web.sock", **PRODUCTION))
    assert said.startswith("TRUSTED_PROXIES must be 1 or more")


def test_tables_of_an_earlier_version_stop_the_server_with_the_command_to_run(
    starting: Starting, tmp_path: Path
) -> None:
    server = starting(DEMO="1", DATABASE_URL=migrated(tmp_path / "app.db", "0001"))
    newest = newest_revision()
    assert refusal(server) == (f"the database stands at 0001, this version needs {newest}: flask --app wsgi db upgrade")


def test_a_database_without_tables_stops_the_server_with_the_command_to_run(starting: Starting, tmp_path: Path) -> None:
    said = refusal(starting(**PRODUCTION | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}))
    assert said.startswith("the database has no tables")
    assert said.endswith("flask --app wsgi db upgrade")


def test_a_database_that_nobody_answers_for_stops_the_server_and_no_password_is_shown(starting: Starting) -> None:
    url = f"postgresql://app:db-password@127.0.0.1:{free_port()}/x"
    server = starting(**PRODUCTION | {"DATABASE_URL": url})
    assert refusal(server) == "the database is unavailable: OperationalError"
    assert "db-password" not in server.log.read_text()


def test_the_worker_of_the_mail_refuses_to_start_likewise(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "deliver-mail"]
    environ = {"PATH": os.environ["PATH"], **PRODUCTION, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the database has no tables")
    assert done.stderr.count("\n") == 1


def test_the_worker_s_log_is_lines_of_json_too(tmp_path: Path) -> None:
    url = migrated(tmp_path / "app.db")
    with closing(sqlite3.connect(tmp_path / "app.db")) as database, database:
        columns = "kind, facts, message_id, created_at, due_at, attempts"
        values = "'withdrawn', '{\"to\": \"eloise@electeurs.test\"}', 'a', '2026-01-01', '2026-01-01', 0"
        database.execute(f"INSERT INTO outbox_mail ({columns}) VALUES ({values})")
    environ = {"PATH": os.environ["PATH"], **PRODUCTION, "DATABASE_URL": url}
    environ |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(free_port()), "MAIL_USE_TLS": "0"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "deliver-mail"]
    with subprocess.Popen(command, cwd=PROJECT, env=environ, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        line = json.loads(worker.stderr.readline())
        worker.terminate()
    assert worker.returncode == 0
    assert line["event"].startswith("the relay is unavailable: ConnectionRefusedError")
    assert "eloise" not in str(line)
