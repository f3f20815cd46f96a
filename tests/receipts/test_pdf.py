"""The receipt as a PDF: tagged, French, the same words, and nothing fetched from anywhere."""

import io
import re

import pikepdf
import pytest

from app.receipt import as_pdf
from tests.builders import World

pytestmark = pytest.mark.pdf


def test_the_pdf_is_tagged_in_french_with_a_title_and_its_picture_has_words(world: World) -> None:
    officer, elector = world.an_officer(), world.an_elector()
    procuration = world.established(officer, elector=elector)
    asked = {"reference": procuration.reference}
    answers = [
        world.as_agent(officer).get("/admin/receipt/pdf/", query_string=asked),
        world.as_elector(elector).get(f"/mes-procurations/{procuration.reference}/recepisse.pdf"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert re.fullmatch(r'attachment; filename="recepisse-\d+\.pdf"', answer.headers["Content-Disposition"])
        assert answer.headers["Cache-Control"] == "no-store"
        with pikepdf.open(io.BytesIO(answer.data)) as pdf:
            assert len(pdf.pages) == 1
            assert bool(pdf.Root.MarkInfo.Marked)
            assert str(pdf.Root.Lang) == "fr"
            assert str(pdf.docinfo.get("/Title", "")) == "Récépissé de procuration · Procurations"
            assert "pdfuaid" in pdf.Root.Metadata.read_bytes().decode()
            tags = list(elements(pdf.Root.StructTreeRoot))
        names = [str(tag.get("/S")) for tag in tags]
        assert {"/H1", "/H2", "/P", "/Figure"} <= set(names)
        headings = [name for name in names if name.startswith("/H")]
        assert headings[0] == "/H1", "read aloud, the receipt begins with what it is"
        assert headings.count("/H1") == 1
        figure = tags[names.index("/Figure")]
        assert str(figure.Alt).startswith("Code QR")


def elements(node):
    """The structure's elements, in their order."""
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "/static/../etc/passwd"])
def test_a_page_that_asks_for_anything_else_is_not_drawn(address: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        as_pdf(f'<html lang="fr"><title>a</title><p>a<img src="{address}" alt="b">', 1)
