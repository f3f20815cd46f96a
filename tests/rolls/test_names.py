"""A roll that comes after the establishment names people otherwise: what they hold and gave is counted again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, update

from app.dates import now
from app.recontrol import rename_due
from models import control, journal, journey, naming, roll_names
from models.base import db
from models.errors import Reason
from models.findings import Check
from models.identity import person_key
from models.journal import Action
from models.procuration import Procuration, Status
from models.register import CurrentRoll, RollElector
from models.roll_file import read
from models.roll_import import import_roll
from models.rules import Outcome
from tests.back_office.desks import journaled, mails_of, rows_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.database import two_meet
from tests.law.people import ELOISE, GWENAELLE, a_roll, a_roll_of, an_election, another, established
from tests.paper import entered
from tests.rolls.files import a_file, an_elector

LATER = timedelta(minutes=3)
BY_USUAL_NAME = replace(GWENAELLE, birth_name="ABGRALL")


def validated(world: World, **changes: object) -> Procuration:
    """Established without any roll, and validated by a clerk who looked elsewhere."""
    procuration = established(world, **changes)
    journey.validate(procuration, clerk=world.a_clerk(), now=now())
    db.session.commit()
    return procuration


def name_again() -> int:
    """What the worker does three minutes later."""
    return rename_due(now() + LATER)


def two_of_one_mandataire(world: World) -> tuple[Procuration, Procuration]:
    """By birth name, then by usual name: without a roll, nobody can know that they are one."""
    an_election(world)
    return validated(world), validated(world, mandant=another(0), mandataire=BY_USUAL_NAME)


def test_two_that_a_new_roll_shows_to_be_one_mandataires_do_not_both_stay_valid_l73(world: World) -> None:
    first, later = two_of_one_mandataire(world)
    assert (first.status, later.status) == (Status.VALIDATED, Status.VALIDATED)
    a_roll_of(ELOISE, another(0), GWENAELLE, usual_name="ABGRALL")
    assert name_again() == 2
    assert (status_of(first), status_of(later)) == (Status.VALIDATED, Status.VOID)
    assert mails_of(later)[-1] == "void"
    assert mails_of(first) == ["submitted", "established", "validated"], "nothing new for who was first"
    assert first.mandataire_roll_key == later.mandataire_roll_key == person_key(GWENAELLE)


def test_nothing_is_named_while_an_establishment_may_still_have_read_the_former_roll(world: World) -> None:
    _, later = two_of_one_mandataire(world)
    a_roll_of(GWENAELLE, usual_name="ABGRALL")
    assert rename_due(now()) == 0
    assert status_of(later) is Status.VALIDATED
    assert name_again() == 2


def test_two_that_a_new_roll_shows_to_be_one_mandants_are_told_l75(world: World) -> None:
    """On paper by usual name, then on line by birth name: the second is in doubt, its mandant and town hall know."""
    an_election(world)
    first = entered(world, mandant=replace(ELOISE, birth_name="MARTIN"))
    journey.validate(first, clerk=world.a_clerk(), now=now())
    second = validated(world, mandataire=another(1))
    a_roll_of(another(1), GWENAELLE, ELOISE, usual_name="MARTIN")
    assert name_again() >= 1
    assert (status_of(first), status_of(second)) == (Status.VALIDATED, Status.VALIDATED)
    assert mails_of(second)[-1] == "recontrolled"
    last = journal.last(Action.RECONTROLLED, second)
    assert last is not None
    assert last.detail == "roll_doubt"
    failed = {one["reason"] for one in second.findings if one["outcome"] == "failed"}
    assert failed == {Reason.DOUBLON_MANDANT}


def test_the_second_of_one_mandant_is_found_even_when_the_roll_names_the_first_alone(world: World) -> None:
    """An edition that learns the usual name later than the birth name teaches nothing about the second."""
    an_election(world)
    a_roll(ELOISE, GWENAELLE, another(1))
    elector = world.an_elector()
    first = established(world, elector=elector, mandant=replace(ELOISE, birth_name="MARTIN"))
    second = validated(world, elector=elector, mandataire=another(1))
    assert name_again() == 0
    a_roll_of(GWENAELLE, another(1), ELOISE, usual_name="MARTIN")
    assert name_again() == 1
    assert mails_of(second)[-1] == "recontrolled"
    assert journaled(first)[-1] is Action.RECONTROLLED


def test_who_awaits_a_decision_is_not_written_to_because_of_a_roll(world: World) -> None:
    an_election(world)
    waiting = established(world)
    a_roll(GWENAELLE)
    assert name_again() == 1
    assert mails_of(waiting) == ["submitted", "established"]
    assert journaled(waiting)[-1] is Action.RECONTROLLED


def test_the_bureau_of_what_was_there_before_the_roll_is_found_once_the_worker_has_named_it(world: World) -> None:
    """Waiting or validated, for days or a period, and under a usual name."""
    until = world.a_sunday(20)
    rows = [
        established(world),
        validated(world, mandant=another(0), mandataire=another(5), days=(), valid_until=until),
        validated(world, mandant=replace(ELOISE, birth_name="MARTIN", first_names="Éloïse"), mandataire=another(6)),
    ]
    a_roll_of(another(0), ELOISE, usual_name="MARTIN")
    db.session.execute(update(RollElector).values(bureau_code="0003"))
    db.session.commit()
    hall = town_hall(world)
    assert rows_of(hall.read("?bureau=3")) == []
    assert name_again() == 3
    assert set(rows_of(hall.read("?bureau=3"))) == {row.reference for row in rows}


@pytest.mark.parametrize("named", [None, LAON])
def test_a_mandataire_given_by_number_is_named_by_the_roll_that_has_it(world: World, named: str | None) -> None:
    an_election(world)
    by_number = validated(world, mandataire_nne="34", mandataire_commune=world.commune(named) if named else None)
    a_roll(GWENAELLE, commune=SOISSONS, nne="34")
    assert name_again() == 1
    assert by_number.mandataire_roll_key == person_key(GWENAELLE)


def test_what_a_roll_teaches_nothing_about_is_only_read(world: World) -> None:
    an_election(world)
    unknown = validated(world)
    a_roll(another(3))
    assert name_again() == 0
    assert journaled(unknown)[-1] is Action.VALIDATED
    assert name_again() == 0, "and not again"


def test_what_is_over_or_not_established_is_left(world: World) -> None:
    an_election(world)
    world.submitted(mandant=ELOISE, mandataire=GWENAELLE)
    ended = established(world, mandant=another(0))
    db.session.execute(update(Procuration).where(Procuration.id == ended.id).values(status=Status.REVOKED))
    db.session.commit()
    a_roll(ELOISE, another(0), GWENAELLE)
    assert name_again() == 0


def test_a_roll_that_is_imported_again_is_walked_again(world: World) -> None:
    an_election(world)
    procuration = established(world)
    for name, expected in (("D'AUBIGNÉ", 0), ("D'AUBIGNÉ LE BRETHON", 1)):
        import_roll(read(BytesIO(a_file(an_elector(nom_de_naissance=name))), LAON), clock=now)
        assert name_again() == expected
    assert procuration.mandataire_roll_key


def test_a_walk_that_stopped_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    an_election(world)
    monkeypatch.setattr(roll_names, "BATCH", 2)
    given = [established(world, mandant=another(n), mandataire=another(5 + n)) for n in range(5)]
    a_roll(*(another(5 + n) for n in range(5)))
    assert roll_names.count(now() + LATER) == 5
    walk = roll_names.walk(now() + LATER)
    assert [next(walk) for _ in range(2)] == [given[0].id, given[1].id]
    db.session.commit()
    walk.close()
    assert next(roll_names.walk(now() + LATER)) == given[2].id
    db.session.rollback()
    assert name_again() == 3
    assert all(one.mandataire_roll_key for one in given)
    assert {journaled(one).count(Action.RECONTROLLED) for one in given} == {1}


def test_two_workers_share_a_walk(world: World) -> None:
    an_election(world)
    given = [established(world, mandant=another(n), mandataire=another(5 + n)) for n in range(5)]
    a_roll(*(another(5 + n) for n in range(5)))

    def work() -> int:
        with world.app.app_context():
            return name_again()

    with two_meet(CurrentRoll.__tablename__), ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(work) for _ in range(2)]
        assert sum(worker.result() for worker in workers) == 5
    assert {journaled(one).count(Action.RECONTROLLED) for one in given} == {1}


def test_the_page_of_a_file_says_what_the_decision_will_find(world: World) -> None:
    """It counts under the roll's names too, and writes nothing."""
    an_election(world)
    established(world)
    later = established(world, mandant=another(0), mandataire=BY_USUAL_NAME)
    a_roll_of(GWENAELLE, usual_name="ABGRALL")
    first = db.session.scalars(select(Procuration).where(Procuration.mandant_key != later.mandant_key)).one()
    naming.keep(first, naming.look_up(first))
    db.session.commit()
    outcomes = {one.check: one.outcome for one in control.control(later, world.today).findings}
    assert outcomes[Check.CEILING] is Outcome.FAILED
    assert not db.session.dirty
    assert later.mandataire_roll_key is None


def test_what_is_void_for_one_vote_takes_no_place_in_another_l73(world: World) -> None:
    """On paper for the first tour; then, by another name, for both; then for the second: only that one is too many."""
    first, second = (scrutin.polling_day for scrutin in an_election(world).scrutins)
    both = established(world, days=(first, second))
    of_second = established(world, mandant=another(0), mandataire=BY_USUAL_NAME, days=(second,))
    of_first = entered(world, mandant=another(1), mandataire=BY_USUAL_NAME, days=(first,))
    a_roll_of(GWENAELLE, usual_name="ABGRALL", nne="87654321")
    assert control.control(of_second, world.today).excess == (both,)
    name_again()
    assert [status_of(one) for one in (of_first, both, of_second)] == [
        Status.ESTABLISHED,
        Status.VOID,
        Status.ESTABLISHED,
    ]
