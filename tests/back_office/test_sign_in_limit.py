"""Who guesses passwords waits, and makes nobody else wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.dates import now
from models import sign_in_limit
from models.base import db
from models.errors import TooMany
from models.sign_in_limit import BY_ADDRESS, BY_PAIR, STEP, WINDOW, Limit, SignInAttempts
from tests.builders import PASSWORD, World, csrf_token
from tests.database import everything
from tests.page import read

HERE, THERE = "192.0.2.7", "198.51.100.9"


def try_in(world: World, email: str, password: str = "wrong", at: str = HERE, **headers: str) -> TestResponse:
    client: FlaskClient = world.app.test_client()
    where = {"REMOTE_ADDR": at}
    token = csrf_token(client.get("/agents/connexion", environ_base=where).text)
    data = {"email": email, "password": password, "csrf_token": token}
    return client.post("/agents/connexion", data=data, environ_base=where, headers=headers)


def guess(world: World, email: str, times: int, at: str = HERE) -> list[int]:
    return [try_in(world, email, at=at).status_code for _ in range(times)]


def later(by: timedelta) -> None:
    """As if what was tried had been tried that much earlier."""
    for row in db.session.scalars(select(SignInAttempts)):
        row.instants = [one - by.total_seconds() for one in row.instants]
        row.wait_until = row.wait_until and row.wait_until - by
    db.session.commit()


def test_from_the_fifth_wrong_password_on_the_right_one_waits_too(world: World) -> None:
    email = world.a_clerk().email
    assert guess(world, email, BY_PAIR) == [422] * BY_PAIR
    answer = try_in(world, email, PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= STEP.total_seconds() + 1
    page = read(answer)
    assert "Trop d'essais : attendez 1 minute, puis recommencez" in page.text
    assert page.form("/agents/connexion")["email"] == email
    later(STEP)
    assert try_in(world, email, PASSWORD).status_code == 303


def test_each_further_one_waits_longer(world: World) -> None:
    email, waits = world.a_clerk().email, []
    guess(world, email, BY_PAIR)
    for _ in range(2):
        waits.append(int(try_in(world, email).headers["Retry-After"]))
        later(timedelta(seconds=waits[-1]))
        guess(world, email, 1)
    assert waits[1] > waits[0] + STEP.total_seconds() / 2


def test_nobody_locks_another_out(world: World) -> None:
    email = world.a_clerk().email
    guess(world, email, BY_PAIR + 1)
    assert try_in(world, email, PASSWORD, at=THERE).status_code == 303


def test_an_account_that_does_not_exist_waits_like_one_that_does(world: World) -> None:
    known = guess(world, world.a_clerk().email, BY_PAIR + 1)
    assert guess(world, "nobody@agents.test", BY_PAIR + 1, at=THERE) == known
    assert "nobody" not in repr(everything()["sign_in_attempts"])
    assert HERE not in repr(everything()["sign_in_attempts"])


def test_one_address_that_tries_many_accounts_waits(world: World) -> None:
    email = world.a_clerk().email
    for n in range(BY_ADDRESS):
        assert try_in(world, f"agent{n}@elsewhere.test").status_code == 422
    assert try_in(world, email, PASSWORD).status_code == 429
    assert try_in(world, email, PASSWORD, at=THERE).status_code == 303


def test_a_known_account_washes_no_guesses_off(world: World) -> None:
    known = world.a_clerk().email
    for n in range(BY_ADDRESS):
        assert try_in(world, f"agent{n}@elsewhere.test").status_code == 422
        if n % 4 == 0 and n < BY_ADDRESS - 1:
            assert try_in(world, known, PASSWORD).status_code == 303
    assert try_in(world, known, PASSWORD).status_code == 429


def test_a_colleague_who_signs_in_from_the_same_office_counts_for_nothing(world: World) -> None:
    for _ in range(BY_ADDRESS + 2):
        assert try_in(world, world.a_clerk().email, PASSWORD).status_code == 303


def test_another_address_in_a_header_gains_nothing(world: World) -> None:
    email = world.a_clerk().email
    for n in range(BY_PAIR):
        try_in(world, email, **{"X-Forwarded-For": f"203.0.113.{n}"})
    assert try_in(world, email, PASSWORD, **{"X-Forwarded-For": "203.0.113.99"}).status_code == 429


def test_a_subscriber_has_one_count_for_all_his_addresses(world: World) -> None:
    email = world.a_clerk().email
    for n in range(BY_PAIR):
        try_in(world, email, at=f"2001:db8:1:2::{n + 1}")
    assert try_in(world, email, PASSWORD, at="2001:db8:1:2:ffff::1").status_code == 429
    assert try_in(world, email, PASSWORD, at="2001:db8:1:3::1").status_code == 303


def test_guesses_sent_at_once_are_each_counted(world: World) -> None:
    """Before anything is verified: of twenty at once, no more than the limit are looked at."""
    email = world.a_clerk().email
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: try_in(world, email).status_code, range(20)))
    assert answers.count(422) <= BY_PAIR
    assert set(answers) == {422, 429}


@pytest.mark.parametrize("minutes", [9, 11])
def test_only_the_last_ten_minutes_count(world: World, minutes: int) -> None:
    pair, start = [Limit("a key", 3)], now()
    for _ in range(2):
        sign_in_limit.attempt(pair, now=start)
    sign_in_limit.attempt(pair, now=start + timedelta(minutes=minutes))
    if minutes > WINDOW.total_seconds() / 60:
        sign_in_limit.attempt(pair, now=start + timedelta(minutes=minutes))
    else:
        with pytest.raises(TooMany):
            sign_in_limit.attempt(pair, now=start + timedelta(minutes=minutes))


def test_what_no_count_needs_is_forgotten(world: World) -> None:
    try_in(world, "nobody@agents.test")
    sign_in_limit.drop_before(now())
    assert db.session.scalars(select(SignInAttempts)).all()
    sign_in_limit.drop_before(now() + 2 * WINDOW + timedelta(seconds=1))
    assert not db.session.scalars(select(SignInAttempts)).all()
