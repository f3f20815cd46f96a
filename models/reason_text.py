"""A coded reason in the words of one election: a version written by supervision, which nothing changes any more."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, coded
from models.errors import Reason

LONGEST = 600
COMMUNE = "{commune}"
"""All that a text may leave to be filled: the name of the commune, or consular post, where the mandant votes."""


class Words(NamedTuple):
    """What a mandant reads of a reason: what happened, what to do now, whom to ask. Plain text."""

    sentence: str
    to_do: str
    whom_to_ask: str

    def filled(self, commune: str) -> "Words":
        """For somebody who votes there."""
        return Words(*(part.replace(COMMUNE, commune) for part in self))


class ReasonText(Base):
    """One version of what an election says of a reason; without words, it says again what the service says of it.

    The version that a decision told is kept with the procuration (Procuration.reason_text).
    """

    __tablename__ = "reason_text"
    __table_args__ = (
        UniqueConstraint("election_id", "reason", "version"),
        CheckConstraint(
            "(sentence is null) = (to_do is null) and (sentence is null) = (whom_to_ask is null)", name="whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    election_id: Mapped[int] = mapped_column(ForeignKey("election.id", ondelete="CASCADE"))
    reason: Mapped[Reason] = mapped_column(coded(Reason, 32))
    version: Mapped[int]
    sentence: Mapped[str | None] = mapped_column(String(LONGEST))
    to_do: Mapped[str | None] = mapped_column(String(LONGEST))
    whom_to_ask: Mapped[str | None] = mapped_column(String(LONGEST))
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    @property
    def words(self) -> Words | None:
        """None where the election has no words of its own any more."""
        if self.sentence is None or self.to_do is None or self.whom_to_ask is None:
            return None
        return Words(self.sentence, self.to_do, self.whom_to_ask)
