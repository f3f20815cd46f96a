"""Mail to send: a kind and the facts it needs, written in the act's transaction; rendered at delivery."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, coded, db
from models.procuration import Procuration


class MailKind(StrEnum):
    """One template a kind, in templates/email/."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    ESTABLISHED = "established"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"


FACTS_KEPT_FOR = timedelta(days=7)


class OutboxMail(Base):
    """One message: `facts` (with the address, under `to`) is emptied seven days after sending.

    `claimed_until` is a lease: a worker that dies gives the message back when it runs out. `message_id` never
    changes, so that a relay or a reader can tell a second copy.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_waiting", "sent_at", "failed_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind] = mapped_column(coded(MailKind, 16))
    procuration_id: Mapped[int | None] = mapped_column(ForeignKey("procuration.id"), index=True)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))


def post(kind: MailKind, procuration: Procuration, *, now: datetime, **facts: Any) -> None:
    """Write a message to the mandant in the current transaction; it names neither the mandataire nor a birth date."""
    if procuration.email is None:
        return
    db.session.add(
        OutboxMail(
            kind=kind,
            procuration_id=procuration.id,
            facts={"to": procuration.email, **facts},
            message_id=secrets.token_hex(16),
            created_at=now,
            due_at=now,
        )
    )
