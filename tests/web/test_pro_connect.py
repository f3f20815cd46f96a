"""Agents come with ProConnect: two factors proven there, an account tied by subject, never by an address (S1)."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.config import Config
from app.dates import now
from app.identity_providers import AGENT_SCOPES, TWO_FACTORS, Provider
from models import agent_identity
from models.account import Account
from models.agent_identity import AgentIdentity
from models.agent_session import PROVED_FOR, AgentSession
from models.base import db
from models.journal import Action, Entry
from tests.back_office.managing import CHOSEN, TYPED, a_manager, account, choose, desk_of, invite, link
from tests.builders import PASSWORD, PUBLIC_URL, Visitor, World, a_config, csrf_token
from tests.page import read
from tests.web.scripted_provider import CLIENT, CODE, SECRET, SUBJECT, ScriptedProvider

OWN = "/agents/compte"
RETURN = "/agents/proconnect/retour"
AGENT = {"given_name": "Ada", "usual_name": "MARTIN", "email": "ada@gendarmerie.test"}


@pytest.fixture
def pro_connect(provider: ScriptedProvider) -> ScriptedProvider:
    """The scripted provider, that has seen two factors."""
    provider.id_token, provider.userinfo = {"acr": "eidas1-mfa"}, dict(AGENT)
    return provider


@pytest.fixture
def install(app: Flask, pro_connect: ScriptedProvider, another_app: Callable[[Config], Flask]) -> Callable[..., Flask]:
    """Make an installation whose agents may come with ProConnect."""
    party = Provider(pro_connect.discovery_url, CLIENT, SECRET, acr=TWO_FACTORS, scopes=AGENT_SCOPES, has_pkce=True)
    url = app.config["SQLALCHEMY_DATABASE_URI"]

    def make(**changes: Any) -> Flask:
        made = another_app(a_config(database_url=url, pro_connect=party, **changes))
        made.test_client_class = Visitor
        return made

    return make


@pytest.fixture
def site(install: Callable[..., Flask]) -> Flask:
    return install()


@pytest.fixture
def visitor(site: Flask) -> FlaskClient:
    return site.test_client()


def asked(answer: TestResponse, provider: ScriptedProvider) -> dict[str, str]:
    """What the address held that leads to the provider, which learns the nonce."""
    assert answer.status_code in (302, 303), answer.text
    held = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    provider.nonce = held["nonce"]
    return held


def come_back(client: FlaskClient, state: str, **more: str) -> TestResponse:
    db.session.rollback()
    return client.get(RETURN, query_string={"state": state, "code": CODE, **more})


def sign_in(client: FlaskClient, provider: ScriptedProvider) -> TestResponse:
    return come_back(client, asked(client.get("/agents/proconnect"), provider)["state"])


def post(client: FlaskClient, address: str, **fields: Any) -> TestResponse:
    token = csrf_token(client.get(OWN).text)
    return client.post(address, data={"csrf_token": token, **fields})


def with_password(client: FlaskClient, agent: Account) -> FlaskClient:
    token = csrf_token(client.get("/agents/connexion").text)
    client.post("/agents/connexion", data={"email": agent.email, "password": PASSWORD, "csrf_token": token})
    return client


def tied(agent: Account, provider: ScriptedProvider, subject: str = SUBJECT, **changes: Any) -> Account:
    agent_identity.link(agent, provider.url, subject, now=now(), **changes)
    db.session.commit()
    return agent


def acts() -> list[tuple[str, str | None]]:
    db.session.rollback()
    return [(entry.action, entry.detail) for entry in db.session.scalars(select(Entry).order_by(Entry.id))]


def test_two_factors_are_asked_and_the_code_is_bound_to_this_browser(
    visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    held = asked(visitor.get("/agents/proconnect"), pro_connect)
    assert held["acr_values"] == TWO_FACTORS
    assert held["redirect_uri"] == f"{PUBLIC_URL}{RETURN}"
    assert (held["scope"], held["code_challenge_method"]) == (AGENT_SCOPES, "S256")
    assert min(len(held["state"]), len(held["nonce"])) >= 32
    come_back(visitor, held["state"])
    digest = hashlib.sha256(pro_connect.token_form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == held["code_challenge"]


def test_who_is_tied_comes_in_with_neither_password_nor_code(
    world: World, install: Callable[..., Flask], pro_connect: ScriptedProvider
) -> None:
    visitor = install(demands_second_factor=True).test_client()
    tied(world.an_officer(), pro_connect)
    answer = sign_in(visitor, pro_connect)
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert visitor.get("/admin/").location == "/admin/officer/"
    assert read(visitor.get("/admin/officer/")).status == 200
    assert acts()[-1] == (Action.SIGNED_IN, "pro_connect")


def test_an_address_alone_opens_nothing(world: World, visitor: FlaskClient, pro_connect: ScriptedProvider) -> None:
    world.an_officer(email=AGENT["email"])
    page = read(sign_in(visitor, pro_connect))
    assert (page.status, page.h1) == (403, "ProConnect n'ouvre aucun compte ici")
    assert visitor.get("/admin/").location == "/agents/connexion"
    assert acts() == [(Action.SIGN_IN_FAILED, "pro_connect")]


@pytest.mark.parametrize("acr", ["eidas1", "eidas0", "", "eidas1-mfa eidas2"])
def test_one_factor_is_not_enough(world: World, visitor: FlaskClient, pro_connect: ScriptedProvider, acr: str) -> None:
    tied(world.an_officer(), pro_connect)
    pro_connect.id_token = {"acr": acr}
    page = read(sign_in(visitor, pro_connect))
    assert (page.status, page.h1) == (502, "Il manque un second facteur")
    assert visitor.get("/admin/").location == "/agents/connexion"


def test_a_suspended_account_reads_the_same_as_none(
    world: World, visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    agent = tied(world.an_officer(), pro_connect)
    agent.suspended_at = now()
    db.session.commit()
    assert read(sign_in(visitor, pro_connect)).h1 == "ProConnect n'ouvre aucun compte ici"


def test_an_invitation_is_accepted_with_pro_connect_once(
    world: World, site: Flask, visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    invite(desk_of(world, a_manager(world)))
    address = link()
    page = read(visitor.get(address))
    leaving = page.links["Me connecter avec ProConnect"]
    answer = come_back(visitor, asked(visitor.get(leaving), pro_connect)["state"])
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert read(visitor.get("/admin/town-hall/")).status == 200
    for served in (address, leaving):
        over = read(visitor.get(served))
        assert (over.status, over.h1) == (404, "Ce lien ne sert plus")
    own = read(visitor.get(OWN))
    assert "ProConnect ouvre votre compte" in own.text
    assert "Changer" not in own.text
    assert "Délier" not in own.text
    assert read(post(visitor, f"{OWN}/proconnect/delier")).status == 409
    assert sign_in(site.test_client(), pro_connect).location == "/admin/"


def test_whoever_opens_an_account_already_cannot_accept_another_with_it(
    world: World, visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    tied(world.an_officer(), pro_connect)
    invite(desk_of(world, a_manager(world)))
    address = link()
    answer = come_back(visitor, asked(visitor.get(f"{address}/proconnect"), pro_connect)["state"])
    page = read(answer)
    assert (page.status, page.h1) == (409, "ProConnect ouvre déjà un autre compte")
    assert choose(visitor, address).status_code == 303, "the invitation is still good"
    assert account(TYPED["email"]).password_mark


def test_an_account_is_tied_and_untied_from_inside(
    world: World, site: Flask, visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    with_password(visitor, world.an_officer())
    answer = come_back(visitor, asked(post(visitor, f"{OWN}/proconnect"), pro_connect)["state"])
    assert (answer.status_code, answer.location) == (303, OWN)
    assert sign_in(site.test_client(), pro_connect).location == "/admin/"
    assert post(visitor, f"{OWN}/proconnect/delier").status_code == 303
    assert sign_in(site.test_client(), pro_connect).status_code == 403
    assert post(visitor, f"{OWN}/proconnect/delier").status_code == 404
    assert [act for act, _ in acts() if "identity" in act] == [Action.IDENTITY_LINKED, Action.IDENTITY_UNLINKED]


@pytest.mark.parametrize("act", ["proconnect", "proconnect/delier"])
def test_another_way_into_an_account_is_opened_and_closed_by_who_is_there(
    world: World, visitor: FlaskClient, act: str
) -> None:
    with_password(visitor, world.an_officer())
    db.session.execute(update(AgentSession).values(proved_at=now() - PROVED_FOR - timedelta(seconds=1)))
    db.session.commit()
    assert read(post(visitor, f"{OWN}/{act}")).h1 == "Confirmez que c'est vous"


def test_only_the_session_that_left_is_tied(
    world: World, site: Flask, visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    """Signed out, or another agent's session in the same browser, when ProConnect sends back."""
    with_password(visitor, world.an_officer())
    first = asked(post(visitor, f"{OWN}/proconnect"), pro_connect)["state"]
    with visitor.session_transaction("/agents/") as session:
        kept = session["departures"]
    post(visitor, "/agents/deconnexion")
    with_password(visitor, world.an_officer())
    with visitor.session_transaction("/agents/") as session:
        session["departures"] = kept
    assert read(come_back(visitor, first)).h1 == "Cette connexion n'est plus valable"
    assert db.session.scalar(select(AgentIdentity)) is None


