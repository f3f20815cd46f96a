"""A journal that is old enough to go."""

import pytest
from sqlalchemy import select

from app.dates import now
from models import journal
from models.base import db
from models.journal import Action
from models.procuration import Procuration
from tests.builders import World
from tests.journal.journals import a_journal, closed, long_ago


@pytest.fixture
def aged(world: World) -> int:
    """A journal that an old anchor closes, of two procurations of which one is erased, and what came since.

    Of the other, KEPT entries.
    """
    with long_ago():
        size = a_journal(world) + 2
        kept = db.session.scalars(select(Procuration).order_by(Procuration.id.desc())).first()
        journal.record_all([journal.line(Action.OPENED, now=now(), procuration=kept)] * 2)
        db.session.commit()
    erased = db.session.scalars(select(Procuration).order_by(Procuration.id)).first()
    assert erased
    erased.purged_at = now()
    db.session.commit()
    closed(days=400)
    journal.record(Action.SIGN_IN_FAILED, now=now())
    journal.record(Action.PURGED, now=now(), procuration=erased)
    db.session.commit()
    closed(days=10)
    return size
