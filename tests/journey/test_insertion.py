"""One row for each submission key, however many clicks, and never somebody else's."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.dates import now
from models import insertion
from models.base import db
from models.statement import RevocationStatement
from tests.builders import LAON, World
from tests.law.people import ELOISE


def a_statement(world: World) -> RevocationStatement:
    officer = world.an_officer()
    return RevocationStatement(
        submission_key="one key",
        commune=world.commune(),
        mandant=ELOISE,
        officer_id=officer.id,
        officer_capacity="opj",
        place_code=LAON,
        stated_at=now(),
    )


def test_the_second_click_finds_what_the_first_inserted(world: World) -> None:
    first, second = a_statement(world), a_statement(world)
    assert insertion.insert_once(first) == (first, True)
    assert insertion.insert_once(second) == (first, False)
    db.session.commit()
    assert db.session.query(RevocationStatement).count() == 1


def test_the_key_of_somebody_else_gives_nothing_away(world: World) -> None:
    first, second = a_statement(world), a_statement(world)
    insertion.insert_once(first)
    with pytest.raises(IntegrityError):
        insertion.insert_once(second, RevocationStatement.officer_id == second.officer_id)
    db.session.commit()
    assert db.session.query(RevocationStatement).one() is first


def test_a_reference_that_is_taken_is_drawn_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = world.submitted()
    drawn = iter([taken.reference, taken.reference, "ABCDEF"])
    monkeypatch.setattr("models.reference.draw", lambda: next(drawn))
    assert world.submitted().reference == "ABCDEF"
