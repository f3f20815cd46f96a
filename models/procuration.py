"""The procuration: one row from the demande to its end, and the questions a page asks of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from models.account import Account, Capacity
from models.base import Base, coded
from models.errors import Reason
from models.identity import Identity, Sex
from models.territory import Commune


class Status(StrEnum):
    """Where a procuration stands; `submitted` is the demande."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    ESTABLISHED = "established"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    VOID = "void"
    ENDED = "ended"


class PollingDay(Base):
    """A day this procuration covers, for every election of that day (R74)."""

    __tablename__ = "polling_day"
    __table_args__ = (Index("ix_polling_day_day", "day"),)

    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


def _sex(column: str) -> Mapped[Sex]:
    return mapped_column(column, coded(Sex, 1, check=column), nullable=True)


class Procuration(Base):
    """Who votes for whom, where and when (R75); the officer who established it; the town hall that decided.

    The person's columns are nullable because a purge empties them and keeps the row for the figures.
    """

    __tablename__ = "procuration"
    __table_args__ = (
        CheckConstraint("length(reference) = 6", name="reference_length"),
        CheckConstraint(
            "status not in ('established', 'validated', 'invalidated') or established_at is not null",
            name="established_has_time",
        ),
        Index("ix_procuration_commune_established", "commune_code", "established_at", "id"),
        Index("ix_procuration_commune_status_established", "commune_code", "status", "established_at", "id"),
        Index("ix_procuration_officer_handled", "officer_id", "handled_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(6), unique=True)
    status: Mapped[Status] = mapped_column(
        coded(Status, 12, check="status"),
        default=Status.SUBMITTED,
    )
    submission_key: Mapped[str] = mapped_column(String(43), unique=True)
    elector_key: Mapped[str | None] = mapped_column(String(64), index=True)
    email: Mapped[str | None] = mapped_column(String(254))

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    mandant: Mapped[Identity] = composite(
        mapped_column("mandant_birth_name", String(120), nullable=True),
        mapped_column("mandant_first_names", String(120), nullable=True),
        _sex("mandant_sex"),
        mapped_column("mandant_birth_date", nullable=True),
    )
    mandant_nne: Mapped[str | None] = mapped_column(String(9))
    mandataire: Mapped[Identity] = composite(
        mapped_column("mandataire_birth_name", String(120), nullable=True),
        mapped_column("mandataire_first_names", String(120), nullable=True),
        _sex("mandataire_sex"),
        mapped_column("mandataire_birth_date", nullable=True),
    )
    mandataire_commune_code: Mapped[str | None] = mapped_column(ForeignKey("commune.code"))
    mandataire_nne: Mapped[str | None] = mapped_column(String(9))

    valid_until: Mapped[date | None]
    last_day: Mapped[date]
    submitted_at: Mapped[datetime]
    expires_on: Mapped[date]

    officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    officer_name: Mapped[str | None] = mapped_column(String(120))
    officer_capacity: Mapped[Capacity | None] = mapped_column(coded(Capacity, 12, check="officer_capacity"))
    handled_at: Mapped[datetime | None]
    established_at: Mapped[datetime | None]
    established_commune_code: Mapped[str | None] = mapped_column(ForeignKey("commune.code"))
    established_in_france: Mapped[bool | None]

    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_by_name: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(500))
    reason: Mapped[Reason | None] = mapped_column(coded(Reason, 32))

    commune: Mapped[Commune] = relationship(foreign_keys=[commune_code])
    mandataire_commune: Mapped[Commune | None] = relationship(foreign_keys=[mandataire_commune_code])
    established_commune: Mapped[Commune | None] = relationship(foreign_keys=[established_commune_code])
    officer: Mapped[Account | None] = relationship(foreign_keys=[officer_id])
    polling_days: Mapped[list[PollingDay]] = relationship(
        order_by=PollingDay.day, cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def days(self) -> list[date]:
        """The polling days chosen; empty for a period."""
        return [chosen.day for chosen in self.polling_days]

    @property
    def can_be_withdrawn(self) -> bool:
        """The elector may take back a demande that no officer has handled yet."""
        return self.status is Status.SUBMITTED

    @property
    def is_in_force(self) -> bool:
        """Established and not ended by anybody: it would be the one that counts."""
        return self.status in (Status.ESTABLISHED, Status.VALIDATED)

    @property
    def awaits_decision(self) -> bool:
        """Established, and the town hall has not said yes or no."""
        return self.status is Status.ESTABLISHED
