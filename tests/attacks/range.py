"""One visitor before every address: what is learnt of each, what hypothesis sends there, and how answers are judged."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import delete, event
from werkzeug.test import TestResponse

from models.base import db
from models.misses import AccountMisses, StationMisses
from models.outbox import MailKind
from models.sign_in_limit import SignInAttempts
from tests.attacks.hostile import MARK, Shot, Target, shots
from tests.attacks.parameters import Noting, Parameters, Place
from tests.attacks.strangers import told_in
from tests.back_office.test_access import Rows, addressed, addresses, arguments, true_token
from tests.database import everything
from tests.sizes import sized

INSIDE_DOOR, AT_DOOR = sized(4, 200), sized(2, 20)
"""How many requests where this visitor comes in, and where everybody of that role is sent away."""
DRAWN = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
COUNTERS = {"journal_entry", "agent_session", "account_misses", "station_misses", "sign_in_attempts", "entry_check"}
"""What an error, or a look, may well write: that it happened."""
OWN = {"draft"}
"""What was typed, kept for who typed it (WCAG 3.3.7)."""
ALERTS = (MailKind.COUNTER_BLOCKED, MailKind.STATION_MISSES)
INSIDE = re.compile(r"Traceback|File \"/|sqlalchemy|psycopg|werkzeug|jinja2", re.IGNORECASE)
LEAVING = {"france_connect.sign_in", "france_connect.come_back"}
"""The addresses that begin a session: they are answered, and change the visitor."""


@dataclass
class Range:
    """One visitor before every address."""

    app: Flask
    client: FlaskClient
    rows: Rows
    parameters: Parameters
    closed: set[Place] = field(default_factory=set)
    facts: dict[str, object] = field(default_factory=dict)
    answers: int = 0

    def explore(self) -> None:
        """Ask every address once, unconfirmed, and learn its forms, its links, and what the code asks for."""
        for place in addresses(self.app):
            endpoint, method = place
            if endpoint in LEAVING or endpoint.endswith("sign_out"):
                continue
            address, named = addressed(self.app, self.rows, endpoint)
            for name, value in named.items():
                self.parameters.learn(place, name, value)
            with self.noting(place):
                answer = self.client.open(address, method=method, **self._sent(method, address, named))
            if answer.status_code in (302, 403):
                self.closed.add(place)
            if answer.mimetype == "text/html":
                self.parameters.learn_page(address, answer.text)
            answer.close()
        self.facts = facts()

    def _sent(self, method: str, address: str, named: dict[str, str]) -> dict[str, Any]:
        if method == "GET":
            return {"query_string": named}
        return {"data": named | {"csrf_token": true_token(self.app, self.client, address)}}

    @contextmanager
    def noting(self, place: Place) -> Iterator[None]:
        """Learn what the code asks for meanwhile."""
        Noting.asked.clear()
        yield
        for name in Noting.asked:
            self.parameters.learn(place, name)

    def shoot_at(self, place: Place, references: list[str]) -> None:
        """As many requests as the size says, and once more when they made the code ask for other names."""
        keys = self.parameters.keys() + references
        for _ in range(2):
            known = self.parameters.known(place)
            forget_counts()
            self._shoot(place, known, keys)
            if self.parameters.known(place).keys() == known.keys():
                return

    def _shoot(self, place: Place, known: dict[str, list[str]], keys: list[str]) -> None:
        endpoint, method = place
        rule = next(self.app.url_map.iter_rules(endpoint))
        address, _ = addressed(self.app, self.rows, endpoint)
        token = true_token(self.app, self.client, address)
        target = Target(rule.rule, method, arguments(self.rows), known, keys, token)

        @settings(DRAWN, max_examples=AT_DOOR if place in self.closed else INSIDE_DOOR)
        @given(shots(target))
        def shoot(shot: Shot) -> None:
            with Writes() as writes, self.noting(place):
                answer = self.ask(method, shot)
            self.judge(place, answer)
            if writes.seen:
                self.compare(place, answer)
            answer.close()

        shoot()

    def ask(self, method: str, shot: Shot) -> TestResponse:
        self.answers += 1
        return self.client.open(
            shot.path, method=method, query_string=shot.query, data=shot.body, content_type=shot.content_type
        )

    def compare(self, place: Place, answer: TestResponse) -> None:
        """A look and an error have changed nothing; what an accepted post has changed is what stands from now on."""
        before, self.facts = self.facts, facts()
        if place[1] == "GET" or answer.status_code >= 400:
            assert before == self.facts, (place, answer.status, differing(before, self.facts))

    def judge(self, place: Place, answer: TestResponse) -> None:
        said = answer.get_data().decode("utf-8", "replace")
        assert answer.status_code < 500, (place, answer.status)
        assert not INSIDE.search(said) or place[0] == "static", (place, INSIDE.search(said))
        assert not told_in(said), (place, told_in(said))
        assert f"<{MARK}" not in said or answer.mimetype != "text/html", place
        assert "X-Kanari" not in answer.headers, place


class Writes:
    """Whether a statement has written meanwhile."""

    def __enter__(self) -> "Writes":
        self.seen = False
        event.listen(db.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *error: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, connection: object, cursor: object, statement: str, *rest: object) -> None:
        self.seen = self.seen or re.match(r"\s*(INSERT|UPDATE|DELETE|WITH)", statement) is not None


def facts() -> dict[str, object]:
    """Every row of every table, but for what only counts or writes down."""
    tables = {name: rows for name, rows in everything().items() if name not in COUNTERS | OWN}
    tables["outbox_mail"] = [row for row in tables["outbox_mail"] if not any(kind in row for kind in ALERTS)]
    return dict(tables)


def differing(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def forget_counts() -> None:
    """Limits have their own tests; here they would hide what stands behind them."""
    for table in (AccountMisses, StationMisses, SignInAttempts):
        db.session.execute(delete(table))
    db.session.commit()
