"""Web processes are killed in the middle of everything: what was answered is done, whole and once, and all goes on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from app.config import Config
from app.mailer import Tally, deliver_once
from models.base import db
from models.outbox import OutboxMail
from tests.builders import World
from tests.sizes import sized
from tests.web.crowd import ELECTORS, Crowd, assert_each_is_whole
from tests.web.killed_service import Service

EVERY = sized(12, 40)
"""After how many acts at most somebody is killed."""


@pytest.mark.proof
def test_what_was_answered_is_done_whole_and_once(world: World, config: Config, tmp_path: Path) -> None:
    crowd = Crowd(world)
    db.session.rollback()  # PostgreSQL ends a transaction that is left idle for a minute
    with Service(config, tmp_path, EVERY) as service, ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: crowd.walk(service, number), range(ELECTORS)))
        service.quiet()
        crowd.decide_the_rest(service)
    print(f"{ELECTORS} electors, killed {service.kills}, sent again {service.sent_again}")
    assert sum(service.kills.values()) >= ELECTORS // EVERY
    assert_each_is_whole(crowd)
    assert_the_database_is_sound()
    db.session.rollback()
    verified = world.app.test_cli_runner().invoke(args=["verify-journal"])
    assert verified.exit_code == 0, verified.output
    assert deliver_once() == Tally(sent=db.session.query(OutboxMail).count())


def assert_the_database_is_sound() -> None:
    """SQLite's own checks; PostgreSQL keeps its constraints at every commit."""
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
