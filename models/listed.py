"""A procuration as a list shows it: the columns of one line, and none of what makes a row that may be changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select
from sqlalchemy.orm import lazyload

from models.base import db
from models.procuration import PollingDay, Procuration, Source, Stage, Status
from models.territory import Commune


@dataclass(frozen=True)
class Listed(Stage):
    """One line. Each field is the column of that name, but for the commune and the days, which are read with it."""

    id: int
    reference: str | None
    source: Source
    status: Status
    mandant_birth_name: str | None
    mandant_first_names: str | None
    mandant_birth_date: date | None
    mandataire_birth_name: str | None
    mandataire_first_names: str | None
    valid_until: date | None
    officer_id: int | None
    handled_at: datetime | None
    checked_at: datetime | None
    established_at: datetime | None
    established_day_only: bool
    received_on: date | None
    held_until_paper: bool
    doubted_at: datetime | None
    closed_at: datetime | None
    purged_at: datetime | None
    commune: Commune
    days: tuple[date, ...]


COLUMNS = tuple(getattr(Procuration, field.name) for field in fields(Listed) if field.name not in ("commune", "days"))
LINES = (
    select(*COLUMNS, Commune, PollingDay.day)
    .join(Commune, Commune.code == Procuration.commune_code)
    .outerjoin(PollingDay, PollingDay.procuration_id == Procuration.id)
    .options(lazyload(Commune.department))
)
OF_KEYS = LINES.where(Procuration.id.in_(bindparam("keys", expanding=True))).order_by(Procuration.id, PollingDay.day)


def lines(keys: Sequence[int]) -> list[Listed]:
    """Those of these procurations, in the order of their keys."""
    by_key = {line.id: line for line in _lines(db.session.execute(OF_KEYS, {"keys": keys}))}
    return [by_key[key] for key in keys if key in by_key]


def lines_among(keys: Select[int], order: Sequence[ColumnElement[Any]]) -> list[Listed]:
    """Those of the procurations whose keys are so found, in an order that tells any two apart."""
    return list(_lines(db.session.execute(LINES.where(Procuration.id.in_(keys)).order_by(*order, PollingDay.day))))


def _lines(found: Iterable[Row[*tuple[Any, ...]]]) -> Iterator[Listed]:
    """From a row for each day chosen, or one for a period."""
    for _, several in groupby(found, key=itemgetter(0)):
        (*columns, day), *others = several
        line = [*columns, (day, *(other[-1] for other in others)) if day else ()]
        yield Listed(*line)
