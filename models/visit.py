"""Rounds away from the station, and the papers of those who are visited, by their dates (R72-1 III and IV, R73)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SentOnce, coded
from models.procuration import Procuration
from models.territory import Commune


class RoundKind(StrEnum):
    """To people who cannot come, with their papers; or a session that anybody may attend."""

    VISIT = "visit"
    SESSION = "session"


class Round(SentOnce, Base):
    """One day, in one commune, led by one officer; others of the station may act in it.

    `place_name`: of a home, a hospital, a prison or a hall; shown to the station alone, and erased with the papers.
    """

    __tablename__ = "round"
    __table_args__ = (Index("ix_round_station_day", "station_code", "day", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    station_code: Mapped[str] = mapped_column(ForeignKey("station.code"))
    officer_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[RoundKind] = mapped_column(coded(RoundKind, 8, check="kind"))
    day: Mapped[date]
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    place_name: Mapped[str | None] = mapped_column(String(120))
    cancelled_at: Mapped[datetime | None]

    commune: Mapped[Commune] = relationship(lazy="joined")
    visits: Mapped[list["Visit"]] = relationship(order_by="Visit.id", back_populates="round")

    @property
    def needs_papers(self) -> bool:
        """Whether each person has asked in writing, and sworn (R73)."""
        return self.kind is RoundKind.VISIT

    def is_open(self, now: datetime) -> bool:
        """On its day there, unless it was cancelled."""
        return self.cancelled_at is None and self.commune.local_day(now) == self.day


class Visit(Base):
    """A demande in a round: when its mandant asked and swore, and when these papers were destroyed (R73).

    `received_at`: when this person was received there, and the demande established, or passed on by a délégué.
    """

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("round_id", "procuration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id"), index=True)
    requested_on: Mapped[date | None]
    sworn_on: Mapped[date | None]
    received_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(back_populates="visits")
    procuration: Mapped[Procuration] = relationship()

    @property
    def has_papers(self) -> bool:
        """Whether the mandant asked in writing and swore."""
        return self.requested_on is not None and self.sworn_on is not None

    @property
    def is_received(self) -> bool:
        """Whether this person was met in this round."""
        return self.received_at is not None