def test_who_has_no_password_proves_again_with_pro_connect_and_loses_nothing_typed(
    world: World, install: Callable[..., Flask], pro_connect: ScriptedProvider
) -> None:
    tied(a_manager(world), pro_connect, is_only_way=True)
    tied(world.an_officer(), pro_connect, "somebody else")
    visitor = install().test_client()
    sign_in(visitor, pro_connect)
    db.session.execute(update(AgentSession).values(proved_at=now() - 2 * PROVED_FOR))
    db.session.commit()
    page = read(visitor.get("/admin/clerks/"))
    asked_first = read(visitor.post("/admin/clerks/", data=page.form("/admin/clerks/") | TYPED))
    proving = asked_first.links["Prouvez-le avec ProConnect (nouvel onglet)"]
    for subject, h1 in (("somebody else", "ProConnect n'ouvre aucun compte ici"), (SUBJECT, "C'est bien vous")):
        pro_connect.id_token["sub"] = pro_connect.userinfo["sub"] = subject
        held = asked(visitor.get(proving), pro_connect)
        assert held["prompt"] == "login"
        assert read(come_back(visitor, held["state"])).h1 == h1
    carried = asked_first.form("/admin/clerks/")
    assert visitor.post("/admin/clerks/", data=carried).status_code == 303
    assert account(TYPED["email"])


