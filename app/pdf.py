"""A page as a PDF, tagged for screen readers: the extra `pdf`, which may be absent."""

import logging
import threading
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from app.assets import plain_name
from app.config import PROJECT

STYLE = PROJECT / "app" / "static" / "style.css"
VARIANT = "pdf/ua-1"
one_at_a_time = threading.Lock()
"""The libraries that draw a PDF promise nothing to threads."""


def has_pdf() -> bool:
    """Whether the extra `pdf` is installed, and the libraries that it draws with."""
    return _weasyprint() is not None


def draw(page: str) -> bytes:
    """This page as it would be printed; only our own style sheet is read."""
    library = _weasyprint()
    with one_at_a_time:
        document = library.HTML(string=page, base_url="page:///", url_fetcher=_own_assets(library))
        content: bytes = document.write_pdf(pdf_variant=VARIANT)
    return content


@cache
def _weasyprint() -> Any:
    """The library, loaded when first asked for: it takes half a second, and most processes never draw."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells each line of the style sheet that is not for it
    return weasyprint


def _own_assets(library: Any) -> Any:
    """Reads the style sheet and pictures that are in the page itself; any other address is an error."""

    class OwnAssets(library.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if plain_name(urlsplit(url).path) == "/static/style.css":
                return library.urls.URLFetcherResponse(url, STYLE.read_bytes(), {"Content-Type": "text/css"})
            return super().fetch(url, headers)

    return OwnAssets(allowed_protocols={"data"}, fail_on_errors=True)
