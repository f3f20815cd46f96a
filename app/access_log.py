"""What gunicorn writes of each request: never a reference, an invitation, a query string, a cookie or a referrer.

gunicorn --logger-class app.access_log.MaskingLogger … wsgi:application
"""

import logging
from typing import Any
from urllib.parse import quote

from gunicorn.config import Config
from gunicorn.glogging import Logger

from app.logs import masked

HARMLESS = ("h", "l", "t", "s", "m", "H", "b", "B", "a", "T", "D", "M", "L", "p")


class MaskingLogger(Logger):
    """gunicorn's logger; what is not known to be harmless is written as a dash, whatever the format asks."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        if not any(isinstance(known, MaskingFilter) for known in self.error_log.filters):
            self.error_log.addFilter(MaskingFilter())

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """The request line and the path, masked, and the atoms that say nothing of a person but the address."""
        known = super().atoms(resp, req, environ, request_time)
        path = masked(quote(environ["PATH_INFO"], encoding="latin-1"))
        line = f"{known['m']} {path} {known['H']}"
        return {name: known[name] for name in HARMLESS} | {"U": path, "r": line}


class MaskingFilter(logging.Filter):
    """The error log quotes addresses too, when a request cannot be read or answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), None
        return True
