"""What a worker loads before its first page, and what it leaves to those who need it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.config import PROJECT

LATER = {"alembic", "email_validator", "psycopg", "weasyprint", "webauthn", "xlsxwriter", "zxcvbn", "app.demo.drawn"}


def test_a_worker_starts_without_what_few_pages_need(tmp_path: Path) -> None:
    loaded = _of_a_worker("sorted(sys.modules)", tmp_path)
    assert "admin_views.town_hall" in loaded
    assert LATER.isdisjoint(loaded), LATER.intersection(loaded)


def test_a_worker_looks_for_garbage_among_what_came_after_its_start(tmp_path: Path) -> None:
    kept, left, is_looking = _of_a_worker("[gc.get_freeze_count(), len(gc.get_objects()), gc.isenabled()]", tmp_path)
    assert is_looking
    assert left < kept / 100


def _of_a_worker(asked: str, tmp_path: Path) -> list[Any]:
    """What it answers once it has loaded the application."""
    environ = os.environ | {"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/a.db"}
    command = [sys.executable, "-c", f"import gc, json, sys, wsgi; print(json.dumps({asked}))"]
    told = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=True).stdout
    return list(json.loads(told.splitlines()[-1]))
