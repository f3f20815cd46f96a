"""What a secretary of four villages reads: all that the last editions do not say yet (T14)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

import admin_views.late
import models.since_edition
from app.dates import now
from app.late_alerts import tell_late_arrivals
from models import editions, journey
from models.account import Account
from models.base import db
from models.journal import Action
from models.procuration import PollingDay, Procuration
from models.since_edition import since_edition
from tests.back_office.desks import Desk, entries, town_hall
from tests.back_office.test_polling_day import the
from tests.back_office.test_register import revoked, validated
from tests.builders import LAON, SOISSONS, World
from tests.contracts.test_plans import plans, without_an_index
from tests.database import queries
from tests.journey.test_late_arrivals import on_duty, soon
from tests.page import Page

VERVINS = "02789"


def page_of(world: World, clerk: Account | None = None) -> Page:
    return Desk(world.as_agent(clerk or world.a_clerk()), "/admin/late/").read()


def edition(world: World, day: date, code: str = LAON) -> None:
    editions.make(world.commune(code), day, after=0, clerk=world.a_clerk(code), now=now())
    db.session.commit()


def said(page: Page, heading: str) -> str:
    """What the page says after a heading, until the next one of its rank."""
    after = page.text.split(heading, 1)
    return after[1].split("À décider")[0].split("Validées, à ajouter")[0].split("À retirer")[0] if after[1:] else ""


def test_it_says_what_is_to_be_decided_added_and_removed_since_the_edition(world: World) -> None:
    day = soon(world)
    printed = validated(world, **the("IMPRIMÉ", "UN"), days=(day,))
    gone = validated(world, **the("PARTI", "DEUX"), days=(day,))
    edition(world, day)
    revoked(world, gone)
    validated(world, **the("NOUVEAU", "TROIS"), days=(day,))
    world.established(**the("ATTEND", "QUATRE"), days=(day,))
    page = page_of(world)
    assert "ATTEND" in said(page, "À décider")
    assert "NOUVEAU" in said(page, "Validées, à ajouter à la prochaine édition")
    assert "PARTI" in said(page, "À retirer à la prochaine édition")
    assert printed.mandant.birth_name not in page.text
    assert "Depuis l'édition 1 (" in page.text
    assert "2 changements (bureau non connu : 2)" in page.text


def test_a_commune_whose_lines_are_beyond_the_most_recent_is_not_said_to_have_nothing_new(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = soon(world)
    for code in (LAON, SOISSONS):
        edition(world, day, code)
    validated(world, **the("ANCIEN", "UN"), days=(day,), commune_code=SOISSONS)
    validated(world, **the("RÉCENT", "DEUX"), days=(day,))
    for module in (models.since_edition, admin_views.late):
        monkeypatch.setattr(module, "MOST_SHOWN", 1)
    text = page_of(world, world.a_clerk(LAON, SOISSONS)).text
    assert "Rien de nouveau" not in text
    assert "1 changement (" in text.split("Rien parmi les 1 plus récentes")[1]


def test_a_printed_one_whose_day_was_lost_is_to_be_removed(world: World) -> None:
    day = soon(world)
    lost = validated(world, **the("PERDU", "UN"), days=(day,))
    edition(world, day)
    db.session.get_one(PollingDay, (lost.id, day)).lost_at = now()
    db.session.commit()
    assert "PERDU" in said(page_of(world), "À retirer à la prochaine édition")


def test_without_an_edition_it_says_what_came_after_the_closing_time(world: World) -> None:
    day = soon(world, 1)
    early = world.established(**the("TÔT", "UN"), days=(day,))
    world.established(**the("TARD", "DEUX"), days=(day,))
    before = now() - timedelta(days=9)
    db.session.execute(update(Procuration).where(Procuration.id == early.id).values(established_at=before))
    db.session.commit()
    page = page_of(world)
    assert "TARD" in page.text
    assert "TÔT" not in page.text
    assert "Pas encore d'édition" in page.text


def test_all_the_communes_of_a_secretary_are_there_and_no_other(world: World) -> None:
    day = soon(world, 1)
    world.established(**the("ICI", "UN"), days=(day,))
    world.established(**the("LÀ", "DEUX"), days=(day,), commune_code=SOISSONS)
    world.established(**the("AILLEURS", "TROIS"), days=(day,), commune_code=VERVINS)
    page = page_of(world, world.a_clerk(LAON, SOISSONS))
    assert "ICI" in page.text
    assert "LÀ" in page.text
    assert "AILLEURS" not in page.text
    quiet = page_of(world, world.a_clerk(VERVINS, "02028"))
    assert "Athies-sous-Laon" in quiet.text.split("Rien de nouveau")[1]
    assert "ICI" not in quiet.text


def test_a_vote_that_is_not_the_next_one_is_there_once_its_own_closing_time_has_passed(world: World) -> None:
    first, second, clerk = world.today + timedelta(days=1), world.today + timedelta(days=5), world.a_clerk()
    world.an_election((first, second))
    world.established(**the("SECOND", "UN"), days=(second,))
    assert "SECOND" not in page_of(world, clerk).text
    on_duty(world, clerk, closing_days=7)
    assert "SECOND" in page_of(world, clerk).text


def test_seen_or_not_is_said_with_who_was_told(world: World) -> None:
    day, clerk = soon(world), world.a_clerk()
    on_duty(world, clerk)
    late = world.established(**the("TARD", "UN"), days=(day,))
    tell_late_arrivals(now())
    text = page_of(world, clerk).text
    assert "pas encore ouverte, Nadia BENALI prévenu(e) à" in text
    town_hall(world, clerk).read(f"details/?id={late.id}")
    text = page_of(world, clerk).text
    assert "ouverte par Nadia BENALI le" in text
    assert "pas encore ouverte" not in text


def test_the_reading_is_in_the_journal_for_each_commune_that_has_something(world: World) -> None:
    day, clerk = soon(world, 1), world.a_clerk(LAON, SOISSONS)
    world.established(days=(day,))
    page_of(world, clerk)
    readings = [entry for entry in entries() if entry.action is Action.OPENED]
    assert [(one.account_id, one.desk, one.detail) for one in readings] == [(clerk.id, LAON, "late")]


def test_without_a_vote_it_says_so(world: World) -> None:
    assert "Aucun vote n'est annoncé" in page_of(world).text


def test_ten_communes_cost_what_one_does_and_indexes_serve(world: World) -> None:
    day = soon(world, 1)
    codes = (LAON, SOISSONS, VERVINS)
    for number, code in enumerate(codes):
        validated(world, **the(f"UN{number}", f"DEUX{number}"), days=(day,), commune_code=code)
        edition(world, day, code)
        world.established(**the(f"TROIS{number}", f"QUATRE{number}"), days=(day,), commune_code=code)
    one, all_of_them = world.a_clerk(LAON), world.a_clerk(*codes)
    counts = []
    for clerk in (one, all_of_them):
        db.session.rollback()
        assert clerk.communes
        with queries() as asked:
            assert all(since_edition(clerk, now()))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20
    with plans() as steps:
        since_edition(all_of_them, now())
    assert not without_an_index(steps)


def test_what_was_decided_meanwhile_is_not_waited_for(world: World) -> None:
    day, clerk = soon(world, 1), world.a_clerk()
    one = world.established(**the("TARD", "UN"), days=(day,))
    journey.validate(one, clerk=clerk, note="vu", now=now())
    db.session.commit()
    assert "TARD" in said(page_of(world, clerk), "Validées, à ajouter à la prochaine édition")
