"""What each verification of the journal found, for the auditor's page: streams, numbers and codes, and no person."""

from datetime import datetime

from sqlalchemy import JSON, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, change, db

MOST_TOLD = 100
KEPT = 30


class JournalCheck(Base):
    """One whole reading of the journal: how many entries, how many faults, the first of them as they were printed."""

    __tablename__ = "journal_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    entries: Mapped[int]
    faults: Mapped[int]
    told: Mapped[list[str]] = mapped_column(JSON)


def keep(begun_at: datetime, ended_at: datetime, entries: int, faults: int, told: list[str]) -> None:
    """Keep what was found, and no more than the last thirty."""
    db.session.add(JournalCheck(begun_at=begun_at, ended_at=ended_at, entries=entries, faults=faults, told=told))
    db.session.flush()
    newest = select(JournalCheck.id).order_by(JournalCheck.id.desc()).limit(KEPT)
    change(delete(JournalCheck).where(JournalCheck.id.not_in(newest)))


def last() -> list[JournalCheck]:
    """The verifications that are kept, the newest first."""
    return list(db.session.scalars(select(JournalCheck).order_by(JournalCheck.id.desc())))
