"""Ten codes on paper: shown once, each serves once, and other ones replace them."""

from sqlalchemy import select

from models import recovery_code
from models.agent_session import Factor
from models.base import db
from models.journal import Action
from models.recovery_code import HOW_MANY, RecoveryCode
from tests.back_office.desks import entries, journaled
from tests.back_office.factors import CODES, confirm, enrol_page, enrolled, give_code, give_password, secret_on
from tests.builders import World, csrf_token
from tests.page import read, text_of

KEYS = (bytes(range(32, 64)),)


def test_ten_codes_are_shown_once(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    page = enrol_page(client)
    confirm(client, page, secret_on(page).code())
    shown = read(client.get(CODES))
    codes = [text_of(e) for e in shown.all("li") if e.get("class") == "code"]
    assert len(set(codes)) == HOW_MANY
    again = read(client.get(CODES))
    assert "Il vous en reste 10 sur dix." in again.text
    assert not any(code in again.text for code in codes)


def test_a_recovery_code_signs_in_once_and_what_is_left_is_told(strict: World) -> None:
    clerk = strict.a_clerk()
    _, codes = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    assert give_code(client, f"  {codes[3].upper()} ".replace("-", " ")).status_code == 303
    assert "Il vous en reste 9." in client.get("/admin/town-hall/").text
    assert entries()[-1].detail == Factor.RECOVERY
    other = strict.app.test_client()
    give_password(other, clerk)
    assert give_code(other, codes[3]).status_code == 422
    assert give_code(other, codes[4]).status_code == 303


def test_other_codes_replace_the_former(strict: World) -> None:
    clerk = strict.a_clerk()
    _, former = enrolled(clerk, KEYS)
    client = strict.app.test_client()
    give_password(client, clerk)
    give_code(client, former[0])
    assert client.post(CODES, data=read(client.get(CODES)).form(CODES)).location == CODES
    codes = [text_of(e) for e in read(client.get(CODES)).all("li") if e.get("class") == "code"]
    assert not set(codes) & set(former)
    assert not recovery_code.take(clerk, former[1], KEYS)
    assert recovery_code.take(clerk, codes[1], KEYS)
    assert Action.CODES_RENEWED in journaled()


def test_codes_go_with_a_second_factor(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    assert "mettez-la en place" in read(client.get(CODES)).text
    token = csrf_token(client.get("/agents/compte").text)
    assert client.post(CODES, data={"csrf_token": token}).status_code == 409
    assert db.session.scalars(select(RecoveryCode)).all() == []
