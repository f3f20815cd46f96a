"""The receipt of an act as a page shows it: its text, the code that signs it, its picture; and the page as a PDF."""

from dataclasses import dataclass
from html import unescape

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Response, current_app, get_template_attribute

from app import pdf, qr
from app.config import Config
from models import seal
from models.receipt import Receipt

TERM_END = " : "


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


def as_pdf(page: str, number: int) -> Response:
    """This page as it would be printed."""
    name = f'attachment; filename="recepisse-{number}.pdf"'
    return Response(pdf.draw(page), mimetype="application/pdf", headers={"Content-Disposition": name})


def _private_key() -> Ed25519PrivateKey:
    config: Config = current_app.extensions["procurations"]
    return Ed25519PrivateKey.from_private_bytes(config.receipt_key)
