"""What other programs and people rely on does not vanish."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text()
ADDRESSES = [
    ("GET", "/"),
    ("GET", "/ou-aller"),
    ("GET", "/ou-aller/<code>"),
    ("GET", "/connexion"),
    ("GET", "/connexion/retour"),
    ("POST", "/deconnexion"),
    ("GET", "/demande"),
    ("POST", "/demande"),
    ("GET", "/demande/recapitulatif"),
    ("POST", "/demande/recapitulatif"),
    ("GET", "/demande/<reference>"),
    ("GET", "/demande/<reference>/feuille"),
    ("GET", "/mes-procurations"),
    ("POST", "/mes-procurations/<reference>/retirer"),
    ("POST", "/mes-procurations/<reference>/courriel"),
    ("GET", "/mes-procurations/<reference>/resilier"),
    ("POST", "/mes-procurations/<reference>/resilier"),
    ("POST", "/mes-procurations/<reference>/resilier/sans-visite"),
    ("GET", "/demande/<reference>/sans-visite"),
    ("POST", "/demande/<reference>/sans-visite"),
    ("GET", "/mes-procurations/<reference>/recepisse"),
    ("GET", "/mes-procurations/<reference>/recepisse.pdf"),
    ("GET", "/verifier"),
    ("POST", "/verifier"),
    ("GET", "/verifier/cle"),
    ("GET", "/papier"),
    ("GET", "/papier/feuille"),
    ("POST", "/papier/feuille"),
    ("GET", "/papier/feuille-vierge"),
    ("GET", "/aide"),
    ("GET", "/accessibilite"),
    ("GET", "/donnees-personnelles"),
    ("GET", "/mentions-legales"),
    ("GET", "/.well-known/security.txt"),
    ("GET", "/plan-du-site"),
    ("GET", "/agents/connexion"),
    ("POST", "/agents/connexion"),
    ("GET", "/agents/connexion/code"),
    ("POST", "/agents/deconnexion"),
    ("GET", "/agents/compte"),
    ("GET", "/agents/compte/double-authentification"),
    ("POST", "/agents/compte/double-authentification"),
    ("GET", "/agents/compte/codes-de-secours"),
    ("POST", "/agents/compte/codes-de-secours"),
    ("GET", "/agents/compte/cles"),
    ("POST", "/agents/compte/cles"),
    ("GET", "/agents/invitation/<token>"),
    ("POST", "/agents/invitation/<token>"),
    ("GET", "/admin/"),
    ("GET", "/admin/officer/"),
    ("POST", "/admin/officer/action/"),
    ("GET", "/admin/receipt/"),
    ("GET", "/admin/receipt/pdf/"),
    ("GET", "/admin/town-hall/"),
    ("GET", "/admin/town-hall/details/"),
    ("POST", "/admin/town-hall/action/"),
    ("GET", "/admin/roll/"),
    ("POST", "/admin/roll/upload/"),
    ("GET", "/admin/roll/upload/"),
    ("GET", "/admin/town-hall/letter/"),
    ("GET", "/admin/paper/"),
    ("POST", "/admin/paper/"),
    ("GET", "/admin/paper/arrived/"),
    ("POST", "/admin/paper/sheet/"),
    ("GET", "/demo/"),
    ("GET", "/demo/courriels"),
    ("GET", "/demo/liste-electorale.csv"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_a_promised_address_answers(session_app: Flask, method: str, address: str) -> None:
    rules = [rule for rule in session_app.url_map.iter_rules() if re.sub(r"<\w+:", "<", rule.rule) == address]
    assert any(method in (rule.methods or ()) for rule in rules)


def test_every_template_can_be_read(session_app: Flask) -> None:
    for name in session_app.jinja_env.list_templates(filter_func=_is_ours):
        session_app.jinja_env.get_template(name)


def test_every_command_of_the_readme_exists(session_app: Flask) -> None:
    commands = set(re.findall(r"flask --app wsgi ([a-z-]+)", README))
    assert commands
    assert commands <= set(session_app.cli.commands)


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets | {"sure"}


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_wsgi_has_no_logic() -> None:
    code = [line for line in (PROJECT / "wsgi.py").read_text().splitlines() if line and not line.startswith('"""')]
    assert code == [
        "from app.config import Config",
        "from app.factory import create_app",
        "application = create_app(Config.from_environ())",
    ]


def _is_ours(name: str) -> bool:
    return (PROJECT / "templates" / name).is_file()
