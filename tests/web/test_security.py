"""What protects every answer: headers, cookies, tokens, proxies, and silence about persons."""

import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.config import Config, Provider
from app.security import COOKIE_LIFETIME
from models.account import Role
from models.base import db
from models.errors import Reason
from models.outbox import OutboxMail
from models.procuration import Procuration
from tests.back_office.desks import Desk, counter, town_hall
from tests.builders import PASSWORD, Visitor, World, a_config, csrf_token
from tests.database import everything
from tests.page import read
from tests.web.journeys import answers, file_a_demande

MakeApp = Callable[[Config], Flask]
PUBLIC_URL = "https://procurations.example"
PROVIDER = Provider("https://fc.example/api/v2/.well-known/openid-configuration", "client", "secret")
MACHINES = {"simulator.token", "simulator.userinfo"}
"""Posts that a provider's client sends, with its own secret and no cookie."""


@pytest.fixture
def https_app(app: Flask, another_app: MakeApp) -> Flask:
    """The application as a real service is: https, no demonstration, a provider elsewhere."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    real = another_app(a_config(database_url=url, public_url=PUBLIC_URL, demo=False, france_connect=PROVIDER))
    real.test_client_class = Visitor
    return real


def readable(app: Flask) -> list[str]:
    """Every address that a GET may ask without naming a row."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return [rule.rule for rule in rules]


# Headers.


def test_every_answer_carries_its_headers(world: World) -> None:
    clients = [world.app.test_client(), world.as_agent(world.a_clerk()), world.as_elector()]
    for client in clients:
        for address in [*readable(world.app), "/nulle-part", "/admin/nulle-part", "/demande/ZZZZZZ"]:
            answer = client.get(address)
            headers = answer.headers
            assert headers["X-Content-Type-Options"] == "nosniff", address
            assert headers["Referrer-Policy"] == "no-referrer", address
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", address
            assert headers["Cache-Control"] == "no-store", address
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], address
            assert "unsafe" not in headers["Content-Security-Policy"], address
            assert "Strict-Transport-Security" not in headers, address


