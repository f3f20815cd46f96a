"""An agent's second factor: asked at each sign-in, served once, and done without by nobody."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from sqlalchemy import select

from app.dates import now
from models import recovery_code, second_factor, totp
from models.account import Account
from models.agent_session import AgentSession, Factor
from models.base import db
from models.errors import CodeRefused
from models.journal import Action
from models.sign_in_limit import BY_PAIR, CODES_BY_ACCOUNT
from tests.back_office.desks import entries
from tests.back_office.factors import (
    CODES,
    ENROL,
    SIGN_IN,
    confirm,
    enrol_page,
    enrolled,
    give_code,
    give_password,
    is_in,
    secret_on,
)
from tests.builders import PASSWORD, World, csrf_token
from tests.page import read

KEYS = (bytes(range(32, 64)),)


# Signing in.


def test_the_password_then_the_code_sign_in(strict: World) -> None:
    clerk = strict.a_clerk()
    application, _ = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    answer = give_password(client, clerk)
    assert (answer.status_code, answer.location) == (303, f"{SIGN_IN}/code")
    assert read(client.get(answer.location)).form(SIGN_IN)["code"] == ""
    assert not is_in(client)
    assert client.get("/admin/").location == SIGN_IN
    done = give_code(client, application.code())
    assert (done.status_code, done.location) == (303, "/admin/")
    assert client.get("/admin/", follow_redirects=True).status_code == 200
    assert client.get(f"{SIGN_IN}/code").location == "/admin/"
    assert [(one.action, one.detail) for one in entries()[-1:]] == [(Action.SIGNED_IN, Factor.APPLICATION)]
    assert db.session.scalars(select(AgentSession)).one().factor is Factor.APPLICATION


def test_the_half_signed_state_opens_nothing_and_passes_in_five_minutes(strict: World) -> None:
    clerk = strict.a_clerk()
    application, _ = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    for address in ("/admin/", "/admin/town-hall/", "/agents/compte", ENROL, CODES):
        assert client.get(address).location == SIGN_IN, address
    with client.session_transaction(SIGN_IN) as session:
        key, mark, at = session["half_signed"]
        session["half_signed"] = [key, mark, at - 301]
    answer = give_code(client, application.code())
    assert (answer.status_code, answer.location) == (303, SIGN_IN)
    assert "Plus de cinq minutes" in client.get(SIGN_IN).text
    assert not is_in(client)


@pytest.mark.parametrize("what", ["suspended", "another password"])
def test_a_half_signed_state_ends_with_the_account_and_its_password(strict: World, what: str) -> None:
    clerk = strict.a_clerk()
    application, _ = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    if what == "suspended":
        clerk.suspended_at = now()
    else:
        clerk.set_password("quatre chaises jaunes ensemble")
    db.session.commit()
    assert give_code(client, application.code()).location == SIGN_IN
    assert not is_in(client)


def test_without_a_password_a_code_is_worth_nothing(strict: World) -> None:
    application, _ = enrolled(strict.a_clerk(), KEYS)
    client = strict.app.test_client()
    assert client.get(f"{SIGN_IN}/code").location == SIGN_IN
    answer = client.post(SIGN_IN, data={"code": application.code(), "csrf_token": csrf_token(client.get(SIGN_IN).text)})
    assert (answer.status_code, answer.location) == (303, SIGN_IN)
    assert db.session.scalars(select(AgentSession)).all() == []


def test_the_page_of_a_wrong_password_is_the_same_with_and_without_a_second_factor(strict: World) -> None:
    with_one, without = strict.a_clerk(), strict.a_clerk()
    enrolled(with_one, KEYS)
    pages = [read(give_password(strict.app.test_client(), one, "wrong")) for one in (with_one, without)]
    assert [page.status for page in pages] == [422, 422]
    assert pages[0].errors == pages[1].errors


@pytest.mark.parametrize(("steps", "passes"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_wrong_by_one_step(world: World, steps: int, passes: bool) -> None:
    account, at = world.a_clerk(), now().replace(second=10, microsecond=0)
    application, _ = enrolled(account, KEYS)
    code = application.code(at, steps)
    if passes:
        assert second_factor.take(account, code, keys=KEYS, now=at) is Factor.APPLICATION
    else:
        with pytest.raises(CodeRefused):
            second_factor.take(account, code, keys=KEYS, now=at)


@pytest.mark.parametrize("code", ["١٢٣٤٥٦", "12345", "1234567", "é" * 6, "", "\0"])
def test_what_is_no_code_is_refused_when_an_application_is_set_up(world: World, code: str) -> None:
    assert totp.step_of(pyotp.random_base32(), code, now()) is None


def test_a_code_serves_once_and_none_before_it_serves_after_it(world: World) -> None:
    account, at = world.a_clerk(), now()
    application, _ = enrolled(account, KEYS)
    second_factor.take(account, application.code(at), keys=KEYS, now=at)
    for steps in (0, -1):
        with pytest.raises(CodeRefused):
            second_factor.take(account, application.code(at, steps), keys=KEYS, now=at)
    second_factor.take(account, application.code(at, 1), keys=KEYS, now=at)


def test_the_code_that_set_it_up_signs_nobody_in(world: World) -> None:
    clerk = world.a_clerk()
    client = world.as_agent(clerk)
    page = enrol_page(client)
    code = secret_on(page).code()
    confirm(client, page, code)
    other = world.app.test_client()
    give_password(other, clerk)
    again = read(give_code(other, code))
    assert again.status == 422
    assert "ou il a déjà servi" in " ".join(again.errors)


@pytest.mark.parametrize("kind", ["application", "recovery"])
def test_of_two_who_bring_the_same_code_at_once_one_passes(world: World, kind: str) -> None:
    account = world.a_clerk()
    application, codes = enrolled(account, KEYS)
    code, key = application.code() if kind == "application" else codes[0], account.id

    def take(_: int) -> bool:
        with world.app.app_context():
            try:
                second_factor.take(db.session.get_one(Account, key), code, keys=KEYS, now=now())
            except CodeRefused:
                db.session.rollback()
                return False
            db.session.commit()
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]


def test_a_wrong_code_is_said_and_written_down(strict: World) -> None:
    clerk = strict.a_clerk()
    application, _ = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    page = read(give_code(client, application.wrong()))
    assert (page.status, len(page.errors)) == (422, 1)
    assert page.form(SIGN_IN)["code"] == application.wrong()
    last = entries()[-1]
    assert (last.action, last.account_id, last.detail) == (Action.SIGN_IN_FAILED, clerk.id, "code")
    assert read(give_code(client, "")).status == 422
    assert give_code(client, application.code()).status_code == 303


def test_who_guesses_codes_waits_and_a_right_password_washes_nothing_off(strict: World) -> None:
    clerk = strict.a_clerk()
    application, _ = enrolled(clerk, KEYS)
    for _ in range(BY_PAIR):
        client = strict.app.test_client()
        give_password(client, clerk)
        assert give_code(client, application.wrong()).status_code == 422
    answer = give_code(client, application.code())
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Trop d'essais" in read(answer).text
    assert not is_in(client)


def test_who_guesses_from_many_networks_waits_too(strict: World) -> None:
    clerk = strict.a_clerk()
    application, _ = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    typed = {"csrf_token": csrf_token(client.get(f"{SIGN_IN}/code").text), "code": application.wrong()}
    seen = [
        client.post(SIGN_IN, data=typed, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}).status_code
        for n in range(CODES_BY_ACCOUNT + 1)
    ]
    assert seen == [422] * CODES_BY_ACCOUNT + [429]


def test_a_right_code_starts_the_count_anew(strict: World) -> None:
    clerk = strict.a_clerk()
    application, codes = enrolled(clerk, KEYS)
    for code in (application.code(), codes[0], codes[1]):
        client = strict.app.test_client()
        give_password(client, clerk)
        assert [give_code(client, application.wrong()).status_code for _ in range(BY_PAIR - 1)] == [422] * (BY_PAIR - 1)
        assert give_code(client, code).status_code == 303


def test_the_page_that_a_mail_linked_opens_after_the_code(strict: World) -> None:
    clerk, late = strict.a_clerk(), strict.established()
    application, _ = enrolled(clerk, KEYS)
    client, link = strict.app.test_client(), f"/admin/town-hall/details/?id={late.id}"
    client.get(link)
    give_password(client, clerk)
    assert give_code(client, application.code()).location == link


# Afterwards.


def test_another_telephone_replaces_the_former_and_the_codes_stay(strict: World) -> None:
    clerk = strict.a_clerk()
    former, codes = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    give_code(client, former.code())
    page = enrol_page(client)
    assert "l'ancienne ne servira plus" in page.text
    assert confirm(client, page, secret_on(page).code()).location == "/agents/compte"
    with pytest.raises(CodeRefused):
        second_factor.take(clerk, former.code(steps=1), keys=KEYS, now=now())
    assert recovery_code.left(clerk) == len(codes)


def test_an_invited_clerk_sets_one_up_at_the_first_sign_in(strict: World) -> None:
    clerk = strict.a_clerk()
    client = strict.app.test_client()
    assert give_password(client, clerk).location == "/admin/"
    assert client.get("/admin/").location == ENROL


def test_a_password_changed_keeps_what_the_session_was_opened_with(strict: World) -> None:
    clerk, new = strict.a_clerk(), "quatre chaises jaunes ensemble"
    application, _ = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    give_code(client, application.code())
    form = read(client.get("/agents/compte")).form("/agents/compte/mot-de-passe")
    typed = {"present": PASSWORD, "password": new, "again": new}
    assert client.post("/agents/compte/mot-de-passe", data=form | typed).status_code == 303
    assert is_in(client)
