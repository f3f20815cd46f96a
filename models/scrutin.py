"""Elections as dated data: what they are, whom they concern, and their polling days."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, coded, db
from models.territory import Commune

EVERY_COMMUNE = "FR"
EVERY_CONSULAR_POST = "CO"


class ElectionKind(StrEnum):
    DEPARTMENTAL = "departmental"
    REGIONAL = "regional"
    MUNICIPAL = "municipal"
    LEGISLATIVE = "legislative"
    PRESIDENTIAL = "presidential"
    EUROPEAN = "european"
    PROVINCIAL = "provincial"
    REFERENDUM = "referendum"


class ControlRegime(StrEnum):
    """Who decides at step 3: the town hall (2021, New Caledonia) or the register (elsewhere since 2022)."""

    TOWN_HALL = "town_hall"
    REGISTER = "register"


class Election(Base):
    """One election and the parameters of its law; L73's ceilings are data, as February 2021 showed (loi 2021-191)."""

    __tablename__ = "election"
    __table_args__ = (CheckConstraint("max_established_in_france <= max_total", name="ceilings_ordered"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[ElectionKind] = mapped_column(coded(ElectionKind, 16, check="kind"))
    max_total: Mapped[int] = mapped_column(default=2)
    max_established_in_france: Mapped[int] = mapped_column(default=1)
    control_regime: Mapped[ControlRegime] = mapped_column(
        coded(ControlRegime, 12, check="control_regime"),
        default=ControlRegime.TOWN_HALL,
    )

    scrutins: Mapped[list["Scrutin"]] = relationship(
        back_populates="election", order_by="Scrutin.tour", cascade="all, delete-orphan"
    )
    territories: Mapped[list["ElectionTerritory"]] = relationship(cascade="all, delete-orphan")


class ElectionTerritory(Base):
    """Whom an election concerns: a commune, a whole department, `FR` every commune, `CO` every consular post."""

    __tablename__ = "election_territory"

    election_id: Mapped[int] = mapped_column(ForeignKey("election.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(String(5), primary_key=True)


class Scrutin(Base):
    """One tour of one election, on its polling day."""

    __tablename__ = "scrutin"
    __table_args__ = (
        UniqueConstraint("election_id", "tour"),
        CheckConstraint("tour in (1, 2)", name="tour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    election_id: Mapped[int] = mapped_column(ForeignKey("election.id", ondelete="CASCADE"))
    tour: Mapped[int]
    polling_day: Mapped[date] = mapped_column(index=True)

    election: Mapped[Election] = relationship(back_populates="scrutins", lazy="joined", innerjoin=True)


def upcoming(today: date) -> list[Scrutin]:
    """Every scrutin from that day on, first days first."""
    return list(db.session.scalars(_from(today)))


def upcoming_in(commune: Commune, today: date) -> list[Scrutin]:
    """The scrutins that concern this commune from that day on; several may share a polling day (R74)."""
    concerned = select(ElectionTerritory.election_id).where(ElectionTerritory.code.in_(codes_of(commune)))
    return list(db.session.scalars(_from(today).where(Scrutin.election_id.in_(concerned))))


def codes_of(commune: Commune) -> tuple[str, str, str]:
    """The codes under which an election may concern a commune."""
    return commune.code, commune.department_code, EVERY_CONSULAR_POST if commune.is_consular else EVERY_COMMUNE


def _from(today: date) -> Select[Scrutin]:
    return select(Scrutin).where(Scrutin.polling_day >= today).order_by(Scrutin.polling_day, Scrutin.id)
