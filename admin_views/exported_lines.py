"""A line of the town hall's file: what R75 lists of a procuration, and what became of it.

Columns are read, and no row of the session: a large commune's file has twenty thousand lines, each of few words that
others have not.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Enum, Select, String, cast, func, select, type_coerce

from admin_views import columns, download
from app.dates import hour
from app.register_columns import validity_of
from app.templating import in_words
from models.base import db
from models.naming import PEOPLE
from models.procuration import PollingDay, Procuration, Source, Status
from models.territory import Commune

HEADINGS = (
    "Référence",
    "Origine",
    "Statut",
    "Mandant : nom de naissance",
    "Mandant : prénoms",
    "Mandant : sexe",
    "Mandant : date de naissance",
    "Mandant : numéro d'électeur",
    "Mandant : vote à",
    "Mandataire : nom de naissance",
    "Mandataire : prénoms",
    "Mandataire : sexe",
    "Mandataire : date de naissance",
    "Mandataire : numéro d'électeur",
    "Mandataire : inscrit à",
    "Validité",
    "Établie le",
    "Établie à (heure)",
    "Lieu d'établissement",
    "Autorité",
    "Qualité de l'autorité",
    "Reçue le",
    "Décidée le",
    "Motif",
)
"""No address, no telephone, no note, no name of a home."""

Cells = list[str | date]
Writing = Callable[[date], str | date]
"""How a file writes a day: in words, or as a date of its own."""


class Read(NamedTuple):
    """What a line is made of: columns of a procuration, codes as they are stored, the days chosen as one text.

    Its fields are found at once, and those of the database's own rows by their names, one by one.
    """

    reference: str | None
    source: str
    status: str
    doubted_at: datetime | None
    purged_at: datetime | None
    commune_code: str
    mandant_birth_name: str
    mandant_first_names: str
    mandant_sex: str
    mandant_birth_date: date
    mandant_nne: str | None
    mandataire_commune_code: str | None
    mandataire_birth_name: str
    mandataire_first_names: str
    mandataire_sex: str
    mandataire_birth_date: date
    mandataire_nne: str | None
    valid_until: date | None
    established_at: datetime
    established_day_only: bool
    established_commune_code: str | None
    officer_name: str | None
    officer_capacity: str | None
    authority_capacity: str | None
    received_on: date | None
    decided_at: datetime | None
    reason: str | None
    days: str | None

    @property
    def places(self) -> tuple[str | None, ...]:
        """The codes of the communes that the line names."""
        return self.commune_code, self.mandataire_commune_code, self.established_commune_code


class Place(NamedTuple):
    """What a line says of a commune, and the clock there."""

    name: str
    label: str
    zone: ZoneInfo


PERSON = ("birth_name", "first_names", "sex", "birth_date", "nne")
MANDANT, MANDATAIRE = (attrgetter(*(f"{who}_{part}" for part in PERSON)) for who in PEOPLE)
NOWHERE = Place("", "", ZoneInfo("UTC"))


class Places(dict[str | None, Place]):
    """The communes that the lines name, by their codes; each is read once."""

    def learn(self, codes: Iterable[str | None]) -> None:
        """Those that are not known yet, in one query; none when all are."""
        if new := set(codes) - self.keys():
            self[None] = NOWHERE
            for one in db.session.scalars(select(Commune).where(Commune.code.in_(new - {None}))):
                self[one.code] = Place(one.name, one.label, one.zone)


def reading(*criteria: ColumnElement[bool]) -> Select[Any]:
    """What is read of these rows."""
    days = select(func.aggregate_strings(cast(PollingDay.day, String), ","))
    chosen = days.where(PollingDay.procuration_id == Procuration.id).correlate(Procuration).scalar_subquery()
    return select(*(_stored(name) for name in Read._fields if name != "days"), chosen).where(*criteria)


def _stored(name: str) -> ColumnElement[Any]:
    """A column, without what makes members of an enumeration of its codes."""
    column = Procuration.__table__.columns[name]
    return type_coerce(column, String) if isinstance(column.type, Enum) else column


def batches(rows: Select[Any], day: Writing) -> Iterator[list[Cells]]:
    """The cells of some hundred lines at a time."""
    places = Places()
    for batch in download.columns(rows):
        lines = list(map(Read._make, batch))
        places.learn(code for one in lines for code in one.places)
        yield [_cells(one, places, day) for one in lines]


def _cells(row: Read, places: Places, day: Writing) -> Cells:
    here, is_erased = places[row.commune_code], row.purged_at is not None
    return [
        row.reference or "",
        "papier" if row.source == Source.PAPER else "en ligne",
        _standing(row.status, row.doubted_at is not None),
        *_person(MANDANT(row), is_erased, day),
        here.label,
        *_person(MANDATAIRE(row), is_erased, day),
        places[row.mandataire_commune_code].label,
        _validity(row.valid_until, row.days),
        *_establishment(row, here, day),
        places[row.established_commune_code].name,
        row.officer_name or "",
        _word("capacity_label", row.officer_capacity) or row.authority_capacity or "",
        day(row.received_on) if row.received_on else "",
        day(row.decided_at.astimezone(here.zone).date()) if row.decided_at else "",
        _word("reason_label", row.reason),
    ]


def _person(said: Any, is_erased: bool, day: Writing) -> Cells:
    if is_erased:
        return [columns.ERASED, "", "", "", ""]
    birth_name, first_names, sex, birth_date, nne = said
    return [birth_name, first_names, sex, day(birth_date), nne or ""]


def _establishment(row: Read, here: Place, day: Writing) -> Cells:
    """Day and hour where the vote is; no hour when a form on paper gives none."""
    at = row.established_at.astimezone(here.zone)
    return [day(at.date()), "" if row.established_day_only else hour(at)]


@lru_cache(1_024)
def _validity(valid_until: date | None, days: str | None) -> str:
    return validity_of(valid_until, sorted(days.split(",")) if days else ())


@cache
def _standing(status: str, has_doubt: bool) -> str:
    """The status in the words of the list."""
    if status == Status.ESTABLISHED:
        return "à décider"
    if status == Status.VALIDATED and has_doubt:
        return "validée, à revoir"
    return _word("status_label", status)


@cache
def _word(macro: str, code: str | None) -> str:
    return in_words(macro, code) if code else ""
