"""The server's log, from the real server: it helps to find a fault and names nobody."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from app.config import PROJECT
from app.logs import masked
from tests.live import free_port

REFERENCE = "K7M4PX"


@dataclass
class Server:
    """A gunicorn with the demonstration's settings, its log in a file."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> str:
        """Ctrl-C, then everything that was written."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        return self.log.read_text()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port, log = free_port(), tmp_path / "log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FRANCECONNECT_", "MAIL_", "PUBLIC_URL"))}
    environment |= {"DEMO": "1", "PORT": str(port), "DATABASE_URL": f"sqlite:///{tmp_path}/demo.db"}
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo-world"], cwd=PROJECT, env=environment, check=True
    )
    with log.open("wb") as output:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:app.demo.server", "wsgi:application"]
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        until_it_answers(server)
        yield server
    finally:
        process.kill()
        process.wait()


def until_it_answers(server: Server) -> None:
    for _ in range(600):
        assert server.process.poll() is None, server.log.read_text()
        try:
            requests.get(f"{server.address}/healthz", timeout=5).raise_for_status()
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(server.log.read_text())


def test_the_log_tells_pages_apart_and_names_no_reference_and_no_query(server: Server) -> None:
    headers = {"Referer": f"{server.address}/demande/{REFERENCE}", "Cookie": "elector=secret"}
    for path in (
        f"/demande/{REFERENCE}?email=eloise@electeurs.test",
        f"/mes-procurations/{REFERENCE}/retirer",
        f"/%64emande/{REFERENCE}",
        f"//demande//{REFERENCE}",
        f"/admin/officer/?reference={REFERENCE}",
        "/aide?nom=DURAND",
    ):
        requests.get(server.address + path, headers=headers, allow_redirects=False, timeout=10)
    requests.get(f"{server.address}/demande/recapitulatif", allow_redirects=False, timeout=10)
    log = server.stop()
    assert '"GET /demande/······ HTTP/1.1"' in log
    assert '"GET /mes-procurations/······/retirer HTTP/1.1"' in log
    assert '"GET /demande/recapitulatif HTTP/1.1"' in log
    assert '"GET /aide HTTP/1.1" 200' in log
    for secret in (REFERENCE, "eloise", "DURAND", "secret"):
        assert secret not in log


def test_the_server_says_in_french_where_to_go_and_stops_without_a_complaint(server: Server) -> None:
    log = server.stop()
    assert f"Ouvrez {server.address}" in log
    assert server.process.returncode == 0
    assert not re.search("error|traceback", log, re.I)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"Error handling request /demande/{REFERENCE}?a=1", "Error handling request /demande/······"),
        (f"/Demande/{REFERENCE}", "/Demande/······"),
        ("/agents/invitation/abc.def-1", "/agents/invitation/······"),
        (f"/mes-procurations/{REFERENCE}/resilier", "/mes-procurations/······/resilier"),
        ("/demande", "/demande"),
        ("/demande/recapitulatif", "/demande/recapitulatif"),
        ("Why so? Because.", "Why so? Because."),
    ],
)
def test_what_gives_access_is_masked_and_the_rest_stays_readable(text: str, written: str) -> None:
    assert masked(text) == written
