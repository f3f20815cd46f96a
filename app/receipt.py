"""The receipt of an act as a page shows it: its text, the code that signs it, its picture; and the page as a PDF."""

import logging
import threading
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Response, current_app, get_template_attribute

from app import qr
from app.config import PROJECT, Config
from models import seal
from models.receipt import Receipt

STYLE = PROJECT / "app" / "static" / "style.css"
PDF_VARIANT = "pdf/ua-1"
TERM_END = " : "
one_at_a_time = threading.Lock()
"""The libraries that draw a PDF promise nothing to threads."""


@dataclass(frozen=True)
class Sheet:
    """What is printed: a line a fact, and the code whose digest covers these lines."""

    receipt: Receipt
    text: str
    code: str

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Each line of the signed text in its two parts: nothing else is shown of the act."""
        return [(term, value) for term, _, value in (line.partition(TERM_END) for line in self.text.splitlines())]

    @property
    def picture(self) -> str:
        """The code as a QR code."""
        return qr.picture(self.code)


def sheet_of(of: Receipt) -> Sheet:
    """The receipt, written in French and signed."""
    written = unescape(get_template_attribute("receipt/text.html", "text")(of))
    text = "\n".join(" ".join(line.split()) for line in written.splitlines() if line.strip())
    return Sheet(of, text, seal.sign(of.number, of.at, text, _private_key()))


def public_key() -> Ed25519PublicKey:
    """What checks a code."""
    return _private_key().public_key()


def has_pdf() -> bool:
    """Whether the extra `pdf` is installed, and the libraries that it draws with."""
    return _weasyprint() is not None


def as_pdf(page: str, number: int) -> Response:
    """This page as it would be printed, tagged for screen readers; only our own style sheet is read."""
    library = _weasyprint()
    with one_at_a_time:
        document = library.HTML(string=page, base_url="page:///", url_fetcher=_own_assets(library))
        content = document.write_pdf(pdf_variant=PDF_VARIANT)
    name = f'attachment; filename="recepisse-{number}.pdf"'
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": name})


def _private_key() -> Ed25519PrivateKey:
    config: Config = current_app.extensions["procurations"]
    return Ed25519PrivateKey.from_private_bytes(config.receipt_key)


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
            if urlsplit(url).path == "/static/style.css":
                return library.urls.URLFetcherResponse(url, STYLE.read_bytes(), {"Content-Type": "text/css"})
            return super().fetch(url, headers)

    return OwnAssets(allowed_protocols={"data"}, fail_on_errors=True)
