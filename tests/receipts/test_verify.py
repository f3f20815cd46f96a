"""Anybody checks a receipt: on the page, with the key and another program, with the command; nothing is looked up."""

import base64
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import Flask
from flask.testing import FlaskClient

from app import verify
from app.receipt import Sheet, sheet_of
from models import receipt
from tests.builders import World
from tests.database import everything, queries
from tests.page import Page, read, text_of
from tests.receipts.test_pages import LIMITS

UNTRUE = f"Code du récépissé : {verify.UNTRUE}"


@pytest.fixture
def sheet(world: World) -> Sheet:
    return sheet_of(receipt.of(world.established()))


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def verified(client: FlaskClient, code: str) -> Page:
    form = read(client.get("/verifier")).form("/verifier")
    return read(client.post("/verifier", data=form | {"code": code}))


def whole(sheet: Sheet) -> str:
    return f"{sheet.text}\n\n{sheet.code}\n"


def test_a_true_code_is_said_to_be_and_what_it_does_not_prove(visitor: FlaskClient, sheet: Sheet) -> None:
    page = verified(visitor, sheet.code)
    assert (page.status, page.h1) == (200, "Ce code est authentique")
    assert page.text.startswith(LIMITS)
    assert f"Récépissé n° {sheet.receipt.number}".replace(" ", "") in page.text.replace(" ", "")
    assert "ne contient aucun nom : il ne prouve pas ceux qui sont imprimés à côté" in page.text


def test_the_whole_receipt_is_checked_with_its_names(visitor: FlaskClient, sheet: Sheet) -> None:
    page = verified(visitor, whole(sheet))
    assert (page.status, page.h1) == (200, "Ce récépissé est authentique")
    forged = whole(sheet).replace("Gwenaëlle Rosalie", "Gwenaëlle Rose")
    assert forged != whole(sheet)
    page = verified(visitor, forged)
    assert page.status == 422
    assert page.errors == [
        "Code du récépissé : le code est vrai, mais ce texte n'est pas celui qui a été signé avec lui"
    ]


def test_the_receipt_copied_from_its_page_is_true(world: World) -> None:
    """Terms and values on lines of their own, a title before them, what stands between them and the code left out."""
    elector = world.an_elector()
    procuration = world.established(elector=elector)
    page = read(world.as_elector(elector).get(f"/mes-procurations/{procuration.reference}/recepisse"))
    lines = [text_of(e) for e in page.all("h1", "dt", "dd") if e.tag]
    code = next(text_of(p) for p in page.all("p") if p.get("class") == "code")
    assert verified(world.app.test_client(), "\n".join([*lines, code])).h1 == "Ce récépissé est authentique"


@pytest.mark.parametrize(
    "forge",
    [
        lambda code: code.replace("RECEPISSE+1+", "RECEPISSE+1+1"),
        lambda code: code[:-1] + ("A" if code[-1] != "A" else "B"),
        lambda code: code.lower(),
        lambda code: code[:-1],
        lambda code: code + " ABC",
        lambda code: "https://exemple.fr/",
        lambda code: "é" * 300,
        lambda code: "<script>",
    ],
)
def test_what_is_not_true_answers_422_and_the_field_is_filled_again(visitor: FlaskClient, sheet: Sheet, forge) -> None:
    page = verified(visitor, forge(sheet.code))
    assert (page.status, page.errors) == (422, [UNTRUE])
    assert page.form("/verifier")["code"] == forge(sheet.code)


@pytest.mark.parametrize(
    ("typed", "said"), [("", "collez le code"), (" \n ", "collez le code"), ("A" * 5000, "trop long")]
)
def test_nothing_and_too_much_are_told(visitor: FlaskClient, typed: str, said: str) -> None:
    page = verified(visitor, typed)
    assert page.status == 422
    assert said in page.errors[0]


def test_a_post_needs_its_token(visitor: FlaskClient, sheet: Sheet) -> None:
    assert visitor.post("/verifier", data={"code": sheet.code}).status_code == 400


def test_no_database_is_asked_and_nothing_is_kept(visitor: FlaskClient, sheet: Sheet) -> None:
    code, text = sheet.code, whole(sheet)
    before = everything()
    form = read(visitor.get("/verifier")).form("/verifier")
    with queries() as asked:
        for given in (code, text, "false"):
            visitor.post("/verifier", data=form | {"code": given})
        visitor.get("/verifier/cle")
    assert asked == []
    assert everything() == before


def test_the_public_key_checks_a_code_in_another_program(visitor: FlaskClient, sheet: Sheet) -> None:
    """As docs/decisions/receipt.md says, with nothing of ours."""
    answer = visitor.get("/verifier/cle")
    assert answer.mimetype == "text/plain"
    key = load_pem_public_key(answer.data)
    assert isinstance(key, Ed25519PublicKey)
    signed, _, letters = sheet.code.rpartition("+")
    key.verify(base64.b32decode(letters + "="), signed.encode("ascii"))
    with pytest.raises(InvalidSignature):
        key.verify(base64.b32decode(letters + "="), signed.encode("ascii") + b"A")


@pytest.mark.parametrize(
    ("content", "exit_code", "said"),
    [
        ("{code}", 0, "authentic: the code, without a text; receipt {number}, act of "),
        ("{text}\n{code}\n", 0, "authentic: the code and the text; receipt {number}, act of "),
        ("\ufeff{text}\n{code}", 0, "authentic: the code and the text"),
        ("{text} et\n{code}", 1, "Error: the code is authentic, and was not signed with this text\n"),
        ("bonjour {code}", 1, "Error: the code is authentic, and was not signed with this text\n"),
        ("{code}A", 1, "Error: no code of this service, or one that was changed\n"),
        ("{text}", 1, "Error: no code of this service, or one that was changed\n"),
        ("", 1, "Error: no code of this service, or one that was changed\n"),
    ],
)
def test_the_command_says_true_false_or_that_it_could_not_run(
    app: Flask, sheet: Sheet, tmp_path: Path, content: str, exit_code: int, said: str
) -> None:
    file = tmp_path / "receipt.txt"
    known = {"code": sheet.code, "text": sheet.text, "number": sheet.receipt.number}
    file.write_text(content.format(**known), encoding="utf-8")
    done = app.test_cli_runner().invoke(args=["verify-receipt", str(file)])
    assert done.exit_code == exit_code, done.output
    assert done.output.startswith(said.format(**known))
    assert done.output.count("\n") == 1


def test_a_file_that_cannot_be_read_is_exit_2(app: Flask, tmp_path: Path) -> None:
    binary = tmp_path / "receipt.pdf"
    binary.write_bytes(b"%PDF-1.7 \xff\xfe")
    run = app.test_cli_runner()
    done = run.invoke(args=["verify-receipt", str(binary)])
    assert (done.exit_code, done.output) == (2, "Error: the file cannot be read: UnicodeDecodeError\n")
    assert run.invoke(args=["verify-receipt", str(tmp_path / "nowhere")]).exit_code == 2
