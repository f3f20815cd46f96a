"""The register of each bureau as a tagged PDF: asked for on a page, drawn by the worker, taken when it is ready."""

import io
import subprocess
import sys
import threading
from datetime import timedelta

import pikepdf
import pytest

from app import pdf
from app import register_pdf as worker_step
from app.dates import now
from app.register_pdf import draw_waiting
from models import register_pdf
from models.base import db
from models.journal import Action
from models.register_pdf import KEPT, LEASE, MOST_ATTEMPTS, PdfState, RegisterPdf
from tests.back_office.desks import Desk, entries
from tests.back_office.test_register import a_roll, desk, lucie, on_roll, revoked, validated
from tests.builders import LAON, SOISSONS, World
from tests.database import queries
from tests.receipts.test_pdf import elements

ADDRESS = "/admin/register/pdf/"


def ask(at: Desk, world: World, bureau: str | None = None) -> str:
    """Press the button of one bureau, or of all; where it leads."""
    where = {"commune": LAON, "day": world.first_day().isoformat()}
    form = at.read(f"pdf/?commune={LAON}&day={world.first_day()}").form(ADDRESS)
    only = {} if bureau is None else {"bureau": bureau}
    answer = at.client.post(ADDRESS, data={"csrf_token": form["csrf_token"], **where, **only})
    assert answer.status_code == 303
    return answer.location.removeprefix(at.address)


def two_bureaux(world: World) -> None:
    a_roll(on_roll("PETIT", "0002", "7"), on_roll("GRAND", "0001", "12"))
    for name in ("PETIT", "GRAND"):
        validated(world, mandant=lucie(name))


def states() -> dict[str, PdfState]:
    db.session.rollback()
    return {one.bureau: one.state for one in db.session.query(RegisterPdf)}


@pytest.mark.pdf
def test_a_town_hall_asks_follows_and_takes_the_pdf_of_a_bureau(world: World) -> None:
    two_bureaux(world)
    clerk = world.a_clerk()
    at = desk(world, clerk)
    where = ask(at, world, "0001")
    assert "en attente" in at.read(where).text
    assert "Actualiser" in at.read(where).links
    assert draw_waiting(threading.Event()) == 1
    page = at.read(where)
    assert "Actualiser" not in page.links
    (link,) = [href for href in page.links.values() if "/pdf/file/" in href]
    answer = at.client.get(link)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    last = entries()[-1]
    assert (last.action, last.account_id, last.desk, last.detail) == (Action.EXPORTED, clerk.id, LAON, "register_pdf")
    with pikepdf.open(io.BytesIO(answer.data)) as drawn:
        assert bool(drawn.Root.MarkInfo.Marked)
        assert str(drawn.Root.Lang) == "fr"
        assert str(drawn.docinfo["/Title"]) == "Registre des procurations, Laon, bureau 0001, ÉCOLE 0001"
        names = {str(tag.get("/S")) for tag in elements(drawn.Root.StructTreeRoot)}
        assert {"/H1", "/P", "/Table", "/TR", "/TH", "/TD"} <= names
        assert all(sheet.mediabox[2] > sheet.mediabox[3] for sheet in drawn.pages)


