"""The counter that a bureau sees: what changed since the last edition of its list, in several communes at once.

Counted without reading the lists, which models/editions.py does to print them. Who goes from one bureau to another
because the roll was replaced is therefore not counted: `is_roll_newer` says that there may be some.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Select, and_, not_, select

from models.base import db
from models.editions import Edition, EditionChange, last_editions, on_paper
from models.identity import Identity
from models.procuration import Procuration, Status
from models.register import CurrentRoll, RollEdition
from models.signing_list import bureau_rank, covers, places_of
from models.territory import Commune

MOST_COUNTED = 1_000
"""Beyond, a number tells nobody anything: an edition is to be made."""
IMPORT_AT_MOST = timedelta(minutes=2)
"""A roll that was being put in place when an edition was made may bear an earlier time, and be seen later."""

Asked = tuple[str, date]
"""A list: the code of its commune, and the polling day."""


@dataclass(frozen=True)
class Waiting:
    """What the next edition of one list would hold; no bureau is counted when `are_too_many`."""

    edition: Edition
    by_bureau: Mapping[str, int]
    is_roll_newer: bool
    are_too_many: bool = False

    @property
    def count(self) -> int:
        """In all bureaux together."""
        return sum(self.by_bureau.values())


def waiting_changes(lists: Sequence[tuple[Commune, date]]) -> dict[Asked, Waiting]:
    """Of each list that has an edition, none of whose day is over; so many queries a day, whatever the communes."""
    if not lists:
        return {}
    editions = last_editions(lists)
    newer = _with_a_newer_roll(editions)
    found = {}
    for day in sorted({day for _, day in editions}):
        codes = [code for code, of in editions if of == day]
        counted = _counted(codes, day)
        for code in codes:
            by_bureau = {} if counted is None else counted[code]
            found[code, day] = Waiting(editions[code, day], by_bureau, (code, day) in newer, counted is None)
    return found


class _Added(NamedTuple):
    """What finds the bureau of a mandant."""

    id: int
    commune_code: str
    mandant: Identity
    mandant_nne: str | None


def _counted(codes: Sequence[str], day: date) -> dict[str, dict[str, int]] | None:
    """By commune, then by bureau; None when there is more than is counted."""
    added = [_Added(*row) for row in db.session.execute(_to_add(codes, day))]
    removed = db.session.execute(_to_remove(codes, day)).all()
    if max(len(added), len(removed)) > MOST_COUNTED:
        return None
    places = places_of(added)
    counts: dict[str, dict[str, int]] = {code: {} for code in codes}
    for code, bureau in [*((one.commune_code, places[one.id].bureau) for one in added), *removed]:
        counts[code][bureau] = counts[code].get(bureau, 0) + 1
    return {code: _in_order(own) for code, own in counts.items()}


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {bureau: counts[bureau] for bureau in sorted(counts, key=bureau_rank)}


def _to_add(codes: Sequence[str], day: date) -> Select[int, str, Identity, str | None]:
    """What serves that day and is on no edition's balance."""
    paper = on_paper(codes, day)
    return (
        select(Procuration.id, Procuration.commune_code, Procuration.mandant, Procuration.mandant_nne)
        .outerjoin(paper, paper.c.procuration_id == Procuration.id)
        .where(Procuration.commune_code.in_(codes), Procuration.status == Status.VALIDATED, covers(day))
        .where(paper.c.procuration_id.is_(None))
        .limit(MOST_COUNTED + 1)
    )


def _to_remove(codes: Sequence[str], day: date) -> Select[str, str]:
    """What the editions leave and serves no more, with the bureau where it was printed."""
    paper = on_paper(codes, day)
    return (
        select(Procuration.commune_code, EditionChange.bureau)
        .join(paper, paper.c.procuration_id == Procuration.id)
        .join(EditionChange, EditionChange.id == paper.c.line_id)
        .where(not_(and_(Procuration.status == Status.VALIDATED, covers(day))))
        .limit(MOST_COUNTED + 1)
    )


def _with_a_newer_roll(editions: Mapping[Asked, Edition]) -> set[Asked]:
    """The lists whose places an edition printed from a roll that may have been replaced since."""
    rolls = (
        select(CurrentRoll.commune_code, RollEdition.finished_at)
        .join(RollEdition, RollEdition.id == CurrentRoll.edition_id)
        .where(CurrentRoll.commune_code.in_({code for code, _ in editions}), RollEdition.finished_at.is_not(None))
    )
    finished = {code: at for code, at in db.session.execute(rolls) if at is not None}
    return {
        asked
        for asked, edition in editions.items()
        if edition.commune_code in finished and finished[edition.commune_code] > edition.made_at - IMPORT_AT_MOST
    }
