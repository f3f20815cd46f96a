"""Writing a roll: a new edition, invisible until one UPDATE makes it the current one of its communes.

The transactions are this module's own, of two thousand rows at most, so that no other writer waits for a whole file.
An import that fails takes its rows with it; the rows of one that was killed, or of a former edition, are invisible and
go later, by as many (`drop_given_up`, `drop_superseded`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, func, insert, select, update

from models import journal
from models.account import Account
from models.base import change, db, inserting
from models.csv_lines import Refused
from models.identity import Identity, letters, person_key
from models.journal import Action
from models.register import CurrentRoll, RollEdition, RollElector, RollUpload, summaries
from models.roll_file import Aside, Item, Refusal, RollLine, SetAside
from models.territory import Commune

BATCH = 2_000
MOST_TOLD = 1_000
SILENCE = timedelta(minutes=10)
"""An import that has written nothing for so long is dead."""
LONGEST_KEY = 120
FEW = 100
"""A roll of fewer electors may well lose half of them."""

Clock = Callable[[], datetime]


class Report(NamedTuple):
    """What was kept and set aside; of the lines set aside, the first thousand."""

    kept: int = 0
    set_aside: int = 0
    told: tuple[SetAside, ...] = ()
    communes: frozenset[str] = frozenset()

    @property
    def read(self) -> int:
        return self.kept + self.set_aside

    def plus(self, lines: list[RollLine], aside: list[SetAside]) -> "Report":
        return Report(
            self.kept + len(lines),
            self.set_aside + len(aside),
            self.told + tuple(aside[: MOST_TOLD - len(self.told)]),
            self.communes.union(line.commune_code for line in lines),
        )


class Watcher:
    """Who follows an import, from inside the transaction that each call tells of; raising stops the import."""

    def begun(self, edition_id: int) -> None: ...

    def wrote(self, report: Report) -> None: ...

    def finished(self, report: Report) -> None: ...


def import_roll(
    items: Iterable[Item],
    *,
    clock: Clock,
    account: Account | None = None,
    watcher: Watcher | None = None,
    may_lose: bool = True,
) -> Report:
    """Make these lines the current roll of their communes, all or nothing.

    A line of a commune that does not exist, or where nobody is registered, is set aside. Unless it `may_lose` them, a
    file that would leave a commune less than half of its current electors is refused. Raises Refused, and whatever
    reading the lines or the watcher raises; then nothing has changed.
    """
    watcher = watcher or Watcher()
    drop_given_up(clock())
    edition_id = _begin(account, clock(), watcher)
    try:
        report = _write(edition_id, items, clock, watcher)
        if not may_lose:
            _require_no_loss(edition_id)
        replaced = _switch(edition_id, report, account, clock(), watcher)
    except BaseException:
        db.session.rollback()
        give_up(edition_id)
        raise
    for former_id, commune_code in replaced:
        drop_of(former_id, commune_code)
    return report


def give_up(edition_id: int) -> None:
    """Let this import write no more, and drop what it wrote; a finished edition stays."""
    given_up = update(RollEdition).where(RollEdition.id == edition_id, RollEdition.finished_at.is_(None))
    if change(given_up.values(written_at=None)):
        db.session.commit()
        _drop_rows(RollElector.edition_id == edition_id)
        _drop_edition(edition_id)
    db.session.commit()


def drop_given_up(now: datetime) -> None:
    """Drop what imports that were stopped have left."""
    is_dead = RollEdition.written_at.is_(None) | (RollEdition.written_at < now - SILENCE)
    dead = db.session.scalars(select(RollEdition.id).where(RollEdition.finished_at.is_(None), is_dead)).all()
    for edition_id in dead:
        give_up(edition_id)


def drop_superseded() -> None:
    """Drop the rows that a purge, or a newer edition whose import was stopped just after its switch, has left."""
    for edition_id in db.session.scalars(select(RollEdition.id).where(RollEdition.finished_at.is_not(None))).all():
        for commune_code in _communes_of(edition_id):
            if not _is_current(edition_id, commune_code):
                drop_of(edition_id, commune_code)
        _drop_edition(edition_id)


def drop_of(edition_id: int, commune_code: str) -> None:
    """Drop what a finished edition holds of a commune that it is no longer the current roll of."""
    _drop_rows(RollElector.edition_id == edition_id, RollElector.commune_code == commune_code)
    _drop_edition(edition_id)


def _begin(account: Account | None, now: datetime, watcher: Watcher) -> int:
    edition = RollEdition(account_id=account.id if account else None, started_at=now, written_at=now)
    db.session.add(edition)
    db.session.flush()
    edition_id = edition.id
    watcher.begun(edition_id)
    db.session.commit()
    return edition_id


def _write(edition_id: int, items: Iterable[Item], clock: Clock, watcher: Watcher) -> Report:
    """Every line, a transaction a batch; what is costly is done before the transaction begins."""
    report, left, known = Report(), iter(items), _KnownCommunes()
    while batch := list(islice(left, BATCH)):
        lines, aside = _sorted(batch, known)
        rows = [_values(line, edition_id) for line in lines]
        report = report.plus(lines, aside)
        _advance(edition_id, report, written_at=clock())
        if rows:
            _make_room({line.commune_code for line in lines})
            db.session.execute(insert(RollElector), rows, execution_options={"render_nulls": True})
        watcher.wrote(report)
        db.session.commit()
    if not report.kept:
        raise Refused(Refusal.UNKNOWN_COMMUNE)
    return report


def _require_no_loss(edition_id: int) -> None:
    """Raises Refused: what was cut, or exported for one bureau, would make strangers of all the others."""
    for code, current in summaries(list(_communes_of(edition_id))).items():
        held = (RollElector.edition_id == edition_id, RollElector.commune_code == code)
        left = db.session.scalar(select(func.count(RollElector.id)).where(*held)) or 0
        if current.lines >= FEW and left * 2 < current.lines:
            raise Refused(Refusal.LOSS, f"{code} : {left} sur {current.lines}")
    db.session.rollback()


def _switch(
    edition_id: int, report: Report, account: Account | None, now: datetime, watcher: Watcher
) -> list[tuple[int, str]]:
    """Make the edition the current one of every commune it holds; the editions it replaces, by commune."""
    _advance(edition_id, report, written_at=now, finished_at=now)
    is_held = exists().where(RollElector.edition_id == edition_id, RollElector.commune_code == CurrentRoll.commune_code)
    former = select(CurrentRoll.edition_id, CurrentRoll.commune_code).where(CurrentRoll.edition_id.is_not(None))
    locked = former.where(is_held).order_by(CurrentRoll.commune_code).with_for_update(of=CurrentRoll)
    replaced = [(former_id, code) for former_id, code in db.session.execute(locked) if former_id is not None]
    change(update(CurrentRoll).where(is_held).values(edition_id=edition_id, named_at=None, walked_id=None))
    desk = next(iter(report.communes)) if len(report.communes) == 1 else None
    journal.record(Action.ROLL_IMPORTED, now=now, account=account, desk=desk, detail=str(report.kept))
    watcher.finished(report)
    db.session.commit()
    return replaced


def _advance(edition_id: int, report: Report, **values: datetime) -> None:
    """Write how far the edition is. Raises Refused when somebody took it for dead."""
    living = (RollEdition.id == edition_id, RollEdition.written_at.is_not(None), RollEdition.finished_at.is_(None))
    if not change(update(RollEdition).where(*living).values(kept=report.kept, set_aside=report.set_aside, **values)):
        raise Refused(Refusal.NOT_DONE)


def _sorted(batch: list[Item], known: "_KnownCommunes") -> tuple[list[RollLine], list[SetAside]]:
    lines: list[RollLine] = []
    aside: list[SetAside] = []
    for item in batch:
        if isinstance(item, SetAside):
            aside.append(item)
        elif known[item.commune_code]:
            lines.append(item)
        else:
            aside.append(SetAside(item.number, Aside.COMMUNE))
    return lines, aside


class _KnownCommunes(dict[str, bool]):
    """Whether a commune keeps a roll, asked once."""

    def __missing__(self, code: str) -> bool:
        asked = select(Commune.code).where(Commune.code == code, Commune.elects)
        self[code] = db.session.scalar(asked) is not None
        return self[code]


def _values(line: RollLine, edition_id: int) -> dict[str, Any]:
    values = line._asdict()
    del values["number"]
    values["edition_id"] = edition_id
    values["name_key"] = letters(line.birth_name)[:LONGEST_KEY]
    values["usual_key"] = letters(line.usual_name)[:LONGEST_KEY] if line.usual_name else None
    values["person_key"] = _person_key(line)
    return values


def _person_key(line: RollLine) -> str | None:
    if line.birth_date is None:
        return None
    return person_key(Identity(line.birth_name, line.first_names, line.sex, line.birth_date))


def _make_room(codes: set[str]) -> None:
    """A row for each commune that has never given a roll, in one order so that two imports never wait in a ring."""
    rows = [{"commune_code": code} for code in sorted(codes)]
    db.session.execute(inserting(CurrentRoll).values(rows).on_conflict_do_nothing())


def _communes_of(edition_id: int) -> Iterator[str]:
    """Each commune that the edition holds, one look into the index for each."""
    code = ""
    held = select(func.min(RollElector.commune_code)).where(RollElector.edition_id == edition_id)
    while found := db.session.scalar(held.where(RollElector.commune_code > code)):
        code = found
        yield code


def _is_current(edition_id: int, commune_code: str) -> bool:
    current = select(CurrentRoll.edition_id).where(CurrentRoll.commune_code == commune_code)
    return db.session.scalar(current) == edition_id


def _drop_rows(*criteria: Any) -> None:
    batch = select(RollElector.id).where(*criteria).limit(BATCH)
    while change(delete(RollElector).where(RollElector.id.in_(batch))):
        db.session.commit()
    db.session.commit()


def _drop_edition(edition_id: int) -> None:
    """Drop an edition that has neither rows nor a commune."""
    is_used = select(CurrentRoll.edition_id).where(CurrentRoll.edition_id == edition_id).exists()
    has_rows = select(RollElector.id).where(RollElector.edition_id == edition_id).exists()
    if not db.session.scalar(select(is_used | has_rows)):
        change(update(RollUpload).where(RollUpload.edition_id == edition_id).values(edition_id=None))
        change(delete(RollEdition).where(RollEdition.id == edition_id))
    db.session.commit()
