"""How each database means to find what an act or a page asks for: never by reading a table that grows with the country.

PostgreSQL is asked without its sequential scans, which it rightly prefers in tables as small as these: one that is
left says that no index serves. SQLite chooses without knowing sizes, so its choice itself is looked at.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text, update

from app.dates import now
from models import perimeter, revocation
from models.account import Role
from models.base import db
from models.procuration import Procuration, Status
from models.statement import RevocationStatement
from tests.back_office.desks import Desk, counter, many, town_hall
from tests.builders import LAON, SOISSONS, World, a_mandataire
from tests.law.people import ELOISE, GWENAELLE, a_roll, another, established
from tests.page import read

GROWING = (
    "account",
    "account_commune",
    "commune",
    "edition",
    "edition_change",
    "journal_entry",
    "late_arrival",
    "outbox_mail",
    "polling_day",
    "procuration",
    "roll_elector",
    "station",
)
READS_ALL = re.compile(rf"(?:SCAN|Seq Scan on) (?:{'|'.join(GROWING)})(?:_\d+)?(?![\w.])(?!.*USING)")
AT_WORK_BY_ITSELF = "select exists (select from pg_stat_activity where backend_type = 'autovacuum worker')"
READS_ALL_IN_FORCE = re.compile(r"USING (?:COVERING )?INDEX ix_procuration_status_")


@pytest.fixture(autouse=True)
def undisturbed(app: Flask) -> Iterator[None]:
    """PostgreSQL knows that its tables are empty, and counts nothing anew by itself: its plans follow from the test.

    What vacuums and counts by itself, when it pleases, also keeps a vacuum that it overlaps from ending its work.
    """
    if db.engine.dialect.name == "sqlite":
        yield
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        reload, is_at_work = text("select pg_reload_conf()"), text(AT_WORK_BY_ITSELF)
        connection.execute(text("alter system set autovacuum = off"))
        connection.execute(reload)
        while connection.scalar(is_at_work):
            sleep(0.05)
        connection.execute(text("vacuum analyze"))
        yield
        connection.execute(text("alter system reset autovacuum"))
        connection.execute(reload)


@contextmanager
def plans(*, freely: bool = False) -> Iterator[list[str]]:
    """The steps of every search and change sent meanwhile, each with the end of its statement.

    `freely`: as PostgreSQL itself prefers, in tables large enough for that to tell.
    """
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            sent.append((statement, parameters))

    steps: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield steps
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    steps += [step for statement, parameters in sent for step in explain(statement, parameters, freely=freely)]


def explain(statement: str, parameters: Any, *, freely: bool) -> list[str]:
    """What the database would do, a line a step."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not is_sqlite and not freely:
            connection.execute(text("SET enable_seqscan = off"))
        cursor = connection.connection.cursor()
        cursor.execute(("EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN ") + statement, parameters)
        told = [" ".join(statement.split())[-60:] + " | " + str(row[-1]).strip() for row in cursor.fetchall()]
        connection.rollback()
    return told


def without_an_index(steps: list[str]) -> list[str]:
    return [step for step in steps if READS_ALL.search(step) or READS_ALL_IN_FORCE.search(step)]


@pytest.mark.parametrize("nne", [None, "123456789"])
def test_an_act_finds_its_rows_by_an_index_whatever_the_size_of_the_country(world: World, nne: str | None) -> None:
    world.established(mandataire_nne=nne)
    reference = world.submitted(mandataire_nne=nne, mandataire=a_mandataire()).reference
    officer, clerk = counter(world), town_hall(world)
    with plans() as steps:
        officer.read(f"?reference={reference}")
        officer.act("validate", reference)
        row = clerk.read().main.find(".//input[@name='rowid']")
        assert row is not None
        clerk.read(f"details/?id={row.get('value')}")
        clerk.act("validate", row.get("value"), note="Vérifié.")
    assert len(steps) > 20
    assert not without_an_index(steps)


def test_the_list_of_a_large_commune_is_read_and_counted_by_its_index(world: World) -> None:
    """A database that expects a commune's rows everywhere would rather read the whole table."""
    many(world, 6_000)
    if db.engine.dialect.name == "postgresql":  # SQLite would keep what it learnt for the tests that follow
        db.session.execute(text("analyze"))
        db.session.commit()
    clerk = town_hall(world)
    with plans(freely=True) as steps:
        clerk.read("?status=established")
        clerk.read()
    of_the_table = [step for step in steps if re.search(r"(?:SCAN|SEARCH|Scan .*on) procuration", step)]
    assert len(of_the_table) >= 4
    assert not without_an_index(of_the_table)


