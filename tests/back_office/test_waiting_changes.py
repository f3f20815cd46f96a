"""The counter of changes since the last edition, bureau by bureau, where the bureaux' people look."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.dates import now
from models import editions, signing_list, waiting_changes
from models.base import db
from models.procuration import PollingDay, Procuration, Status
from models.waiting_changes import IMPORT_AT_MOST, Waiting
from tests.back_office.desks import Desk, many
from tests.back_office.test_late import edition
from tests.back_office.test_register import a_roll, lucie, on_roll, revoked, validated
from tests.builders import LAON, SOISSONS, World
from tests.contracts.test_plans import plans, without_an_index
from tests.database import queries
from tests.journey.test_late_arrivals import soon

PAGES = ("/admin/register/", "/admin/late/", "/admin/polling-day/")


def in_bureaux(world: World, day: date, count: int) -> list[int]:
    """As many validated procurations as bureaux, one each."""
    names = [f"MARTIN {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(count)]
    a_roll(*(on_roll(name, f"{n:04}", "1") for n, name in enumerate(names, 1)))
    keys = many(world, count, mandant=lucie("MODÈLE"), days=(day,))
    table = Procuration.__table__
    for key, name in zip(keys, names, strict=True):
        decided = {"status": Status.VALIDATED, "decided_at": now(), "mandant_birth_name": name}
        db.session.execute(update(table).where(table.c.id == key).values(decided))
    db.session.commit()
    return keys


def waiting(world: World, day: date, code: str = LAON) -> Waiting:
    db.session.rollback()
    return waiting_changes.waiting_changes([(world.commune(code), day)])[code, day]


def aged(world: World, day: date) -> None:
    """An edition made well after the roll that is there."""
    (last,) = editions.editions_of(world.commune(), day)
    last.made_at = now() + 2 * IMPORT_AT_MOST
    db.session.commit()


def test_each_page_says_what_changed_bureau_by_bureau_and_nothing_once_it_is_printed(world: World) -> None:
    day, clerk = soon(world), world.a_clerk()
    a_roll(on_roll("PETIT", "0001", "4"), on_roll("GRAND", "0002", "10"), on_roll("MOYEN", "0002", "9"))
    goes = validated(world, mandant=lucie("GRAND"), days=(day,))
    pages = [Desk(world.as_agent(clerk), address) for address in PAGES]
    assert "Aucune édition de la liste additive." in pages[0].read().text
    assert "Liste additive" not in pages[2].read().text
    edition(world, day)
    aged(world, day)
    for page in (pages[0], pages[2]):
        assert "Rien n'a changé depuis l'édition 1 (" in page.read().text
    revoked(world, goes)
    for name in ("PETIT", "MOYEN"):
        validated(world, mandant=lucie(name), days=(day,))
    for page in pages:
        text = page.read().text.replace("\u00a0", " ")
        assert ") : 3 changements (bureau 0001 : 1, bureau 0002 : 2)." in text
        assert "La liste électorale a été rechargée" not in text


def test_the_counter_is_what_the_next_edition_will_hold(world: World) -> None:
    day = soon(world)
    keys = in_bureaux(world, day, 6)
    edition(world, day)
    aged(world, day)
    revoked(world, db.session.get_one(Procuration, keys[0]))
    db.session.get_one(PollingDay, (keys[1], day)).lost_at = now()
    db.session.commit()
    validated(world, days=(day,))
    validated(world, days=(), valid_until=day)
    revoked(world, validated(world, days=(day,)))
    world.established(days=(day,))
    commune = world.commune()
    changes = editions.changes(commune, day, signing_list.lines(commune, day))
    found = waiting(world, day)
    assert found.by_bureau == {bureau: changes.in_bureau(bureau) for bureau in changes.bureaux}
    assert list(found.by_bureau.items()) == [("0001", 1), ("0002", 1), ("", 2)]
    assert (found.count, found.are_too_many, found.is_roll_newer) == (4, False, False)


def test_a_roll_put_in_place_since_or_at_that_moment_is_said(world: World) -> None:
    day = soon(world)
    a_roll(on_roll("PETIT", "0001", "4"))
    validated(world, mandant=lucie("PETIT"), days=(day,))
    edition(world, day)
    assert waiting(world, day).is_roll_newer, "it may have been read before"
    aged(world, day)
    assert not waiting(world, day).is_roll_newer
    (last,) = editions.editions_of(world.commune(), day)
    last.made_at = now() - timedelta(hours=1)
    db.session.commit()
    a_roll(on_roll("PETIT", "0002", "4"))
    assert waiting(world, day).is_roll_newer
    page = Desk(world.as_agent(world.a_clerk()), PAGES[0]).read()
    assert "des personnes ont peut-être changé de bureau" in page.text
    assert "Aucune procuration n'a changé" in page.text
    assert "Rien n'a changé" not in page.text


def test_more_than_a_thousand_are_not_counted_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day = soon(world)
    edition(world, day)
    validated(world, days=(day,))
    monkeypatch.setattr(waiting_changes, "MOST_COUNTED", 1)
    assert not waiting(world, day).are_too_many
    validated(world, days=(day,))
    found = waiting(world, day)
    assert (found.are_too_many, found.by_bureau) == (True, {})
    assert "plus de mille changements" in Desk(world.as_agent(world.a_clerk()), PAGES[0]).read().text


def test_a_commune_with_more_than_a_thousand_leaves_the_others_of_the_desk_their_own_count(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, athies = soon(world), "02028"
    for code in (LAON, SOISSONS, athies):
        edition(world, day, code)
    for code in (LAON, LAON, SOISSONS):
        validated(world, days=(day,), commune_code=code)
    monkeypatch.setattr(waiting_changes, "MOST_COUNTED", 1)
    lists = [(world.commune(code), day) for code in (LAON, SOISSONS, athies)]
    found = waiting_changes.waiting_changes(lists)
    assert [(found[code, day].are_too_many, found[code, day].count) for code in (LAON, SOISSONS, athies)] == [
        (True, 0),
        (False, 1),
        (False, 0),
    ]


def test_forty_bureaux_cost_what_three_do_and_indexes_serve(world: World) -> None:
    day, clerk = soon(world), world.a_clerk(LAON, SOISSONS)
    edition(world, day)
    pages = [Desk(world.as_agent(clerk), address) for address in PAGES]
    keys, counts = in_bureaux(world, day, 40), []
    for bureaux in (40, 3):
        db.session.execute(update(Procuration).where(Procuration.id.in_(keys[bureaux:])).values(status=Status.VOID))
        db.session.commit()
        with queries() as asked, plans() as steps:
            for page in pages:
                assert f"{bureaux} changements" in page.read().text.replace("\u00a0", " ")
        counts.append(len([one for one in asked if one.startswith(("SELECT", "WITH"))]))
        assert not without_an_index(steps)
    assert counts[0] == counts[1]


def test_a_secretary_sees_the_counters_of_her_communes_and_ten_cost_what_one_does(world: World) -> None:
    day, codes = soon(world), (LAON, SOISSONS)
    for code in codes:
        edition(world, day, code)
        validated(world, days=(day,), commune_code=code)
    text = Desk(world.as_agent(world.a_clerk(SOISSONS)), PAGES[2]).read().text
    assert text.count("changement (bureau non connu : 1)") == 1
    counts = []
    for chosen in (codes[:1], codes):
        lists = [(world.commune(code), day) for code in chosen]
        with queries() as asked:
            assert all(one.count == 1 for one in waiting_changes.waiting_changes(lists).values())
        counts.append(len(asked))
    assert counts[0] == counts[1]
