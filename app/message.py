"""A mail of the outbox as a message: an address checked, and the same words in text and in HTML."""

import re
import textwrap
from email.charset import QP, Charset
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_mail import Message

from app import qr
from app.config import Config
from models.invitation import token_of
from models.outbox import ClaimedMail, MailKind
from models.reference import spell

COLUMNS = 72
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")

# Quoted-printable: a relay that knows only seven bits changes nothing, and no signature breaks.
UTF8 = Charset("utf-8")
UTF8.body_encoding = QP


class Undeliverable(Exception):
    """This message can never leave; the text holds no address."""


def render(mail: ClaimedMail) -> Message:
    """The message in its two parts, with the same words. Raises Undeliverable when it has not exactly one addressee."""
    config: Config = current_app.extensions["procurations"]
    subject, body = words(mail.kind, mail.facts)
    message = Message(
        subject=subject,
        recipients=[_one_address(mail.facts.get("to", ""))],
        body=body,
        html=_template(f"{mail.kind}.html", {**_values(mail.facts), "subject": subject}),
        charset=UTF8,  # type: ignore[arg-type]
        extra_headers={"Auto-Submitted": "auto-generated", "Content-Language": "fr"},
    )
    message.msgId = f"<{mail.message_id}@{urlsplit(config.public_url).hostname}>"
    return message


def words(kind: MailKind, facts: dict[str, Any]) -> tuple[str, str]:
    """The subject and the text of a message, as it is sent."""
    subject, text = _template(f"{kind}.txt", _values(facts)).split("\n", 1)
    return subject, _fill(text)


def _values(facts: dict[str, Any]) -> dict[str, Any]:
    config: Config = current_app.extensions["procurations"]
    token = token_of(facts.get("nonce", ""), config.secret_key.encode())
    return {
        **facts,
        "invitation": f"{config.public_url}/agents/invitation/{token}",
        "public_url": config.public_url,
        "is_demo": config.demo,
        "spell": spell,
        "qr_squares": qr.squares,
    }


def _template(name: str, values: dict[str, Any]) -> str:
    """Rendered without Flask's context processors: they speak of a request, and there is none."""
    return current_app.jinja_env.get_template(f"email/{name}").render(values).strip()


def _one_address(to: str) -> str:
    """The one addressee, bare, its domain in ASCII: nothing that could add a header or a copy. Raises Undeliverable."""
    local, _, domain = to.rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise Undeliverable("malformed address") from None
    if not ADDRESS.fullmatch(address):
        raise Undeliverable("malformed address")
    return address


def _fill(text: str) -> str:
    """Paragraphs of at most 72 columns; French spaces never break; an address of a page is never cut."""
    text = re.sub(r" (?=[:;?!»])|(?<=«) ", "\N{NO-BREAK SPACE}", text)
    return "\n\n".join(_fill_paragraph(paragraph) for paragraph in re.split(r"\n\s*\n", text.strip())) + "\n"


def _fill_paragraph(paragraph: str) -> str:
    """One paragraph, or the items of a list."""
    return "\n".join(
        textwrap.fill(
            item,
            COLUMNS,
            subsequent_indent="  " if item.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for item in re.split(r"\n(?=- )", paragraph)
    )
