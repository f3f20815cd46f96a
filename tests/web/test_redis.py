"""One count for all machines while Redis answers; when it is away, or hangs, everybody still comes in."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import limits
from app.config import Config
from app.limits import Kind
from models.account import Account
from tests.builders import PASSWORD, Visitor, World, a_config
from tests.page import read
from tests.web.redis_server import Redis
from tests.web.test_limits import FEW, HERE, THERE, from_there, statuses

pytestmark = pytest.mark.redis
MakeApp = Callable[[Config], Flask]


def sign_in(client: FlaskClient, account: Account, password: str, at: str) -> int:
    """What the page answers to somebody who comes from there."""
    page = "/agents/connexion"
    data = read(client.get(page)).form(page) | {"email": account.email, "password": password}
    return client.post(page, data=data, environ_base={"REMOTE_ADDR": at}).status_code


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path) as server:
        yield server


@pytest.fixture
def nodes(app: Flask, another_app: MakeApp, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> list[Flask]:
    """The application twice, as on two machines, each kind of request three times a day."""
    for kind in Kind:
        monkeypatch.setitem(limits.MOST, kind, f"{FEW}/day")
    config = a_config(database_url=app.config["SQLALCHEMY_DATABASE_URI"], ratelimit_storage=redis.address)
    made = [another_app(config) for _ in range(2)]
    for node in made:
        node.test_client_class = Visitor
    return made


def test_two_machines_have_one_count(nodes: list[Flask]) -> None:
    clients = [node.test_client() for node in nodes]
    assert statuses(clients[0], 2) + statuses(clients[1], 2) == [200, 200, 200, 429]
    assert statuses(clients[0], 1) == [429]
    assert statuses(clients[1], 1, at=THERE) == [200]


@pytest.mark.parametrize("trouble", [Redis.kill, Redis.hang], ids=["away", "hangs"])
def test_when_it_is_away_or_hangs_each_machine_counts_alone(
    nodes: list[Flask], redis: Redis, trouble: Callable[[Redis], None]
) -> None:
    clients = [node.test_client() for node in nodes]
    assert statuses(clients[0], FEW + 1)[-1] == 429
    trouble(redis)
    for client in clients:
        assert statuses(client, FEW + 1) == [200] * FEW + [429]


def test_of_all_who_meet_it_dead_at_once_nobody_is_turned_away(nodes: list[Flask], redis: Redis) -> None:
    redis.hang()
    crowd = threading.Barrier(8, timeout=20)

    def come(number: int) -> int:
        crowd.wait()
        return from_there(nodes[0].test_client(), "/aide", f"198.51.100.{number}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(come, range(8))) == [200] * 8


def test_agents_sign_in_without_it_and_their_attempts_are_still_counted(
    world: World, nodes: list[Flask], redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.MOST, Kind.READING, "99/day")
    monkeypatch.setitem(limits.MOST, Kind.POSTING, "99/day")
    clerk = world.a_clerk()
    redis.kill()
    clients = [node.test_client() for node in nodes]
    assert [sign_in(clients[n % 2], clerk, "not it", HERE) for n in range(6)] == [422] * 5 + [429]
    assert sign_in(clients[0], clerk, PASSWORD, THERE) == 303
