"""The reference as a QR code: the six characters and nothing else, on the receipt of the demande and in the mail."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import html5lib
import pytest
import segno
from flask_mail import Message

from app import qr
from app.message import render
from app.qr import ITS_MASK
from app.receipt import sheet_of
from models import receipt
from models.reference import LENGTH
from tests.builders import World
from tests.mail.outbox import claim_all
from tests.page import Page, read, text_of

Matrix = list[list[bool]]


def expected(content: str) -> Matrix:
    """As another call of the library draws exactly that content, under the mask that references have."""
    mask = ITS_MASK if len(content) == LENGTH else None
    return [[bool(module) for module in row] for row in segno.make(content, error="m", micro=False, mask=mask).matrix]


def drawn(address: str) -> Matrix:
    """The dark squares of an SVG picture, read from its one path, without the quiet zone of four."""
    head, _, body = address.partition(",")
    assert head.startswith("data:image/svg+xml")
    svg = ElementTree.fromstring(base64.b64decode(body) if head.endswith("base64") else unquote(body))
    size = int(svg.get("viewBox", "").split()[2])
    path = next(e for e in svg.iter() if e.tag.endswith("path") and e.get("stroke"))
    dark = set(squares_of(path.get("d", "")))
    assert all(4 <= x < size - 4 and 4 <= y < size - 4 for x, y in dark), "a quiet zone of four"
    return [[(x, y) in dark for x in range(4, size - 4)] for y in range(4, size - 4)]


def squares_of(path: str) -> Iterator[tuple[int, int]]:
    """Horizontal strokes, one module high: `M` and `m` move, `h` draws."""
    x = y = 0.0
    for command, arguments in re.findall(r"([Mmh])([^Mmh]*)", path):
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", arguments)]
        if command == "h":
            yield from ((int(x) + n, int(y)) for n in range(int(numbers[0])))
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1]) if command == "M" else (x + numbers[0], y + numbers[1])


def picture_of(page: Page) -> Element:
    (image,) = page.all("img")
    return image


def test_the_receipt_of_the_demande_shows_the_six_characters_as_a_code_too(world: World) -> None:
    elector = world.an_elector()
    demande = world.submitted(elector)
    page = read(world.as_elector(elector).get(f"/demande/{demande.reference}"))
    image = picture_of(page)
    assert drawn(image.get("src", "")) == expected(demande.reference)
    assert image.get("alt", "").startswith("Code QR : il contient cette référence")
    assert demande.reference in page.text, "the text beside it"


def test_one_other_character_is_another_picture() -> None:
    assert drawn(qr.picture("K7M4PX")) == expected("K7M4PX") != expected("K7M4PY")
    assert drawn(qr.picture("K7M4PX")) != expected("http://127.0.0.1:5000/K7M4PX")


def test_the_receipt_of_an_act_shows_its_whole_code(world: World) -> None:
    elector = world.an_elector()
    procuration = world.established(elector=elector)
    page = read(world.as_elector(elector).get(f"/mes-procurations/{procuration.reference}/recepisse"))
    code = sheet_of(receipt.of(procuration)).code
    assert drawn(picture_of(page).get("src", "")) == expected(code)
    assert code in page.text


@pytest.fixture
def first_message(world: World) -> tuple[str, Message]:
    demande = world.submitted()
    (mail,) = claim_all()
    return demande.reference, render(mail)


def test_the_message_shows_it_in_squares_that_no_reader_of_mail_removes(first_message: tuple[str, Message]) -> None:
    reference, message = first_message
    body = html5lib.parse(message.html, namespaceHTMLElements=False).find("body")
    (table,) = body.iter("table")
    assert [[td.get("bgcolor") == "#000000" for td in tr.iter("td")] for tr in table.iter("tr")] == expected(reference)
    assert (table.get("role"), table.get("bgcolor")) == ("img", "#ffffff")
    assert "Code QR" in table.get("aria-label", "")
    assert text_of(table) == ""
    assert reference in [text_of(p) for p in body.iter("p")], "the text beside it"
    assert not list(body.iter("img"))


def test_the_message_stays_light(first_message: tuple[str, Message]) -> None:
    """Some readers cut a message at 100 kB."""
    assert len(first_message[1].as_bytes()) < 40_000


def test_who_left_no_e_mail_is_told_to_print(world: World) -> None:
    elector = world.an_elector()
    with_address, without = world.submitted(elector), world.submitted(elector, email=None)
    client = world.as_elector(elector)
    pages = [read(client.get(f"/demande/{one.reference}")).text for one in (with_address, without)]
    assert ["Vous n'avez pas laissé d'adresse e-mail : imprimez cette page" in page for page in pages] == [False, True]
    assert ["La référence vous est aussi envoyée par e-mail" in page for page in pages] == [True, False]
    assert "None" not in pages[1]
