"""The application behind a real socket: what a browser, or another server, meets."""

import socket
import threading
from contextlib import closing
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

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
        self._server = make_server(HOST, port or free_port(), _whole(app), threaded=True, request_handler=_Silent)
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


def _whole(app: Any) -> Any:
    """The same application, its body read and closed before it is sent: the server leaves it open if a client goes."""

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as body:
            return [b"".join(body)]

    return answer


class _Silent(WSGIRequestHandler):
    """Says nothing on standard error: pytest's output is for failures."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass
