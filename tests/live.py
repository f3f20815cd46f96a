"""The application behind a real socket: what a browser, or another server, meets."""

import socket
import threading
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

HOST = "127.0.0.1"


def free_port() -> int:
    """A loopback port that nobody uses: PUBLIC_URL must be known before create_app."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class LiveServer:
    """A WSGI application served on loopback by threads of this process, until `stop`."""

    def __init__(self, app: Any, port: int | None = None) -> None:
        self._server = make_server(HOST, port or free_port(), app, threaded=True, request_handler=_Silent)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self._server.server_port}"

    def stop(self) -> None:
        """Close the socket and wait for the serving thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


class _Silent(WSGIRequestHandler):
    """Says nothing on standard error: pytest's output is for failures."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass
