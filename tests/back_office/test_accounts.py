"""Agents sign in and out; an operator creates their accounts with a command."""

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.dates import now
from models import account as accounts
from models.account import Account, Capacity, Role
from models.base import db
from models.journal import Action
from models.password import SHORTEST
from tests.back_office.desks import journaled
from tests.builders import LAON, PASSWORD, SOISSONS, World, csrf_token
from tests.database import everything
from tests.page import read


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
    token = csrf_token(client.get("/agents/connexion").text)
    data = {"email": email, "password": password, "csrf_token": token, **fields}
    return client.post("/agents/connexion", data=data)


DESKS = {
    Role.OFFICER: "/admin/officer/",
    Role.TOWN_HALL: "/admin/town-hall/?status=established",
    Role.MINISTRY: "/admin/supervision/",
    Role.AUDITOR: "/admin/journal/",
}


@pytest.mark.parametrize("role", Role)
def test_each_role_is_led_to_its_desk(world: World, role: Role) -> None:
    makers = {Role.OFFICER: world.an_officer, Role.TOWN_HALL: world.a_clerk}
    account = makers.get(role, lambda: world.an_account(role))()
    client = world.app.test_client()
    answer = sign_in(client, f"  {account.email.upper()} ")
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert client.get("/admin/").location == DESKS[role]
    assert read(client.get(DESKS[role])).status == 200
    assert client.get("/agents/connexion").location == "/admin/"
    assert journaled() == [Action.SIGNED_IN]


def test_all_that_is_wrong_reads_the_same(world: World) -> None:
    known, suspended = world.an_officer(), world.an_officer()
    suspended.suspended_at = now()
    db.session.commit()
    client, pages = world.app.test_client(), set()
    wrong = [(known.email, "wrong"), ("nobody@agents.test", PASSWORD), (suspended.email, PASSWORD), ("\0", "\0")]
    for email, password in wrong:
        page = read(sign_in(client, email, password))
        assert page.status == 422
        pages.add(tuple(page.errors))
    assert len(pages) <= 2
    assert "Mot de passe : l'adresse ou le mot de passe ne convient pas" in pages.pop() + pages.pop()
    assert client.get("/admin/").location == "/agents/connexion"
    assert set(journaled()) == {Action.SIGN_IN_FAILED}


def test_an_unknown_address_costs_a_verification_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            verified.append(hashed)
            return accounts_hasher.verify(hashed, password)

    accounts_hasher = accounts.HASHER
    monkeypatch.setattr(accounts, "HASHER", Counting())
    client = world.app.test_client()
    sign_in(client, "nobody@agents.test")
    assert len(verified) == 1


def test_the_password_is_never_shown_again_and_the_address_is(world: World) -> None:
    answer = sign_in(world.app.test_client(), "martin@agents.test", "a secret that slipped")
    assert "a secret that slipped" not in answer.text
    assert read(answer).form("/agents/connexion")["email"] == "martin@agents.test"


def test_a_password_is_kept_at_the_full_cost_of_rfc_9106(world: World) -> None:
    account = world.an_officer()
    account.set_password("another good long password")
    assert extract_parameters(account.password_hash) == RFC_9106_LOW_MEMORY
    assert extract_parameters(accounts.HASH_OF_NOBODY) == RFC_9106_LOW_MEMORY


@pytest.mark.parametrize("fields", [{"email": ""}, {"password": ""}])
def test_an_empty_answer_is_asked_again(world: World, fields: dict[str, str]) -> None:
    given = {"email": world.an_officer().email, "password": PASSWORD} | fields
    page = read(sign_in(world.app.test_client(), **given))
    assert page.status == 422
    assert len(page.errors) == 1


def test_no_address_to_go_to_is_taken_from_the_page(world: World) -> None:
    client = world.app.test_client()
    token = csrf_token(client.get("/agents/connexion?next=https://evil.test/").text)
    data = {"email": world.an_officer().email, "password": PASSWORD, "csrf_token": token, "next": "//evil.test"}
    answer = client.post("/agents/connexion?next=//evil.test&url=https://evil.test", data=data)
    assert answer.location == "/admin/"


def test_a_password_of_any_alphabet_and_its_spaces_count(world: World) -> None:
    account = world.an_officer()
    account.set_password("  clé à molette 鍵 ")
    db.session.commit()
    client = world.app.test_client()
    assert sign_in(client, account.email, "clé à molette 鍵").status_code == 422
    assert sign_in(client, account.email, "  clé à molette 鍵 ").status_code == 303


def test_signing_out_ends_the_session(world: World) -> None:
    client = world.as_agent(world.an_officer())
    page = read(client.get("/admin/officer/"))
    answer = client.post("/agents/deconnexion", data=page.form("/agents/deconnexion"))
    assert (answer.status_code, answer.location) == (303, "/agents/connexion")
    assert "Vous êtes déconnecté." in read(client.get(answer.location)).text
    assert client.get("/admin/officer/").status_code == 302
    assert journaled() == [Action.SIGNED_IN, Action.SIGNED_OUT]


def test_a_new_password_ends_the_sessions_of_the_former(world: World) -> None:
    account = world.a_clerk()
    client = world.as_agent(account)
    account.set_password("another good password")
    db.session.commit()
    assert client.get("/admin/town-hall/").status_code == 302


