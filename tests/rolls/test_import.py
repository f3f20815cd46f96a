"""`import-roll`: a file becomes the current roll of its communes, all or nothing."""

from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.dates import now
from models.base import db
from models.csv_lines import Refused
from models.journal import Action
from models.register import CurrentRoll, RollEdition, RollElector, find_in
from models.roll_file import read
from models.roll_import import BATCH, SILENCE, Report, Watcher, drop_given_up, import_roll
from tests.back_office.desks import entries
from tests.builders import LAON, SOISSONS, World, an_identity
from tests.database import everything
from tests.rolls.files import NOT_KEPT, a_file, an_elector, many

IN_SOISSONS = {"code du l'ugle": SOISSONS}


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> object:
    """Run the command on this content."""

    def run(content: bytes, *options: str) -> Result:
        file = tmp_path / "roll.csv"
        file.write_bytes(content)
        return app.test_cli_runner().invoke(args=["import-roll", str(file), *options])

    return run


def lines_of(code: str = LAON) -> list[str]:
    """The birth names of the current roll of a commune."""
    db.session.rollback()
    current = select(RollElector.birth_name).join(CurrentRoll, CurrentRoll.edition_id == RollElector.edition_id)
    found = current.where(CurrentRoll.commune_code == code, RollElector.commune_code == code)
    return list(db.session.scalars(found.order_by(RollElector.id)))


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_file_becomes_the_current_roll_and_its_electors_are_found(run, world: World) -> None:
    lucie = an_identity(birth_name="d'Aubigne", first_names="Lucie", birth_date=an_identity().birth_date)
    done = run(a_file(an_elector(date_de_naissance=lucie.birth_date.strftime("%d/%m/%Y"))), "--commune", LAON)
    assert (done.exit_code, done.output) == (0, "1 elector kept, 0 lines set aside, 1 commune\n")
    assert find_in(LAON, lucie, None).found == "one"
    assert [(e.action, e.desk, e.detail) for e in entries()] == [(Action.ROLL_IMPORTED, LAON, "1")]


def test_nothing_of_the_columns_that_are_not_kept_enters_the_database(run) -> None:
    assert run(a_file()).exit_code == 0
    assert not any(word in repr(everything()) for word in NOT_KEPT)


def test_the_lines_set_aside_are_told_by_number_and_reason_and_name_nobody(run) -> None:
    done = run(a_file(an_elector(), an_elector(sexe="?"), an_elector(prenoms="")))
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "line 3 set aside: le sexe n'est ni M ni F",
        "line 4 set aside: les prénoms sont absents",
        "1 elector kept, 2 lines set aside, 1 commune",
    ]


def test_a_new_file_replaces_the_roll_whole_and_the_former_one_leaves_nothing(run) -> None:
    run(a_file(*many(3)))
    run(a_file(an_elector(nom_de_naissance="PETIT")))
    assert lines_of() == ["PETIT"]
    assert (count(RollElector), count(RollEdition)) == (1, 1)


def test_one_file_of_several_communes_is_read_and_each_is_replaced_alone(run) -> None:
    done = run(a_file(*many(2), *many(3, SOISSONS)))
    assert done.output.endswith("5 electors kept, 0 lines set aside, 2 communes\n")
    run(a_file(an_elector(nom_de_naissance="PETIT")), "--commune", LAON)
    assert (lines_of(LAON), len(lines_of(SOISSONS))) == (["PETIT"], 3)
    assert (count(RollElector), count(RollEdition)) == (4, 2)


def test_a_consular_post_has_a_roll_as_a_commune_has_under_our_own_code(run) -> None:
    there = an_elector(type_de_liste="Liste consulaire") | {"code du l'ugle": "C0009"}
    done = run(a_file(there), "--commune", "C0009")
    assert (done.exit_code, done.output) == (0, "1 elector kept, 0 lines set aside, 1 commune\n")
    assert lines_of("C0009") == ["D'AUBIGNÉ"]


def test_a_commune_that_keeps_no_roll_is_set_aside(run) -> None:
    for nowhere in ("99999", "75056"):
        done = run(a_file(an_elector(), an_elector() | {"code du l'ugle": nowhere}))
        assert "line 3 set aside: le code de la commune est absent ou inconnu" in done.output
        assert done.exit_code == 0


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (b"", (), "Ce fichier est vide."),
        (b"PK\x03\x04\0\0", (), "Ce fichier n'est pas une liste électorale"),
        (
            a_file(header=["prénoms", "sexe"]),
            (),
            "Il manque dans ce fichier\u00a0: code de l'ugle, libellé du type de liste",
        ),
        (a_file()[:-9], (), "s'arrête avant la fin de sa dernière ligne (ligne 2)"),
        (a_file() + b'"02408;\n', (), "un guillemet ouvert à la ligne 3 n'est jamais refermé"),
        (a_file(an_elector(sexe="")), (), "Aucun électeur n'a pu être lu"),
        (a_file(an_elector() | IN_SOISSONS), ("--commune", LAON), "d'une autre commune (code 02722)"),
        (a_file(), ("--commune", "99999"), "Aucune commune de ce code"),
        (a_file(an_elector() | {"code du l'ugle": "99999"}), (), "Aucune commune de ce code"),
        (a_file(*many(BATCH + 5))[:-9], (), f"(ligne {BATCH + 6})"),
    ],
)
def test_a_refused_file_gets_a_sentence_and_changes_nothing(
    run, content: bytes, options: tuple[str, ...], sentence: str
) -> None:
    run(a_file())
    before = everything()
    done = run(content, *options)
    assert (done.exit_code, sentence in done.output) == (1, True), done.output
    after = everything()
    assert sorted(after.pop("journal_entry"))[:-1] == sorted(before.pop("journal_entry"))
    assert {name: rows for name, rows in after.items() if rows} == {n: rows for n, rows in before.items() if rows}
    assert entries()[-1].action is Action.ROLL_REFUSED


def test_a_file_that_is_not_there_could_not_be_read(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["import-roll", "/nowhere/roll.csv"])
    assert done.exit_code == 2


def test_no_transaction_holds_more_than_two_thousand_lines_and_nothing_is_visible_before_the_last(
    app: Flask, world: World
) -> None:
    seen: list[tuple[int, list[str]]] = []

    class Looking(Watcher):
        def wrote(self, report: Report) -> None:
            with app.app_context():
                seen.append((report.read, lines_of()))

    content = a_file(*many(BATCH * 2 + 1))
    import_roll(read(BytesIO(content)), clock=now, watcher=Looking())
    assert seen == [(BATCH, []), (BATCH * 2, []), (BATCH * 2 + 1, [])]
    assert len(lines_of()) == BATCH * 2 + 1


def test_an_import_that_was_taken_for_dead_writes_no_more(app: Flask, world: World) -> None:
    class Sleeping(Watcher):
        def begun(self, edition_id: int) -> None:
            db.session.commit()
            drop_given_up(now() + SILENCE * 2)

    with pytest.raises(Refused, match="not_done"):
        import_roll(read(BytesIO(a_file())), clock=now, watcher=Sleeping())
    assert (count(RollElector), count(RollEdition)) == (0, 0)
