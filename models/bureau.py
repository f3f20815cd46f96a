"""The bureau de vote of a mandant, as the current roll of the commune gives it."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, and_, or_, select

from models.procuration import Procuration
from models.register import CurrentRoll, RollElector
from models.territory import Commune

WIDTHS = (1, 2, 3, 4)
"""A roll writes a bureau « 1 », « 01 » or « 0001 »: people type it in any of these ways."""


def is_in(code: str) -> ColumnElement[bool]:
    """Procurations whose mandant votes there: by the elector's number, or as the one person whom the roll named.

    Who was not found as one elector is in no bureau.
    """
    known_by = (
        RollElector.nne == Procuration.mandant_nne,
        RollElector.person_key == Procuration.mandant_roll_key,
    )
    return or_(*(_line_of(whose, code).exists() for whose in known_by))


def _line_of(whose: ColumnElement[bool], code: str) -> Select[int]:
    # Without `+ 0`, SQLite would rather read the whole roll of the commune than the one line of that person.
    is_current = and_(
        CurrentRoll.commune_code == RollElector.commune_code, CurrentRoll.edition_id == RollElector.edition_id + 0
    )
    return (
        select(RollElector.id)
        .join(CurrentRoll, is_current)
        .where(whose, RollElector.commune_code == Procuration.commune_code)
        .where(RollElector.bureau_code.in_(_spellings(code)))
    )


def has_any(communes: Iterable[Commune]) -> ColumnElement[bool]:
    """Whether one of these communes has a roll, which gives bureaus."""
    codes = [commune.code for commune in communes]
    current = select(CurrentRoll.commune_code).where(
        CurrentRoll.commune_code.in_(codes), CurrentRoll.edition_id.is_not(None)
    )
    return current.exists()


def _spellings(code: str) -> list[str]:
    bare = code.lstrip("0")
    return sorted({code, *(bare.zfill(width) for width in WIDTHS)})
