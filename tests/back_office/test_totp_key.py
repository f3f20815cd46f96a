"""The key that seals applications' secrets is changed: nobody enrols again, and the former key can go one day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import Result
from sqlalchemy import select

from app.dates import now
from models import agent_session, recovery_code, second_factor, totp
from models.agent_session import Factor
from models.base import db
from models.totp import Totp
from tests.back_office.factors import CODES, enrolled, give_code, give_password, signed_in
from tests.builders import PASSWORD, World, csrf_token
from tests.page import read

FORMER = (bytes(range(32, 64)),)
NEW = (bytes(range(64, 96)),)
BOTH = NEW + FORMER


def sealed() -> list[str]:
    db.session.commit()
    return list(db.session.scalars(select(Totp.sealed_secret).order_by(Totp.account_id)))


def has(keys: tuple[bytes, ...], world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on it is an installation with these keys."""
    changed = replace(world.app.extensions["procurations"], totp_key=keys[0], totp_key_fallbacks=keys[1:])
    monkeypatch.setitem(world.app.extensions, "procurations", changed)


def reseal(world: World, monkeypatch: pytest.MonkeyPatch, keys: tuple[bytes, ...]) -> Result:
    """By the command of an installation with these keys."""
    has(keys, world, monkeypatch)
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


def is_told_lost(world: World) -> bool:
    return "\nprocurations_second_factor_key_lost 1.0\n" in world.app.test_client().get("/metrics").text


def test_where_the_former_key_was_not_kept_the_agent_is_told_and_the_operator_too(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clerk, client = world.a_clerk(), world.app.test_client()
    application, _ = enrolled(clerk, FORMER)
    before = sealed()
    assert not is_told_lost(world)
    has(NEW, world, monkeypatch)
    assert is_told_lost(world), "at the first scrape, before anybody is turned away"
    give_password(client, clerk)
    answer = give_code(client, application.code())
    assert answer.status_code == 503
    assert read(answer).title.startswith("Votre application de codes ne peut pas être vérifiée")
    [line] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert "TOTP_KEY_FALLBACKS" in line.getMessage()
    assert clerk.email not in caplog.text
    has(BOTH, world, monkeypatch)
    assert not is_told_lost(world)
    assert sealed() == before
    assert give_code(client, application.code()).location == "/admin/", "a code that nothing could check has not served"


def test_without_that_key_the_password_still_proves_who_sits_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = world.a_clerk()
    application, _ = enrolled(clerk, FORMER)
    client = signed_in(world.app, clerk, application.code())
    has(NEW, world, monkeypatch)
    form = {"csrf_token": csrf_token(client.get(CODES).text)}
    monkeypatch.setattr(agent_session, "PROVED_FOR", timedelta())
    assert client.post(CODES, data=form | {"proof": application.code(steps=1)}).status_code == 503
    assert client.post(CODES, data=form | {"proof": PASSWORD}).location == CODES


def test_the_key_is_looked_for_where_an_application_has_gone_unused_for_longest(world: World) -> None:
    """Whoever uses one has it sealed anew: that all is well there says nothing of the others."""
    enrolled(world.a_clerk(), FORMER)
    using = world.a_clerk()
    application, _ = enrolled(using, NEW)
    assert second_factor.take(using, application.code(), keys=NEW, now=now())
    assert totp.is_key_lost(NEW)
    assert not totp.is_key_lost(BOTH)
