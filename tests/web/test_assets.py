"""What pages are dressed with: kept for a year under a name of its content, compressed ahead, never missing."""

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import PROJECT
from tests.builders import World
from tests.page import read
from tests.web.real_service import readable

FOLDER = PROJECT / "app" / "static"
FILES = sorted(path.name for path in FOLDER.iterdir())
FORMER = "0123456789ab"


def address(app: Flask, name: str) -> str:
    with app.test_request_context():
        return app.url_for("static", filename=name)


def whole(client: FlaskClient, at: str, **headers: str) -> TestResponse:
    with client.get(at, headers=headers) as answer:
        assert answer.status_code == 200, at
        return answer


@pytest.mark.parametrize("name", FILES)
def test_a_name_of_its_content_is_kept_for_a_year(app: Flask, name: str) -> None:
    at = address(app, name)
    assert re.fullmatch(rf"/static/{name.partition('.')[0]}\.[0-9a-f]{{12}}\.\w+", at)
    answer = whole(app.test_client(), at)
    assert answer.data == (FOLDER / name).read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", FILES)
def test_it_was_compressed_for_who_can_read_that(app: Flask, name: str) -> None:
    answer = whole(app.test_client(), address(app, name), **{"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.data) == (FOLDER / name).read_bytes()
    refused = whole(app.test_client(), address(app, name), **{"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize("name", ["style.css", f"style.{FORMER}.css"])
def test_without_a_name_or_with_a_former_one_there_is_always_a_style_which_is_asked_for_again(
    app: Flask, name: str
) -> None:
    client = app.test_client()
    answer = whole(client, f"/static/{name}")
    assert answer.data == (FOLDER / "style.css").read_bytes()
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["none.css", f"none.{FORMER}.css", "../config.py", "a/style.css", ""])
def test_there_is_nothing_else(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{name}").status_code == 404


def test_every_page_asks_for_names_that_are_kept(world: World) -> None:
    clients = [world.app.test_client(), world.as_agent(world.a_clerk()), world.as_agent(world.an_officer())]
    kept = {address(world.app, name) for name in FILES}
    for client in (*clients, world.as_elector()):
        for at in readable(world.app):
            answer = client.get(at)
            if answer.mimetype == "text/html" and answer.status_code < 300:
                page = read(answer)
                asked = [e.get("href") for e in page.all("link")] + [e.get("src") for e in page.all("script")]
                assert {one for one in asked if one and one.startswith("/")} <= kept, at
