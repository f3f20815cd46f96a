"""Addresses in pages: those of pages without a parameter are built once, for each page names a dozen of them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask


def init_links(app: Flask) -> None:
    """Give the templates an `url_for` that remembers; a relative endpoint (`.index`) depends on the request."""
    build: Callable[..., str] = app.url_for
    remembered = cache(build)

    def url_for(endpoint: str, **values: Any) -> str:
        return build(endpoint, **values) if values or endpoint.startswith(".") else remembered(endpoint)

    app.jinja_env.globals["url_for"] = url_for
