"""How the demonstration reaches its own simulator: in the process, without the network.

Through a socket, pages that wait for the simulator would hold every thread that could answer them; and the address
people type may not be one that the server itself can reach. Imported at the first sign-in, as Requests is.
"""

from io import BytesIO
from typing import Any

from flask import Flask
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import Client


class DirectLine(HTTPAdapter):
    """Requests' way to the application itself; all the rest of HTTP stays: methods, headers, statuses, bodies."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app = app

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        answer = Client(self.app).open(
            request.path_url,
            method=request.method,
            data=request.body,
            headers=dict(request.headers),
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
        body = HTTPResponse(
            BytesIO(answer.data), list(answer.headers), status=answer.status_code, preload_content=False
        )
        return self.build_response(request, body)
