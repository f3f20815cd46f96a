"""The register of one bureau as a PDF: a town hall asks for it, the worker draws it, and it is kept three days.

One row a bureau of a polling day: asked for again, it is drawn again. A worker holds it under a lease, as it holds a
message (models/outbox.py); who lost the lease writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from models.account import Account
from models.base import Base, change, coded, db, inserting
from models.territory import Commune

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
KEPT = timedelta(days=3)


class PdfState(StrEnum):
    """Where it stands; `failed` when it could not be drawn."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RegisterPdf(Base):
    """`bureau` is empty when the roll does not say it; `drawn_at` is when the register was read."""

    __tablename__ = "register_pdf"
    __table_args__ = (
        UniqueConstraint("commune_code", "day", "bureau"),
        Index("ix_register_pdf_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    day: Mapped[date]
    bureau: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    state: Mapped[PdfState] = mapped_column(coded(PdfState, 8), default=PdfState.WAITING)
    asked_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    drawn_at: Mapped[datetime | None]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    commune: Mapped[Commune] = relationship()

    @property
    def is_pending(self) -> bool:
        """Not drawn yet: it will be."""
        return self.state in (PdfState.WAITING, PdfState.RUNNING)


@dataclass(frozen=True)
class Claimed:
    """One that a worker holds until `until`."""

    id: int
    commune_code: str
    day: date
    bureau: str
    attempts: int
    until: datetime


def ask(commune: Commune, day: date, bureaux: list[str], *, clerk: Account, now: datetime) -> None:
    """Have these bureaux drawn, again when they were already; asked twice before it is drawn, it is drawn once."""
    key = {"commune_code": commune.code, "day": day}
    asked = {"state": PdfState.WAITING, "account_id": clerk.id, "asked_at": now, "attempts": 0}
    emptied = {"claimed_until": None, "drawn_at": None, "content": None}
    for bureau in sorted(bureaux):
        row = inserting(RegisterPdf).values(key | asked | {"bureau": bureau})
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=[RegisterPdf.commune_code, RegisterPdf.day, RegisterPdf.bureau],
                set_=asked | emptied,
                where=RegisterPdf.state != PdfState.WAITING,
            )
        )


def asked_for(commune: Commune, day: date) -> Mapping[str, RegisterPdf]:
    """Those of this polling day, by bureau, without what they hold."""
    own = select(RegisterPdf).where(RegisterPdf.commune_code == commune.code, RegisterPdf.day == day)
    return {one.bureau: one for one in db.session.scalars(own.execution_options(populate_existing=True))}


def is_any_free(now: datetime) -> bool:
    """Whether something is to be drawn."""
    return db.session.scalar(select(RegisterPdf.id).where(_is_free(now)).limit(1)) is not None


def claim(now: datetime) -> Claimed | None:
    """Hold the first that waits, or whose worker died; the transaction ends here."""
    free = _is_free(now)
    first = select(RegisterPdf.id).where(free).order_by(RegisterPdf.id).limit(1).with_for_update(skip_locked=True)
    key = db.session.scalar(first)
    if key is None:
        db.session.rollback()
        return None
    columns = (RegisterPdf.id, RegisterPdf.commune_code, RegisterPdf.day, RegisterPdf.bureau)
    held = db.session.execute(
        update(RegisterPdf)
        .where(RegisterPdf.id == key, free)
        .values(state=PdfState.RUNNING, claimed_until=now + LEASE, attempts=RegisterPdf.attempts + 1)
        .returning(*columns, RegisterPdf.attempts),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    db.session.commit()
    return Claimed(*held, until=now + LEASE) if held else claim(now)


def finish(claimed: Claimed, content: bytes, *, drawn_at: datetime) -> bool:
    """Keep what was drawn; False when it is another's, or was asked for again meanwhile."""
    return _end(claimed, state=PdfState.DONE, content=content, drawn_at=drawn_at)


def fail(claimed: Claimed) -> bool:
    """Give up: who asked is told to ask again."""
    return _end(claimed, state=PdfState.FAILED)


def drop_old(now: datetime) -> int:
    """Erase those asked for three days ago; how many were."""
    return change(delete(RegisterPdf).where(RegisterPdf.asked_at < now - KEPT))


def _is_free(now: datetime) -> ColumnElement[bool]:
    is_abandoned = and_(RegisterPdf.state == PdfState.RUNNING, RegisterPdf.claimed_until <= now)
    return or_(RegisterPdf.state == PdfState.WAITING, is_abandoned)


def _end(claimed: Claimed, **values: Any) -> bool:
    held = (RegisterPdf.id == claimed.id, RegisterPdf.claimed_until == claimed.until)
    running = RegisterPdf.state == PdfState.RUNNING
    return bool(change(update(RegisterPdf).where(*held, running).values(claimed_until=None, **values)))
