"""Where people vote (communes, consular posts), how they are loaded, and where officers work (stations)."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    bindparam,
    case,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HeadOfStream, coded, db
from models.identity import fold

EVERY_COMMUNE = "FR"
EVERY_CONSULAR_POST = "CO"
NEW_CALEDONIA = "988"
ABBREVIATIONS = {"st": "saint", "ste": "sainte"}
ARRONDISSEMENT = re.compile(r"\b([0-9]{1,2})(?: ?(?:er|ere|e|eme))?(?: (?:arrondissement|arrdt|ardt|arr))?\b")


class Department(Base):
    """A department, an overseas collectivity, or `CO` for the consular posts together."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Commune(HeadOfStream, Base):
    """A commune or arrondissement by INSEE code, or a consular post by a code of ours (`C` and four digits).

    `elects` is false where nobody is registered: Paris, Lyon and Marseille as a whole (their arrondissements
    are), and the uninhabited districts. `time_zone` is here because French Polynesia has three.
    """

    __tablename__ = "commune"

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    parent_code: Mapped[str | None] = mapped_column(String(5))
    time_zone: Mapped[str] = mapped_column(String(40))
    elects: Mapped[bool]
    # Compared byte by byte, so that the index finds beginnings whatever the server's language.
    search_name: Mapped[str] = mapped_column(
        String(80).with_variant(String(80, collation="C"), "postgresql"), index=True
    )

    department: Mapped[Department] = relationship(lazy="joined")

    @property
    def is_consular(self) -> bool:
        """A consular post keeps a consular list: periods may last three years (R74)."""
        return self.code.startswith("C")

    @property
    def is_caledonian(self) -> bool:
        """New Caledonia keeps its own rolls, outside the REU, and its town halls decide (R213-1)."""
        return self.department_code == NEW_CALEDONIA

    @property
    def label(self) -> str:
        """Name with what tells homonyms apart: « Saint-Martin (32, Gers) »."""
        return self.name if self.is_consular else f"{self.name} ({self.department_code}, {self.department.name})"

    @property
    def short_name(self) -> str:
        """Without what a consular post says in brackets: « Bruxelles », where it is said beside what it is."""
        return self.name.partition(" (")[0] if self.is_consular else self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_day(self, now: datetime) -> date:
        """The date there, at that instant."""
        return now.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The midnight that ends that day there."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)


IN_ORDER = (case((Commune.parent_code.is_(None), Commune.name), else_=Commune.parent_code), Commune.code)
"""By name, and the arrondissements of a city by number: the second before the tenth."""


def codes_of(commune: Commune) -> tuple[str, str, str]:
    """The codes under which a rule or an election may name a commune, the most exact first."""
    return commune.code, commune.department_code, EVERY_CONSULAR_POST if commune.is_consular else EVERY_COMMUNE


def of_codes(codes: Sequence[str]) -> list[Commune]:
    """Those of these codes, in one query; a code that is nobody's gives none."""
    return list(db.session.scalars(_OF_CODES, {"codes": codes}))


_OF_CODES = select(Commune).where(Commune.code.in_(bindparam("codes", expanding=True)))


def parts_of(commune: Commune) -> list[Commune]:
    """Where a commune's electors are registered: itself, or the arrondissements of Paris, Lyon or Marseille."""
    if commune.elects:
        return [commune]
    parts = select(Commune).where(Commune.parent_code == commune.code, Commune.elects).order_by(Commune.code)
    return list(db.session.scalars(parts))


class PostalCode(Base):
    """A commune has several postal codes and a postal code several communes."""

    __tablename__ = "postal_code"
    __table_args__ = (Index("ix_postal_code_code", "code"),)

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(5), primary_key=True)


class StationKind(StrEnum):
    POLICE = "police"
    GENDARMERIE = "gendarmerie"
    CONSULATE = "consulate"


class Station(Base):
    """Where an officer works; its commune is the place of establishment (R75)."""

    __tablename__ = "station"
    __table_args__ = (CheckConstraint("code <> ''", name="code_present"),)

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[StationKind] = mapped_column(coded(StationKind, 12, check="kind"))
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))

    commune: Mapped[Commune] = relationship(lazy="joined")

    @property
    def is_in_france(self) -> bool:
        """L73 counts apart the procurations established in France."""
        return self.kind is not StationKind.CONSULATE


class Place(NamedTuple):
    """One commune or consular post, as the files of models/data describe it."""

    code: str
    name: str
    department_code: str
    department_name: str
    parent_code: str | None
    time_zone: str
    elects: bool
    postal_codes: tuple[str, ...]


class Changes(NamedTuple):
    """What a load did to the communes and consular posts."""

    added: int
    changed: int


def load(places: Iterable[Place]) -> Changes:
    """Add the new places and correct the changed ones, in the caller's transaction; none is removed."""
    places = list(places)
    _merge(Department, {p.department_code: {"name": p.department_name} for p in places})
    changes = _merge(
        Commune,
        {
            p.code: {
                "name": p.name,
                "department_code": p.department_code,
                "parent_code": p.parent_code,
                "time_zone": p.time_zone,
                "elects": p.elects,
                "search_name": search_key(p.name),
            }
            for p in places
        },
    )
    _set_postal_codes({p.code: p.postal_codes for p in places})
    return changes


def _merge(kind: type[Department] | type[Commune], wanted: dict[str, dict[str, Any]]) -> Changes:
    """Insert the rows whose code is new and update those that differ."""
    names = {"code", *(name for values in wanted.values() for name in values)}
    columns = [column for column in kind.__table__.columns if column.name in names]
    known = {row.code: row._asdict() for row in db.session.execute(select(*columns))}
    rows = [{"code": code, **values} for code, values in wanted.items() if known.get(code) != {"code": code, **values}]
    new = [row for row in rows if row["code"] not in known]
    changed = [row for row in rows if row["code"] in known]
    if new:
        db.session.execute(insert(kind), new)
    if changed:
        db.session.execute(update(kind), changed)
    return Changes(len(new), len(changed))


def _set_postal_codes(wanted: dict[str, tuple[str, ...]]) -> None:
    key = tuple_(PostalCode.commune_code, PostalCode.code)
    known = {(commune, code) for commune, code in db.session.execute(select(*key.clauses)) if commune in wanted}
    pairs = {(commune, code) for commune, codes in wanted.items() for code in codes}
    for stale in known - pairs:
        db.session.execute(delete(PostalCode).where(key == stale))
    if new := pairs - known:
        db.session.execute(insert(PostalCode), [{"commune_code": commune, "code": code} for commune, code in new])


def search_key(name: str) -> str:
    """A name as searches compare it: folded, `St` written out, arrondissements as two digits.

    >>> search_key("Ste-Marie-aux-Mines"), search_key("Paris 1er Arrondissement")
    ('sainte marie aux mines', 'paris 01')
    """
    words = (ABBREVIATIONS.get(word, word) for word in fold(name).split())
    return ARRONDISSEMENT.sub(lambda number: f"{int(number[1]):02}", " ".join(words))
