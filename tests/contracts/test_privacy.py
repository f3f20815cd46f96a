"""The register of processing says what becomes of each table, and time does what it says: no elector is left."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from flask import Flask
from sqlalchemy import update

from app import time_acts
from app.config import PROJECT
from app.dates import now
from models import outbox
from models.base import Base, db
from models.law import duration
from models.outbox import OutboxMail
from tests.contracts.test_migrations import fill_every_table, fresh, run
from tests.database import everything

__all__ = ["fresh"]
PAGE = (PROJECT / "docs" / "privacy.md").read_text()
ROWS = [row.strip("| ").split(" | ") for row in re.findall(r"^\| `.*\|$", PAGE, re.MULTILINE)]
PEOPLE = ("HAUTPOUL", "Aubign", "eloise@", "Lucie", "Gwena", "Marie-Ange")
"""Who the builders' electors are, and those of the roll."""


def test_the_page_tells_of_every_table_once() -> None:
    told = [name for row in ROWS for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(told) == sorted(Base.metadata.tables)


def test_backups_are_kept_as_long_as_people_are_told() -> None:
    unit = (PROJECT / "deploy" / "systemd" / "procurations-backup.service").read_text()
    told = (PROJECT / "templates" / "pages" / "privacy.html").read_text()
    assert ("-mtime +14 -delete" in unit, "quatorze jours" in told, "kept fourteen days" in PAGE) == (True,) * 3


def test_the_dates_of_a_visit_are_said_to_stay_as_long_as_they_do() -> None:
    """The name of the place goes before."""
    told = (PROJECT / "templates" / "pages" / "privacy.html").read_text()
    assert 'Les dates des deux papiers d\'une visite", "comme la procuration' in told
    assert "the dates stay with the row" in PAGE


def test_a_revocation_without_a_reference_is_kept_as_long_as_people_are_told() -> None:
    told = (PROJECT / "templates" / "pages" / "privacy.html").read_text()
    kept = {what: duration(what, now().date()).months for what in ("demande", "established")}
    assert kept == {"demande": 2, "established": 12}
    assert "deux mois après que la mairie ou le consulat l'a traité ; un an si personne ne l'a fait" in told
    assert "two months after a town hall dealt with it; a year after it was stated" in PAGE


def test_what_erases_a_table_exists() -> None:
    named = [name for row in ROWS for name in re.findall(r"`(\w+\.\w+)`", row[3] if len(row) > 3 else "")]
    assert len(named) > 15
    for name in named:
        module, function = name.split(".")
        assert callable(getattr(import_module(f"models.{module}"), function)), name


def test_who_is_somebody_is_kept_for_a_time_that_is_said() -> None:
    for row in ROWS:
        if not row[1].startswith("nobody"):
            assert len(row) >= 3, row
            assert row[2].strip(), row


def test_in_time_no_elector_is_left_in_any_table(fresh: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever every table was given; what a new one holds must go too. The last messages go once they are sent."""
    run(fresh, "upgrade")
    fill_every_table(fresh)
    before = {table for table, rows in everything().items() if any(name in repr(rows) for name in PEOPLE)}
    assert before >= {"procuration", "roll_elector", "draft", "outbox_mail", "revocation_statement"}
    db.session.remove()
    for years, command in ((1, "close-scrutins"), (2, "close-scrutins"), (5, "purge"), (6, "purge")):
        at = now() + timedelta(days=366 * years)
        monkeypatch.setattr(time_acts, "now", lambda at=at: at)
        done = fresh.test_cli_runner().invoke(args=[command])
        assert done.exit_code == 0, (done.output, done.exception)
    db.session.execute(update(OutboxMail).where(OutboxMail.sent_at.is_(None)).values(sent_at=now()))
    outbox.erase_old_facts(now() + timedelta(days=8))
    db.session.commit()
    left = {table: name for table, rows in everything().items() for name in PEOPLE if name in repr(rows)}
    assert left == {}
