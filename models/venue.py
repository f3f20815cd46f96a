"""Where an elector may go: stations and consulates, places listed by the prefect (R72-1 III), digital help points."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, coded
from models.position import Position
from models.territory import Commune, Station, StationKind

LONGEST = {"name": 120, "address": 200, "telephone": 30, "hours": 600, "access": 200, "source": 120}


class VenueKind(StrEnum):
    POLICE = "police"
    GENDARMERIE = "gendarmerie"
    CONSULATE = "consulate"
    PREFECT = "prefect"
    HELP = "help"

    @property
    def station_kind(self) -> StationKind | None:
        """What kind of station it is, if it is one: officers' accounts may belong to it."""
        return StationKind(self.value) if self.value in set(StationKind) else None

    @property
    def establishes(self) -> bool:
        """Whether an identity document can be shown there; a help point only helps to make the demande."""
        return self is not VenueKind.HELP


class Venue(Base):
    """What the public may know of one place. A station has the code of its `Station`, and the other way round.

    None is « unknown », and said so. `hours` and `access` (for disabled people) are words. `opens_on` and `closes_on`
    are the prefect's dates, both included. `data_date`: the day that the source gives to its data; `received_on`: the
    day of the import. `is_listed`: in the last file of its source; `is_hidden`: taken off by supervision. `corrected`:
    the columns that supervision corrected, which no import overwrites. `version` counts the corrections.
    """

    __tablename__ = "venue"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code_present"),
        CheckConstraint("(latitude is null) = (longitude is null)", name="whole_position"),
        CheckConstraint("opens_on <= closes_on", name="dates_in_order"),
        Index("ix_venue_commune", "commune_code"),
        Index("ix_venue_latitude", "latitude"),
    )

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[VenueKind] = mapped_column(coded(VenueKind, 12, check="kind"))
    name: Mapped[str] = mapped_column(String(LONGEST["name"]))
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    address: Mapped[str | None] = mapped_column(String(LONGEST["address"]))
    telephone: Mapped[str | None] = mapped_column(String(LONGEST["telephone"]))
    hours: Mapped[str | None] = mapped_column(String(LONGEST["hours"]))
    access: Mapped[str | None] = mapped_column(String(LONGEST["access"]))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(LONGEST["source"]))
    data_date: Mapped[date | None]
    received_on: Mapped[date | None]
    is_listed: Mapped[bool] = mapped_column(default=True)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    corrected: Mapped[str] = mapped_column(String(200), default="")
    corrected_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    commune: Mapped[Commune] = relationship(lazy="joined", innerjoin=True)

    @property
    def position(self) -> Position | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Position(self.latitude, self.longitude)

    @property
    def corrected_names(self) -> frozenset[str]:
        """The columns that supervision corrected."""
        return frozenset(self.corrected.split())


def is_shown(today: date) -> ColumnElement[bool]:
    """What the public sees on that day: a place whose last day has passed is no longer shown, one to come is."""
    is_not_over = or_(Venue.closes_on.is_(None), Venue.closes_on >= today)
    return and_(Venue.is_listed, ~Venue.is_hidden, is_not_over)


def of_station(station: Station, source: str) -> Venue:
    """A station that somebody has entered: where it is, and nothing else known."""
    return Venue(
        code=station.code,
        kind=VenueKind(station.kind),
        name=station.name,
        commune_code=station.commune_code,
        source=source,
    )
