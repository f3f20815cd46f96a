"""Article L73 when two officers establish at one instant, each in a process of its own: never one too many."""

import multiprocessing
from datetime import timedelta

import pytest

from app.dates import now
from models import holdings, journey
from models.base import db
from models.evidence import Evidence
from models.identity import Identity
from models.procuration import Procuration, Status
from tests.back_office.desks import journaled, mails_of
from tests.builders import World, a_mandataire, an_identity
from tests.journey.racers import establish_in_step
from tests.sizes import sized

ROUNDS = sized(12, 300)


@pytest.mark.proof
def test_two_processes_at_one_instant_never_exceed_a_ceiling(world: World) -> None:
    world.an_election()
    mandataires = [a_mandataire(first_names=f"Rosalie {number}") for number in range(ROUNDS)]
    sides = [
        [world.submitted(mandant=_mandant(side, n), mandataire=one).id for n, one in enumerate(mandataires)]
        for side in range(2)
    ]
    _race(world, sides)
    for pair in zip(*sides, strict=True):
        first, second = (db.session.get_one(Procuration, id_) for id_ in pair)
        assert sorted([first.status, second.status]) == [Status.ESTABLISHED, Status.VOID]
        void = first if first.status is Status.VOID else second
        assert mails_of(void) == ["submitted", "void"]
        assert journaled(void) == ["submitted", "established", "voided"]


def test_who_establishes_second_comes_second_whatever_the_clock_says(world: World) -> None:
    first, second = (world.submitted(mandant=_mandant(side, 0), mandataire=a_mandataire()) for side in range(2))
    officer, read_at = world.an_officer(), now()
    for procuration, clock in ((first, read_at), (second, read_at - timedelta(minutes=2))):
        journey.establish(procuration, officer=officer, now=clock)
        db.session.commit()
    assert (first.status, second.status) == (Status.ESTABLISHED, Status.VOID)


def test_two_processes_at_one_instant_never_take_two_from_one_mandant(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L75: both are established, and the later one fails the check that the town hall is shown."""
    monkeypatch.setattr(journey, "MOST_DEMANDES", 2 * ROUNDS)
    world.an_election()
    elector, sides = world.an_elector(), [[], []]
    for n in range(ROUNDS):
        for side in range(2):
            mandataire = a_mandataire(birth_name=f"VOISIN {'AB'[side]}", first_names=f"Rosalie {n}")
            sides[side].append(world.submitted(elector=elector, mandant=_mandant(0, n), mandataire=mandataire).id)
    _race(world, sides)
    for pair in zip(*sides, strict=True):
        given = [db.session.get_one(Procuration, id_) for id_ in pair]
        assert {one.status for one in given} == {Status.ESTABLISHED}
        assert sorted(holdings.duplicate(one, Evidence([one], world.today), world.today).outcome for one in given) == [
            "failed",
            "passed",
        ]


def _mandant(side: int, number: int) -> Identity:
    return an_identity(birth_name=f"MANDANT {'AB'[side]}", first_names=f"Éloïse {number}")


def _race(world: World, sides: list[list[int]]) -> None:
    """Both processes meet before each establishment."""
    officers = [world.an_officer().id for _ in sides]
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    db.session.rollback()
    spawned = multiprocessing.get_context("spawn")
    start = spawned.Barrier(2)
    processes = [
        spawned.Process(target=establish_in_step, args=(url, demandes, officer, start))
        for demandes, officer in zip(sides, officers, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
