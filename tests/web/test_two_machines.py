"""Two machines with the same code, one PostgreSQL, one Redis: each may go, and nothing is lost or doubled."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from app.config import Config
from app.metrics import WAITING
from models.account import Account
from models.base import db
from models.outbox import OutboxMail
from tests.builders import PASSWORD, World
from tests.killing import Slot, wait_until
from tests.mail.moody import CUT, HANG, LATER, LOST, MoodyRelay
from tests.mail.processes import starting
from tests.mail.test_killed import assert_no_copy_too_many, waiting
from tests.sizes import sized
from tests.web.crowd import ELECTORS, Crowd, assert_each_is_whole
from tests.web.killed_service import Machine, Person, Service
from tests.web.redis_server import Redis

EVERY = sized(15, 40)
"""After how many acts at most something of a machine is killed."""
LIVES = sized(8, 100)
"""How many messages a worker delivers at most before it is killed."""
PATIENCE_SECONDS = 600
SIGN_IN = "/agents/connexion"
DEPLOYED = ("--config=python:app.server",)
"""gunicorn's settings of a real installation."""


@pytest.mark.proof
@pytest.mark.redis
@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_machine_a_worker_and_redis_may_go_at_any_moment(world: World, config: Config, tmp_path: Path) -> None:
    crowd, officer = Crowd(world), world.an_officer()
    numbers = list(range(ELECTORS))
    halfway, later = ELECTORS // 2, ELECTORS * 3 // 4
    db.session.commit()
    with ExitStack() as running:
        relay = running.enter_context(MoodyRelay(dict.fromkeys((LATER, HANG, CUT, LOST), 0)))
        redis = running.enter_context(Redis(tmp_path))
        where = {"RATELIMIT_STORAGE_URI": redis.address, "TRUSTED_PROXIES": "1"}
        service = Service(config, tmp_path, EVERY, machines=2, settings=DEPLOYED, **where)
        pool = running.enter_context(ThreadPoolExecutor(5))
        running.enter_context(service)
        start = starting(config, tmp_path, relay.port)("hurried_worker")
        workers = [running.enter_context(Slot(f"w{n}-", start, relay.delivered_by, LIVES)) for n in range(2)]

        def act(those: list[int]) -> None:
            list(pool.map(lambda number: crowd.walk(service, number), those))
            comes_in(service, officer)

        act(numbers[:halfway])
        service.quiet()
        gone = random.choice(service.machines)
        gone.kill()
        redis.kill()
        act(numbers[halfway:later])
        for worker in workers:
            worker.quiet()
        gone.start()
        redis.start()
        act(numbers[later:])
        crowd.decide_the_rest(service)
        wait_until(lambda: waiting() == 0, workers, seconds=PATIENCE_SECONDS)
        wait_until(lambda: all(map(is_up, service.machines)), workers, seconds=PATIENCE_SECONDS)
        for machine in service.machines:
            assert_it_tells_the_truth(machine, crowd)
    killed = [name for worker in workers for name in worker.killed]
    print(f"{ELECTORS} electors, killed {service.kills} and {killed}, sent again {service.sent_again}")
    assert killed
    assert sum(service.kills.values()) > 0
    assert_each_is_whole(crowd)
    assert_each_message_arrived(relay)
    assert_no_copy_too_many(relay, killed)
    db.session.rollback()
    verified = world.app.test_cli_runner().invoke(args=["verify-journal"])
    assert verified.exit_code == 0, verified.output


def comes_in(service: Service, account: Account) -> None:
    """Somebody signs in at one machine, and every machine knows who it is."""
    officer = Person(service)
    assert officer.post(SIGN_IN, SIGN_IN, email=account.email, password=PASSWORD).status_code == 303
    for _ in range(5):
        assert officer.read("/admin/officer/").h1


def is_up(machine: Machine) -> bool:
    try:
        return requests.get(f"{machine.address}/healthz", timeout=60).ok
    except requests.RequestException:
        return False


def assert_it_tells_the_truth(machine: Machine, crowd: Crowd) -> None:
    """Ready, no mail left, as many procurations that wait as were said to, and the acts of the last minutes."""
    ready = requests.get(f"{machine.address}/readyz", timeout=60)
    assert ready.text.splitlines() == ["ok", "mails waiting: 0", "mails failed: 0", "oldest mail waiting: 0 s"]
    families = text_string_to_metric_families(requests.get(f"{machine.address}/metrics", timeout=60).text)
    figures = {one.name: {next(iter(s.labels.values()), ""): s.value for s in one.samples} for one in families}
    done = Counter(crowd.done.values())
    assert figures["procurations"] == {status: done[status] for status in WAITING}
    assert 0 < figures["procurations_acts_lately"]["submitted"] <= ELECTORS


def assert_each_message_arrived(relay: MoodyRelay) -> None:
    """Those that were committed, and no other."""
    sent = {f"<{one}@127.0.0.1>" for one in db.session.scalars(select(OutboxMail.message_id))}
    assert {copy.message_id for copy in relay.copies} == sent
