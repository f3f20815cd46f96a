"""No post without the token of its own page."""

from flask import Flask

from models.account import Role
from tests.builders import PASSWORD, World, csrf_token
from tests.database import everything

MACHINES = {"simulator.token", "simulator.userinfo"}
"""Posts that a provider's client sends, with its own secret and no cookie."""
NO_AGENTS = ("anonymous", "elector")
DESKS = {"officer", "habilitations", "special_register", "statement", "statements", "town_hall", "paper", "roll"}
DESKS |= {"supervision", "journal", "form", "rounds", "register", "polling_day", "settings", "questions", "clerks"}
DESKS |= {"venues", "reason_texts", "editions", "ends", "managers"}


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
                assert answer.status_code == (302 if signs_in_first(endpoint, who) else 400), (endpoint, who, token)
    assert everything() == before


def signs_in_first(endpoint: str, who: str) -> bool:
    """The elector's own pages, and the desks, for who is nobody there."""
    door = endpoint.split(".")[0]
    if door in ("elector", "certified", "revocation"):
        return who != "elector"
    return door in DESKS and who in NO_AGENTS


def test_who_is_nobody_signs_in_before_the_token_is_looked_at_and_gets_no_cookie(world: World) -> None:
    """Neither with a false token nor with a true one; another site's post must not replace an elector's cookie."""
    reference = world.submitted().reference
    towards = {
        "/demande": "/connexion",
        "/demande/recapitulatif": "/connexion",
        f"/demande/{reference}/sans-visite": "/connexion",
        f"/mes-procurations/{reference}/retirer": "/connexion",
        f"/mes-procurations/{reference}/courriel": "/connexion",
        f"/mes-procurations/{reference}/resilier": "/connexion",
        f"/mes-procurations/{reference}/resilier/sans-visite": "/connexion",
        "/admin/officer/action/": "/agents/connexion",
        "/admin/town-hall/action/": "/agents/connexion",
        "/admin/paper/": "/agents/connexion",
        "/admin/roll/upload/": "/agents/connexion",
    }
    before = everything()
    for address, sign_in in towards.items():
        for headers in ({}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}):
            answer = world.app.test_client().post(address, data={"confirmed": "yes"}, headers=headers)
            assert (answer.status_code, answer.location) == (302, sign_in), address
            assert "Set-Cookie" not in answer.headers, address
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