def test_what_is_drawn_is_the_register_of_that_bureau_and_no_birth_date(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_bureaux(world)
    drawn: list[str] = []
    monkeypatch.setattr(worker_step, "has_pdf", lambda: True)
    monkeypatch.setattr(worker_step, "draw", lambda page: drawn.append(page) or b"%PDF")
    register_pdf.ask(world.commune(), world.first_day(), ["0001", "0002"], clerk=world.a_clerk(), now=now())
    db.session.commit()
    assert draw_waiting(threading.Event()) == 2
    first, second = drawn
    assert ("GRAND" in first, "PETIT" in second) == (True, True)
    assert "Martin PETIT" in first
    assert "GRAND" not in second
    assert "1951" not in first + second
    assert states() == {"0001": PdfState.DONE, "0002": PdfState.DONE}


@pytest.mark.pdf
def test_one_asked_for_again_is_drawn_again_and_takes_no_other_row(world: World) -> None:
    two_bureaux(world)
    at = desk(world)
    ask(at, world)
    ask(at, world)
    assert states() == {"0001": PdfState.WAITING, "0002": PdfState.WAITING}
    claimed = register_pdf.claim(now())
    ask(at, world, "0001")
    assert claimed
    assert not register_pdf.finish(claimed, b"of before", drawn_at=now())
    assert states()["0001"] is PdfState.WAITING


def test_a_pdf_whose_worker_died_is_drawn_by_another_and_given_up_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    validated(world)
    monkeypatch.setattr(worker_step, "has_pdf", lambda: True)
    register_pdf.ask(world.commune(), world.first_day(), [""], clerk=world.a_clerk(), now=now())
    db.session.commit()
    at = now() - LEASE * (MOST_ATTEMPTS + 1)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        held = register_pdf.claim(at)
        assert held
        assert held.attempts == attempt
        assert register_pdf.claim(at) is None
        at += LEASE
    assert draw_waiting(threading.Event()) == 0
    assert states() == {"": PdfState.FAILED}


@pytest.mark.pdf
def test_one_that_cannot_be_drawn_fails_and_the_page_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    validated(world)
    at = desk(world)
    where = ask(at, world)

    def breaks(page: str) -> bytes:
        raise ValueError(page)

    monkeypatch.setattr(worker_step, "draw", breaks)
    assert draw_waiting(threading.Event()) == 0
    assert "n'a pas pu être préparé" in at.read(where).text


@pytest.mark.pdf
def test_the_pdf_of_a_commune_is_nobody_elses(world: World) -> None:
    validated(world)
    at, day = desk(world), world.first_day()
    ask(at, world)
    draw_waiting(threading.Event())
    (key,) = [one.id for one in db.session.query(RegisterPdf)]
    stranger = desk(world, world.a_clerk(SOISSONS))
    assert at.get(f"pdf/file/?id={key}").status_code == 200
    assert stranger.get(f"pdf/file/?id={key}").status_code == 404
    assert stranger.get(f"pdf/?commune={LAON}&day={day}").status_code == 404
    assert at.get(f"pdf/file/?id={key + 1}").status_code == 404


def test_without_the_extra_there_is_no_link_and_no_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    validated(world)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    pdf._weasyprint.cache_clear()
    try:
        at, day = desk(world), world.first_day()
        where = f"?commune={LAON}&day={day}"
        assert "Registre en PDF, un fichier par bureau" not in at.read(f"public/{where}").links
        assert at.get(f"pdf/{where}").status_code == 404
        register_pdf.ask(world.commune(), day, [""], clerk=world.a_clerk(), now=now())
        db.session.commit()
        assert draw_waiting(threading.Event()) == 0
        assert states() == {"": PdfState.WAITING}
    finally:
        pdf._weasyprint.cache_clear()


def test_it_is_erased_three_days_after_it_was_asked_for(world: World) -> None:
    register_pdf.ask(world.commune(), world.today, [""], clerk=world.a_clerk(), now=now())
    register_pdf.ask(world.commune(), world.today, ["1"], clerk=world.a_clerk(), now=now() - KEPT - timedelta(hours=1))
    db.session.commit()
    assert world.app.test_cli_runner().invoke(args=["purge"]).exit_code == 0
    assert list(states()) == [""]


@pytest.mark.pdf
def test_the_page_asks_the_same_number_of_queries_for_many_bureaux(world: World) -> None:
    a_roll(on_roll("NOM0", "0000", "1"))
    validated(world, mandant=lucie("NOM0"))
    at, where = desk(world), f"pdf/?commune={LAON}&day={world.first_day()}"
    with queries() as alone:
        at.read(where)
    a_roll(*(on_roll(f"NOM{n}", f"{n:04}", "1") for n in range(8)))
    for n in range(8):
        validated(world, mandant=lucie(f"NOM{n}"))
    ask(at, world)
    with queries() as many:
        at.read(where)
    assert len(many) == len(alone)


def test_the_worker_loads_what_draws_only_when_there_is_something_to_draw() -> None:
    loads = "import app.worker, sys; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0


@pytest.mark.pdf
def test_what_is_revoked_before_it_is_drawn_is_not_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stays, goes = (validated(world, mandant=lucie(name)) for name in ("PETIT", "GRAND"))
    ask(desk(world), world)
    revoked(world, goes)
    drawn: list[str] = []
    monkeypatch.setattr(worker_step, "draw", lambda page: drawn.append(page) or b"%PDF")
    draw_waiting(threading.Event())
    assert (stays.mandant.birth_name in drawn[0], "GRAND" in drawn[0]) == (True, False)
