"""A security key as second factor: its answer serves once, for this site and this account, and no false one passes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.config import Config
from app.dates import now
from models import key_dialogue, security_key
from models.account import Account
from models.account_news import Change
from models.agent_session import AgentSession, Factor
from models.base import db
from models.errors import AlreadyHandled, CodeRefused
from models.journal import Action
from models.recovery_code import RecoveryCode
from models.security_key import LASTS, KeyChallenge, SecurityKey, Site
from tests.back_office.desks import entries, journaled
from tests.back_office.factors import CODES, ENROL, SIGN_IN, demanding, enrolled, give_code, give_password, is_in
from tests.back_office.fake_key import HOST, ORIGIN, FakeKey, challenge_of
from tests.back_office.test_account_news import told
from tests.builders import World, csrf_token
from tests.page import read, text_of

KEYS, CHALLENGE = "/agents/compte/cles", "/agents/compte/cles/defi"
SITE, TOTP_KEYS = Site(HOST, ORIGIN), (bytes(range(32, 64)),)


@pytest.fixture
def strict(app: Flask, config: Config) -> Iterator[World]:
    """The same database, where a second factor is demanded, at an address that keys can be bound to."""
    strict = World(demanding(config, ORIGIN))
    yield strict
    with strict.app.app_context():
        db.engine.dispose()


def register(client: FlaskClient, key: FakeKey, name: str = "Clé du bureau", **changes: Any) -> TestResponse:
    """As the page and its script do."""
    form = read(client.get(KEYS)).form(KEYS)
    options = client.post(CHALLENGE, data=form).text
    return client.post(KEYS, data=form | {"name": name, "answer": key.register(options, **changes)})


def use(client: FlaskClient, key: FakeKey, **changes: Any) -> TestResponse:
    """After the password."""
    token = {"csrf_token": csrf_token(client.get(f"{SIGN_IN}/code").text)}
    options = client.post(f"{SIGN_IN}/code/cle", data=token).text
    return client.post(SIGN_IN, data=token | {"answer": key.sign(options, **changes)})


def with_a_key(account: Account) -> FakeKey:
    """Registered without a browser."""
    key = FakeKey()
    answer = key.register(key_dialogue.ask_to_add(account, SITE, now()))
    key_dialogue.add(account, "Clé", answer, site=SITE, now=now())
    db.session.commit()
    return key


def test_a_key_is_enough_for_who_has_no_telephone(strict: World) -> None:
    clerk, key = strict.a_clerk(), FakeKey()
    client = strict.as_agent(clerk)
    assert KEYS in read(client.get(ENROL)).links.values()
    done = register(client, key)
    assert (done.status_code, done.location) == (303, CODES)
    codes = [text_of(e) for e in read(client.get(CODES)).all("li") if e.get("class") == "code"]
    assert len(codes) == 10
    assert "Clé de sécurité « Clé du bureau »" in read(client.get("/agents/compte")).text
    other = strict.app.test_client()
    give_password(other, clerk)
    assert "Utiliser ma clé de sécurité" in read(other.get(f"{SIGN_IN}/code")).text
    answer = use(other, key)
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert is_in(other)
    assert (entries()[-1].action, entries()[-1].detail) == (Action.SIGNED_IN, Factor.KEY)
    last = strict.app.test_client()
    give_password(last, clerk)
    assert give_code(last, codes[0]).status_code == 303


def test_registering_one_ends_the_other_sessions_and_is_written_down(strict: World) -> None:
    clerk = strict.a_clerk()
    here, there = strict.as_agent(clerk), strict.as_agent(clerk)
    register(here, FakeKey())
    assert (is_in(here), is_in(there)) == (True, False)
    assert (entries()[-1].action, entries()[-1].detail) == (Action.FACTOR_ADDED, Factor.KEY)


REFUSED_USES: dict[str, dict[str, Any]] = {
    "another challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    "a false site": {"origin": "http://localhost.evil.test"},
    "another port": {"origin": "http://localhost:5001"},
    "a key bound to another host": {"host": "evil.test"},
    "a registration": {"type": "webauthn.create"},
    "nobody touched it": {"present": False},
    "the counter stays": {"count": 7},
    "the counter goes back": {"count": 3},
}


@pytest.mark.parametrize("what", REFUSED_USES)
def test_a_false_answer_opens_nothing(strict: World, what: str) -> None:
    clerk = strict.a_clerk()
    key = with_a_key(clerk)
    db.session.scalars(select(SecurityKey)).one().sign_count = key.count = 7
    db.session.commit()
    client = strict.app.test_client()
    give_password(client, clerk)
    page = read(use(client, key, **REFUSED_USES[what]))
    assert (page.status, len(page.errors)) == (422, 1)
    assert not is_in(client)
    assert (entries()[-1].action, entries()[-1].detail) == (Action.SIGN_IN_FAILED, "key")
    key.count = 7
    assert use(client, key).status_code == 303
    assert db.session.scalars(select(SecurityKey.sign_count)).one() == 8


def test_an_answer_serves_once(strict: World) -> None:
    clerk = strict.a_clerk()
    key = with_a_key(clerk)
    answer = key.sign(key_dialogue.ask_to_use(clerk, SITE, now()), count=0)
    db.session.commit()
    key_dialogue.take(clerk, answer, site=SITE, now=now())
    db.session.commit()
    with pytest.raises(CodeRefused):
        key_dialogue.take(clerk, answer, site=SITE, now=now())


def test_a_key_of_another_and_a_challenge_of_another_open_nothing(strict: World) -> None:
    clerk, other = strict.a_clerk(), strict.a_clerk()
    mine, theirs = with_a_key(clerk), with_a_key(other)
    options = key_dialogue.ask_to_use(clerk, SITE, now())
    with pytest.raises(CodeRefused):
        key_dialogue.take(clerk, theirs.sign(options), site=SITE, now=now())
    foreign = key_dialogue.ask_to_use(other, SITE, now())
    with pytest.raises(CodeRefused):
        key_dialogue.take(clerk, mine.sign(foreign), site=SITE, now=now())


def test_a_challenge_passes_in_five_minutes_and_is_forgotten(strict: World) -> None:
    clerk = strict.a_clerk()
    key = with_a_key(clerk)
    answer = key.sign(key_dialogue.ask_to_use(clerk, SITE, now() - LASTS - timedelta(seconds=1)))
    db.session.commit()
    with pytest.raises(CodeRefused):
        key_dialogue.take(clerk, answer, site=SITE, now=now())
    security_key.drop_before(now())
    assert db.session.scalars(select(KeyChallenge)).all() == []


def test_who_reads_the_table_signs_nothing(strict: World) -> None:
    clerk = strict.a_clerk()
    options = key_dialogue.ask_to_use(clerk, SITE, now())
    db.session.flush()
    assert db.session.scalars(select(KeyChallenge.challenge_hash)).one() != challenge_of(options).hex()


REFUSED_KEYS: dict[str, dict[str, Any]] = {
    "another challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    "a false site": {"origin": "https://localhost:5000"},
    "another host": {"host": "evil.test"},
    "an assertion": {"type": "webauthn.get"},
}


@pytest.mark.parametrize("what", REFUSED_KEYS)
def test_a_key_registered_elsewhere_is_not_kept(strict: World, what: str) -> None:
    client = strict.as_agent(strict.a_clerk())
    page = read(register(client, FakeKey(), **REFUSED_KEYS[what]))
    assert (page.status, len(page.errors)) == (422, 1)
    assert db.session.scalars(select(SecurityKey)).all() == db.session.scalars(select(RecoveryCode)).all() == []
    assert client.get("/admin/").location == ENROL


MALFORMED = [
    "",
    "x",
    "[]",
    "null",
    '"x"',
    "{}",
    '{"response": {"clientDataJSON": "é"}}',
    '{"id": 1, "response": []}',
    "9" * 400,
]


@pytest.mark.parametrize("answer", MALFORMED)
def test_what_is_no_answer_at_all_is_an_error_of_the_form(strict: World, answer: str) -> None:
    clerk = strict.a_clerk()
    client = strict.as_agent(clerk)
    form = read(client.get(KEYS)).form(KEYS)
    page = read(client.post(KEYS, data=form | {"answer": answer}))
    assert (page.status, len(page.errors), page.form(KEYS)["answer"]) == (422, 1, "")
    with_a_key(clerk)
    other = strict.app.test_client()
    give_password(other, clerk)
    token = csrf_token(other.get(f"{SIGN_IN}/code").text)
    page = read(other.post(SIGN_IN, data={"csrf_token": token, "answer": answer}))
    assert (page.status, len(page.errors)) == (422, 1)


@pytest.mark.parametrize("cut", ["attestationObject", "clientDataJSON"])
def test_an_answer_cut_or_garbled_is_refused(strict: World, cut: str) -> None:
    clerk = strict.a_clerk()
    for garbled in ("", "AAAA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVg"):
        given = FakeKey().register(key_dialogue.ask_to_add(clerk, SITE, now()))
        before, _, rest = given.partition(f'"{cut}": "')
        broken = f'{before}"{cut}": "{garbled}{rest[rest.index(chr(34)) :]}'
        with pytest.raises(CodeRefused):
            key_dialogue.add(clerk, "Clé", broken, site=SITE, now=now())


def test_a_key_is_registered_once(strict: World) -> None:
    clerk, other = strict.a_clerk(), strict.a_clerk()
    key = with_a_key(clerk)
    for account in (clerk, other):
        answer = key.register(key_dialogue.ask_to_add(account, SITE, now()))
        with pytest.raises(AlreadyHandled):
            key_dialogue.add(account, "Encore", answer, site=SITE, now=now())


def test_several_keys_each_with_its_name_are_removed_but_never_the_last_factor(strict: World) -> None:
    clerk = strict.a_clerk()
    client = strict.as_agent(clerk)
    register(client, FakeKey())
    first = read(client.get("/agents/compte"))
    assert "Retirer cette clé" not in first.text
    assert register(client, FakeKey(), name="Clé de réserve").location == "/agents/compte"
    page = read(client.get("/agents/compte"))
    assert "« Clé de réserve »" in page.text
    form = page.form(f"{KEYS}/retirer")
    assert client.post(f"{KEYS}/retirer", data=form).status_code == 303
    assert db.session.scalars(select(SecurityKey.name)).one() == "Clé de réserve"
    assert client.post(f"{KEYS}/retirer", data=form).status_code == 404
    last = db.session.scalars(select(SecurityKey.id)).one()
    assert client.post(f"{KEYS}/retirer", data=form | {"id": str(last)}).status_code == 409
    assert db.session.scalars(select(SecurityKey.id)).one() == last


def test_a_key_that_comes_and_goes_is_told_by_mail_and_what_may_not_go_is_not(strict: World) -> None:
    clerk = strict.a_clerk()
    client = strict.as_agent(clerk)
    for name in ("Clé du bureau", "Clé de réserve"):
        register(client, FakeKey(), name=name)
    form = read(client.get("/agents/compte")).form(f"{KEYS}/retirer")
    client.post(f"{KEYS}/retirer", data=form)
    expected = [(change, clerk.email) for change in (Change.KEY_ADDED, Change.KEY_ADDED, Change.KEY_REMOVED)]
    assert told() == expected
    last = str(db.session.scalars(select(SecurityKey.id)).one())
    assert client.post(f"{KEYS}/retirer", data=form | {"id": last}).status_code == 409
    assert told() == expected


@pytest.mark.parametrize("given", ["0", "-1", "²", "9" * 30, "x", ""])
def test_a_key_that_is_none_of_ones_own_is_not_found(strict: World, given: str) -> None:
    clerk = strict.a_clerk()
    with_a_key(strict.a_clerk())
    client = strict.as_agent(clerk)
    register(client, FakeKey())
    token = csrf_token(client.get("/agents/compte").text)
    foreign = given or str(db.session.scalars(select(SecurityKey.id).order_by(SecurityKey.id)).first())
    assert client.post(f"{KEYS}/retirer", data={"csrf_token": token, "id": foreign}).status_code == 404
    assert len(db.session.scalars(select(SecurityKey)).all()) == 2


def test_an_application_and_a_key_stand_for_one_another(strict: World) -> None:
    clerk = strict.a_clerk()
    application, codes = enrolled(clerk, TOTP_KEYS)
    key = with_a_key(clerk)
    for sign_in in (lambda c: give_code(c, application.code()), lambda c: use(c, key)):
        client = strict.app.test_client()
        give_password(client, clerk)
        assert sign_in(client).status_code == 303
    assert register(client, FakeKey(), name="Autre").location == "/agents/compte"
    assert len(db.session.scalars(select(RecoveryCode)).all()) == len(codes)
    form = read(client.get("/agents/compte")).form(f"{ENROL}/retirer")
    assert client.post(f"{ENROL}/retirer", data=form).status_code == 303
    assert is_in(client)
    assert journaled()[-1] is Action.FACTOR_REMOVED


def test_without_the_password_there_is_no_challenge(strict: World) -> None:
    client = strict.app.test_client()
    token = {"csrf_token": csrf_token(client.get(SIGN_IN).text)}
    assert client.post(f"{SIGN_IN}/code/cle", data=token).location == SIGN_IN
    assert client.post(CHALLENGE, data=token).location == SIGN_IN
    assert db.session.scalars(select(KeyChallenge)).all() == db.session.scalars(select(AgentSession)).all() == []


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_key_has_a_name_that_fits(strict: World, name: str) -> None:
    page = read(register(strict.as_agent(strict.a_clerk()), FakeKey(), name=name))
    assert (page.status, len(page.errors)) == (422, 1)


def test_an_address_in_digits_takes_no_key_and_says_what_does(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    page = read(client.get(KEYS))
    assert "Une clé se lie à un nom de domaine" in page.text
    token = {"csrf_token": page.form("/agents/deconnexion")["csrf_token"]}
    assert client.post(CHALLENGE, data=token).status_code == 404
    assert client.post(KEYS, data=token | {"name": "Clé", "answer": "{}"}).status_code == 404
