"""Pages are compressed for people, and not for who could measure what another person's page holds."""

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.compression import LEAST
from tests.back_office.desks import many, town_hall
from tests.builders import World

OWN_DATA = "/mes-procurations/donnees.json"
AGAIN = 15_000
"""Bytes on the wire of a page whose style sheet is there already."""


def asked(client: FlaskClient, at: str, come_from: str | None, encodings: str = "gzip, deflate, br") -> bool:
    """Whether that page comes compressed; it is the same page."""
    plain = client.get(at)
    headers = {"Accept-Encoding": encodings} | ({"Sec-Fetch-Site": come_from} if come_from else {})
    answer = client.get(at, headers=headers)
    assert answer.status_code == plain.status_code == 200
    is_compressed = answer.headers.get("Content-Encoding") == "gzip"
    assert len(gzip.decompress(answer.data) if is_compressed else answer.data) == len(plain.data)
    assert answer.headers["Content-Length"] == str(len(answer.data))
    return is_compressed


@pytest.mark.parametrize(
    ("come_from", "is_compressed"),
    [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False), (None, False)],
)
def test_a_page_is_compressed_unless_another_site_may_have_chosen_it(
    app: Flask, come_from: str | None, is_compressed: bool
) -> None:
    assert asked(app.test_client(), "/aide", come_from) == is_compressed


def test_who_cannot_read_it_gets_it_as_it_is(app: Flask) -> None:
    assert not asked(app.test_client(), "/aide", "none", "identity")
    assert not asked(app.test_client(), "/aide", "none", "gzip;q=0")


def test_what_fits_a_packet_or_is_no_page_is_left_alone(world: World) -> None:
    person = world.an_elector()
    world.submitted(person)
    elector = world.as_elector(person)
    assert len(elector.get("/readyz").data) < LEAST < len(elector.get(OWN_DATA).data)
    assert not asked(elector, "/readyz", "none")
    assert not asked(elector, OWN_DATA, "same-origin")


def test_a_whole_list_of_a_town_hall_is_light(world: World) -> None:
    many(world, 60)
    clerk = town_hall(world)
    answer = clerk.client.get(
        "/admin/town-hall/?status=established", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
    )
    assert gzip.decompress(answer.data).count(b'name="rowid"') > 50
    assert len(answer.data) < AGAIN
