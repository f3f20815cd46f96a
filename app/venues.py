"""Where to go: the commands that read the files of stations and of digital help points."""

from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app.database import CannotRun, or_cannot_run, reason
from app.dates import DESK_ZONE, now
from models.base import db
from models.csv_lines import Refused
from models.venue import VenueKind
from models.venue_file import Aside, Defaults, Doubt, Refusal, read
from models.venue_import import Report, import_venues

REFUSALS = {
    Refusal.EMPTY: "the file is empty",
    Refusal.NO_TABLE: "this is no CSV file of places",
    Refusal.TRUNCATED: "the file was cut at line {}: get it again",
    Refusal.OPEN_QUOTE: "a quote that line {} opens is never closed: get the file again",
    Refusal.MISSING_COLUMNS: "columns are missing: {}",
    Refusal.NOTHING: "no place in it that can be read",
    Refusal.TOO_LONG: "more than {} lines: this is no list of places",
    Refusal.LOSS: "{} places of this source would no longer be shown: is the file whole? If it is, add --may-lose",
}
ASIDES = {
    Aside.COLUMN_COUNT: "it has not as many fields as the headers",
    Aside.ENCODING: "it has characters that are neither UTF-8 nor Windows-1252",
    Aside.NAME: "no name, or one of more than 120 characters",
    Aside.KIND: "its type is none of ours",
    Aside.SOURCE: "it has no source",
    Aside.COMMUNE: "its commune is unknown",
    Aside.REPEATED: "it repeats a place of the file",
}
DOUBTS = {
    Doubt.TOO_LONG: "a text that is too long is left unknown",
    Doubt.CUT: "the last value of the file may have been cut, and is left unknown",
    Doubt.NO_POSITION: "no position that can be believed, so no distance",
    Doubt.SWAPPED: "latitude and longitude were swapped",
    Doubt.BY_NAME: "unknown code of commune, found by its name",
    Doubt.DATES: "its dates cannot be read, and are left unknown",
}
A_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
A_DAY = click.DateTime(["%Y-%m-%d"])

file_argument = click.argument("file", type=A_FILE)
source_option = click.option("--source", default="", help="Who gives these data, for lines that do not say it.")
date_option = click.option("--date", "data_date", type=A_DAY, help="Day of the data, for lines that do not say it.")
loss_option = click.option("--may-lose", is_flag=True, help="Accept that most places of a source vanish.")


def init_venues(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(import_stations)
    app.cli.add_command(import_help_points)


@click.command("import-stations")
@file_argument
@source_option
@date_option
@loss_option
@with_appcontext
@or_cannot_run
def import_stations(file: Path, source: str, data_date: datetime | None, may_lose: bool) -> None:
    """Make FILE the list of its stations, consulates or places of the prefect: all or nothing."""
    _import(file, Defaults(None, source, data_date.date() if data_date else None), may_lose)


@click.command("import-help-points")
@file_argument
@source_option
@date_option
@loss_option
@with_appcontext
@or_cannot_run
def import_help_points(file: Path, source: str, data_date: datetime | None, may_lose: bool) -> None:
    """Make FILE the list of its source's digital help points: all or nothing."""
    _import(file, Defaults(VenueKind.HELP, source, data_date.date() if data_date else None), may_lose)


def _import(file: Path, defaults: Defaults, may_lose: bool) -> None:
    at = now()
    try:
        with file.open("rb") as opened:
            items = read(opened, defaults)
            report = import_venues(items, now=at, today=at.astimezone(DESK_ZONE).date(), may_lose=may_lose)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        sentence = REFUSALS[refused.code].format(refused.detail)
        raise click.ClickException(f"{sentence}. Nothing was changed.") from refused
    except SQLAlchemyError as error:
        raise CannotRun(f"nothing was imported: {reason(error)}") from error
    except OSError as error:
        raise CannotRun(f"nothing was imported: {type(error).__name__}") from error
    _tell(report)


def _tell(report: Report) -> None:
    for line in sorted(report.aside):
        click.echo(f"line {line.number} set aside: {ASIDES[line.reason]}")
    for note in sorted(report.noted):
        click.echo(f"line {note.number}: {DOUBTS[note.doubt]}")
    for kept in report.corrected:
        click.echo(f"{kept.code}: supervision's correction stays, the file differs: {', '.join(kept.names)}")
    click.echo(
        f"places: {report.added} added, {report.changed} changed, {report.unchanged} unchanged,"
        f" {report.gone} no longer shown, {len(report.aside)} lines set aside"
    )
