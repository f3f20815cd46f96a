"""The communes: the command that loads them, and the suggestions of the form; stations, one by one."""

import csv
import gzip
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import Blueprint, Flask, jsonify, request
from flask.cli import with_appcontext
from flask.typing import ResponseReturnValue

from app.config import PROJECT
from app.database import or_cannot_run
from models.base import db
from models.territory import Changes, Commune, Place, Station, StationKind, load
from models.territory_search import search
from models.venue import of_station

COMMUNES = PROJECT / "models" / "data" / "communes.tsv.gz"
CONSULAR_POSTS = PROJECT / "models" / "data" / "consular_posts.tsv"
CODE = re.compile(r"[0-9C][0-9AB][0-9]{3}")
STATION_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}")
LONGEST_NAME = 120
SUGGESTIONS = 10
ENTERED = "Entré par l'administrateur du service"
SHORTEST_SEARCH = 2

blueprint = Blueprint("territory", __name__)


def init_territory(app: Flask) -> None:
    """Add the commands `load-communes` and `create-station`, and the address of the suggestions."""
    app.cli.add_command(load_communes)
    app.cli.add_command(create_station)
    app.register_blueprint(blueprint)


@blueprint.get("/communes")
def communes() -> ResponseReturnValue:
    """Labels for what has been typed so far; every label is understood when it is posted back."""
    typed = request.args.get("q", "").strip()
    found = search(typed, limit=SUGGESTIONS) if len(typed) >= SHORTEST_SEARCH else []
    return jsonify([commune.label for commune in found[:SUGGESTIONS]])


@click.command("load-communes")
@click.argument("file", default=COMMUNES, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@or_cannot_run
def load_communes(file: Path) -> None:
    """Load the communes of FILE (by default those that come with the application) and the consular posts."""
    try:
        changes = load_files(file)
    except (OSError, ValueError, EOFError) as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    click.echo(f"communes and consular posts: {changes.added} added, {changes.changed} changed")


@click.command("create-station")
@click.argument("code")
@click.option("--name", required=True, help="As people know it.")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in StationKind]))
@click.option("--commune", required=True, help="Code of its commune, or of the consular post.")
@with_appcontext
@or_cannot_run
def create_station(code: str, name: str, kind: str, commune: str) -> None:
    """Create the station CODE, where officers work and where their acts are established."""
    name = " ".join(name.split())
    if not STATION_CODE.fullmatch(code):
        raise click.ClickException(f"a code has 1 to 20 letters without accent, digits and dashes: {code!a}")
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise click.ClickException(f"a name has 1 to {LONGEST_NAME} characters, all of them visible")
    place = db.session.get(Commune, commune)
    if place is None:
        raise click.ClickException(f"unknown commune: {commune}")
    if place.is_consular is not (kind == StationKind.CONSULATE):
        raise click.ClickException(f"a consulate is at a consular post, and no other station is: {kind}, {commune}")
    if db.session.get(Station, code):
        raise click.ClickException(f"a station has this code: {code}")
    station = Station(code=code, name=name, kind=StationKind(kind), commune_code=commune)
    db.session.add_all([station, of_station(station, ENTERED)])
    db.session.commit()
    click.echo(f"station created: {code}")


def load_files(communes: Path = COMMUNES, consular_posts: Path = CONSULAR_POSTS) -> Changes:
    """Load both files in one transaction. Raises ValueError on a line that is no place; then nothing is loaded."""
    changes = load([*read(communes), *read(consular_posts)])
    db.session.commit()
    return changes


def read(path: Path) -> list[Place]:
    """The places of a file as models/data/derive.py writes it; lines that begin with # speak to people."""
    text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    places = [_place(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    if not places:
        raise ValueError("no commune in it")
    return places


def _place(row: dict[str, str]) -> Place:
    try:
        return Place(
            code=CODE.fullmatch(row["code"])[0],
            name=row["name"],
            department_code=row["department"],
            department_name=row["department_name"],
            parent_code=row["parent"] or None,
            time_zone=ZoneInfo(row["time_zone"]).key,
            elects={"0": False, "1": True}[row["elects"]],
            postal_codes=tuple(row["postal_codes"].split()),
        )
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"a line that is no commune: {row.get('code') or 'without code'}") from error
