"""Whom a notice concerns: the procurations in force of who bears a name, as mandant or mandataire (T17; L77, R80)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import perimeter, search
from models.account import Account
from models.base import db
from models.procuration import IN_FORCE, Procuration

MOST_SHOWN = 20


@dataclass(frozen=True)
class Concerned:
    """Those that bear the name; `are_too_many` when more do than are shown."""

    shown: list[Procuration]
    are_too_many: bool


def concerned(typed: str, clerk: Account) -> Concerned:
    """Of the clerk's communes, by name; a text of one letter finds none."""
    named = select(Procuration).where(
        perimeter.visible_to(clerk), Procuration.status.in_(IN_FORCE), search.matches(typed)
    )
    first = named.order_by(Procuration.mandant_search, Procuration.id).limit(MOST_SHOWN + 1)
    rows = db.session.scalars(first.options(joinedload(Procuration.commune, innerjoin=True))).unique().all()
    return Concerned(list(rows[:MOST_SHOWN]), len(rows) > MOST_SHOWN)