def test_a_suspended_account_is_out_at_once_and_back_when_it_is_restored(world: World) -> None:
    account = world.a_clerk()
    client = world.as_agent(account)
    account.suspended_at = now()
    db.session.commit()
    assert client.get("/admin/town-hall/").location == "/agents/connexion"
    assert sign_in(world.app.test_client(), account.email).status_code == 422
    account.suspended_at = None
    db.session.commit()
    assert sign_in(world.app.test_client(), account.email).status_code == 303


def test_a_clerk_who_loses_a_commune_loses_its_rows_at_once(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk(LAON, SOISSONS)
    client = world.as_agent(clerk)
    assert procuration.reference in client.get("/admin/town-hall/").text
    clerk.communes = [world.commune(SOISSONS)]
    db.session.commit()
    assert procuration.reference not in client.get("/admin/town-hall/").text


# The command.


def create(world: World, *arguments: str, password: str = PASSWORD):
    return world.app.test_cli_runner().invoke(args=["create-account", *arguments], input=f"{password}\n")


def test_an_officer_is_created_and_signs_in(world: World) -> None:
    station = world.a_station()
    options = ("--role", "officer", "--capacity", "opj", "--station", station.code, "--name", "Martin PETIT")
    done = create(world, "OPJ@agents.test", *options)
    assert (done.exit_code, done.output) == (0, "account created: opj@agents.test, officer\n")
    account = db.session.scalars(select(Account)).one()
    assert (account.name, account.station_code) == ("Martin PETIT", station.code)
    (held,) = account.habilitations
    assert (held.capacity, held.valid_from, held.valid_until) == (Capacity.OPJ, world.today, None)
    assert PASSWORD not in account.password_hash
    assert account.password_hash.startswith("$argon2id$")
    assert sign_in(world.app.test_client(), "opj@agents.test").status_code == 303
    assert journaled() == [Action.ACCOUNT_CREATED, Action.SIGNED_IN]


@pytest.mark.parametrize("is_beside", [True, False])
def test_a_delegue_is_created_beside_the_officer_who_designated_them_r72_1(world: World, is_beside: bool) -> None:
    opj = world.an_officer()
    station = opj.station if is_beside else world.a_station()
    assert station
    options = ("--role", "officer", "--capacity", "delegue", "--station", station.code, "--opj", opj.email)
    done = create(world, "delegue@agents.test", *options)
    assert (done.exit_code, "is of another station" in done.output) == ((0, False) if is_beside else (1, True))


def test_a_clerk_is_created_with_several_communes(world: World) -> None:
    options = ("--role", "town_hall", "--commune", LAON, "--commune", SOISSONS)
    assert create(world, "mairies@agents.test", *options).exit_code == 0
    account = db.session.scalars(select(Account)).one()
    assert {commune.code for commune in account.communes} == {LAON, SOISSONS}


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no address": (("martin", "--role", "auditor"), "martin is not an e-mail address"),
    "no station": (("a@agents.test", "--role", "officer", "--capacity", "opj"), "an officer needs"),
    "unknown station": (("a@agents.test", "--role", "officer", "--station", "S1"), "unknown station: S1"),
    "no commune": (("a@agents.test", "--role", "town_hall"), "at least one --commune"),
    "unknown commune": (("a@agents.test", "--role", "town_hall", "--commune", "99999"), "unknown commune: 99999"),
    "too long a name": (("a@agents.test", "--role", "auditor", "--name", "x" * 121), "120 characters at most"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_and_nothing_is_created(world: World, what: str) -> None:
    arguments, said = WRONG[what]
    before = everything()
    done = create(world, *arguments)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert said in done.output
    assert everything() == before


@pytest.mark.parametrize("password", ["", "short", "x" * (SHORTEST - 1)])
def test_a_short_password_is_refused(world: World, password: str) -> None:
    done = create(world, "a@agents.test", "--role", "auditor", password=password)
    assert done.exit_code == 1
    assert "12 characters" in done.output
    assert db.session.scalar(select(func.count(Account.id))) == 0


def test_an_address_has_one_account(world: World) -> None:
    assert create(world, "a@agents.test", "--role", "auditor").exit_code == 0
    again = create(world, "A@agents.test", "--role", "ministry")
    assert again.exit_code == 1
    assert "an account with this address exists" in again.output
    db.session.rollback()
    assert db.session.scalars(select(Account)).one().role is Role.AUDITOR


def test_an_unknown_role_could_not_run(world: World) -> None:
    assert create(world, "a@agents.test", "--role", "king").exit_code == 2


def test_the_link_of_a_mail_opens_that_file_after_the_sign_in(world: World) -> None:
    late, clerk, client = world.established(), world.a_clerk(), world.app.test_client()
    link = f"/admin/town-hall/details/?id={late.id}"
    client.get(link)
    assert sign_in(client, clerk.email, "wrong").status_code == 422
    answer = sign_in(client, clerk.email)
    assert (answer.status_code, answer.location) == (303, link)
    assert read(client.get(link)).data_reference == late.reference
    other = world.app.test_client()
    other.get("/admin/late/")
    assert sign_in(other, clerk.email).location == "/admin/late/"


def test_nothing_else_is_remembered_before_a_sign_in_nor_for_another_role(world: World) -> None:
    details = "/admin/town-hall/details/"
    for account, asked, leads_to in (
        (world.a_clerk(), "/admin/town-hall/?search=petit", "/admin/"),
        (world.a_clerk(), f"{details}?id=x&next=//evil.test&search=petit", details),
        (world.an_officer(), f"{details}?id=1", "/admin/"),
    ):
        client = world.app.test_client()
        client.get(asked)
        assert sign_in(client, account.email).location == leads_to
