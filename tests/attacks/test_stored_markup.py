"""Whatever is kept, by whatever form or file it came, is text: on every page, in every file and in every mail."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from email import message_from_string

import pytest
from flask.testing import FlaskClient
from flask_mail import Message
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from admin_views.spreadsheet import BEGINNINGS_OF_FORMULAS
from app import pdf
from app.dates import now
from app.message import Undeliverable, _one_address, render
from models.base import db
from models.outbox import ClaimedMail, OutboxMail
from tests.attacks.parameters import Fields
from tests.attacks.stored import TAG, mark_everything, marked_facts
from tests.back_office.declared import LIKE, ROLES
from tests.back_office.test_access import Rows, addressed, addresses, true_token, visitor
from tests.builders import World
from tests.mail.test_words import every_message  # noqa: F401 a fixture

SHOWN_TO = {
    "anonymous": {"venue.address"},
    "elector": {"procuration.mandant_birth_name", "procuration.mandataire_birth_name"},
    "officer": {"round.place_name", "habilitation.court"},
    "town hall": {"procuration.officer_name", "account.name"},
    "ministry": {"election.name", "venue.hours"},
}
"""Some of what each of them certainly reads, so that the marks are where they look."""

READERS = [role for role in (*ROLES, *LIKE) if not role.startswith(("another", "town hall of"))]
"""Who has rows of their own to read."""
MARK_AS_TEXT = re.compile(r"=1\+1&#34;&#39;&gt;&lt;kanarimark")
HEADERS = {
    *("Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"),
    *("Auto-Submitted", "Content-Language", "Content-Transfer-Encoding"),
}


@pytest.mark.parametrize("role", READERS)
def test_what_is_kept_is_shown_as_text_to_everybody(world: World, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(pdf, "draw", lambda page: drawn.append(page) or b"%PDF")
    client, rows = visitor(world, role)
    marked = mark_everything()
    assert marked >= SHOWN_TO.get(role, set())
    seen = set()
    for place, answer in every_answer(world, client, rows):
        with answer:
            assert_harmless(place, answer)
            if MARK_AS_TEXT.search(answer.get_data().decode("utf-8", "replace")):
                seen.add(place)
    assert seen or role not in SHOWN_TO, "nothing that was marked is shown"
    for page in drawn:
        assert TAG not in page


def every_answer(world: World, client: FlaskClient, rows: Rows) -> Iterator[tuple[str, TestResponse]]:
    """Every page, and what each form of an export on it gives, button by button."""
    for endpoint, method in addresses(world.app):
        address, named = addressed(world.app, rows, endpoint)
        if method == "GET" and not endpoint.startswith("france_connect."):
            page = client.get(address, query_string=named)
            html = page.text if page.mimetype == "text/html" else ""
            yield endpoint, page
            yield from exports(world, client, address, html)


def exports(world: World, client: FlaskClient, address: str, html: str) -> Iterator[tuple[str, TestResponse]]:
    fields = Fields(address)
    fields.feed(html)
    for action in sorted({action for action, method, *_ in fields.found if "export" in action and method == "POST"}):
        sent = {name: value for where, _, name, value in fields.found if where == action}
        token = {"csrf_token": true_token(world.app, client, action)}
        for wanted in ("csv", "xlsx"):
            yield f"{action} {wanted}", client.post(action, data=sent | token | {"format": wanted})


def assert_harmless(place: str, answer: TestResponse) -> None:
    """Never a tag, a script's address or a formula of what was kept; a link leads to no script."""
    assert answer.status_code < 500, place
    if answer.mimetype == "text/html":
        assert TAG not in answer.text, place
        assert not re.search(r"""(?:href|src|action)=["']?\s*(?:javascript|data:text)""", answer.text), place
    elif answer.mimetype == "text/csv":
        for row in csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"):
            assert not [cell for cell in row if cell.startswith(tuple(BEGINNINGS_OF_FORMULAS))], (place, row)
    elif "spreadsheetml" in answer.mimetype:
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            for name in book.namelist():
                content = book.read(name).decode()
                assert TAG not in content, (place, name)
                assert "<f>" not in content, (place, name)
                assert not name.endswith(".rels") or "External" not in content


def test_no_fact_of_a_mail_is_markup_in_it_or_a_header_of_it(every_message: list[Message]) -> None:  # noqa: F811
    """The facts of each kind of mail, rendered again with the mark and a line of its own in one after the other."""
    assert every_message
    marked = set()
    for mail in db.session.scalars(select(OutboxMail)):
        for name, facts in marked_facts(mail.facts or {}):
            if message := rendered(mail, facts):
                marked.add((mail.kind, name))
                assert TAG not in (message.html or ""), (mail.kind, name)
                head = message_from_string(message.as_string())
                assert set(head) <= HEADERS, (mail.kind, name, set(head) - HEADERS)
    assert {name for _, name in marked} >= {"station", "reference", "authority"}


def rendered(mail: OutboxMail, facts: dict[str, object]) -> Message | None:
    """None where such a fact cannot be rendered at all: a date, or a code of a list."""
    try:
        return render(ClaimedMail(mail.id, mail.kind, facts, mail.message_id, 0, now()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@given(st.text(), st.sampled_from(("\r\n", "\n", "\r", "\0", "\u2028", ",", ";", " ", "<", "%0a")), st.text())
def test_no_address_adds_a_header_or_a_second_reader(before: str, between: str, after: str) -> None:
    """Each of these is refused whole: no mail leaves, rather than one that somebody else reads."""
    given_ = f"a{before}{between}b@c.test{after}"
    try:
        address = _one_address(given_)
    except Undeliverable:
        return
    assert re.fullmatch(r"[^\s,;<>:]+@[A-Za-z0-9.-]+", address)
    assert address.count("@") == 1
