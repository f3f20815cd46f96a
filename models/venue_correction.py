"""What supervision corrects of a place that a file gets wrong, and the prefect's places that no file has."""

import secrets
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import update

from models import journal
from models.account import Account
from models.base import change, db
from models.errors import AlreadyHandled
from models.journal import Action
from models.territory import Station
from models.venue import Venue, VenueKind
from models.venue_import import PREFIX

LONGEST_DETAIL = 60
MANY = "many"
"""What the journal says where the names of what was corrected are too long for it."""


@dataclass(frozen=True)
class Wanted:
    """What a place should say; None is unknown. The names are the columns'."""

    name: str
    commune_code: str
    address: str | None
    telephone: str | None
    hours: str | None
    access: str | None
    latitude: float | None
    longitude: float | None
    opens_on: date | None
    closes_on: date | None


def correct(
    venue: Venue, wanted: Wanted, *, is_hidden: bool, seen: int, account: Account, now: datetime, today: date
) -> tuple[str, ...]:
    """Correct it, and keep later imports from undoing that; the names of what changed.

    Raises AlreadyHandled: somebody else corrected it since version `seen`.
    """
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    changed = tuple(name for name, value in values.items() if getattr(venue, name) != value)
    names = (*changed, *(("is_hidden",) if venue.is_hidden != is_hidden else ()))
    if not names:
        return ()
    kept = " ".join(sorted(venue.corrected_names.union(changed)))
    marks = {"corrected": kept, "corrected_on": today if changed else venue.corrected_on, "is_hidden": is_hidden}
    _write(venue, seen, {**values, **marks})
    _record(venue, names, account, now)
    return names


def follow_again(venue: Venue, *, seen: int, account: Account, now: datetime) -> None:
    """Let the next import overwrite what was corrected. Raises AlreadyHandled."""
    _write(venue, seen, {"corrected": "", "corrected_on": None})
    _record(venue, ("follow_again",), account, now)


def add_listed(wanted: Wanted, source: str, *, account: Account, now: datetime, today: date) -> Venue:
    """A place that a prefect lists for some days (R72-1 III); a file of the same source would replace it."""
    code = f"{PREFIX[VenueKind.PREFECT]}-X{secrets.token_hex(5).upper()}"
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    venue = Venue(code=code, kind=VenueKind.PREFECT, source=source, received_on=today, **values)
    db.session.add(venue)
    db.session.flush()
    _record(venue, ("added",), account, now)
    return venue


def _write(venue: Venue, seen: int, values: dict[str, object]) -> None:
    """On the version that was seen, and no other; its station has its name and commune too. Raises AlreadyHandled."""
    is_it = (Venue.code == venue.code, Venue.version == seen)
    if not change(update(Venue).where(*is_it).values(**values, version=seen + 1)):
        raise AlreadyHandled(venue.code)
    station = db.session.get(Station, venue.code)
    db.session.refresh(venue)
    if station is not None:
        station.name, station.commune_code = venue.name, venue.commune_code


def _record(venue: Venue, names: tuple[str, ...], account: Account, now: datetime) -> None:
    detail = " ".join(names)
    told = detail if len(detail) <= LONGEST_DETAIL else MANY
    journal.record(Action.VENUE_CORRECTED, now=now, account=account, desk=venue.code, detail=told)
