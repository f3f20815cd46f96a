"""The declaration of accessibility says what docs/rgaa.md says: all of RGAA 4.1, with tests that exist."""

import re

import pytest
from flask import Flask

from app.config import PROJECT
from tests.builders import World
from tests.page import read

CRITERIA_OF_EACH_THEME = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
GRID = (PROJECT / "docs" / "rgaa.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+) \| ([^|]+) \| (C|NC|NA) \| ([^|]+) \|$", GRID, re.MULTILINE)


def count(verdict: str) -> int:
    return sum(row[2] == verdict for row in ROWS)


def test_every_criterion_has_its_verdict_and_how_it_was_reached() -> None:
    every = [f"{theme}.{n}" for theme, last in enumerate(CRITERIA_OF_EACH_THEME, 1) for n in range(1, last + 1)]
    assert [number for number, *_ in ROWS] == every
    assert len(every) == 106


def test_the_tests_that_it_names_exist() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("*.py"))
    names = set(re.findall(r"`(test_\w+)`", GRID))
    assert len(names) > 10
    assert [name for name in names if f"def {name}(" not in written] == []
    files = set(re.findall(r"`?((?:tests|app|templates)/[\w/]+\.(?:py|html|css))`?", GRID))
    assert [name for name in files if not (PROJECT / name).exists()] == []


def test_the_declaration_gives_its_figures(app: Flask) -> None:
    page = read(app.test_client().get("/accessibilite"))
    applicable = count("C") + count("NC")
    rate = 100 * count("C") // applicable
    assert 50 <= rate < 100, "partiellement conforme"
    assert f"{count('C')} critères sur les {applicable} qui s'appliquent, soit {rate} %" in page.text
    for number, _, verdict, _ in ROWS:
        assert (f"critère {number}" in page.text) == (verdict == "NC"), number


@pytest.mark.parametrize("address", ["/", "/aide", "/mentions-legales"])
def test_the_level_is_said_on_the_first_page_and_at_the_foot_of_each(app: Flask, address: str) -> None:
    assert "Accessibilité : partiellement conforme" in read(app.test_client().get(address)).links


def test_the_declaration_says_what_the_law_wants(app: Flask) -> None:
    """Decree 2019-768 and the order of 20 September 2019: state, results, what is not, how, contact, ways of appeal."""
    page = read(app.test_client().get("/accessibilite"))
    for said in (
        "partiellement conforme",
        "RGAA 4.1",
        "Résultats",
        "Ce qui n'est pas accessible",
        "établie le",
        "accessibilite@procurations.example",
        "Défenseur des droits",
        "71120",
    ):
        assert said in page.text, said


def test_who_runs_the_installation_is_told_where_the_law_wants_it(world: World) -> None:
    told = world.app.extensions["procurations"].installation
    client = world.app.test_client()
    privacy, legal = (read(client.get(address)).text for address in ("/donnees-personnelles", "/mentions-legales"))
    for word in (told.controller, told.rights_contact, told.data_protection_officer):
        assert word in privacy
    for word in (told.publisher, told.publication_director, told.host):
        assert word in legal


def test_the_map_of_the_site_leads_to_every_public_page(app: Flask) -> None:
    """Every page that anybody may open by its address, and the elector's and agents' doors."""
    page = read(app.test_client().get("/plan-du-site"))
    leads_to = set(page.links.values())
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages.") and not rule.arguments]
    rules = [rule for rule in rules if not rule.rule.endswith(".txt")]
    pages = {rule.rule for rule in rules} - {"/healthz", "/readyz", "/metrics"}
    assert pages <= leads_to
    assert {"/connexion", "/mes-procurations", "/verifier", "/agents/connexion"} <= leads_to
