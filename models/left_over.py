"""A new control that fails for one row alone: kept for the night's work, so that it stops nobody else's.

What fails for all, a database that is not there, stops the walk: its step is not taken, and is tried again.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ForeignKey, delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, change, db
from models.errors import AlreadyHandled

logger = logging.getLogger(__name__)


class LeftOver(Base):
    """A procuration whose new control failed, and the election that asked for it; of a roll, none."""

    __tablename__ = "left_over"

    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), primary_key=True)
    election_id: Mapped[int | None]
    failed_at: Mapped[datetime]


def attempt(act: Callable[[], None], key: int, *, election_id: int | None = None, now: datetime) -> bool:
    """Control one row again, or keep it for later; False then. Somebody may have ended it meanwhile: that is done."""
    try:
        with db.session.begin_nested():
            act()
    except AlreadyHandled:
        return True
    except SQLAlchemyError:
        raise
    except Exception as error:
        logger.error("procuration %d was not controlled again: %s", key, type(error).__name__)
        db.session.merge(LeftOver(procuration_id=key, election_id=election_id, failed_at=now))
        return False
    return True


def keys(before: datetime) -> list[tuple[int, int | None]]:
    """What was left before that instant, and the election that asked for it."""
    left = select(LeftOver.procuration_id, LeftOver.election_id).where(LeftOver.failed_at < before)
    return [(key, election_id) for key, election_id in db.session.execute(left.order_by(LeftOver.procuration_id))]


def is_taken(key: int) -> bool:
    """Take it back from what is left; False when another worker has."""
    return bool(change(delete(LeftOver).where(LeftOver.procuration_id == key)))


def count() -> int:
    """How many are left."""
    return db.session.scalar(select(func.count(LeftOver.procuration_id))) or 0
