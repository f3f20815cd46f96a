"""A journal of every kind of stream, and what `verify-journal` says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.dates import now
from models import anchor, journal
from models.base import db, is_sqlite
from models.journal import Action, Entry
from tests.builders import World

LONG_AGO = timedelta(days=400)
KEPT = 3
"""Of the journal that is old, how many entries are of persons who are still there."""


def a_journal(world: World) -> int:
    """Entries in the streams of two procurations, two accounts, a commune and the installation; how many."""
    officer, clerk = world.an_officer(), world.a_clerk()
    kept = [world.established(officer=officer), world.submitted()]
    for step, action in enumerate((Action.OPENED, Action.DENIED, Action.OPENED, Action.VALIDATED)):
        at = now() + timedelta(seconds=step)
        journal.record(action, now=at, procuration=kept[0], account=clerk, detail=f"step {step}")
        journal.record(Action.EXPORTED, now=at, account=clerk, desk="02408")
        journal.record(Action.MANDATAIRE_CHECKED, now=at, desk="02408")
        journal.record(Action.SIGN_IN_FAILED, now=at)
    journal.record(Action.SIGNED_IN, now=now(), account=officer)
    db.session.commit()
    return 3 + 4 * 4 + 1


def verified(world: World, *published: str) -> tuple[int, list[str]]:
    """The exit code of the command, given these anchors, and its lines."""
    db.session.rollback()
    given = [word for digest in published for word in ("--published", digest)]
    done = world.app.test_cli_runner().invoke(args=["verify-journal", *given])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output.splitlines()


FORGED = """
insert into journal_entry (id, at, action, detail, stream, number, mac)
values (:id, :at, :action, :detail, 'installation-1', :number, 'x')"""


def forged(action: Action, detail: str | bytes, *, number: int = 9998, key: int = 999_998) -> None:
    """A row of the installation's stream, two years old, from who has no key: the application's role may add it."""
    at = now() - timedelta(days=730)
    values = {"id": key, "at": at.strftime("%Y-%m-%d %H:%M:%S.%f"), "action": action.value, "detail": detail}
    insertion = FORGED if is_sqlite() else FORGED.replace(":at", "cast(:at as timestamp)")
    db.session.execute(text(insertion), {**values, "number": number})
    db.session.commit()


def closed(days: int) -> None:
    """An anchor, as if it had been taken that long ago."""
    db.session.rollback()
    assert anchor.add(anchor.mark(), now=now() - timedelta(days=days))
    db.session.commit()


@contextmanager
def long_ago() -> Iterator[None]:
    """What is recorded meanwhile is so then."""
    with pytest.MonkeyPatch.context() as patch:
        record_all = journal.record_all
        patch.setattr(
            journal, "record_all", lambda lines: record_all([one | {"at": one["at"] - LONG_AGO} for one in lines])
        )
        yield


def purge(world: World, *options: str) -> str:
    db.session.rollback()
    done = world.app.test_cli_runner().invoke(args=["purge", *options])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def count() -> int:
    return db.session.scalar(select(func.count(Entry.id))) or 0
