"""A clerk gives a roll at `/admin/roll/`, follows its import, and reads what came of it."""

import zlib
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.config import Config
from models.account import Account, Role
from models.base import db
from models.journal import Action
from models.register import RollElector, RollUpload, RollUploadPart
from models.roll_upload import MOST_ATTEMPTS
from tests.back_office.desks import Desk, entries
from tests.builders import LAON, SOISSONS, World, csrf_token
from tests.database import everything, queries
from tests.page import Page, read
from tests.rolls.files import NOT_KEPT, a_file, an_elector, many

PAGE = "/admin/roll/"


def at_the_desk(world: World, clerk: Account | None = None) -> Desk:
    return Desk(world.as_agent(clerk or world.a_clerk()), PAGE)


def give(desk: Desk, content: bytes | None, **fields: str) -> TestResponse:
    """Choose a file on one's computer and press the button."""
    data: dict[str, Any] = {"csrf_token": csrf_token(desk.get().text), **fields}
    if content is not None:
        data["file"] = (BytesIO(content), "Listes Electeurs Actifs.csv")
    return post(desk.client, data)


def post(client: FlaskClient, data: dict[str, Any], address: str = f"{PAGE}upload/") -> TestResponse:
    """Post a form with a file; the client leaves open the temporary file in which it writes a long body."""
    answer = client.post(address, data=data, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    return answer


def the_worker_passes(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["deliver-mail", "--once"]).exit_code == 0


def followed(desk: Desk, answer: TestResponse) -> Page:
    """The page that the answer leads to."""
    assert answer.status_code == 303, answer.text
    return read(desk.client.get(answer.location))


def test_a_clerk_gives_a_roll_follows_it_and_reads_the_report(world: World) -> None:
    desk = at_the_desk(world)
    assert "aucune liste importée" in desk.read().text
    answer = give(desk, a_file(an_elector(), an_elector(nom_de_naissance="PETIT"), an_elector(sexe="?")))
    waiting = followed(desk, answer)
    assert (waiting.h1, waiting.links["Actualiser"]) == ("Liste électorale reçue", answer.location)
    the_worker_passes(world.app)
    done = followed(desk, answer)
    assert done.h1 == "Liste électorale importée"
    assert "2 inscriptions. Cette liste sert dès maintenant" in done.text
    assert "Ligne 4 : le sexe n'est ni M ni F." in done.text
    page = desk.read()
    assert "2 inscriptions" in page.text
    assert "importée le" in page.text
    assert ": importée" in page.text
    assert [entry.action for entry in entries()][-2:] == [Action.ROLL_UPLOADED, Action.ROLL_IMPORTED]
    assert {entry.desk for entry in entries()[-2:]} == {LAON}


def test_the_page_tells_how_many_lines_were_read_so_far(world: World) -> None:
    desk = at_the_desk(world)
    answer = give(desk, a_file())
    upload = db.session.scalars(select(RollUpload)).one()
    upload.state, upload.rows_read = "running", 24_000
    db.session.commit()
    assert "24 000 lignes lues jusqu'ici" in followed(desk, answer).text


def test_what_waits_for_the_worker_has_no_address_and_is_gone_once_imported(world: World) -> None:
    desk = at_the_desk(world)
    give(desk, a_file(*many(2_500)))
    parts = db.session.scalars(select(RollUploadPart)).all()
    assert len(parts) == 2
    kept = b"".join(zlib.decompress(part.content) for part in parts).decode()
    assert "VOISIN" in kept
    assert not any(word in kept for word in NOT_KEPT)
    db.session.commit()
    the_worker_passes(world.app)
    assert not db.session.scalars(select(RollUploadPart)).all()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Choisissez un fichier"),
        (b"", "Ce fichier est vide"),
        (bytes(1000), "n'est pas une liste électorale"),
        (a_file()[:-9], "a été coupé"),
        (a_file(header=["prénoms"]), "Il manque dans ce fichier"),
        (a_file(an_elector() | {"code du l'ugle": SOISSONS}), "d'une autre commune (code 02722)"),
        (a_file(*many(4_001))[:-9], "a été coupé"),
    ],
    ids=["none", "empty", "binary", "truncated", "columns", "another commune", "long and truncated"],
)
def test_a_refused_file_gets_its_sentence_and_changes_nothing(
    world: World, content: bytes | None, sentence: str
) -> None:
    desk = at_the_desk(world)
    give(desk, a_file())
    the_worker_passes(world.app)
    before = everything()
    answer = give(desk, content)
    assert answer.status_code == 422
    [error] = read(answer).errors
    assert sentence in error
    after = everything()
    after.pop("journal_entry"), before.pop("journal_entry")
    assert after == before
    assert (entries()[-1].action is Action.ROLL_REFUSED) == (content is not None)


