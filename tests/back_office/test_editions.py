"""The additive list: numbered editions, and nothing missing between two of them."""

import csv
import io
import random
from datetime import timedelta

from sqlalchemy import update

from app.dates import now
from models import editions, journey, signing_list
from models.account import Account
from models.base import db
from models.journal import Action
from models.procuration import Procuration, Status
from tests.back_office.desks import entries, many, status_of
from tests.back_office.test_register import a_roll, desk, listed, lucie, on_roll, revoked, validated
from tests.builders import LAON, World
from tests.database import queries
from tests.journey.test_time import let, noon
from tests.page import text_of
from tests.web.test_typography import loose

ADDRESS = "/admin/register/edition/"


def make(world: World, after: int, clerk: Account | None = None) -> int:
    number = editions.make(world.commune(), world.first_day(), after=after, clerk=clerk or world.a_clerk(), now=now())
    db.session.commit()
    return number


def changes(world: World) -> editions.Changes:
    commune, day = world.commune(), world.first_day()
    return editions.changes(commune, day, signing_list.lines(commune, day))


def on_paper(world: World, up_to: int = 1000) -> set[int]:
    """Who is on the list of somebody who has stapled these editions, in order; a line is never given twice."""
    db.session.rollback()
    held: set[int] = set()
    for edition in reversed(editions.editions_of(world.commune(), world.first_day())):
        content = editions.content(edition) if edition.number <= up_to else []
        for one in sorted(content, key=lambda change: change.is_added):
            assert (one.procuration_id in held) is not one.is_added
            (held.add if one.is_added else held.remove)(one.procuration_id)
    return held


def shown(world: World, number: int) -> list[tuple[int, bool]]:
    (edition,) = [e for e in editions.editions_of(world.commune(), world.first_day()) if e.number == number]
    return [(one.procuration_id, one.is_added) for one in editions.content(edition)]


def test_each_edition_holds_what_changed_since_the_one_before(world: World) -> None:
    stays, goes = validated(world), validated(world)
    assert make(world, 0) == 1
    revoked(world, goes)
    comes = validated(world)
    assert make(world, 1) == 2
    assert sorted(shown(world, 1)) == sorted([(stays.id, True), (goes.id, True)])
    assert shown(world, 2) == [(goes.id, False), (comes.id, True)]
    assert on_paper(world) == set(listed(world.first_day(), world))


def test_an_unchanged_list_and_a_second_click_make_none(world: World) -> None:
    validated(world)
    assert make(world, 0) == 1
    assert make(world, 1) == 1
    validated(world)
    assert make(world, 0) == 1
    assert make(world, 1) == 2
    assert [e.number for e in editions.editions_of(world.commune(), world.first_day())] == [2, 1]
    assert [entry.action for entry in entries()].count(Action.EDITION_MADE) == 2


def test_who_changes_bureau_leaves_one_and_enters_the_other(world: World) -> None:
    a_roll(on_roll("PETIT", "0001", "4"))
    moves = validated(world, mandant=lucie("PETIT"))
    make(world, 0)
    a_roll(on_roll("PETIT", "0002", "9"))
    changed = changes(world)
    assert (changed.bureaux, changed.in_bureau("0001"), changed.in_bureau("0002")) == (["0001", "0002"], 1, 1)
    make(world, 1)
    assert shown(world, 2) == [(moves.id, False), (moves.id, True)]
    assert not changes(world)


def test_what_time_ends_once_the_day_is_over_leaves_no_list(world: World) -> None:
    served, day = validated(world), world.first_day()
    make(world, 0)
    let(noon(day + timedelta(days=1)))
    assert status_of(served) is Status.ENDED
    assert not changes(world)
    assert make(world, 1) == 1
    assert on_paper(world) == {served.id}


def test_a_town_hall_makes_an_edition_and_prints_it_again(world: World) -> None:
    goes, day = validated(world), world.first_day()
    at = desk(world)
    where = f"day/?commune={LAON}&day={day}"
    first = at.client.post(ADDRESS, data=(form := at.read(where).form(ADDRESS)))
    assert first.status_code == 303
    assert at.client.post(ADDRESS, data=form).location == first.location
    revoked(world, goes)
    assert "1 retrait" in at.read(where).text.replace("\u00a0", " ")
    second = at.client.post(ADDRESS, data=at.read(where).form(ADDRESS))
    page = at.read(second.location.removeprefix(at.address)).text
    assert "depuis l'édition 1" in page
    assert loose(at.read(second.location.removeprefix(at.address))) == [], "no heading's line begins with its colon"
    assert "résiliée" in page
    again = at.read(second.location.removeprefix(at.address)).text
    assert again == page


def test_the_whole_list_of_an_edition_is_the_same_whenever_it_is_printed(world: World) -> None:
    a_roll(on_roll("PETIT", "0001", "4"), on_roll("GRAND", "0002", "10"), on_roll("MOYEN", "0002", "9"))
    goes, stays, _ = (validated(world, mandant=lucie(name)) for name in ("PETIT", "GRAND", "MOYEN"))
    at, day = desk(world), world.first_day()
    make(world, 0)
    revoked(world, goes)
    validated(world, mandant=lucie("NOUVEAU"))
    make(world, 1)
    where = f"edition/whole/?commune={LAON}&day={day}&number="
    printed = [at.read(f"{where}{n}").text for n in (1, 2)]
    sheets = [[text_of(cell) for cell in at.read(f"{where}{n}").all("td")[1::8]] for n in (1, 2)]
    assert sheets == [["PETIT", "MOYEN", "GRAND"], ["MOYEN", "GRAND", "NOUVEAU"]]
    a_roll(on_roll("GRAND", "0001", "1"), on_roll("MOYEN", "0003", "2"))
    revoked(world, stays)
    make(world, 2)
    let(noon(day + timedelta(days=1)))
    assert [at.read(f"{where}{n}").text for n in (1, 2)] == printed
    assert "PETIT" not in at.read(f"{where}1&bureau=0002").text


