"""A revocation that a mandant states at a counter without a reference: kept for the town hall that must attach it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from models.account import Capacity
from models.base import Base, SentOnce, coded
from models.identity import Identity, Sex
from models.territory import Commune


class RevocationStatement(SentOnce, Base):
    """Who wants what they gave to end, where they vote, and which officer heard it (L75; R78, unread).

    `handled_at`: when the town hall attached it, or found nothing to attach it to. The person's columns are nullable
    because a purge empties them.
    """

    __tablename__ = "revocation_statement"
    __table_args__ = (Index("ix_revocation_statement_commune_handled", "commune_code", "handled_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    mandant: Mapped[Identity] = composite(
        mapped_column("mandant_birth_name", String(120), nullable=True),
        mapped_column("mandant_first_names", String(120), nullable=True),
        mapped_column("mandant_sex", coded(Sex, 1, check="mandant_sex"), nullable=True),
        mapped_column("mandant_birth_date", nullable=True),
    )
    officer_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    officer_name: Mapped[str | None] = mapped_column(String(120))
    officer_capacity: Mapped[Capacity] = mapped_column(coded(Capacity, 12, check="officer_capacity"))
    place_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    stated_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    handled_by_name: Mapped[str | None] = mapped_column(String(120))
    attached: Mapped[int] = mapped_column(default=0, server_default="0")
    purged_at: Mapped[datetime | None]

    commune: Mapped[Commune] = relationship(foreign_keys=[commune_code], lazy="joined")
    place: Mapped[Commune] = relationship(foreign_keys=[place_code], lazy="joined")
