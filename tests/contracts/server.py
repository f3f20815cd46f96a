"""A gunicorn with the settings of a real installation, over the demonstration's world, its log in a file."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from app.config import PROJECT
from tests.live import free_port

PATIENCE_SECONDS = 90


@dataclass
class Server:
    """One that was started, and may have refused to."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def until_it_answers(self) -> None:
        """Raises AssertionError with the log."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                requests.get(f"{self.address}/healthz", timeout=5).raise_for_status()
            except requests.RequestException:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.log.read_text())

    def stop(self) -> str:
        """SIGTERM, as a service manager does, then everything that was written."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_SECONDS) == 0, self.log.read_text()
        return self.log.read_text()


def start(log: Path, *options: str, **environ: str) -> Server:
    """With these options and variables, and nothing of the environment that decides something else."""
    port = free_port()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:app.server", f"--bind=127.0.0.1:{port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options, "wsgi:application"],
            cwd=PROJECT,
            env={**inherited, "PUBLIC_URL": address, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Server(address, process, log)


def make_world(database_url: str) -> None:
    """The demonstration's."""
    environ = {**os.environ, "DEMO": "1", "DATABASE_URL": database_url}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo-world"]
    subprocess.run(command, cwd=PROJECT, env=environ, check=True)