def test_what_is_in_doubt_is_looked_for_among_what_is_and_not_among_all_that_was_validated(world: World) -> None:
    many(world, 6_000)
    if is_postgresql := db.engine.dialect.name == "postgresql":
        db.session.execute(text("analyze"))
        db.session.commit()
    for clerk in (town_hall(world), town_hall(world, world.a_clerk(LAON, SOISSONS))):
        with plans(freely=is_postgresql) as steps:
            clerk.read("?status=review")
        assert len([step for step in steps if "ix_procuration_doubted" in step]) >= 2, steps
        assert not [step for step in steps if "ix_procuration_listed" in step], steps


def test_a_bureau_is_looked_up_line_by_line_and_not_by_reading_the_roll(world: World) -> None:
    """PostgreSQL, which knows how large things are, chooses among the indexes; SQLite must be led to the right one."""
    a_roll(*(another(n) for n in range(10)), nne="11")
    established(world, mandant=another(0), mandant_nne="11")
    clerk = town_hall(world)
    with plans() as steps:
        clerk.read("?bureau=3")
    assert not without_an_index(steps)
    of_the_roll = [step for step in steps if re.search("(?:SCAN|SEARCH) roll_elector", step)]
    assert bool(of_the_roll) == (db.engine.dialect.name == "sqlite")
    assert all(re.search("ix_roll_elector_(nne|person)", step) for step in of_the_roll), of_the_roll


def test_what_an_elector_has_in_force_is_found_among_all_that_elector_filed(world: World) -> None:
    many(world, 6_000)
    elector = world.an_elector()
    world.submitted(elector)
    if is_postgresql := db.engine.dialect.name == "postgresql":
        db.session.execute(text("analyze"))
        db.session.commit()
    with plans(freely=is_postgresql) as steps:
        assert perimeter.in_force_of(elector) == []
        assert [one.status for one in perimeter.waiting_of(elector)] == [Status.SUBMITTED]
    assert [step for step in steps if re.search(r"ix_procuration_elector\b", step)], steps
    assert not without_an_index(steps)


def test_many_decided_at_once_are_looked_up_by_an_index_too(world: World) -> None:
    """By name and number in two communes' rolls, by number alone, and by what their people hold and gave."""
    a_roll(ELOISE, GWENAELLE, nne="11")
    a_roll(another(0), commune=SOISSONS, nne="22")
    there = world.commune(SOISSONS)
    rows = [
        world.established(mandant=ELOISE, mandant_nne="11", mandataire=GWENAELLE),
        world.established(mandataire=another(0), mandataire_commune=there, mandataire_nne="22"),
        world.established(mandataire_commune=None, mandataire_nne="33"),
    ]
    clerk = town_hall(world)
    asked = read(clerk.post("invalidate", *[row.id for row in rows])).form("/admin/town-hall/action/")
    with plans() as steps:
        answer = clerk.client.post("/admin/town-hall/action/", data=asked | {"reason": "PLAFOND", "note": "Vu."})
    assert answer.status_code == 303
    assert len(steps) > 20
    assert not without_an_index(steps)


def steps_of_lists(world: World, *asked: str) -> list[str]:
    """Where these lists of the town hall go through what grows with the country, once PostgreSQL has looked at it."""
    if is_postgresql := db.engine.dialect.name == "postgresql":
        db.session.execute(text("analyze"))
        db.session.commit()
    clerk = town_hall(world)
    with plans(freely=is_postgresql) as steps:
        for one in asked:
            clerk.read(one)
    return [step for step in steps if re.search(r"(?:SCAN|SEARCH|Scan .*on) (?:procuration|polling_day)", step)]


def test_what_came_late_is_looked_for_among_the_rows_of_the_communes(world: World) -> None:
    """And not among the whole country of that day; on a day without a vote, PostgreSQL knows that there is nobody."""
    world.an_election((world.today,))
    many(world, 6_000, commune=world.commune(SOISSONS))
    assert world.established().days == [world.today]
    growing = steps_of_lists(world, "?late=yes")
    assert len(growing) >= 3
    assert without_an_index(growing) == []
    assert not [step for step in growing if "ix_polling_day_day" in step and not re.search(r"rows=1 ", step)]


def test_an_election_is_looked_for_among_the_rows_of_the_communes(world: World) -> None:
    """And not among all that the country gave for its day."""
    many(world, 6_000, commune=world.commune(SOISSONS))
    world.established(valid_until=world.a_sunday(20))
    growing = steps_of_lists(world, "?election=1", "?tour=1")
    assert len(growing) >= 4
    assert without_an_index(growing) == []
    assert not [step for step in growing if "ix_polling_day_day" in step]


