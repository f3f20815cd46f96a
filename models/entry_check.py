"""At entry, may the mandataire be confirmed? One bit, at most five times a day and an elector (domain 6.2)."""

from datetime import date, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db


class EntryCheck(Base):
    """How many times this elector asked on that day."""

    __tablename__ = "entry_check"

    elector_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


def drop_before(day: date) -> None:
    """Forget who asked on the days before the eve: somewhere it may still be yesterday."""
    db.session.execute(delete(EntryCheck).where(EntryCheck.day < day - timedelta(days=1)))
