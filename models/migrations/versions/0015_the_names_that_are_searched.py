"""The names that are searched."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BATCH = 1_000
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
SEARCHED = sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql")
PEOPLE = ("mandant", "mandataire")


def upgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        for who in PEOPLE:
            batch_op.add_column(sa.Column(f"{who}_search", SEARCHED, nullable=True))
    _fill()
    with op.batch_alter_table("procuration") as batch_op:
        for who in PEOPLE:
            columns = ["commune_code", f"{who}_search"]
            batch_op.create_index(f"ix_procuration_commune_{who}_search", columns, unique=False)


def downgrade() -> None:
    with op.batch_alter_table("procuration") as batch_op:
        for who in PEOPLE:
            batch_op.drop_index(f"ix_procuration_commune_{who}_search")
            batch_op.drop_column(f"{who}_search")


def _fill() -> None:
    """Fold the names of the rows that still have theirs, as models/search.py does from now on."""
    names = [f"{who}_{part}" for who in PEOPLE for part in ("birth_name", "first_names")]
    table = sa.table(
        "procuration", sa.column("id"), *map(sa.column, names), *(sa.column(f"{w}_search") for w in PEOPLE)
    )
    for rows in _batches(table):
        values = [{"key": row["id"], **{f"{who}_value": _searched(row, who) for who in PEOPLE}} for row in rows]
        found = {f"{who}_search": sa.bindparam(f"{who}_value") for who in PEOPLE}
        op.get_bind().execute(sa.update(table).where(table.c.id == sa.bindparam("key")).values(**found), values)


def _batches(table: sa.TableClause) -> Iterator[list[Any]]:
    last = 0
    named = sa.select(table).where(table.c.mandant_birth_name.is_not(None)).order_by(table.c.id).limit(BATCH)
    while rows := list(op.get_bind().execute(named.where(table.c.id > last)).mappings()):
        yield rows
        last = rows[-1]["id"]


def _searched(row: Any, who: str) -> str | None:
    birth_name, first_names = row[f"{who}_birth_name"], row[f"{who}_first_names"]
    return None if birth_name is None else _letters(f"{birth_name} {first_names or ''}")


def _letters(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.lower().translate(LIGATURES))
    return re.sub(r"[^a-z0-9]+", "", "".join(c for c in bare if not unicodedata.combining(c)))
