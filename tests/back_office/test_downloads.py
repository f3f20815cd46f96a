"""Files that leave as they are read: on a real server the request, with all that it loaded, is over before they do."""

import csv
import io

import pytest
import requests
from flask import Flask

from app.dates import now
from models import journey
from models.account import Account
from models.base import db
from tests.builders import LAON, PASSWORD, World, csrf_token
from tests.live import LiveServer


def downloaded(app: Flask, account: Account, address: str, **fields: str) -> list[list[str]]:
    """Sign in and take the file, over a socket."""
    with LiveServer(app) as server, requests.Session() as visitor:
        token = csrf_token(visitor.get(f"{server.url}/agents/connexion").text)
        typed = {"email": account.email, "password": PASSWORD, "csrf_token": token}
        page = visitor.post(f"{server.url}/agents/connexion", data=typed)
        answer = visitor.post(f"{server.url}{address}", data=fields | {"csrf_token": csrf_token(page.text)})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


@pytest.fixture
def validated(world: World) -> tuple[Account, Account, str]:
    """The officer and the clerk of one procuration, and its day."""
    officer, clerk = world.an_officer(), world.a_clerk()
    procuration = world.established(officer)
    journey.validate(procuration, clerk=clerk, note="vu", now=now())
    db.session.commit()
    return officer, clerk, procuration.days[0].isoformat()


def test_the_special_register_leaves_a_real_server_whole(world: World, validated: tuple[Account, Account, str]) -> None:
    officer, _, _ = validated
    assert len(downloaded(world.app, officer, "/admin/special-register/export/")) == 2


@pytest.mark.parametrize("sheet", ["public", "mentions"])
def test_the_lists_of_a_polling_day_too(world: World, validated: tuple[Account, Account, str], sheet: str) -> None:
    _, clerk, day = validated
    rows = downloaded(world.app, clerk, f"/admin/register/{sheet}/export/", commune=LAON, day=day)
    assert len(rows) == 2


def test_and_the_town_halls_list(world: World, validated: tuple[Account, Account, str]) -> None:
    _, clerk, _ = validated
    assert len(downloaded(world.app, clerk, "/admin/town-hall/export/", format="csv")) == 2
