"""Tables may grow while the former release works on them: it names the columns that it knows, and no other."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app import database
from models.base import Base, db
from models.procuration import Status
from tests.back_office.desks import counter, status_of, town_hall
from tests.builders import World, a_mandataire
from tests.database import everything
from tests.web.journeys import answers, file_a_demande

PREPARED_AFTER = 6
"""How often psycopg sends a statement before PostgreSQL keeps its plan, which a changed table may break."""

NEXT = """
from alembic import op

revision = "9999"
down_revision = "{newest}"


def upgrade() -> None:
    op.execute("ALTER TABLE procuration ADD COLUMN of_the_next_release VARCHAR(10)")


def downgrade() -> None:
    op.execute("ALTER TABLE procuration DROP COLUMN of_the_next_release")
"""


@contextmanager
def a_column_more() -> Iterator[None]:
    """In every table, as the next release adds one: empty, and needed by nobody."""
    names = [table.name for table in Base.metadata.sorted_tables]
    try:
        _alter(names, "ADD COLUMN of_the_next_release VARCHAR(10)")
        yield
    finally:
        db.session.rollback()
        _alter(names, "DROP COLUMN of_the_next_release")


def _alter(names: list[str], change: str) -> None:
    db.session.commit()
    with db.engine.begin() as connection:
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} {change}"))


def test_who_works_while_columns_are_added_notices_nothing(world: World) -> None:
    elector, officer, clerk = world.as_elector(), counter(world), town_hall(world)

    def walk(number: int) -> None:
        born = {
            "mandataire_birth_date": f"01/02/{1950 + number}",
            "mandataire_birth_name": f"D'AUBIGNÉ {chr(65 + number)}",
        }
        reference = file_a_demande(elector, answers(world, **born))
        officer.read(f"?reference={reference}")
        officer.act("validate", reference)
        clerk.read("?status=established")

    for number in range(PREPARED_AFTER):
        walk(number)
    with a_column_more():
        assert "of_the_next_release" in {column["name"] for column in inspect(db.engine).get_columns("procuration")}
        walk(PREPARED_AFTER)
        row = world.established(mandataire=a_mandataire())
        clerk.act("validate", row.id, note="Vérifié.")
        assert status_of(row) is Status.VALIDATED
    assert len(everything()["procuration"]) == PREPARED_AFTER + 2


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_an_upgrade_gives_way_to_who_holds_a_table(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = database.newest_revision()
    shutil.copytree(database.MIGRATIONS, tmp_path / "next")
    (tmp_path / "next" / "versions" / "9999_next.py").write_text(NEXT.format(newest=newest))
    monkeypatch.setattr(database, "MIGRATIONS", tmp_path / "next")
    db.session.commit()
    with db.engine.connect() as somebody:
        somebody.execute(text("LOCK TABLE procuration IN ROW EXCLUSIVE MODE"))
        done = world.app.test_cli_runner().invoke(args=["db", "upgrade"])
        assert done.exit_code == 2, done.output
        assert somebody.scalar(text("SELECT version_num FROM alembic_version")) == newest
