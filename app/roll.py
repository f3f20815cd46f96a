"""Rolls that come by file: the command `import-roll`, and the worker's step that imports what town halls gave."""

import threading
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app.database import CannotRun, or_cannot_run, reason
from app.dates import now
from app.templating import in_words
from models import journal, roll_upload
from models.base import db
from models.csv_lines import Refused
from models.journal import Action
from models.roll_file import Refusal, read
from models.roll_import import Report, Watcher, import_roll
from models.territory import Commune

TOLD_EVERY = 20_000


def init_roll(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(import_roll_file)


@click.command("import-roll")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--commune", "commune_code", help="Refuse the file if it holds another commune than this INSEE code.")
@with_appcontext
@or_cannot_run
def import_roll_file(file: Path, commune_code: str | None) -> None:
    """Make FILE, an REU export, the current roll of the commune or communes it holds: all or nothing."""
    try:
        report = _import(file, commune_code)
    except Refused as refusal:
        _record_refusal(commune_code, refusal)
        raise click.ClickException(in_words("roll_refusal", refusal.code, refusal.detail)) from refusal
    except SQLAlchemyError as error:
        raise CannotRun(f"nothing was imported: {reason(error)}") from error
    except OSError as error:
        raise CannotRun(f"nothing was imported: {type(error).__name__}") from error
    _tell(report)


def import_waiting(stop: threading.Event) -> int:
    """Import each roll that waits; how many were. An import in progress ends between two batches when `stop` is set."""
    done = 0
    while not stop.is_set() and (claimed := roll_upload.claim(now())):
        done += roll_upload.import_claimed(claimed, clock=now, is_stopped=stop.is_set)
    return done


class Progress(Watcher):
    """Tells from time to time how many lines were read."""

    told = 0

    def wrote(self, report: Report) -> None:
        if report.read >= self.told + TOLD_EVERY:
            self.told = report.read
            click.echo(f"{report.read} lines read")


def _import(file: Path, commune_code: str | None) -> Report:
    if commune_code is not None and db.session.get(Commune, commune_code) is None:
        raise Refused(Refusal.UNKNOWN_COMMUNE)
    with file.open("rb") as opened:
        return import_roll(read(opened, commune_code), clock=now, watcher=Progress())


def _record_refusal(commune_code: str | None, refusal: Refused) -> None:
    desk = commune_code if refusal.code is not Refusal.UNKNOWN_COMMUNE else None
    journal.record(Action.ROLL_REFUSED, now=now(), desk=desk, detail=refusal.code)
    db.session.commit()


def _tell(report: Report) -> None:
    for line in report.told:
        click.echo(f"line {line.number} set aside: {in_words('roll_aside', line.reason)}")
    if report.set_aside > len(report.told):
        click.echo(f"and {_count(report.set_aside - len(report.told), 'more line')} set aside")
    kept, aside = _count(report.kept, "elector"), _count(report.set_aside, "line")
    click.echo(f"{kept} kept, {aside} set aside, {_count(len(report.communes), 'commune')}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
