"""A demande never fails because the reference that it drew is taken, however many are."""

from itertools import count, cycle
from random import choice

import pytest
from sqlalchemy import func, select

from models import reference, scrutin
from models.base import db
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration
from tests.builders import World, a_mandataire, an_identity
from tests.sizes import sized

TAKEN = sized(300, 1_000_000)
DEMANDES = sized(40, 40_000)
"""At full size some 37 draws meet a taken reference: as many as 10,000 demandes would into four million."""
DRAWN_TAKEN = cycle(range(sized(2, 1)))
"""In the small country every second draw is one that is taken, in the large one chance decides."""


@pytest.mark.proof
def test_demandes_into_a_crowded_country_draw_again_and_none_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated = world.app.test_cli_runner().invoke(args=["generate", "--procurations", str(TAKEN)])
    assert generated.exit_code == 0, generated.output
    some_taken = list(db.session.scalars(select(Procuration.reference).limit(300)))
    draws, draw, before = count(), reference.draw, counts()

    def drawn() -> str:
        next(draws)
        return choice(some_taken) if next(DRAWN_TAKEN) else draw()

    monkeypatch.setattr(reference, "draw", drawn)
    day = scrutin.upcoming_in(world.commune(), world.today)[0].polling_day
    demande = {"days": (day,), "mandant": an_identity(), "mandataire": a_mandataire()}
    filed = {world.submitted(**demande).reference for _ in range(DEMANDES)}
    assert next(draws) > DEMANDES
    assert len(filed) == DEMANDES
    assert [after - earlier for earlier, after in zip(before, counts(), strict=True)] == [DEMANDES] * 4


def counts() -> list[int]:
    """How many references there are, and procurations, messages, and entries of a filing."""
    filings = select(func.count(Entry.id)).where(Entry.action == Action.SUBMITTED)
    columns = (Procuration.reference.distinct(), Procuration.id, OutboxMail.id)
    return [db.session.scalar(query) or 0 for query in (*(select(func.count(one)) for one in columns), filings)]
