"""Nothing is ever missing between two editions, whoever acts while they are made; a reprint is the same for ever."""

from collections import Counter
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from models import editions, signing_list
from models.base import db
from models.editions import Edition
from models.procuration import Procuration, Status
from models.signing_list import Place
from tests.back_office.everybody import MOST_READ, Meanwhile, let_everybody_act, pages_of
from tests.back_office.test_register import desk
from tests.builders import LAON, World
from tests.sizes import sized

SEEDS = range(sized(2, 40))
FILES = sized(12, 90)
LEAST_EDITIONS = 3

Printed = Mapping[int, Place]


@pytest.mark.proof
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_missing_between_two_editions_made_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    seen = let_everybody_act(world, monkeypatch, seed=seed, files=FILES)
    made, commune = made_of(seen), world.commune()
    assert [edition.number for edition in made] == list(range(1, len(made) + 1))
    assert sorted(seen.read) == [edition.number for edition in made]
    held: Printed = {}
    for edition in made:
        held = stapled(held, *lines_of(edition))
        assert bureaux(held) == bureaux(seen.read[edition.number])
        assert held == {one.procuration_id: one.place for one in editions.whole(edition)}
    lines = signing_list.lines(commune, seen.day)
    waiting = editions.changes(commune, seen.day, lines)
    now_there = {line.procuration.id: line.place for line in lines}
    assert bureaux(stapled(held, waiting.added, waiting.removed)) == bureaux(now_there)
    assert now_there.keys() == serving(seen)
    much_happened(seen, made)
    at = desk(world)
    again = {key: page for number in range(1, MOST_READ + 1) for key, page in pages_of(at, seen.day, number)}
    assert again == seen.printed


def made_of(seen: Meanwhile) -> list[Edition]:
    db.session.rollback()
    made = select(Edition).where(Edition.commune_code == LAON, Edition.day == seen.day)
    return list(db.session.scalars(made.order_by(Edition.number)))


def lines_of(edition: Edition) -> tuple[Printed, Printed]:
    """What it adds, what it removes; nobody twice."""
    lines = editions.content(edition)
    added, removed = (
        {one.procuration_id: one.place for one in lines if one.is_added is sort} for sort in (True, False)
    )
    assert len(added) + len(removed) == len(lines)
    return added, removed


def stapled(held: Printed, added: Printed, removed: Printed) -> Printed:
    """The list of somebody who had `held`: who goes was there, where it is said; who comes was not."""
    assert removed.items() <= held.items()
    left = {key: place for key, place in held.items() if key not in removed}
    assert not added.keys() & left.keys()
    return {**left, **added}


def bureaux(held: Printed) -> dict[int, str]:
    """Who is given to which bureau."""
    return {key: place.bureau for key, place in held.items()}


def serving(seen: Meanwhile) -> set[int]:
    """Who votes for somebody that day, read row by row and without the list's own criterion."""
    rows = db.session.scalars(select(Procuration).where(Procuration.status == Status.VALIDATED))
    return {row.id for row in rows if seen.day in row.days and seen.day not in row.lost_days}


def much_happened(seen: Meanwhile, made: list[Edition]) -> None:
    """Or the test says nothing: each kind of act was done, and editions were made between them."""
    acts = Counter(seen.acts)
    assert acts["established"] == FILES
    assert acts["validated"] > FILES / 2
    assert acts["revoked"] + acts["lapsed"] + acts["dead"] >= FILES // 2
    assert acts["day told"] > 0
    assert acts["roll"] == 2
    assert len(made) >= LEAST_EDITIONS