def test_the_policy_lets_nothing_in_but_ours(app: Flask) -> None:
    policy = app.test_client().get("/").headers["Content-Security-Policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["default-src"] == "'none'"
    assert parts["style-src"] == "'self'"
    assert parts["base-uri"] == "'none'"
    assert parts["form-action"] == "'self'", "the simulator is on our own origin"
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", parts["script-src"])


def test_a_nonce_serves_once(app: Flask) -> None:
    client = app.test_client()
    nonces = [re.findall(r"'nonce-([\w-]+)'", client.get("/").headers["Content-Security-Policy"]) for _ in range(5)]
    assert len({nonce for each in nonces for nonce in each}) == 5


def test_every_script_of_a_page_carries_the_nonce_of_its_policy(world: World) -> None:
    for client in (world.app.test_client(), world.as_elector(), world.as_agent(world.a_clerk())):
        for address in readable(world.app):
            answer = client.get(address)
            if answer.mimetype != "text/html" or answer.status_code >= 300:
                continue
            policy = answer.headers["Content-Security-Policy"]
            for script in read(answer).all("script"):
                assert f"'nonce-{script.get('nonce')}'" in policy, address


def test_forms_may_lead_to_the_provider_and_nowhere_else(https_app: Flask) -> None:
    policy = https_app.test_client().get("/", base_url=PUBLIC_URL).headers["Content-Security-Policy"]
    assert "form-action 'self' https://fc.example;" in policy


def test_https_is_remembered_where_the_service_is_https(https_app: Flask) -> None:
    answer = https_app.test_client().get("/", base_url=PUBLIC_URL)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


# Cookies.


def cookies_set(answer) -> dict[str, set[str]]:
    """The attributes of each cookie that an answer sets."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        name, *attributes = [part.strip() for part in line.split(";")]
        found[name.split("=")[0]] = {attribute.split("=")[0] for attribute in attributes} | set(attributes)
    return found


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(app: Flask) -> None:
    (name, attributes), *others = cookies_set(app.test_client().get("/agents/connexion")).items()
    assert (name, others) == ("agent", [])
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert not {"Secure", "Domain"} & attributes


def test_over_https_cookies_are_bound_to_the_host(https_app: Flask) -> None:
    (name, attributes), *_ = cookies_set(https_app.test_client().get("/agents/connexion", base_url=PUBLIC_URL)).items()
    assert name == "__Host-agent"
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= attributes
    assert "Domain" not in attributes


def test_an_agent_signs_in_and_out_over_https(world: World, https_app: Flask) -> None:
    account, client = world.an_officer(), https_app.test_client()
    token = csrf_token(client.get("/agents/connexion", base_url=PUBLIC_URL).text)
    data = {"email": account.email, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/agents/connexion", data=data, base_url=PUBLIC_URL)
    assert answer.status_code == 303
    assert cookies_set(answer)["__Host-agent"] >= {"Expires"}
    page = read(client.get("/admin/officer/", base_url=PUBLIC_URL))
    form = page.form("/agents/deconnexion")
    assert client.post("/agents/deconnexion", data=form, base_url=PUBLIC_URL).status_code == 303


def test_a_page_that_needs_no_session_sets_no_cookie(app: Flask) -> None:
    for address in ("/", "/aide", "/ou-aller", "/papier", "/healthz"):
        assert cookies_set(app.test_client().get(address)) == {}, address


def test_a_session_ends_within_the_day() -> None:
    assert COOKIE_LIFETIME.total_seconds() <= 24 * 3600


def both_sides(world: World) -> FlaskClient:
    """One browser, signed in as an elector and as an agent."""
    elector, account = world.as_elector(), world.an_officer()
    token = csrf_token(elector.get("/agents/connexion").text)
    data = {"email": account.email, "password": PASSWORD, "csrf_token": token}
    assert elector.post("/agents/connexion", data=data).status_code == 303
    return elector


def is_elector(client: FlaskClient) -> bool:
    return client.get("/mes-procurations").status_code == 200


def is_agent(client: FlaskClient) -> bool:
    return client.get("/admin/officer/").status_code == 200


def test_the_two_sessions_live_side_by_side(world: World) -> None:
    client = both_sides(world)
    assert is_elector(client)
    assert is_agent(client)


def test_an_agent_who_signs_out_stays_an_elector(world: World) -> None:
    client = both_sides(world)
    form = read(client.get("/admin/officer/")).form("/agents/deconnexion")
    client.post("/agents/deconnexion", data=form)
    assert is_elector(client)
    assert not is_agent(client)


def test_an_elector_who_signs_out_stays_an_agent(world: World) -> None:
    client = both_sides(world)
    client.post("/deconnexion", data=read(client.get("/deconnexion")).form("/deconnexion"))
    assert is_agent(client)
    assert not is_elector(client)


def test_a_token_of_one_side_is_none_on_the_other(world: World) -> None:
    client = both_sides(world)
    token = csrf_token(client.get("/deconnexion").text)
    assert client.post("/agents/deconnexion", data={"csrf_token": token}).status_code == 400
    assert is_agent(client)


@pytest.mark.parametrize("name", ["agent", "elector"])
@pytest.mark.parametrize("value", ["x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "%00", "é"])
def test_a_forged_cookie_opens_nothing(world: World, name: str, value: str) -> None:
    world.an_officer()
    client = world.app.test_client()
    client.set_cookie(name, value)
    assert not is_agent(client)
    assert not is_elector(client)


def test_a_session_signed_with_another_key_opens_nothing(world: World, another_app: MakeApp) -> None:
    client = both_sides(world)
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    other = another_app(a_config(database_url=url, secret_key="another key, another key, another key"))
    other.test_client_class = Visitor
    thief = other.test_client()
    for name in ("agent", "elector"):
        cookie = client.get_cookie(name)
        assert cookie
        thief.set_cookie(name, cookie.value)
    assert not is_agent(thief)
    assert not is_elector(thief)


# Posts.


def posts(app: Flask) -> list[str]:
    return sorted(rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))


def test_every_post_without_its_token_is_refused_and_changes_nothing(world: World) -> None:
    elector = world.an_elector()
    demande, procuration = world.submitted(elector), world.established(elector=elector)
    clients = {
        "anonymous": world.app.test_client(),
        "elector": world.as_elector(elector),
        "officer": world.as_agent(world.an_officer()),
        "clerk": world.as_agent(world.a_clerk()),
        "ministry": world.as_agent(world.an_account(Role.MINISTRY)),
        "auditor": world.as_agent(world.an_account(Role.AUDITOR)),
    }
    before = everything()
    for endpoint in set(posts(world.app)) - MACHINES:
        rule = next(world.app.url_map.iter_rules(endpoint))
        address = rule.rule.replace("<reference>", demande.reference)
        key = str(procuration.id) if "town_hall" in endpoint else demande.reference
        data = {"action": "validate", "rowid": key, "confirmed": "yes", "sworn": "y", "id": str(procuration.id)}
        data |= {"email": "thief@evil.test", "password": PASSWORD, "choice": "continue"}
        for who, client in clients.items():
            for token in ({}, {"csrf_token": ""}, {"csrf_token": "false"}, {"csrf_token": "IngiLg.aa.bb"}):
                answer = client.post(address, data=data | token)
                assert answer.status_code == 400, (endpoint, who, token)
    assert everything() == before


def test_only_machines_post_without_a_page(app: Flask) -> None:
    assert set(posts(app)) >= MACHINES
    for endpoint in MACHINES:
        rule = next(app.url_map.iter_rules(endpoint))
        assert app.test_client().post(rule.rule).status_code == 401


def test_another_electors_token_is_not_ours(world: World) -> None:
    elector = world.an_elector()
    demande = world.submitted(elector)
    mine, thief = world.as_elector(elector), world.as_elector()
    token = csrf_token(thief.get("/deconnexion").text)
    address = f"/mes-procurations/{demande.reference}/retirer"
    assert mine.post(address, data={"confirmed": "yes", "csrf_token": token}).status_code == 400


# Proxies and hosts.


def seen_from(app: Flask, **headers: str) -> str:
    """What the application believes of a request that brings these headers."""
    if "seen" not in app.view_functions:
        app.add_url_rule("/vu", "seen", lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    return app.test_client().get("/vu", headers={name.replace("_", "-"): value for name, value in headers.items()}).text


FORWARDED = {
    "X_Forwarded_For": "203.0.113.9, 198.51.100.7",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "evil.test",
    "X_Forwarded_Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.test",
    "X_Real_IP": "203.0.113.9",
}


def test_forwarded_headers_are_ignored(app: Flask, another_app: MakeApp) -> None:
    ours = another_app(a_config(database_url=app.config["SQLALCHEMY_DATABASE_URI"]))
    assert seen_from(ours, **FORWARDED) == "127.0.0.1 http localhost"


def test_as_many_proxies_are_believed_as_there_are(app: Flask, another_app: MakeApp) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    one = another_app(a_config(database_url=url, trusted_proxies=1))
    two = another_app(a_config(database_url=url, trusted_proxies=2))
    assert seen_from(one, **FORWARDED).startswith("198.51.100.7 https ")
    assert seen_from(two, **FORWARDED).startswith("203.0.113.9 ")


def test_a_false_host_is_neither_shown_nor_followed(world: World) -> None:
    for client in (world.app.test_client(), world.as_elector(), world.as_agent(world.a_clerk())):
        for address in readable(world.app):
            answer = client.get(address, headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
            assert "evil.test" not in answer.text, address
            assert "evil.test" not in answer.headers.get("Location", ""), address


@pytest.mark.parametrize(
    "address",
    [
        "/agents/connexion?next=https://evil.test",
        "/connexion?next=https://evil.test&suite=//evil.test&retour=https://evil.test",
        "/admin/?url=https://evil.test&next=//evil.test",
        "/deconnexion?next=https://evil.test",
        "/admin//evil.test/",
        "/demande?next=//evil.test",
        "/connexion/retour?state=x&code=y&next=//evil.test",
    ],
)
def test_no_address_sends_elsewhere(world: World, address: str) -> None:
    for client in (world.app.test_client(), world.as_agent(world.a_clerk()), world.as_elector()):
        location = client.get(address).headers.get("Location", "")
        assert not re.match(r"(https?:)?//(?!127\.0\.0\.1:5000/|localhost/)", location), location


# Silence about persons.

PERSONAL = (
    "HAUTPOUL",
    "Éloïse",
    "1951-02-28",
    "28/02/1951",
    "Aubigné",
    "Gwenaëlle",
    "eloise@",
    "agents.test",
    PASSWORD,
)


def test_a_whole_walk_leaves_no_person_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    elector = world.as_elector()
    reference = file_a_demande(elector, answers(world))
    elector.get("/mes-procurations")
    elector.get(f"/demande/{reference}")
    world.as_elector().get(f"/demande/{reference}")
    desk, hall = counter(world), town_hall(world)
    desk.get(f"?reference={reference}")
    desk.client.post("/admin/officer/action/", data={"action": "validate", "rowid": reference})
    desk.act("validate", reference)
    desk.act("validate", reference)
    key = db.session.query(Procuration.id).scalar()
    hall.get(f"details/?id={key}")
    hall.act("invalidate", key, reason=Reason.PLAFOND, note="D'HAUTPOUL n'est pas sur la liste")
    hall.act("validate", key)
    client = world.app.test_client()
    token = csrf_token(client.get("/agents/connexion").text)
    client.post("/agents/connexion", data={"email": "x@agents.test", "password": PASSWORD, "csrf_token": token})
    world.app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
    assert db.session.query(OutboxMail).count() >= 3
    for datum in (*PERSONAL, reference):
        assert datum not in caplog.text, datum


@pytest.fixture
def failing(world: World, another_app: MakeApp) -> Desk:
    """The application with pages that fail while they hold a person."""
    app = another_app(a_config(database_url=world.app.config["SQLALCHEMY_DATABASE_URI"]))
    app.test_client_class = Visitor

    def duplicate() -> str:
        first = db.session.query(Procuration).one()
        columns = {c.name: v for c, v in zip(Procuration.__table__.columns, _values(first.id), strict=True)}
        db.session.execute(Procuration.__table__.insert().values(columns | {"id": first.id + 1}))
        return "never"

    def impossible() -> str:
        db.session.execute(Procuration.__table__.update().values(status=PERSONAL[0], mandant_sex="X"))
        return "never"

    app.add_url_rule("/en-double", view_func=duplicate)
    app.add_url_rule("/impossible", view_func=impossible)
    return Desk(app.test_client(), "/")


def _values(key: int) -> tuple[object, ...]:
    row = db.session.execute(Procuration.__table__.select().where(Procuration.id == key)).one()
    return tuple(row)


@pytest.mark.parametrize("address", ["en-double", "impossible"])
def test_a_database_error_tells_no_person_to_the_page_or_the_log(
    world: World, failing: Desk, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    demande = world.submitted()
    answer = failing.get(address)
    assert answer.status_code == 500
    assert "unforeseen error" in caplog.text
    for datum in (*PERSONAL, demande.reference):
        assert datum not in answer.text, datum
        assert datum not in caplog.text, datum


def test_error_pages_name_nobody(world: World) -> None:
    elector = world.an_elector()
    demande = world.submitted(elector)
    clerk = world.as_agent(world.a_clerk())
    for answer in (
        world.as_elector().get(f"/demande/{demande.reference}"),
        clerk.get(f"/admin/town-hall/details/?id={demande.id}"),
        clerk.get(f"/admin/officer/?reference={demande.reference}"),
        clerk.post("/admin/town-hall/action/", data={"rowid": demande.id}),
        counter(world).get(f"/nulle-part/{demande.reference}"),
    ):
        assert answer.status_code >= 400
        for datum in (*PERSONAL, demande.reference):
            assert datum not in answer.text, datum


def test_a_session_holds_no_more_than_it_must(world: World) -> None:
    """The cookie is signed, not secret: an agent's names an account, never its address."""
    client = world.as_agent(world.an_officer())
    with client.session_transaction("/admin/") as session:
        assert set(session) <= {"_user_id", "_id", "_fresh", "_permanent", "csrf_token", "_flashes"}
        assert re.fullmatch(r"\d+\.[0-9a-f]{16}", session["_user_id"])


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Proto": "https"}, {}])
def test_the_redirect_to_a_missing_slash_names_no_host(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().get("/admin", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (308, "/admin/")