def test_what_a_statement_may_revoke_is_looked_for_among_what_its_commune_has_in_force(world: World) -> None:
    """And not among all that it ever had."""
    ended = many(world, 6_000)
    db.session.execute(update(Procuration).where(Procuration.id.in_(ended)).values(status=Status.REVOKED))
    own = world.established()
    if is_postgresql := db.engine.dialect.name == "postgresql":
        db.session.execute(text("analyze"))
        db.session.commit()
    stated = RevocationStatement(commune=own.commune, commune_code=LAON, mandant=own.mandant, stated_at=now())
    with plans(freely=is_postgresql) as steps:
        assert revocation.candidates(stated) == ([own], [])
    growing = [step for step in steps if re.search(r"(?:SCAN|SEARCH|Scan .*on) procuration", step)]
    assert [step for step in growing if "ix_procuration_listed_by_status" in step] == growing != []


def test_a_search_without_an_index_would_be_seen(world: World) -> None:
    with plans() as steps:
        db.session.execute(text("SELECT id FROM procuration WHERE note = 'x'"))
    assert without_an_index(steps)


def test_the_lists_of_a_polling_day_read_the_rows_of_their_commune(world: World) -> None:
    """And not those of the whole country on that day, which PostgreSQL knows to be many once it has counted them."""
    many(world, 6_000, commune=world.commune(SOISSONS))
    day = world.established().days[0]
    if is_postgresql := db.engine.dialect.name == "postgresql":
        db.session.execute(text("analyze"))
        db.session.commit()
    at = Desk(world.as_agent(world.a_clerk()), "/admin/register/")
    with plans(freely=is_postgresql) as steps:
        at.read(f"day/?commune={LAON}&day={day}")
        at.read(f"mentions/?commune={LAON}&day={day}")
        at.read()
    growing = [step for step in steps if re.search(r"(?:SCAN|SEARCH|Scan .*on) (?:procuration|polling_day)", step)]
    assert len(growing) >= 4
    assert without_an_index(growing) == []
    assert not [step for step in growing if "ix_polling_day_day" in step]


def test_the_journal_is_searched_by_the_index_of_what_is_asked_and_read_no_further(world: World) -> None:
    """In the order of the index where many entries answer: a sort would read them all first."""
    officer, demande = world.an_officer().id, world.submitted().id
    halfway = a_long_journal(officer, demande)
    if is_postgresql := db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Vacuumed as in the end any table is: until then, an index alone would not be believed.
            connection.execute(text("vacuum analyze journal_entry"))
    auditor = Desk(world.as_agent(world.an_account(Role.AUDITOR)), "/admin/journal/")
    for asked, index in {
        "": "at",
        "?since=2026-01-02&until=2026-01-02": "at",
        f"?since=2026-01-02&before={halfway}": "at",
        "?action=revoked": "action",
        "?action=opened&until=2026-01-04": "action",
        "?desk=02107": "desk",
        "?desk=02107&since=2026-01-02&until=2026-01-03": "desk",
        f"?account={officer}": "account",
        f"?account={officer}&action=opened&since=2026-01-02": "account",
        f"?procuration={demande}": "procuration",
    }.items():
        with plans(freely=is_postgresql) as steps:
            auditor.read(asked)
        steps = [step for step in steps if "journal_entry" in step]
        assert len([step for step in steps if re.search(rf"ix_journal_entry_{index}\b", step)]) >= 2, (asked, steps)
        assert not without_an_index(steps), (asked, steps)
        if index in ("at", "action"):
            assert not [step for step in steps if "TEMP B-TREE" in step or "Sort" in step], (asked, steps)


def a_long_journal(officer: int, demande: int) -> int:
    """As it grows, without what chains it: here only its size matters. The key of an entry in its middle."""
    counted = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) "
    said = "case i % 9 when 0 then 'opened' when 1 then 'validated' else 'established' end"
    at = {
        "sqlite": "datetime('2026-01-01', '+' || (i * 20) || ' seconds')",
        "postgresql": "timestamptz '2026-01-01' + i * interval '20 seconds'",
    }[db.engine.dialect.name]
    which = "'02' || (100 + i % 400), case i % 200 when 7 then :officer end, case i % 5000 when 9 then :demande end"
    inserted = "insert into journal_entry (at, action, desk, account_id, procuration_id, stream, number, mac) "
    entries = f"{counted} select {at}, {said}, {which}, 'commune-x', i, '' from n"
    db.session.execute(text(inserted + entries), {"officer": officer, "demande": demande})
    db.session.commit()
    middle = db.session.scalar(text("select (min(id) + max(id)) / 2 from journal_entry"))
    assert middle
    return int(middle)
