"""What operators read: whether the process lives, whether it is ready, its figures, and the number of a request."""

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from app.config import Config
from app.dates import now
from app.logs import JsonLines
from app.mailer import deliver_once
from models import journal
from models.base import db
from models.journal import Action
from tests.builders import World, a_config
from tests.database import queries
from tests.mail.outbox import the_mail

TOKEN = "a token for the figures"


def figures(app: Flask) -> dict[str, float]:
    """Each figure of /metrics, by its name and labels."""
    text = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join((sample.name, *sample.labels.values())): sample.value for sample in samples}


def waits_for(delay: timedelta) -> None:
    mail = the_mail()
    mail.created_at = now() - delay
    db.session.commit()


def test_the_process_says_that_it_lives_without_asking_the_database(app: Flask) -> None:
    with queries() as seen:
        answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.text, seen) == (200, "ok\n", [])


def test_readiness_tells_the_mail_that_waits_and_since_when(world: World) -> None:
    client = world.app.test_client()
    nothing = ["ok", "mails waiting: 0", "mails failed: 0", "oldest mail waiting: 0 s"]
    assert client.get("/readyz").text.splitlines() == nothing
    world.submitted()
    waits_for(timedelta(hours=3))
    answer = client.get("/readyz")
    assert answer.status_code == 200, "mail that waits stops nobody"
    assert answer.text.splitlines()[1] == "mails waiting: 1"
    assert 10_800 <= int(answer.text.split()[-2]) < 10_900
    deliver_once()
    assert client.get("/readyz").text.splitlines() == nothing


def test_figures_count_procurations_that_wait_acts_and_the_backlog_by_age(world: World) -> None:
    world.submitted()
    journal.record(Action.EXPORTED, now=now() - timedelta(minutes=11))
    waits_for(timedelta(minutes=11))
    found = figures(world.app)
    assert (found["procurations submitted"], found["procurations established"]) == (1, 0)
    acts = [found[f"procurations_acts_lately {action}"] for action in ("submitted", "established", "exported")]
    assert acts == [1, 0, 0], "those of the last ten minutes"
    assert (found["procurations_mails waiting"], found["procurations_mails failed"]) == (1, 0)
    longer = [found[f"procurations_mails_waiting_longer {seconds}"] for seconds in (60, 600, 3600, 86400)]
    assert longer == [1, 1, 0, 0]
    assert 660 <= found["procurations_mails_oldest_seconds"] < 760
    assert found["procurations_database_up"] == 1


def test_figures_count_answers_by_door_and_status_with_their_durations(app: Flask) -> None:
    before = figures(app)
    for address in ("/aide", "/nulle-part", "/admin/officer/", "/static/style.css"):
        app.test_client().get(address).close()
    after = figures(app)
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    answers = {name: count for name, count in grown.items() if name.startswith("procurations_answers_total")}
    assert answers == {
        "procurations_answers_total pages 200": 1,
        "procurations_answers_total none 404": 1,
        "procurations_answers_total officer 302": 1,
        "procurations_answers_total operation 200": 1,
    }
    assert grown["procurations_request_seconds_count pages"] == 1
    assert grown["procurations_request_seconds_bucket pages 30.0"] == 1


def test_figures_name_nobody(world: World) -> None:
    procuration = world.established()
    client = world.as_elector()
    client.get(f"/demande/{procuration.reference}")
    words = re.split(r"[^\w@.-]", client.get("/metrics").text)
    for secret in (procuration.reference, procuration.email, "HAUTPOUL", "1951", "Martin"):
        assert secret not in words


@pytest.fixture
def another_app(another_app: Callable[[Config], Flask], tmp_path: Path) -> Callable[..., Flask]:
    """An application in production; on a database without a table, unless one is given."""
    return lambda **changes: another_app(
        a_config(
            **({"database_url": f"sqlite:///{tmp_path}/empty.db", "demo": False, "metrics_token": TOKEN} | changes)
        )
    )


def test_while_the_database_fails_the_processes_figures_are_told(another_app: Callable[..., Flask]) -> None:
    lost = another_app()
    lost.test_client().get("/readyz")
    found = figures(lost)
    assert found["procurations_database_up"] == 0
    assert found["procurations_answers_total operation 503"] >= 1
    assert "procurations submitted" not in found


@pytest.mark.parametrize("given", [None, "Bearer nothing", "Bearer ", f"Basic {TOKEN}x"])
def test_figures_exist_only_for_the_holder_of_the_token(another_app: Callable[..., Flask], given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    assert another_app().test_client().get("/metrics", headers=headers).status_code == 404


def test_without_a_configured_token_figures_exist_in_the_demonstration_only(
    config: Config, app: Flask, another_app: Callable[..., Flask]
) -> None:
    real = another_app(database_url=config.database_url, metrics_token=None)
    assert real.test_client().get("/metrics").status_code == 404
    assert app.test_client().get("/metrics").status_code == 200


# The number of a request, and the lines of the log.


def test_each_answer_has_a_number_of_its_own(app: Flask) -> None:
    numbers = {app.test_client().get(address).headers["X-Request-ID"] for address in ("/", "/nulle-part", "/healthz")}
    assert len(numbers) == 3
    assert all(len(number) == 16 for number in numbers)


@pytest.mark.parametrize(
    ("proxies", "given", "is_kept"),
    [
        (0, "0af7651916cd43dd8448eb211c80319c", False),
        (1, "0af7651916cd43dd8448eb211c80319c", True),
        (1, "7c9e6679-7425-40de-944b-e07fc1f90ae7", True),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, '12345678","level":"CRITICAL', False),
        (1, "Éloïse-HAUTPOUL", False),
        (1, "<script>alert(1)</script>", False),
    ],
)
def test_a_number_from_outside_is_kept_only_of_a_trusted_proxy_and_only_if_it_is_one(
    another_app: Callable[..., Flask], proxies: int, given: str, is_kept: bool
) -> None:
    client = another_app(trusted_proxies=proxies).test_client()
    answer = client.get("/aide", headers=[("X-Request-ID", given.encode().decode("latin-1"))])
    assert (answer.headers["X-Request-ID"] == given) is is_kept


def line_of(error: Exception) -> dict[str, Any]:
    """What the log says of it."""
    try:
        raise error
    except type(error):
        record = logging.LogRecord("app", logging.ERROR, __file__, 1, "unforeseen error", (), sys.exc_info())
    told: dict[str, Any] = json.loads(JsonLines().format(record))
    return told


def test_an_error_is_told_by_its_kind_and_its_way_never_by_its_words() -> None:
    error = ValueError("no such name: D'HAUTPOUL")
    error.__cause__ = OperationalError("select 'D''HAUTPOUL'", {}, Exception("eloise@electeurs.test"))
    told = line_of(error)
    assert told["error"] == "ValueError < OperationalError"
    assert told["stack"][-1].startswith("tests/web/test_operation.py:")
    assert told["stack"][-1].endswith(" line_of")
    assert "HAUTPOUL" not in json.dumps(told, ensure_ascii=False)
    assert "eloise" not in json.dumps(told)


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    record = logging.LogRecord("app", logging.INFO, __file__, 1, "a\nb /demande/K7M4PX?nom=DURAND", (), None)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["event"] == "a\nb /demande/······"
