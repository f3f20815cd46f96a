"""Pages compressed on the wire, when nobody can have asked for them in a visitor's place.

The size of a compressed page tells a listener whether what he had put into it stands there already, a secret of the
page for example (BREACH, 2013). He needs the visitor's browser to ask for pages that he chose, many times, and browsers
say so: such a request is `cross-site` (docs/decisions/on-the-wire.md).
"""

import gzip

from flask import Flask, Response, request

LEAST = 1_000
"""Bytes: less goes in one packet, compressed or not."""
LEVEL = 1
OURS = {"same-origin", "none"}
"""Where browsers say that a request comes from: a page of ours, or the address bar. Those before 2023 say nothing."""


def init_compression(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if request.headers.get("Sec-Fetch-Site") in OURS and _is_a_page(response) and request.accept_encodings["gzip"] > 0:
        page = response.get_data()
        if len(page) >= LEAST:
            response.set_data(gzip.compress(page, LEVEL, mtime=0))
            response.content_encoding = "gzip"
            response.vary.add("Accept-Encoding")
    return response


def _is_a_page(response: Response) -> bool:
    """Whole, in HTML, and not compressed already."""
    return response.mimetype == "text/html" and not response.is_streamed and not response.content_encoding