def test_a_clerk_of_several_communes_says_which_one(world: World) -> None:
    desk = at_the_desk(world, world.a_clerk(LAON, SOISSONS))
    unsaid = read(give(desk, a_file()))
    assert (unsaid.status, unsaid.errors) == (422, ["Choisissez la commune de cette liste."])
    wrong = read(give(desk, a_file(), commune=SOISSONS))
    assert wrong.form("/upload/")["commune"] == SOISSONS
    assert followed(desk, give(desk, a_file(), commune=LAON)).h1 == "Liste électorale reçue"


def test_a_clerk_gives_no_roll_for_another_commune_and_sees_none(world: World) -> None:
    desk = at_the_desk(world)
    assert give(desk, a_file(), commune=SOISSONS).status_code == 404
    answer = give(desk, a_file())
    elsewhere = at_the_desk(world, world.a_clerk(SOISSONS))
    assert elsewhere.client.get(answer.location).status_code == 404
    assert "Laon" not in elsewhere.read().text
    for key in ("", "0", "x", "99999999999"):
        assert desk.get(f"upload/?id={key}").status_code == 404


def test_nobody_else_gives_a_roll(world: World) -> None:
    for role in (Role.MINISTRY, Role.AUDITOR):
        client = world.as_agent(world.an_account(role))
        assert client.get(PAGE).status_code == 403
    officer = world.as_agent(world.an_officer())
    token = csrf_token(officer.get("/admin/officer/").text)
    data = {"csrf_token": token, "file": (BytesIO(a_file()), "roll.csv")}
    assert post(officer, data).status_code == 403
    assert not db.session.scalar(select(func.count()).select_from(RollUpload))


def test_only_a_clerk_may_send_more_than_a_form_and_only_here(world: World, config: Config) -> None:
    desk = at_the_desk(world)
    content = a_file(*many(2_000))
    assert len(content) > config.for_flask()["MAX_CONTENT_LENGTH"]
    assert give(desk, content).status_code == 303
    elsewhere = post(desk.client, {"file": (BytesIO(content), "roll.csv")}, "/admin/town-hall/action/")
    stranger = post(world.app.test_client(), {"file": (BytesIO(content), "roll.csv")})
    assert (elsewhere.status_code, stranger.status_code) == (413, 302)


def test_a_file_beyond_the_limit_gets_a_page_that_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at_the_desk(world)
    monkeypatch.setattr("admin_views.roll.LARGEST_FILE", 1_000)
    answer = give(desk, a_file(*many(10)))
    assert (answer.status_code, read(answer).h1) == (413, "L'envoi est trop volumineux")


def test_a_roll_that_the_worker_could_not_import_says_so(world: World) -> None:
    desk = at_the_desk(world)
    answer = give(desk, a_file())
    upload = db.session.scalars(select(RollUpload)).one()
    upload.attempts = MOST_ATTEMPTS
    db.session.commit()
    the_worker_passes(world.app)
    page = followed(desk, answer)
    assert page.h1 == "Liste électorale refusée"
    assert "Envoyez la liste de nouveau" in page.text
    assert "la liste précédente, s'il y en avait une, sert toujours" in page.text
    assert "refusée, rien n'a changé" in desk.read().text


def test_without_a_token_nothing_is_read(world: World) -> None:
    desk = at_the_desk(world)
    data = {"file": (BytesIO(a_file()), "roll.csv")}
    assert post(desk.client, data).status_code == 400
    assert not db.session.scalar(select(func.count()).select_from(RollElector))


def test_the_page_asks_as_little_for_three_communes_as_for_one(world: World) -> None:
    def asked(clerk: Account) -> int:
        desk = at_the_desk(world, clerk)
        with queries() as seen:
            desk.read()
        return len(seen)

    one = asked(world.a_clerk())
    assert asked(world.a_clerk(LAON, SOISSONS, "02824")) == one
