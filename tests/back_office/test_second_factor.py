"""An agent's second factor: set up by a first code, asked at each sign-in, served once, and done without by nobody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from models import agent_session, recovery_code, second_factor, totp
from models.account import Account, Role
from models.agent_session import AgentSession, Factor
from models.base import db
from models.errors import CodeRefused, NotAllowed, Unknown
from models.journal import Action
from models.recovery_code import RecoveryCode
from models.sign_in_limit import BY_PAIR, CODES_BY_ACCOUNT
from models.totp import DRAFT_LASTS, Totp
from tests.back_office.desks import entries, journaled
from tests.back_office.factors import (
    CODES,
    ENROL,
    SIGN_IN,
    Application,
    confirm,
    enrol_page,
    enrolled,
    give_code,
    give_password,
    is_in,
    secret_on,
)
from tests.builders import PASSWORD, World, csrf_token
from tests.database import everything, two_meet
from tests.page import read

KEYS = (bytes(range(32, 64)),)


def makers(world: World) -> dict[Role, Account]:
    return {Role.OFFICER: world.an_officer(), Role.TOWN_HALL: world.a_clerk()} | {
        role: world.an_account(role) for role in (Role.MINISTRY, Role.AUDITOR)
    }


# Setting it up.


@pytest.mark.parametrize("role", Role)
def test_who_has_none_reaches_nothing_else_until_it_is_set_up(strict: World, role: Role) -> None:
    client = strict.as_agent(makers(strict)[role])
    for address in ("/admin/", "/admin/officer/", "/admin/town-hall/", "/agents/compte", CODES, SIGN_IN):
        answer = client.get(address)
        assert (answer.status_code, answer.location) == (302, ENROL), address
    page = enrol_page(client)
    assert "Elle est obligatoire" in page.text
    for address in ("/admin/officer/action/", "/agents/compte/sessions", "/admin/town-hall/action/"):
        answer = client.post(address, data={"csrf_token": page.form(ENROL)["csrf_token"]})
        assert (answer.status_code, answer.location) == (302, ENROL), address
    done = confirm(client, page, secret_on(page).code())
    assert (done.status_code, done.location) == (303, CODES)
    assert client.get("/admin/").location != ENROL
    assert client.get("/admin/", follow_redirects=True).status_code == 200


def test_who_has_none_may_still_sign_out(strict: World) -> None:
    client = strict.as_agent(strict.a_clerk())
    page = enrol_page(client)
    assert client.post("/agents/deconnexion", data=page.form("/agents/deconnexion")).location == SIGN_IN


def test_the_demonstration_does_without_and_lets_one_try(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    assert client.get("/admin/", follow_redirects=True).status_code == 200
    own = read(client.get("/agents/compte"))
    assert "Dans la démonstration, elle n'est pas exigée" in own.text
    page = enrol_page(client)
    assert confirm(client, page, secret_on(page).code()).status_code == 303
    own = read(client.get("/agents/compte"))
    removed = client.post(f"{ENROL}/retirer", data=own.form(f"{ENROL}/retirer"))
    assert (removed.status_code, is_in(client)) == (303, True)
    assert db.session.scalars(select(Totp)).all() == db.session.scalars(select(RecoveryCode)).all() == []


def test_where_it_is_demanded_nobody_removes_it(strict: World) -> None:
    client = strict.as_agent(strict.a_clerk())
    page = enrol_page(client)
    confirm(client, page, secret_on(page).code())
    own = read(client.get("/agents/compte"))
    assert "Retirer l'application" not in own.text
    token = {"csrf_token": own.form("/agents/compte/mot-de-passe")["csrf_token"]}
    assert client.post(f"{ENROL}/retirer", data=token).status_code == 409
    assert len(db.session.scalars(select(Totp)).all()) == 1


def test_a_wrong_first_code_keeps_the_same_key_on_the_page(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    page = enrol_page(client)
    application = secret_on(page)
    again = read(confirm(client, page, application.wrong()))
    assert (again.status, len(again.errors)) == (422, 1)
    assert secret_on(again) == application
    assert read(confirm(client, again, "")).status == 422
    assert confirm(client, again, f" {application.code()[:3]} {application.code()[3:]} ").status_code == 303


def test_the_secret_is_nowhere_in_clear_and_moves_to_no_other_account(world: World) -> None:
    account, other = world.a_clerk(), world.a_clerk()
    application, codes = enrolled(account, KEYS)
    held = repr(everything())
    assert application.secret not in held
    assert not any(code in held or code.replace("-", "") in held for code in codes)
    sealed = db.session.scalars(select(Totp.sealed_secret)).one()
    db.session.add(Totp(account_id=other.id, sealed_secret=sealed, last_step=0, added_at=now()))
    with pytest.raises(Unknown):
        second_factor.take(other, application.code(), keys=KEYS, now=now())


@pytest.mark.parametrize("what", ["another's", "altered", "too old", "kept", "nothing", "not ascii"])
def test_only_the_key_that_ones_own_page_showed_is_set_up(world: World, what: str) -> None:
    account, other = world.a_clerk(), world.a_clerk()
    draft = totp.draw(account, KEYS, now())
    enrolled(account, KEYS)
    sealed = {
        "another's": totp.draw(other, KEYS, now()).sealed,
        "altered": draft.sealed[:-8] + "AAAAAAA=",
        "too old": totp.draw(account, KEYS, now() - DRAFT_LASTS - timedelta(seconds=2)).sealed,
        "kept": db.session.scalars(select(Totp.sealed_secret)).one(),
        "nothing": "",
        "not ascii": "é" * 40,
    }[what]
    with pytest.raises(Unknown):
        totp.read_draft(sealed, account, KEYS, now())
    assert totp.read_draft(draft.sealed, account, KEYS, now()) == draft


def test_a_page_that_was_too_old_shows_another_key(world: World) -> None:
    account = world.a_clerk()
    client = world.as_agent(account)
    old = totp.draw(account, KEYS, now() - DRAFT_LASTS - timedelta(seconds=2))
    typed = enrol_page(client).form(ENROL) | {"sealed": old.sealed, "code": Application(old.secret).code()}
    answer = client.post(ENROL, data=typed)
    assert (answer.status_code, answer.location) == (303, ENROL)
    assert db.session.scalars(select(Totp)).all() == []


def test_setting_it_up_ends_the_sessions_that_the_password_alone_opened(world: World) -> None:
    clerk = world.a_clerk()
    here, there = world.as_agent(clerk), world.as_agent(clerk)
    page, foreign = enrol_page(here), enrol_page(there)
    assert confirm(here, page, secret_on(page).code()).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    assert confirm(there, foreign, secret_on(foreign).code()).location == SIGN_IN
    assert journaled().count(Action.FACTOR_ADDED) == 1


def test_of_two_who_set_one_up_at_once_one_does(world: World) -> None:
    clerk = world.a_clerk()
    keys = []
    for _ in range(2):
        _, opened = agent_session.begin(clerk, now())
        db.session.commit()
        keys.append(opened.id)

    def set_up(key: int) -> bool:
        with world.app.app_context():
            opened = db.session.get_one(AgentSession, key)
            draft = totp.draw(opened.account, KEYS, now())
            try:
                second_factor.add_application(opened, draft, Application(draft.secret).code(), keys=KEYS, now=now())
            except NotAllowed:
                db.session.rollback()
                return False
            db.session.commit()
            return True

    with two_meet("account"), ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(set_up, keys)) == [False, True]
    db.session.rollback()
    assert len(db.session.scalars(select(AgentSession)).all()) == 1


def test_a_session_of_the_password_alone_opens_nothing_once_there_is_one(strict: World) -> None:
    """Left by a race, or by an installation that demanded none before."""
    clerk = strict.a_clerk()
    client = strict.as_agent(clerk)
    page = enrol_page(client)
    enrolled(clerk, KEYS)
    token, _ = agent_session.begin(clerk, now())
    db.session.commit()
    with client.session_transaction(ENROL) as session:
        session["_user_id"] = token
    assert confirm(client, page, secret_on(page).code()).location == SIGN_IN
    assert not is_in(client)


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
