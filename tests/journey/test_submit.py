"""Step 1 in the domain: one demande, one journal entry and one message, whatever the clicks and the draws."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.dates import now
from models import journey, reference, rules
from models.base import db
from models.errors import Reason, RuleBroken
from models.journal import Action, Entry
from models.outbox import MailKind, OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration, Status
from tests.builders import World, an_identity


def submit(world: World, elector: Elector, key: str = "key", **changes: object) -> Procuration:
    return journey.submit(world.a_demande(**changes), elector=elector, submission_key=key, now=now())


def counts() -> tuple[int, int, int]:
    """Procurations, journal entries, messages."""
    db.session.rollback()
    return tuple(db.session.query(table).count() for table in (Procuration, Entry, OutboxMail))


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch):
    """Make the generator give these references, one after the other."""

    def give(*references: str) -> Iterator[str]:
        left = iter(references)
        monkeypatch.setattr(reference, "draw", lambda: next(left))
        return left

    return give


def test_a_demande_its_journal_entry_and_its_message_are_one(world: World) -> None:
    demande = submit(world, world.an_elector())
    assert demande.status is Status.SUBMITTED
    assert demande.days == [world.a_sunday(8)]
    assert reference.is_well_formed(demande.reference)
    db.session.commit()
    assert db.session.query(Entry).one().action is Action.SUBMITTED
    mail = db.session.query(OutboxMail).one()
    assert (mail.kind, mail.facts["to"], mail.facts["reference"]) == (
        MailKind.SUBMITTED,
        "eloise@electeurs.test",
        demande.reference,
    )


def test_nothing_is_left_when_the_transaction_is_not_committed(world: World) -> None:
    submit(world, world.an_elector())
    assert counts() == (0, 0, 0)


def test_the_message_names_neither_the_mandataire_nor_a_birth_date(world: World) -> None:
    submit(world, world.an_elector())
    facts = str(db.session.query(OutboxMail).one().facts)
    for datum in ("Aubign", "Gwena", "1986", "1951", "HAUTPOUL"):
        assert datum not in facts


def test_the_same_key_gives_the_same_demande_and_another_elector_his_own(world: World) -> None:
    elector = world.an_elector()
    first = submit(world, elector)
    db.session.commit()
    assert submit(world, elector).id == first.id
    assert submit(world, elector, email="autre@electeurs.test").email == "eloise@electeurs.test"
    assert counts() == (1, 1, 1)
    assert journey.submitted_with("key", world.an_elector()) is None


def test_the_law_is_asked_whatever_the_door(world: World) -> None:
    elector = world.an_elector()
    world.an_election()
    for changes, reason in (
        ({"mandataire": an_identity(first_names="eloise marie ange")}, Reason.MANDANT_EST_MANDATAIRE),
        ({"days": (world.a_sunday(8), world.today - timedelta(days=3))}, Reason.VALIDITE_EXPIREE),
        ({"days": (world.a_sunday(8) + timedelta(days=1),)}, Reason.SCRUTIN_INCONNU),
        ({"valid_until": rules.years_after(world.today, 2)}, Reason.VALIDITE_TROP_LONGUE),
        ({"days": ()}, Reason.DONNEES_INCOMPLETES),
        ({"mandant": an_identity(birth_date=world.today)}, Reason.MANDANT_MINEUR),
    ):
        with pytest.raises(RuleBroken) as refusal:
            submit(world, elector, **changes)
        assert refusal.value.reasons == (reason,)
    assert counts() == (0, 0, 0)


def test_a_reference_that_is_taken_is_drawn_again(world: World, draws) -> None:
    draws("AAAAAA", "AAAAAA", "AAAAAA", "BBBBBB")
    first = submit(world, world.an_elector(), "one")
    db.session.commit()
    second = submit(world, world.an_elector(), "two")
    db.session.commit()
    assert (first.reference, second.reference) == ("AAAAAA", "BBBBBB")
    assert second.days == first.days
    assert counts() == (2, 2, 2)


def test_a_reference_taken_in_the_same_transaction_is_drawn_again_too(world: World, draws) -> None:
    draws("AAAAAA", "AAAAAA", "BBBBBB")
    submit(world, world.an_elector(), "one")
    submit(world, world.an_elector(), "two")
    db.session.commit()
    assert counts() == (2, 2, 2)


def test_a_purged_person_gives_the_reference_back(world: World, draws) -> None:
    draws("AAAAAA", "AAAAAA")
    old = submit(world, world.an_elector(), "one")
    old.reference = None
    db.session.commit()
    assert submit(world, world.an_elector(), "two").reference == "AAAAAA"


def test_no_free_reference_is_a_failure_not_a_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "draw", lambda: "AAAAAA")
    submit(world, world.an_elector(), "one")
    db.session.commit()
    with pytest.raises(RuntimeError, match="no free reference"):
        submit(world, world.an_elector(), "two")
    assert counts() == (1, 1, 1)


def test_two_electors_who_draw_one_reference_at_once_get_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, barrier = threading.local(), threading.Barrier(2)
    others = iter(("BBBBBB", "CCCCCC"))

    def draw() -> str:
        if not hasattr(mine, "drawn"):
            mine.drawn = True
            barrier.wait(timeout=30)
            return "AAAAAA"
        return next(others)

    monkeypatch.setattr(reference, "draw", draw)
    world.an_election()
    electors = [world.an_elector() for _ in range(2)]
    _at_once(world, [(elector, f"key-{n}") for n, elector in enumerate(electors)])
    assert sorted(p.reference for p in db.session.query(Procuration)) == ["AAAAAA", "BBBBBB"]
    assert counts() == (2, 2, 2)


def test_eight_clicks_at_once_under_one_key_file_one_demande(world: World) -> None:
    world.an_election()
    elector = world.an_elector()
    found = _at_once(world, [(elector, "key")] * 8)
    assert len(set(found)) == 1
    assert counts() == (1, 1, 1)


def _at_once(world: World, clicks: list[tuple[Elector, str]]) -> list[str | None]:
    """The reference each click got, each in a thread and a transaction of its own."""
    barrier = threading.Barrier(len(clicks))
    found: list[str | None] = [None for _ in clicks]

    def click(number: int) -> None:
        with world.app.app_context():
            elector, key = clicks[number]
            demande = world.a_demande()
            barrier.wait(timeout=30)
            procuration = journey.submit(demande, elector=elector, submission_key=key, now=now())
            db.session.commit()
            found[number] = procuration.reference

    threads = [threading.Thread(target=click, args=(number,)) for number in range(len(clicks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in found
    return found
