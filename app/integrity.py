"""The commands that anchor the journal and verify it."""

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection

from app.database import CannotRun, administrators_engine, or_cannot_run
from app.dates import now
from models import anchor, journal_check, journal_going, journal_purge
from models.anchor import Anchor, Link
from models.base import db
from models.integrity import Verification, one_instant
from models.journal_going import NotProven

POLLS, POLL_SECONDS = 600, 0.2


def init_integrity(app: Flask) -> None:
    """Add both."""
    app.cli.add_command(anchor_journal)
    app.cli.add_command(verify_journal)


@click.command("anchor-journal")
@with_appcontext
@or_cannot_run
def anchor_journal() -> None:
    """Close what the journal holds by one digest, to publish; close-scrutins does it every day."""
    if (anchored := close_journal(now())) is None:
        click.echo("nothing to anchor")
    else:
        click.echo(f"anchored up to {anchored.up_to}: {anchored.digest}")


def close_journal(at: datetime) -> Anchor | None:
    """Anchor what every act of before has written, once all of them are over; nobody waits for it.

    Raises CannotRun when one of them does not end.
    """
    marked = anchor.mark()
    for _ in range(POLLS):
        db.session.rollback()
        if anchor.is_settled(marked):
            anchored = anchor.add(marked, now=at)
            db.session.commit()
            return anchored
        time.sleep(POLL_SECONDS)
    waited = f"a transaction has not ended for {POLLS * POLL_SECONDS:.0f} s"
    raise CannotRun(f"the journal was not anchored: {waited} (pg_stat_activity names it). Repeat anchor-journal then")


def purge_journal(at: datetime, *, dry_run: bool) -> int:
    """Drop what was kept long enough, by batches, with the rights of the administrator; how many entries.

    Raises ClickException (exit 1) when what an anchor closed is not what is there.
    """
    config = current_app.extensions["procurations"]
    limit = journal_purge.limit(at, config.journal_months)
    with one_instant(db.engine) as connection:
        try:
            return _purge(connection, config.journal_key, limit, None if dry_run else at)
        except NotProven as error:
            said = "the journal was not purged: what would go does not prove (verify-journal)"
            raise click.ClickException(said) from error


def _purge(connection: Connection, key: bytes, limit: datetime, at: datetime | None) -> int:
    if (due := journal_going.due(connection, key, limit)) is None:
        return 0
    entries, left = journal_going.weigh(connection, key, due)
    if entries and at:
        journal_purge.say(due.up_to, entries, left, now=at)
        db.session.commit()
        _drop(journal_going.going(connection, key, due), key)
    return entries


def _drop(going: Iterator[Link], key: bytes) -> None:
    engine = administrators_engine()
    try:
        while links := list(islice(going, journal_purge.BATCH)):
            with engine.begin() as connection:
                journal_purge.drop(connection, links, key)
    finally:
        engine.dispose()


@click.command("verify-journal")
@click.option(
    "--published",
    multiple=True,
    metavar="DIGEST",
    help="Of an anchor kept elsewhere, younger than JOURNAL_MONTHS; repeat it for several.",
)
@with_appcontext
@or_cannot_run
def verify_journal(published: tuple[str, ...]) -> None:
    """Read the whole journal: is every entry there, as it was written, where it was written?

    A line for each fault, and exit code 1; else « intact, N entries ».
    """
    begun_at, faults, told = now(), 0, list[str]()
    with one_instant(db.engine) as connection:
        reading = Verification(connection, current_app.extensions["procurations"].journal_key, published)
        for fault in reading.faults():
            click.echo(fault)
            faults += 1
            told += [str(fault)] if faults <= journal_check.MOST_TOLD else []
    journal_check.keep(begun_at, now(), reading.entries, faults, told)
    db.session.commit()
    if faults:
        raise SystemExit(1)
    click.echo(f"intact, {reading.entries} entries")
