"""Many decided together are decided as they would be one by one, whatever each does to the next."""

from collections.abc import Callable
from dataclasses import replace
from string import ascii_uppercase
from typing import Any

import pytest
from sqlalchemy import select

from app.dates import now
from models import decision, journey, settlement
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NoteRequired, Reason
from models.findings import Check
from models.identity import Identity, letters
from models.journal import Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from models.register import RollElector
from tests.builders import SOISSONS, World, an_identity
from tests.elections.ministry import a_plan, created
from tests.elections.texts import written
from tests.law.people import GWENAELLE, a_roll, an_election, established

FORGOTTEN = {"id", "message_id", "previous", "mac", "head_mac"}


def voisin(number: int) -> Identity:
    """One of twenty-six electors."""
    return an_identity(birth_name=f"VOISIN {ascii_uppercase[number]}", first_names="Camille")


def of_every_kind(world: World) -> list[Procuration]:
    """Clean, failing, beyond a ceiling, tied, given twice, by number, for a period, in doubt, held, decided already."""
    written(world, an_election(world), Reason.PLAFOND)
    kermarrec = replace(GWENAELLE, birth_name="KERMARREC")
    by_usual_name = established(world, mandant=voisin(0), mandataire=kermarrec)
    rows = {
        "clean": established(world, mandant=voisin(1), mandataire=voisin(2)),
        "nobody on the roll": established(world, mandant=voisin(1), mandataire=an_identity(birth_name="PERSONNE")),
        "by usual name": by_usual_name,
        "given first": established(world, mandant=voisin(3), mandataire=voisin(4)),
        "given again": established(world, mandant=voisin(3), mandataire=voisin(5)),
        "by number": established(
            world, mandant=voisin(6), mandataire=voisin(7), mandataire_commune=None, mandataire_nne="77"
        ),
        "for a period": established(world, mandant=voisin(8), mandataire=voisin(9), valid_until=world.a_sunday(20)),
        "tied": established(world, mandant=voisin(10), mandataire=voisin(11)),
        "tied too": established(world, mandant=voisin(12), mandataire=voisin(13)),
        "held": established(world, mandant=voisin(14), mandataire=voisin(15)),
        "decided": established(world, mandant=voisin(16), mandataire=voisin(17)),
        "in doubt": established(world, mandant=voisin(18), mandataire=voisin(19), valid_until=world.a_sunday(30)),
        "without e-mail": established(world, mandant=voisin(20), mandataire=voisin(21)),
    }
    clerk = world.a_clerk()
    journey.validate(rows["decided"], clerk=clerk, note="Vu.", now=now())
    journey.validate(rows["in doubt"], clerk=clerk, note="Vu.", now=now())
    rows["in doubt"].mandataire_commune = world.commune(SOISSONS)
    rows["held"].held_until_paper = True
    rows["without e-mail"].email = None
    for tied in (rows["tied"], rows["tied too"]):
        tied.established_day_only, tied.mandataire, tied.mandataire_key = True, voisin(11), rows["tied"].mandataire_key
    db.session.commit()
    election = created(world, a_plan(world, law={"same_commune_required": True}))
    settlement.recontrol(rows["in doubt"], election_id=election.id, now=now())
    rows["by birth name"] = established(world, mandant=voisin(22), mandataire=GWENAELLE)
    a_roll(*(voisin(n) for n in range(23)), GWENAELLE, nne="11")
    a_roll(voisin(7), commune=SOISSONS, nne="77")
    named = db.session.scalars(select(RollElector).where(RollElector.birth_name == GWENAELLE.birth_name)).one()
    named.usual_name, named.usual_key = "KERMARREC", letters("KERMARREC")
    db.session.commit()
    return list(rows.values())


def left_by(act: Callable[[], Any]) -> dict[str, Any]:
    """What the database would hold of rows, journal and mail, and what the act answers; then it is undone."""
    answer = act()
    db.session.flush()
    tables = (Procuration.__table__, Entry.__table__, OutboxMail.__table__)
    held = {
        table.name: [
            {name: value for name, value in row.items() if name not in FORGOTTEN}
            for row in db.session.execute(table.select().order_by(table.c.id)).mappings()
        ]
        for table in tables
    }
    db.session.rollback()
    return held | {"answer": answer}


def one_by_one(rows: list[Procuration], act: Callable[..., None], **why: Any) -> dict[int, str]:
    not_done = {}
    for row in sorted(rows, key=lambda row: row.id):
        try:
            act(row, **why)
        except (AlreadyHandled, NotAllowed, NoteRequired) as refusal:
            not_done[row.id] = type(refusal).__name__
    return not_done


def together(rows: list[Procuration], act: Callable[..., Any], **why: Any) -> dict[int, str]:
    return {key: type(refusal).__name__ for key, refusal in act(rows, **why).items()}


@pytest.mark.parametrize("note", [None, "Vérifié au téléphone."])
@pytest.mark.parametrize("act", ["validate", "invalidate"])
def test_many_are_decided_as_they_would_be_one_by_one(world: World, act: str, note: str | None) -> None:
    rows, clerk = of_every_kind(world), world.a_clerk()
    why = {"clerk": clerk, "note": note, "now": now()} | ({"reason": Reason.PLAFOND} if act == "invalidate" else {})
    each = left_by(lambda: one_by_one(rows, getattr(journey, act), **why))
    all_ = left_by(lambda: together(rows[::-1], getattr(decision, act), **why))
    assert all_ == each
    statuses = [row["status"] for row in each["procuration"]]
    refusals = {"AlreadyHandled", "NotAllowed", *([] if note else ["NoteRequired"])}
    assert set(each["answer"].values()) == refusals, "some decided already, one without its paper, some without a note"
    assert (Status.VOID in statuses) == (act == "validate"), "the roll shows one mandataire under two names"


def test_what_one_decision_frees_the_next_may_take(world: World) -> None:
    """L75: once the first of one mandant is invalidated, the second passes every check."""
    an_election(world)
    a_roll(*(voisin(n) for n in range(3)))
    pair = [established(world, mandant=voisin(0), mandataire=voisin(n)) for n in (1, 2)]
    not_done = decision.invalidate(pair, clerk=world.a_clerk(), reason=Reason.PLAFOND, note="Vu.", now=now())
    db.session.commit()
    assert not not_done
    duplicates = [next(f for f in one.findings or () if f["check"] == Check.DUPLICATE)["outcome"] for one in pair]
    assert duplicates == ["passed", "passed"]
