"""What an elector has typed and not yet confirmed: thirty minutes, one elector, one draft.

A draft is not a procuration. It belongs to the FranceConnect subject that typed it and is given to nobody else.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db

LIFETIME = timedelta(minutes=30)


class Draft(Base):
    """The fields as typed, by name; `token` changes with each save and becomes the procuration's submission key."""

    __tablename__ = "draft"

    elector_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    fields: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(index=True)


def save(elector_key: str, fields: dict[str, list[str]], now: datetime) -> Draft:
    """Keep these fields in place of the former draft, and drop everybody's expired ones."""
    db.session.execute(delete(Draft).where(Draft.expires_at <= now))
    values: dict[str, Any] = {
        "fields": fields,
        "token": secrets.token_urlsafe(32),
        "expires_at": now + LIFETIME,
    }
    return db.session.merge(Draft(elector_key=elector_key, **values))


def of(elector_key: str, now: datetime) -> Draft | None:
    """The living draft of this elector."""
    return db.session.scalar(select(Draft).where(Draft.elector_key == elector_key, Draft.expires_at > now))
