"""What an elector has typed and not yet confirmed: thirty minutes, one elector, one draft.

A draft is not a procuration. It belongs to the FranceConnect subject that typed it and is given to nobody else.
"""

import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import JSON, Insert, String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, change, db, inserting, is_sqlite

LIFETIME = timedelta(minutes=30)


class Draft(Base):
    """The fields as typed, by name; `token` changes with each save and becomes the procuration's submission key.

    `asked` and `answer`: what was looked up of the mandataire for these answers (a digest), and what came of it.
    """

    __tablename__ = "draft"

    elector_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)
    fields: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    asked: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[str | None] = mapped_column(String(12))


class Kept(NamedTuple):
    """A draft as it was read: a row of its own would be the session's to keep in step, and each save writes past it."""

    token: str
    fields: dict[str, list[str]]
    expires_at: datetime
    asked: str | None
    answer: str | None


def save(
    elector_key: str,
    fields: dict[str, list[str]],
    now: datetime,
    *,
    asked: str | None = None,
    answer: str | None = None,
) -> None:
    """Keep these fields in place of the former draft, and drop everybody's expired ones.

    One statement inserts or replaces: of two clicks at once, neither fails.
    """
    drop_expired(now)
    values = {
        "elector_key": elector_key,
        "fields": fields,
        "token": secrets.token_urlsafe(32),
        "expires_at": now + LIFETIME,
        "asked": asked,
        "answer": answer,
    }
    db.session.connection().execute(_keeping(is_sqlite()), values)


@cache
def _keeping(is_sqlite: bool) -> Insert:
    """Insert or replace, as this kind of database spells it."""
    row = inserting(Draft)
    written = {column.name: column for column in row.excluded if not column.primary_key}
    return row.on_conflict_do_update(index_elements=[Draft.elector_key], set_=written)


def prolong(elector_key: str, now: datetime) -> None:
    """Thirty minutes more for the living draft, as it is; its token stays, and what was looked up for it."""
    living = update(Draft).where(Draft.elector_key == elector_key, Draft.expires_at > now)
    db.session.execute(living.values(expires_at=now + LIFETIME))


def forget(token: str) -> None:
    """Drop the draft that was confirmed; one typed since then, in another tab, stays."""
    change(_OF_TOKEN, {"token": token})


_OF_TOKEN = delete(Draft).where(Draft.token == bindparam("token"))


def of(elector_key: str, now: datetime) -> Kept | None:
    """The living draft of this elector, as the database has it now."""
    found = db.session.connection().execute(_LIVING, {"elector_key": elector_key, "now": now}).one_or_none()
    return Kept(*found) if found else None


_LIVING = select(*(Draft.__table__.c[name] for name in Kept._fields)).where(
    Draft.elector_key == bindparam("elector_key"), Draft.expires_at > bindparam("now")
)


def drop_expired(now: datetime) -> None:
    """Pass over the rows that others are dropping or replacing now: waiting for one another would be a deadlock."""
    change(_EXPIRED, {"now": now})


_EXPIRED = delete(Draft).where(
    Draft.elector_key.in_(
        select(Draft.elector_key).where(Draft.expires_at <= bindparam("now")).with_for_update(skip_locked=True)
    )
)