def test_where_no_roll_gives_an_order_names_do(world: World) -> None:
    for name in ("GAMMA", "DELTA"):
        validated(world, mandant=lucie(name))
    make(world, 0)
    validated(world, mandant=lucie("ALPHA"))
    make(world, 1)
    second, first = editions.editions_of(world.commune(), world.first_day())
    assert [one.procuration.mandant.birth_name for one in editions.content(first)] == ["DELTA", "GAMMA"]
    assert [one.procuration.mandant.birth_name for one in editions.whole(second)] == ["ALPHA", "DELTA", "GAMMA"]


def test_each_whole_list_is_what_the_stapled_editions_leave(world: World) -> None:
    chance, held = random.Random(7), []
    for number in range(5):
        held += [validated(world) for _ in range(3)]
        chance.shuffle(held)
        revoked(world, held.pop())
        make(world, number)
    wholes = {e.number: editions.whole(e) for e in editions.editions_of(world.commune(), world.first_day())}
    for number, lines in wholes.items():
        assert {one.procuration_id for one in lines} == on_paper(world, up_to=number)
        assert len(lines) == 2 * number


def test_an_edition_shows_the_additions_and_removals_of_a_bureau_on_its_own_sheet(world: World) -> None:
    a_roll(on_roll("PETIT", "0001", "4"), on_roll("GRAND", "0002", "10"), on_roll("MOYEN", "0002", "9"))
    goes = validated(world, mandant=lucie("GRAND"))
    make(world, 0)
    revoked(world, goes)
    for name in ("PETIT", "MOYEN"):
        validated(world, mandant=lucie(name))
    make(world, 1)
    page = desk(world).read(f"edition/?commune={LAON}&day={world.first_day()}&number=2")
    first, second = [text_of(one) for one in page.all("section") if one.get("class") == "sheet"]
    assert "À ajouter (1)" in first
    assert "À retirer (0)" in first
    assert second.index("MOYEN") < second.index("À retirer (1)") < second.index("GRAND") < second.index("résiliée")
    for sheet in (first, second):
        assert "Liste additive, édition 2 du" in sheet
        assert "Ce qui a changé depuis l'édition 1" in sheet


def test_an_edition_is_taken_as_a_file_with_what_is_added_and_removed_on_lines_keyed_as_the_roll(world: World) -> None:
    a_roll(on_roll("PETIT", "0001", "4"), on_roll("GRAND", "0002", "10"))
    goes, day = validated(world, mandant=lucie("PETIT")), world.first_day()
    make(world, 0)
    revoked(world, goes)
    validated(world, mandant=lucie("GRAND"))
    make(world, 1)
    at, where = desk(world), {"commune": LAON, "day": day.isoformat(), "number": "2"}

    def taken(name: str, **more: str) -> list[list[str]]:
        form = at.read(f"{name}?commune={LAON}&day={day}&number=2").form(f"/admin/register/{name}export/")
        answer = at.client.post(f"/admin/register/{name}export/", data=form | where | more)
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
        return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))

    head, *rows = taken("edition/")
    assert (head[0], head[1], head[-1]) == ("changement", "code du bureau de vote", "motif")
    assert [(row[0], row[1], row[3], row[4], row[-1]) for row in rows] == [
        ("retrait", "0001", "4", "PETIT", "résiliée"),
        ("ajout", "0002", "10", "GRAND", ""),
    ]
    assert [row[0] for row in taken("edition/", bureau="0002")[1:]] == ["ajout"]
    assert [(row[0], row[3]) for row in taken("edition/whole/")[1:]] == [("0002", "GRAND")]
    last = entries()[-1]
    assert (last.action, last.desk, last.detail) == (Action.EXPORTED, LAON, "whole")


def test_an_edition_is_written_in_as_many_statements_for_forty_as_for_four(world: World) -> None:
    clerk, keys, counts = world.a_clerk(), many(world, 44), []
    for number, validated_now in enumerate((keys[:4], keys[4:])):
        decided = update(Procuration).where(Procuration.id.in_(validated_now))
        db.session.execute(decided.values(status=Status.VALIDATED, decided_at=now()))
        db.session.commit()
        assert clerk.id
        with queries() as asked:
            make(world, number, clerk)
        counts.append(len(asked))
    assert [len(shown(world, number)) for number in (1, 2)] == [4, 40]
    assert counts[0] == counts[1]


def test_what_commits_late_with_an_earlier_time_is_in_the_next_edition(world: World) -> None:
    late = world.established()
    clerk, early = world.a_clerk(), now()
    validated(world)
    make(world, 0, clerk)
    journey.validate(late, clerk=clerk, note="vu", now=early)
    db.session.commit()
    make(world, 1, clerk)
    assert shown(world, 2) == [(late.id, True)]