@pytest.mark.parametrize("subject", ["somebody else", "nobody"])
def test_another_person_at_the_proof_is_written_down_as_the_accounts_refused_act(
    world: World, install: Callable[..., Flask], pro_connect: ScriptedProvider, subject: str
) -> None:
    """Whether that person opens an account of ours or none: who left the desk open learns of it."""
    manager = tied(a_manager(world), pro_connect).id
    tied(world.an_officer(), pro_connect, "somebody else")
    visitor = install().test_client()
    sign_in(visitor, pro_connect)
    proved_at = db.session.scalars(select(AgentSession.proved_at)).one()
    pro_connect.id_token["sub"] = pro_connect.userinfo["sub"] = subject
    held = asked(visitor.get(f"{OWN}/proconnect/preuve"), pro_connect)
    assert come_back(visitor, held["state"]).status_code == 403
    last = db.session.scalars(select(Entry).order_by(Entry.id.desc())).first()
    assert last is not None
    assert (last.action, last.account_id, last.detail) == (Action.DENIED, manager, "not proved")
    assert db.session.scalars(select(AgentSession.proved_at)).one() == proved_at


def test_a_return_serves_once_and_only_where_it_left(
    world: World, site: Flask, visitor: FlaskClient, pro_connect: ScriptedProvider
) -> None:
    tied(world.an_officer(), pro_connect)
    state = asked(visitor.get("/agents/proconnect"), pro_connect)["state"]
    assert read(come_back(site.test_client(), state)).status == 400
    assert come_back(visitor, state).status_code == 303
    assert read(come_back(visitor, state)).status == 400


@pytest.mark.parametrize(("error", "status"), [("access_denied", 403), ("server_error", 503), ("odd", 502)])
def test_an_error_of_the_provider_is_a_page_with_another_way(
    visitor: FlaskClient, pro_connect: ScriptedProvider, error: str, status: int
) -> None:
    state = asked(visitor.get("/agents/proconnect"), pro_connect)["state"]
    page = read(come_back(visitor, state, error=error))
    assert page.status == status
    assert {"/agents/proconnect", "/agents/connexion"} <= set(page.links.values())


def test_signing_out_ends_both_sessions(world: World, visitor: FlaskClient, pro_connect: ScriptedProvider) -> None:
    tied(world.an_officer(), pro_connect)
    sign_in(visitor, pro_connect)
    answer = post(visitor, "/agents/deconnexion")
    assert answer.location.startswith(f"{pro_connect.url}/session/end?id_token_hint=")
    assert f"{PUBLIC_URL}/agents/connexion" == parse_qs(urlsplit(answer.location).query)["post_logout_redirect_uri"][0]
    assert visitor.get("/admin/").location == "/agents/connexion"
    policy = visitor.get("/agents/connexion").headers["Content-Security-Policy"]
    assert f"form-action 'self' {pro_connect.url};" in policy


def test_two_who_are_tied_to_one_person_at_once_are_not(world: World, pro_connect: ScriptedProvider) -> None:
    """The database holds it, whatever each has read before."""
    first, second = tied(world.an_officer(), pro_connect), tied(world.an_officer(), pro_connect, "another")
    with pytest.raises(Exception, match="agent_identity"):
        db.session.execute(update(AgentIdentity).values(subject="one"))
    db.session.rollback()
    assert agent_identity.account_of(pro_connect.url, "another") == second != first


def test_without_a_provider_its_pages_do_not_exist(world: World) -> None:
    client = world.app.test_client()
    assert "ProConnect" not in client.get("/agents/connexion").text
    assert client.get("/agents/proconnect").status_code == 404
    assert CHOSEN not in client.get(RETURN).text
    assert client.get(RETURN).status_code == 404
