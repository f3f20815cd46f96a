"""What the desks of a polling day's lists share: which list is asked for, its columns, and who read it."""

from datetime import date

from flask import abort, request

from admin_views import columns
from admin_views.base import me
from app.dates import now, short_day
from app.register_columns import validity
from models import journal, perimeter
from models.base import db
from models.editions import EditionChange
from models.journal import Action
from models.signing_list import Line
from models.territory import Commune

BUREAU = ("code du bureau de vote", "libellé du bureau de vote")
MENTIONS = (
    "numéro d'ordre dans le bureau de vote",
    "nom de naissance",
    "prénoms",
    "date de naissance",
    "mandataire : nom de naissance",
    "mandataire : prénoms",
    "mandataire : date de naissance",
    "validité",
)
"""Keyed as the roll is, so that a spreadsheet or the printer's program joins them (R76, unread since 2022)."""
MENTION_FROM = MENTIONS.index("mandataire : nom de naissance")
"""From this column on, it is what is written on the list, and not what is there already."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""No vote has a list before or after; ages and ends of days can be told of all between."""


def asked() -> tuple[Commune, date]:
    """The commune, one of the clerk's, and the polling day that the address or the form names (404)."""
    commune = perimeter.find_commune(request.values.get("commune", ""), me())
    try:
        day = date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        abort(404)
    if not FIRST_DAY <= day <= LAST_DAY:
        abort(404)
    return commune, day


def record(action: Action, commune: Commune, detail: str) -> None:
    """Write who read a list, or took it, for good."""
    journal.record(action, now=now(), account=me(), desk=commune.code, detail=detail)
    db.session.commit()


def keyed_cells(one: Line | EditionChange) -> list[str]:
    """A mention in a file, which needs its bureau on each line."""
    return [one.place.bureau, one.place.bureau_name, *mention_cells(one)]


def mention_cells(one: Line | EditionChange) -> list[str]:
    """Of who was erased since an edition, nothing is left but the place."""
    row, place = one.procuration, one.place
    if row.purged_at:
        return [place.order_number, columns.ERASED, *[""] * (len(MENTIONS) - 2)]
    people = (row.mandant, row.mandataire)
    named = [cell for who in people for cell in (who.birth_name, who.first_names, short_day(who.birth_date))]
    return [place.order_number, *named, validity(row)]
