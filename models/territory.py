"""Where people vote (communes, consular posts) and where officers work (stations)."""

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, coded


class Department(Base):
    """A department, an overseas collectivity, or `CO` for the consular posts together."""

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Commune(Base):
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
    search_name: Mapped[str] = mapped_column(String(80), index=True)

    department: Mapped[Department] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_consular(self) -> bool:
        """A consular post keeps a consular list: periods may last three years (R74)."""
        return self.code.startswith("C")

    @property
    def label(self) -> str:
        """Name with what tells homonyms apart: « Saint-Martin (32, Gers) »."""
        return self.name if self.is_consular else f"{self.name} ({self.department_code}, {self.department.name})"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_day(self, now: datetime) -> date:
        """The date there, at that instant."""
        return now.astimezone(self.zone).date()


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

    commune: Mapped[Commune] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_in_france(self) -> bool:
        """L73 counts apart the procurations established in France."""
        return self.kind is not StationKind.CONSULATE
