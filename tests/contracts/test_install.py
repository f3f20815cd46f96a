"""A real installation, from the README's commands alone."""

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from models.account import Account, Role
from models.base import db
from models.territory import Station


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_a_station_and_its_officer_are_created(run: FlaskCliRunner) -> None:
    station = ["create-station", "BTA-02", "--name", "Brigade de Laon", "--kind", "gendarmerie", "--commune", "02408"]
    assert run.invoke(args=station).exit_code == 0
    officer = [
        "create-account",
        "Paul@gendarmerie.example",
        "--role",
        "officer",
        "--capacity",
        "opj",
        "--station",
        "BTA-02",
    ]
    assert run.invoke(args=officer, input="a long password\n").exit_code == 0
    account = db.session.scalars(db.select(Account)).one()
    assert (account.email, account.role, account.station.name) == (
        "paul@gendarmerie.example",
        Role.OFFICER,
        "Brigade de Laon",
    )


def test_a_station_needs_a_commune_that_exists_and_a_code_of_its_own(run: FlaskCliRunner) -> None:
    station = ["create-station", "BTA-02", "--name", "Brigade", "--kind", "gendarmerie", "--commune"]
    nowhere = run.invoke(args=[*station, "99999"])
    assert (nowhere.exit_code, "unknown commune" in nowhere.output) == (1, True)
    assert run.invoke(args=[*station, "02408"]).exit_code == 0
    twice = run.invoke(args=[*station, "02408"])
    assert (twice.exit_code, "a station has this code" in twice.output) == (1, True)
    assert len(db.session.scalars(db.select(Station)).all()) == 1


@pytest.mark.parametrize(("kind", "commune"), [("consulate", "02408"), ("police", "C0009"), ("gendarmerie", "C0009")])
def test_a_consulate_and_nothing_else_is_at_a_consular_post_l73(run: FlaskCliRunner, kind: str, commune: str) -> None:
    """What it establishes would be counted as abroad, and said to be in France; or the other way round."""
    done = run.invoke(args=["create-station", "S1", "--name", "Laon", "--kind", kind, "--commune", commune])
    assert (done.exit_code, done.output.startswith("Error: a consulate is at a consular post")) == (1, True)
    assert db.session.scalars(db.select(Station)).all() == []


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("", "Brigade", "a code has"),
        ("  ", "Brigade", "a code has"),
        ("BTÀ-02", "Brigade", "a code has"),
        ("-02", "Brigade", "a code has"),
        ("BTA 02", "Brigade", "a code has"),
        ("B" * 21, "Brigade", "a code has"),
        ("BTA\n", "Brigade", "a code has"),
        ("BTA-02", "", "a name has"),
        ("BTA-02", " \t ", "a name has"),
        ("BTA-02", "Bri\x07gade", "a name has"),
        ("BTA-02", "x" * 121, "a name has"),
    ],
)
def test_an_odd_code_or_name_is_refused_in_one_line(run: FlaskCliRunner, code: str, name: str, said: str) -> None:
    done = run.invoke(args=["create-station", "--name", name, "--kind", "police", "--commune", "02408", "--", code])
    assert (done.exit_code, done.output.startswith(f"Error: {said}"), done.output.count("\n")) == (1, True, 1)
    assert db.session.scalars(db.select(Station)).all() == []


def test_the_first_administrator_needs_nothing_else(run: FlaskCliRunner) -> None:
    created = run.invoke(
        args=["create-account", "ada@ministere.example", "--role", "ministry", "--name", "Ada Martin"],
        input="a long password\n",
    )
    assert created.exit_code == 0, created.output
