"""The command that verifies the journal."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.database import or_cannot_run
from models.base import db
from models.integrity import Verification, one_instant


def init_integrity(app: Flask) -> None:
    """Add it."""
    app.cli.add_command(verify_journal)


@click.command("verify-journal")
@with_appcontext
@or_cannot_run
def verify_journal() -> None:
    """Read the whole journal: is every entry there, as it was written, where it was written?

    A line for each fault, and exit code 1; else « intact, N entries ».
    """
    with one_instant(db.engine) as connection:
        reading = Verification(connection, current_app.extensions["procurations"].journal_key)
        faults = 0
        for fault in reading.faults():
            click.echo(fault)
            faults += 1
    if faults:
        raise SystemExit(1)
    click.echo(f"intact, {reading.entries} entries")
