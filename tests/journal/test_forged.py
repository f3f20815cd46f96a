"""A row that nobody with the key wrote is named, believed by nobody, and stops nothing."""

import pytest
from sqlalchemy import func, select, text

from app.dates import now
from models import anchor, journal, journal_check
from models.base import db
from models.journal import Action, Entry
from tests.builders import World
from tests.journal.journals import KEPT, a_journal, count, forged, purge, verified
from tests.journal.test_anchor import anchored

SECOND = "stream = 'installation-1' and number = 2"
KINDS = (Action.ANCHORED, Action.JOURNAL_PURGED)


@pytest.mark.parametrize("action", KINDS)
@pytest.mark.parametrize("detail", [" ", "", "x", "1", "999999 3", "999999 forged 3"])
def test_what_no_act_wrote_is_named_and_the_verification_is_kept(world: World, action: Action, detail: str) -> None:
    a_journal(world)
    anchored(world)
    forged(action, detail)
    assert verified(world) == (1, ["installation-1 9998 inserted"])
    assert journal_check.last()[0].told == ["installation-1 9998 inserted"]


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@pytest.mark.parametrize("action", KINDS)
@pytest.mark.parametrize("detail", [b"", b"999999 3", b"\xff"])
def test_bytes_for_a_detail_are_named_too(world: World, action: Action, detail: bytes) -> None:
    a_journal(world)
    anchored(world)
    forged(action, detail)
    assert verified(world) == (1, ["installation-1 9998 inserted"])
    assert [one.digest for _, one in anchor.newest()] == [anchor.last().digest]


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("insert into closed_stream values (x'00', 1, x'00', x'00')", "b'\\x00' 1 altered (what was purged)"),
        ("insert into closed_stream values ('account-0', 1, 'a', 'b')", "account-0 1 altered (what was purged)"),
        ("insert into closed_stream values ('account-0', 'n', 1e9, 2)", "account-0 n altered (what was purged)"),
        ("update installation set head_mac = 'text'", "installation-1 5 altered (head)"),
        ("update installation set head_mac = 7000000000", "installation-1 5 altered (head)"),
        (
            "update journal_entry set stream = x'00' where stream = 'installation-1' and number = 2",
            "b'\\x00' 2 inserted",
        ),
        (
            "update journal_entry set detail = cast(x'ff' as text) where stream = 'installation-1' and number = 2",
            "installation-1 2 altered",
        ),
        (
            "update journal_entry set stream = cast(x'ff' as text) where stream = 'installation-1' and number = 2",
            "\\udcff 2 inserted",
        ),
    ],
)
def test_what_only_sqlite_keeps_is_named_and_stops_nothing(world: World, change: str, told: str) -> None:
    a_journal(world)
    anchored(world)
    db.session.execute(text(change))
    db.session.commit()
    code, lines = verified(world)
    assert code == 1
    assert told in lines
    assert journal_check.last()[0].faults == len(lines)


def test_what_says_falsely_that_it_was_purged_hides_no_tail_that_was_cut(world: World) -> None:
    """The head is set back to what it was before the last entry."""
    a_journal(world)
    anchored(world)
    cut = select(Entry).where(Entry.stream.like("procuration-%"), Entry.number == 6)
    last = db.session.scalars(cut).one()
    set_back = {"id": last.procuration_id, "mac": last.previous}
    db.session.execute(text("delete from journal_entry where id = :id"), {"id": last.id})
    db.session.execute(text("update procuration set head_number = 5, head_mac = :mac where id = :id"), set_back)
    forged(Action.JOURNAL_PURGED, "999999 3")
    assert "installation-1 5 altered (what this anchor closed)" in verified(world)[1]


def test_the_next_anchor_follows_the_last_true_one_and_closes_no_forged_row(world: World) -> None:
    """Neither an anchor that says to have closed all there will be, nor the end of a stream, nor the newest key."""
    a_journal(world)
    anchored(world)
    forged(Action.ANCHORED, "2000000000 forged")
    forged(Action.SIGN_IN_FAILED, "", number=9999, key=2_000_000_000)
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    newest = db.session.scalar(select(func.max(Entry.id)).where(Entry.number < 9998))
    assert anchored(world).startswith(f"anchored up to {newest}: ")
    assert [one.number for _, one in anchor.newest()] == [7, 5]
    assert verified(world) == (1, ["installation-1 9998 inserted", "installation-1 9999 inserted"])
    db.session.execute(text("delete from journal_entry where number > 9000"))
    db.session.commit()
    assert verified(world)[0] == 0


@pytest.mark.parametrize("action", KINDS)
@pytest.mark.parametrize("detail", ["21 x", "999999 x", "999999 3", " ", ""])
def test_a_forged_anchor_makes_nothing_young_go(world: World, action: Action, detail: str) -> None:
    a_journal(world)
    anchored(world)
    forged(action, detail)
    before = count()
    assert "journal" not in purge(world)
    assert count() == before
    assert verified(world) == (1, ["installation-1 9998 inserted"])


@pytest.mark.parametrize("action", KINDS)
@pytest.mark.parametrize("detail", ["999999 x", "0 x", " "])
@pytest.mark.parametrize("key", [-7, 999_998])
def test_a_forged_anchor_stops_no_purge_and_is_vouched_for_by_none(
    world: World, aged: int, action: Action, detail: str, key: int
) -> None:
    """Nor is a row that is put among the old ones, at the end of a stream that goes."""
    forged(action, detail, key=key)
    assert f"entries of the journal purged: {aged - KEPT}" in purge(world)
    assert verified(world) == (1, ["installation-1 9998 inserted"])
    assert "journal" not in purge(world)


@pytest.mark.parametrize("config", ["sqlite"], indirect=True)
def test_bytes_for_a_detail_stop_no_purge(world: World, aged: int) -> None:
    forged(Action.ANCHORED, b"\xff")
    forged(Action.JOURNAL_PURGED, b"9", number=9999, key=999_999)
    assert f"entries of the journal purged: {aged - KEPT}" in purge(world)
    assert verified(world)[1] == ["installation-1 9998 inserted", "installation-1 9999 inserted"]
