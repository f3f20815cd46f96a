"""A question to another commune's desk: « is this mandataire on your roll for this vote? » (T20)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, coded
from models.procuration import Procuration
from models.territory import Commune


class Answer(StrEnum):
    """What the asked desk says of the mandataire: on its roll, not on it, or it cannot tell either."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Question(Base):
    """Asked about one procuration, once of a commune; its names of clerks go with the persons of the procuration.

    `commune_code` is the asked desk's; `answer` is empty while it waits.
    """

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("procuration_id", "commune_code"),
        Index("ix_question_commune_answered", "commune_code", "answered_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"))
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_by_name: Mapped[str] = mapped_column(String(120))
    answer: Mapped[Answer | None] = mapped_column(coded(Answer, 6, check="answer"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answered_by_name: Mapped[str | None] = mapped_column(String(120))

    procuration: Mapped[Procuration] = relationship()
    commune: Mapped[Commune] = relationship(lazy="joined")
