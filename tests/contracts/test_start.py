"""What a worker loads before its first page, and what it leaves to those who need it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from app.config import PROJECT

LATER = {"alembic", "email_validator", "psycopg", "weasyprint", "webauthn", "xlsxwriter", "zxcvbn", "app.demo.drawn"}
ASKED = "import json, sys, wsgi; print(json.dumps(sorted(sys.modules)))"


def test_a_worker_starts_without_what_few_pages_need(tmp_path: Path) -> None:
    environ = os.environ | {"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/a.db"}
    asked = [sys.executable, "-c", ASKED]
    told = subprocess.run(asked, cwd=PROJECT, env=environ, capture_output=True, text=True, check=True).stdout
    loaded = json.loads(told.splitlines()[-1])
    assert "admin_views.town_hall" in loaded
    assert LATER.isdisjoint(loaded), LATER.intersection(loaded)
