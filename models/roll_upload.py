"""A roll that a town hall gives: read while it arrives, kept in compressed parts, imported by the worker.

What is kept of the file is what models/roll_file.py keeps of its lines: no address, no nationality, no birthplace.
A worker holds an upload under a lease, as it holds a message (models/outbox.py), and renews it with each batch.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import aliased

from models import journal
from models.account import Account, Role
from models.base import change, db
from models.csv_lines import Refused
from models.errors import NotHabilitated, Unknown
from models.identity import Sex
from models.journal import Action
from models.law import ListType
from models.register import RollUpload, RollUploadPart, UploadState
from models.roll_file import Aside, Item, Refusal, RollLine, SetAside
from models.roll_import import BATCH, Clock, Report, Watcher, give_up, import_roll

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
LONGEST_ARRIVAL = timedelta(hours=1)
PARTS_AT_ONCE = 20


class Stopped(Exception):
    """The worker ends: the upload waits for the next one."""


class LeaseLost(Exception):
    """Another worker has taken the upload over."""


@dataclass(frozen=True)
class Claimed:
    """An upload held by one worker until `until`; `edition_id` is what a dead worker had begun."""

    id: int
    commune_code: str
    account_id: int
    edition_id: int | None
    attempts: int
    until: datetime


def receive(items: Iterable[Item], *, commune_code: str, account: Account, clock: Clock) -> int:
    """Keep a file that arrives, a transaction a part; it waits for the worker once it is whole. The upload's key.

    Raises NotHabilitated, and Unknown for a commune that is not this town hall's; Refused, and what reading raises:
    then nothing is kept of the file, and its refusal is in the journal.
    """
    if account.role is not Role.TOWN_HALL:
        raise NotHabilitated
    if commune_code not in [commune.code for commune in account.communes]:
        raise Unknown
    upload = RollUpload(commune_code=commune_code, account_id=account.id, created_at=clock())
    db.session.add(upload)
    db.session.commit()
    upload_id = upload.id
    try:
        _keep(upload_id, items)
    except BaseException as error:
        db.session.rollback()
        _discard(upload_id)
        if isinstance(error, Refused):
            _record(Action.ROLL_REFUSED, clock(), account, commune_code, error.code)
            db.session.commit()
        raise
    change(update(RollUpload).where(RollUpload.id == upload_id).values(state=UploadState.WAITING))
    _record(Action.ROLL_UPLOADED, clock(), account, commune_code)
    db.session.commit()
    return upload_id


def claim(now: datetime) -> Claimed | None:
    """Hold the oldest upload that waits, or whose worker died; a commune's are imported in the order they came."""
    earlier = aliased(RollUpload)
    comes_after_another = exists().where(
        earlier.commune_code == RollUpload.commune_code,
        earlier.id < RollUpload.id,
        earlier.state.in_((UploadState.WAITING, UploadState.RUNNING)),
    )
    is_abandoned = and_(RollUpload.state == UploadState.RUNNING, RollUpload.claimed_until <= now)
    free = and_(or_(RollUpload.state == UploadState.WAITING, is_abandoned), ~comes_after_another)
    oldest = select(RollUpload.id).where(free).order_by(RollUpload.id).limit(1).with_for_update(skip_locked=True)
    upload_id = db.session.scalar(oldest)
    if upload_id is None:
        db.session.rollback()
        return None
    columns = (RollUpload.id, RollUpload.commune_code, RollUpload.account_id, RollUpload.edition_id)
    held = db.session.execute(
        update(RollUpload)
        .where(RollUpload.id == upload_id, or_(RollUpload.state == UploadState.WAITING, is_abandoned))
        .values(state=UploadState.RUNNING, claimed_until=now + LEASE, attempts=RollUpload.attempts + 1, rows_read=0)
        .returning(*columns, RollUpload.attempts),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    db.session.commit()
    return Claimed(*held, until=now + LEASE) if held else claim(now)


def import_claimed(claimed: Claimed, *, clock: Clock, is_stopped: Callable[[], bool]) -> bool:
    """Import it; whether it became the current roll.

    A refusal is told on its page, and one for what it would lose gives way to whoever sends the roll again; a worker
    that ends gives it back.
    """
    if claimed.edition_id is not None:
        give_up(claimed.edition_id)
    lease = _Lease(claimed, clock, is_stopped)
    account = db.session.get_one(Account, claimed.account_id)
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            raise Refused(Refusal.NOT_DONE)
        may_lose = _was_warned(claimed)
        import_roll(_items(claimed.id), clock=clock, account=account, watcher=lease, may_lose=may_lose)
    except Refused as refusal:
        _refuse(lease, account, refusal, clock())
    except Stopped:
        lease.end(state=UploadState.WAITING, attempts=claimed.attempts - 1)
        db.session.commit()
    except LeaseLost:
        pass
    else:
        _drop_parts(claimed.id)
        return True
    return False


def drop_unfinished(now: datetime) -> None:
    """Drop what a request that was cut while its file arrived has left, and parts whose import has ended."""
    is_old = RollUpload.created_at < now - LONGEST_ARRIVAL
    cut = select(RollUpload.id).where(RollUpload.state == UploadState.ARRIVING, is_old)
    for upload_id in db.session.scalars(cut).all():
        _discard(upload_id)
    ended = RollUpload.state.in_((UploadState.DONE, UploadState.REFUSED))
    with_parts = select(RollUploadPart.upload_id).join(RollUpload).where(ended).distinct()
    for upload_id in db.session.scalars(with_parts).all():
        _drop_parts(upload_id)


class _Lease(Watcher):
    """Renews the lease with each batch, and tells the page how far the import is."""

    def __init__(self, claimed: Claimed, clock: Clock, is_stopped: Callable[[], bool]) -> None:
        self.claimed, self.until, self.clock, self.is_stopped = claimed, claimed.until, clock, is_stopped

    def begun(self, edition_id: int) -> None:
        self._renew(edition_id=edition_id)

    def wrote(self, report: Report) -> None:
        if self.is_stopped():
            raise Stopped
        self._renew(rows_read=report.read)

    def finished(self, report: Report) -> None:
        told = {"kept": report.kept, "set_aside": report.set_aside, "told": [list(line) for line in report.told]}
        if not self.end(state=UploadState.DONE, report=told):
            raise LeaseLost

    def end(self, **values: Any) -> bool:
        """Give the upload up with these values, unless another worker holds it."""
        return self._write(claimed_until=None, **values)

    def _renew(self, **values: Any) -> None:
        until = self.clock() + LEASE
        if not self._write(claimed_until=until, **values):
            raise LeaseLost
        self.until = until

    def _write(self, **values: Any) -> bool:
        held = (RollUpload.id == self.claimed.id, RollUpload.claimed_until == self.until)
        return bool(change(update(RollUpload).where(*held, RollUpload.state == UploadState.RUNNING).values(**values)))


def _was_warned(claimed: Claimed) -> bool:
    """Whether what this commune sent last was refused for the electors that it would lose."""
    before = (RollUpload.commune_code == claimed.commune_code, RollUpload.id < claimed.id)
    sent = select(RollUpload.report).where(*before, RollUpload.state != UploadState.ARRIVING)
    told = db.session.scalar(sent.order_by(RollUpload.id.desc()).limit(1))
    return told is not None and told.get("refusal") == Refusal.LOSS


def _refuse(lease: _Lease, account: Account, refusal: Refused, now: datetime) -> None:
    if lease.end(state=UploadState.REFUSED, report={"refusal": refusal.code, "detail": refusal.detail}):
        _record(Action.ROLL_REFUSED, now, account, lease.claimed.commune_code, refusal.code)
        db.session.commit()
        _drop_parts(lease.claimed.id)


def _keep(upload_id: int, items: Iterable[Item]) -> None:
    left, number = iter(items), 0
    while batch := list(islice(left, BATCH)):
        db.session.add(RollUploadPart(upload_id=upload_id, number=number, content=_packed(batch)))
        db.session.commit()
        number += 1


def _packed(batch: list[Item]) -> bytes:
    return zlib.compress(json.dumps(batch, default=date.isoformat, ensure_ascii=False).encode())


def _items(upload_id: int) -> Iterator[Item]:
    """What was kept of the file, a part at a time."""
    number = 0
    part = select(RollUploadPart.content).where(RollUploadPart.upload_id == upload_id)
    while content := db.session.scalar(part.where(RollUploadPart.number == number)):
        yield from map(_item, json.loads(zlib.decompress(content)))
        number += 1


def _item(values: list[Any]) -> Item:
    if len(values) == len(SetAside._fields):
        return SetAside(values[0], Aside(values[1]))
    line = RollLine(*values)
    born = date.fromisoformat(values[RollLine._fields.index("birth_date")]) if line.birth_date else None
    return line._replace(list_type=ListType(line.list_type), sex=Sex(line.sex), birth_date=born)


def _discard(upload_id: int) -> None:
    _drop_parts(upload_id)
    change(delete(RollUpload).where(RollUpload.id == upload_id))
    db.session.commit()


def _drop_parts(upload_id: int) -> None:
    part = RollUploadPart
    batch = select(part.number).where(part.upload_id == upload_id).limit(PARTS_AT_ONCE)
    while change(delete(part).where(part.upload_id == upload_id, part.number.in_(batch))):
        db.session.commit()
    db.session.commit()


def _record(action: Action, now: datetime, account: Account, desk: str, detail: str | None = None) -> None:
    journal.record(action, now=now, account=account, desk=desk, detail=detail)
