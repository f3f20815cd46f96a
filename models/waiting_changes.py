"""The counter that a bureau sees: what changed since the last edition of its list, in several communes at once.

Counted without reading the lists, which models/editions.py does to print them. Who goes from one bureau to another
because the roll was replaced is therefore not counted: `is_roll_newer` says that there may be some.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Select, and_, not_, select, union_all

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
        for code, counted in _counted(codes, day).items():
            found[code, day] = Waiting(editions[code, day], counted or {}, (code, day) in newer, counted is None)
    return found


class _Added(NamedTuple):
    """What finds the bureau of a mandant."""

    id: int
    commune_code: str
    mandant: Identity
    mandant_nne: str | None


def _counted(codes: Sequence[str], day: date) -> dict[str, dict[str, int] | None]:
    """By commune, then by bureau; None for a commune where there is more than is counted."""
    added = [_Added(*row) for row in db.session.execute(_to_add(codes, day))]
    removed = db.session.execute(_to_remove(codes, day)).all()
    beyond = _beyond(one.commune_code for one in added) | _beyond(code for code, _ in removed)
    counted = [one for one in added if one.commune_code not in beyond]
    places = places_of(counted)
    bureaux = [*((one.commune_code, places[one.id].bureau) for one in counted), *removed]
    counts = Counter((code, bureau) for code, bureau in bureaux)
    return {code: None if code in beyond else _of_commune(code, counts) for code in codes}


def _beyond(codes: Iterable[str]) -> set[str]:
    """The communes that are there more often than is counted."""
    return {code for code, count in Counter(codes).items() if count > MOST_COUNTED}


def _of_commune(commune_code: str, counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Its bureaux, in their order."""
    own = {bureau: count for (code, bureau), count in counts.items() if code == commune_code}
    return {bureau: own[bureau] for bureau in sorted(own, key=bureau_rank)}


def _to_add(codes: Sequence[str], day: date) -> Select[int, str, Identity, str | None]:
    """What serves that day and is on no edition's balance."""
    keys = union_all(*(select(_added(code, day).subquery()) for code in codes))
    found = select(Procuration.id, Procuration.commune_code, Procuration.mandant, Procuration.mandant_nne)
    return found.where(Procuration.id.in_(keys))


def _added(code: str, day: date) -> Select[int]:
    paper = on_paper([code], day)
    return (
        select(Procuration.id)
        .outerjoin(paper, paper.c.procuration_id == Procuration.id)
        .where(Procuration.commune_code == code, Procuration.status == Status.VALIDATED, covers(day))
        .where(paper.c.procuration_id.is_(None))
        .limit(MOST_COUNTED + 1)
    )


def _to_remove(codes: Sequence[str], day: date) -> CompoundSelect[str, str]:
    """What the editions leave and serves no more, with the bureau where it was printed."""
    return union_all(*(select(_removed(code, day).subquery()) for code in codes))


def _removed(code: str, day: date) -> Select[str, str]:
    paper = on_paper([code], day)
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
