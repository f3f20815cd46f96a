"""The daily anchor closes what was written, and what it closed cannot change unseen."""

import threading

import pytest
from sqlalchemy import func, select, text

from app.dates import now
from models import anchor, heads, journal
from models.base import db
from models.heads import OWNERS, Head, Stream
from models.journal import Action, Entry
from models.procuration import Procuration
from tests.builders import World
from tests.journal.journals import a_journal, verified


def anchored(world: World) -> str:
    """What the command says."""
    db.session.rollback()
    done = world.app.test_cli_runner().invoke(args=["anchor-journal"])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def anchors() -> list[int]:
    """The numbers of their entries."""
    return list(db.session.scalars(select(Entry.number).where(Entry.action == Action.ANCHORED).order_by(Entry.number)))


def test_an_anchor_is_an_entry_and_says_what_it_printed(world: World) -> None:
    size = a_journal(world)
    said = anchored(world)
    entry = db.session.scalars(select(Entry).where(Entry.action == Action.ANCHORED)).one()
    assert said == f"anchored up to {entry.id - 1}: {(entry.detail or '').split()[1]}"
    assert (entry.stream, entry.procuration_id, entry.account_id) == ("installation-1", None, None)
    assert verified(world) == (0, [f"intact, {size + 1} entries"])


def test_nothing_new_is_not_anchored_twice(world: World) -> None:
    assert anchored(world) == "nothing to anchor"
    a_journal(world)
    anchored(world)
    assert anchored(world) == "nothing to anchor"
    assert len(anchors()) == 1


def test_of_two_who_anchor_at_once_one_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other comes between what this one read and what it writes."""
    a_journal(world)
    marked, hold = anchor.mark(), heads.hold

    def meanwhile(streams: list[Stream]) -> object:
        monkeypatch.setattr(heads, "hold", hold)
        assert anchor.add(marked, now=now())
        return hold(streams)

    monkeypatch.setattr(heads, "hold", meanwhile)
    assert anchor.add(marked, now=now()) is None
    db.session.commit()
    assert len(anchors()) == 1
    assert verified(world)[0] == 0


def test_time_anchors_it_every_day(world: World) -> None:
    a_journal(world)
    run = world.app.test_cli_runner().invoke
    assert run(args=["close-scrutins", "--dry-run"]).exit_code == 0
    assert anchors() == []
    assert run(args=["close-scrutins"]).exit_code == 0
    assert len(anchors()) == 1


def test_a_stream_cut_with_its_head_is_told_by_the_anchor_that_closed_it(world: World) -> None:
    """No stream says it, for each is whole up to its head; what grew since is another anchor's."""
    a_journal(world)
    anchored(world)
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    anchored(world)
    cut = select(Entry).where(Entry.stream.like("procuration-%"), Entry.number == 6)
    last = db.session.scalars(cut).one()
    key, head = last.procuration_id, last.previous
    db.session.execute(text("delete from journal_entry where id = :id"), {"id": last.id})
    db.session.execute(
        text("update procuration set head_number = 5, head_mac = :mac where id = :id"), {"mac": head, "id": key}
    )
    db.session.commit()
    assert verified(world) == (1, [f"installation-1 {anchors()[0]} altered (what this anchor closed)"])


def test_a_journal_set_back_whole_is_told_by_an_anchor_that_was_published_and_by_nothing_else(world: World) -> None:
    """As from a backup: the anchors that contradicted it went with the rest."""
    a_journal(world)
    first, then = anchored(world).split()[-1], heads_now()
    up_to = db.session.scalar(select(func.max(Entry.id)))
    world.submitted()
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    second = anchored(world).split()[-1]
    assert verified(world, first, second)[0] == 0
    db.session.execute(text("delete from journal_entry where id > :id"), {"id": up_to})
    heads.move({stream: then.get(stream, Head(0, None)) for stream in heads_now()})
    db.session.commit()
    assert verified(world, first)[0] == 0
    assert verified(world, first, second) == (1, [f"installation-1 {second} removed (an anchor that was published)"])


def heads_now() -> dict[Stream, Head]:
    """Where every stream has come to."""
    return {
        Stream(owner, row[0]): Head(row[1], row[2])
        for owner, (table, key) in OWNERS.items()
        for row in db.session.execute(select(key, table.head_number, table.head_mac).where(table.head_number > 0))
    }


def test_what_an_anchor_says_is_chained_too(world: World) -> None:
    a_journal(world)
    anchored(world)
    db.session.execute(text("update journal_entry set detail = '1 forged' where action = 'anchored'"))
    db.session.commit()
    assert f"installation-1 {anchors()[0]} altered" in verified(world)[1]


def test_anchors_taken_while_people_act_hold(world: World) -> None:
    """Whatever commits late is in the next one."""
    keys, stop = [world.submitted().id for _ in range(3)], threading.Event()

    def act(key: int) -> None:
        with world.app.app_context():
            while not stop.is_set():
                journal.record(Action.OPENED, now=now(), procuration=db.session.get_one(Procuration, key))
                db.session.commit()

    acting = [threading.Thread(target=act, args=(key,)) for key in keys]
    for thread in acting:
        thread.start()
    try:
        for _ in range(5):
            journal.record(Action.SIGN_IN_FAILED, now=now())
            db.session.commit()
            anchored(world)
    finally:
        stop.set()
        for thread in acting:
            thread.join()
    assert len(anchors()) == 5
    assert verified(world)[0] == 0
