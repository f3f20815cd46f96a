"""What an HTTP client may try that no browser does: methods, origins, paths, bodies."""

import gzip
import io

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from admin_views.roll import LARGEST_FILE
from tests.back_office.desks import Desk
from tests.back_office.test_access import true_token
from tests.builders import World
from tests.database import everything
from tests.page import read
from tests.rolls.files import a_file
from tests.web.real_service import readable

LONG = 400_000
UPLOAD = "/admin/roll/upload/"
NAMES = ("../../app/config.py", "/etc/passwd", "x.csv\0.php", "C:\\x.csv", "é" * 300, "<b>.csv", "a\tb\u202evsc.exe")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "\u00c9"])
def test_no_other_method_does_anything(app: Flask, method: str) -> None:
    for address in readable(app):
        answer = app.test_client().open(address, method=method.encode().decode("latin-1"))
        assert answer.status_code in (400, 404, 405) or method.upper() == "GET", (address, answer.status)
        answer.close()


def test_no_other_site_may_read_an_answer(world: World) -> None:
    for client in (world.app.test_client(), world.as_elector(), world.as_agent(world.a_clerk())):
        for address in readable(world.app):
            with client.get(address, headers={"Origin": "https://evil.test"}) as answer:
                assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")], address


@pytest.mark.parametrize(
    "path",
    [
        *("/static/", "/static", "/static/../config.py", "/static/..%2fconfig.py", "/static/%2e%2e/config.py"),
        *("/static/style.css/..", "/static/etc/passwd", "/.git/config", "/.env", "/instance/demo.db", "/static/\0"),
        *("/static/..\\config.py", "/wsgi.py", "/server-status", "/console", "/admin/../instance/demo.db"),
    ],
)
def test_no_path_leads_out_of_what_is_served(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code in (400, 404), answer.status
    answer.close()


def test_every_answer_says_what_it_is_and_in_which_alphabet(world: World) -> None:
    for client in (world.app.test_client(), world.as_elector(), world.as_agent(world.a_clerk())):
        for address in readable(world.app):
            with client.get(address) as answer:
                kind = answer.headers["Content-Type"]
                assert kind.startswith(("text/", "application/", "image/")), address
                assert not kind.startswith("text/") or "charset=utf-8" in kind.lower(), address


def given(desk: Desk, content: bytes, name: str = "x.csv", **headers: str) -> TestResponse:
    """A file sent as the roll of the clerk's commune."""
    token = true_token(desk.client.application, desk.client, UPLOAD)
    data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return desk.client.post(UPLOAD, data=data, headers=headers)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_never_used(world: World, name: str) -> None:
    """Nothing is written under it, kept of it or shown of it: a roll is what it holds."""
    desk = Desk(world.as_agent(world.a_clerk()), "/admin/roll/")
    answer = given(desk, a_file(), name)
    assert answer.status_code == 303, read(answer).text
    assert "X-Kanari" not in answer.headers
    assert name.split("/")[-1] not in repr(everything()["roll_upload"])
    assert name.split("/")[-1] not in desk.client.get(answer.location).text


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(bytes(64 * 1024 * 1024)),
        b"PK\x03\x04" + bytes(4096),
        b"a" * LONG,
        b'"' + b"a" * LONG,
        b";" * LONG,
        "é".encode("utf-16") * 1000,
    ],
    ids=["64 MB in a gzip", "zip", "one line without end", "one quote without end", "only separators", "utf-16"],
)
def test_what_would_swell_or_never_end_is_refused_without_being_unpacked(world: World, content: bytes) -> None:
    desk = Desk(world.as_agent(world.a_clerk()), "/admin/roll/")
    assert len(content) < LARGEST_FILE
    before = everything()["roll_upload"]
    for headers in ({}, {"Content-Encoding": "gzip"}):
        answer = given(desk, content, **headers)
        assert answer.status_code == 422, headers
        assert read(answer).errors or "liste" in read(answer).text
    assert everything()["roll_upload"] == before
