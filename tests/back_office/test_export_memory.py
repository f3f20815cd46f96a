"""However many rows it has, the town hall's CSV needs no more memory: measured in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.config import Config
from models.base import db
from models.procuration import PollingDay, Procuration
from tests.builders import PASSWORD, World
from tests.sizes import sized

ALLOWED_KIB = 10 * 1024
BATCH = 4_000


@pytest.mark.proof
def test_160_000_rows_leave_within_ten_megabytes_above_an_empty_export(
    app: Flask, config: Config, world: World
) -> None:
    size, clerk = sized(8_000, 160_000), world.a_clerk()
    fill(world, size)
    email = clerk.email
    db.session.rollback()
    lines, kib = exported(config, email)
    assert lines == 1 + size
    assert kib < ALLOWED_KIB, f"{kib / 1024:.1f} MiB above an empty export"
    print(f"{size} rows exported: {kib / 1024:.1f} MiB above an empty export")


def fill(world: World, size: int) -> None:
    """Established procurations of Laon, straight into the tables, some thousands at a time."""
    model = world.established()
    table, day, key = Procuration.__table__, model.days[0], model.id
    found = db.session.execute(select(table).where(table.c.id == key)).mappings().one()
    row = {name: value for name, value in found.items() if value is not None}
    for first in range(key + 1, key + size, BATCH):
        ids = range(first, min(first + BATCH, key + size))
        rows = [row | {"id": n, "reference": f"{n:06}"[-6:], "submission_key": f"many-{n}"} for n in ids]
        db.session.execute(insert(table), rows)
        db.session.execute(insert(PollingDay), [{"procuration_id": n, "day": day} for n in ids])
        db.session.commit()


def exported(config: Config, email: str) -> tuple[int, int]:
    """How many lines the file had, and how many KiB it cost."""
    environ = {**os.environ, "DEMO": "1", "DATABASE_URL": config.database_url, "PUBLIC_URL": config.public_url}
    command = [sys.executable, "-m", "tests.back_office.exporting", email, PASSWORD]
    project = Path(__file__).parents[2]
    done = subprocess.run(command, env=environ, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines, kib = map(int, done.stdout.split())
    return lines, kib
