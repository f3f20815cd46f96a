"""An import that is killed leaves nothing to be seen, and makes nobody wait."""

import time
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.config import Config
from app.dates import now
from models import roll_import
from models.base import db
from models.journal import Action
from models.register import CurrentRoll, RollEdition, RollElector
from models.roll_file import Item, read
from models.roll_import import BATCH, SILENCE
from tests.back_office.desks import entries
from tests.builders import LAON, World
from tests.law.people import ELOISE, a_roll
from tests.rolls.files import a_file, many
from tests.rolls.processes import start, wait_until, write_roll
from tests.sizes import sized

LONGEST_WAIT_SECONDS = 5.0
"""How long a page waits for a row (app/config.py): beyond, a person would see an error."""


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def current_edition() -> int | None:
    db.session.rollback()
    return db.session.scalar(select(CurrentRoll.edition_id).where(CurrentRoll.commune_code == LAON))


@pytest.mark.proof
def test_an_import_killed_in_the_middle_changes_nothing_and_the_next_one_does_its_work(
    world: World, config: Config, tmp_path: Path
) -> None:
    a_roll(ELOISE)
    former = current_edition()
    file = write_roll(tmp_path / "roll.csv", many(sized(60_000, 400_000)))
    killed = start(config, "import-roll", str(file))
    wait_until(lambda: count(RollElector) > BATCH * 2)
    killed.kill()
    killed.communicate()
    assert killed.returncode == -9
    assert current_edition() == former
    assert not entries()
    left = count(RollElector)
    assert left > BATCH * 2, "rows that nobody can see"
    roll_import.drop_given_up(now() + SILENCE / 2)
    assert count(RollElector) == left, "it may still be alive"
    roll_import.drop_given_up(now() + SILENCE)
    assert (count(RollElector), count(RollEdition)) == (1, 1)
    again = start(config, "import-roll", str(write_roll(file, many(3))))
    assert "3 electors kept" in again.communicate()[0]
    assert (count(RollElector), count(RollEdition)) == (3, 1)
    assert [entry.action for entry in entries()] == [Action.ROLL_IMPORTED]


def test_rows_left_by_a_kill_go_by_bounded_transactions(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = RollEdition(started_at=now() - SILENCE * 2, written_at=now() - SILENCE * 2)
    db.session.add(edition)
    db.session.flush()
    lines = [_row(edition.id) for _ in range(25)]
    db.session.add_all(lines)
    db.session.commit()
    monkeypatch.setattr(roll_import, "BATCH", 10)
    seen: list[int] = []
    real = roll_import.change

    def counting(statement: object) -> int:
        seen.append(real(statement))
        return seen[-1]

    monkeypatch.setattr(roll_import, "change", counting)
    roll_import.drop_given_up(now())
    assert [n for n in seen if n > 1] == [10, 10, 5]
    assert (count(RollElector), count(RollEdition)) == (0, 0)


@pytest.mark.proof
def test_nobody_who_writes_meanwhile_waits_for_the_file(world: World, config: Config, tmp_path: Path) -> None:
    world.an_election()
    file = write_roll(tmp_path / "roll.csv", many(sized(40_000, 400_000)))
    importing = start(config, "import-roll", str(file))
    wait_until(lambda: count(RollElector) > 0)
    waits: list[float] = []
    while importing.poll() is None:
        begun = time.monotonic()
        world.submitted()
        waits.append(time.monotonic() - begun)
    assert importing.wait() == 0, importing.communicate()
    importing.communicate()
    assert len(waits) > 5
    assert max(waits) < LONGEST_WAIT_SECONDS, f"{max(waits):.2f} s"
    print(f"{len(waits)} demandes filed meanwhile, the slowest in {max(waits):.2f} s")


def test_a_failure_takes_its_rows_with_it(app: Flask) -> None:
    class DiskFull(Exception):
        pass

    def failing() -> Iterator[Item]:
        yield from islice(read(BytesIO(a_file(*many(BATCH + 10)))), BATCH + 1)
        raise DiskFull

    with pytest.raises(DiskFull):
        roll_import.import_roll(failing(), clock=now)
    assert (count(RollElector), count(RollEdition), current_edition()) == (0, 0, None)


def _row(edition_id: int) -> RollElector:
    return RollElector(
        edition_id=edition_id,
        commune_code=LAON,
        list_type="LP",
        birth_name="PETIT",
        first_names="Lucie",
        sex="F",
        name_key="petit",
    )
