"""The key that seals applications' secrets is changed: nobody enrols again, and the former key can go one day."""

from dataclasses import replace

import pytest
from click.testing import Result
from sqlalchemy import select

from app.dates import now
from models import recovery_code, second_factor
from models.agent_session import Factor
from models.base import db
from models.totp import Totp
from tests.back_office.factors import enrolled
from tests.builders import World

FORMER = (bytes(range(32, 64)),)
NEW = (bytes(range(64, 96)),)
BOTH = NEW + FORMER


def sealed() -> list[str]:
    db.session.commit()
    return list(db.session.scalars(select(Totp.sealed_secret).order_by(Totp.account_id)))


def reseal(world: World, monkeypatch: pytest.MonkeyPatch, keys: tuple[bytes, ...]) -> Result:
    """By the command of an installation with these keys."""
    changed = replace(world.app.extensions["procurations"], totp_key=keys[0], totp_key_fallbacks=keys[1:])
    monkeypatch.setitem(world.app.extensions, "procurations", changed)
    return world.app.test_cli_runner().invoke(args=["reseal-second-factors"])


def test_a_former_key_still_opens_and_the_next_code_is_the_last_that_needs_it(world: World) -> None:
    clerk = world.a_clerk()
    application, _ = enrolled(clerk, FORMER)
    assert second_factor.take(clerk, application.code(), keys=BOTH, now=now()) is Factor.APPLICATION
    once = sealed()
    assert second_factor.take(clerk, application.code(steps=1), keys=NEW, now=now()) is Factor.APPLICATION
    assert sealed() == once, "what the key has sealed stays as it is"


def test_a_recovery_code_serves_as_long_as_the_key_that_it_was_made_with_is_kept(world: World) -> None:
    clerk = world.a_clerk()
    _, codes = enrolled(clerk, FORMER)
    assert not recovery_code.take(clerk, codes[0], NEW)
    assert recovery_code.take(clerk, codes[0], BOTH)
    renewed = recovery_code.renew(clerk, BOTH)
    assert recovery_code.take(clerk, renewed[0], NEW)


def test_the_command_seals_anew_what_nobody_has_used_and_says_how_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = world.a_clerk()
    application, _ = enrolled(clerk, FORMER)
    enrolled(world.a_clerk(), NEW)
    before = sealed()
    done = reseal(world, monkeypatch, BOTH)
    assert (done.exit_code, done.output) == (0, "sealed anew: 1\n")
    assert [old == new for old, new in zip(before, sealed(), strict=True)] == [False, True]
    assert reseal(world, monkeypatch, NEW).output == "sealed anew: 0\n"
    assert second_factor.take(clerk, application.code(), keys=NEW, now=now()) is Factor.APPLICATION


def test_a_key_that_went_too_early_is_said_and_nothing_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled(world.a_clerk(), FORMER)
    before = sealed()
    done = reseal(world, monkeypatch, NEW)
    assert done.exit_code == 1
    assert "opened by no key: 1" in done.output
    assert sealed() == before
