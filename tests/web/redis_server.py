"""A Redis of our own on a loopback port, that stops, hangs and comes back."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.live import HOST, free_port

PATIENCE_SECONDS = 30


class Redis:
    """One that keeps nothing: what it counted goes with it."""

    def __init__(self, directory: Path) -> None:
        self._port = free_port()
        self._directory = directory
        self.address = f"redis://{HOST}:{self._port}"

    def start(self) -> None:
        """Raises AssertionError: it does not answer."""
        options = ["--port", str(self._port), "--bind", HOST, "--save", "", "--dir", str(self._directory)]
        self._process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert self._process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """Connections are accepted, by the system, and nobody answers."""
        self._process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
