"""The synthetic country is one that could have been: what stands in a row follows from its journal."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text

from app.config import Config
from app.dates import now
from app.demo.country import APART, CLERKS, FEWEST_OFFICERS, LARGE, LARGEST, SMALL
from app.demo.drawn import Apart
from app.demo.world import PASSWORD
from app.factory import create_app
from models import holdings, search
from models.account import Account, authenticate
from models.base import db
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from tests.back_office.desks import counter, status_of
from tests.builders import World
from tests.web.real_service import a_real_service

SIZE = 400
WRITTEN = ("procuration", "polling_day", "journal_entry")
LAST = {Status.SUBMITTED: Action.SUBMITTED, Status.WITHDRAWN: Action.WITHDRAWN, Status.ESTABLISHED: Action.ESTABLISHED}
LAST |= {Status.VALIDATED: Action.VALIDATED, Status.INVALIDATED: Action.INVALIDATED, Status.REVOKED: Action.REVOKED}


@pytest.fixture
def country(world: World) -> World:
    return country_of(world)


def country_of(world: World) -> World:
    done = world.app.test_cli_runner().invoke(args=["generate", "--procurations", str(SIZE)])
    assert (done.exit_code, done.output) == (0, f"added: {SIZE} procurations, {FEWEST_OFFICERS} officers\n")
    return world


def indexes() -> list[tuple[Any, ...]]:
    """Each with its columns, and what a partial one is about."""
    found = [index for table in WRITTEN for index in inspect(db.engine).get_indexes(table)]
    wheres = [str(next(iter(index.get("dialect_options", {}).values()), "")) for index in found]
    return sorted((one["name"], one["column_names"], where) for one, where in zip(found, wheres, strict=True))


def foreign_keys() -> list[str]:
    return sorted(str(sorted(key.items())) for table in WRITTEN for key in inspect(db.engine).get_foreign_keys(table))


def drawn() -> list[Procuration]:
    generated = select(Procuration).where(Procuration.submission_key.like("generated-%"))
    return list(db.session.scalars(generated.order_by(Procuration.id)))


def test_each_row_stands_where_its_journal_says(country: World) -> None:
    rows = drawn()
    assert len(rows) == SIZE
    assert {row.status for row in rows} == set(LAST)
    for row in rows:
        told = db.session.scalars(select(Entry).where(Entry.procuration_id == row.id).order_by(Entry.id)).all()
        instants = [entry.at for entry in told]
        assert (told[0].action, told[-1].action) == (Action.SUBMITTED, LAST[row.status])
        assert instants == sorted(instants)
        stands_at = (row.submitted_at, row.established_at, row.decided_at)
        assert [at for at in stands_at if at] == instants[: 3 - stands_at.count(None)]
        assert row.days[-1] == row.last_day
        written = holdings.keys_of(row.mandant, row.mandataire) | search.columns_of(row.mandant, row.mandataire)
        assert {name: getattr(row, name) for name in written} == written
    assert db.session.scalar(select(func.count(OutboxMail.id))) == 0


def test_the_communes_set_apart_have_what_they_are_said_to_have(country: World) -> None:
    standing = Counter((row.commune_code, row.status) for row in drawn())
    rows = Counter(row.commune_code for row in drawn())
    assert (rows[SMALL.code], standing[SMALL.code, Status.ESTABLISHED]) == (SMALL.rows, SMALL.pending)
    for apart in (LARGE, LARGEST):
        twenty_fifth = SIZE // 25
        pending = twenty_fifth * apart.pending // apart.rows
        assert (rows[apart.code], standing[apart.code, Status.ESTABLISHED]) == (twenty_fifth, pending)


@pytest.mark.parametrize("apart", APART, ids=lambda apart: apart.town)
def test_a_large_country_holds_a_commune_set_apart_at_its_full_size(apart: Apart) -> None:
    assert apart.rows_in(apart.since) == apart.rows < apart.since * 0.9
    standing = Counter(apart.status(place, apart.rows, Random(0)) for place in range(apart.rows))
    assert standing[Status.ESTABLISHED] == apart.pending
    assert standing[Status.SUBMITTED] == apart.rows // 20


def test_who_measures_signs_in_at_each_desk(country: World) -> None:
    clerks = [f"{apart.town}.{number}@generated.test" for apart in APART for number in range(CLERKS)]
    officers = [f"opj.{number}@generated.test" for number in range(FEWEST_OFFICERS)]
    made = list(db.session.scalars(select(Account).where(Account.email.in_(clerks + officers))))
    assert len(made) == len(clerks + officers)
    assert authenticate(clerks[0], PASSWORD)
    assert len({account.password_hash for account in made}) == 1
    for account in made:
        town = {apart.town: {apart.code} for apart in APART}.get(account.email.partition(".")[0], set())
        assert {commune.code for commune in account.communes} == town
        assert bool(account.habilitation_at(now())) is not bool(town)


def test_the_journal_is_intact_and_every_index_and_foreign_key_is_made_again(world: World) -> None:
    before = indexes(), foreign_keys()
    country_of(world)
    assert (indexes(), foreign_keys()) == before
    entries = db.session.scalar(select(func.count(Entry.id)))
    verified = world.app.test_cli_runner().invoke(args=["verify-journal"])
    assert (verified.exit_code, verified.output) == (0, f"intact, {entries} entries\n")


def test_the_database_knows_at_once_how_many_rows_there_are(country: World) -> None:
    """PostgreSQL plans by its estimate, and would take minutes to make it; SQLite keeps none."""
    is_postgresql = db.engine.dialect.name == "postgresql"
    estimated = text("select reltuples from pg_class where relname = 'procuration'")
    assert (db.session.scalar(estimated if is_postgresql else select(func.count(Procuration.id))) or 0) >= SIZE


def test_another_country_leaves_the_communes_set_apart_and_draws_others(
    country: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.demo.country.AT_ONCE", 20)
    first = {row.mandant_key for row in drawn()}
    country.app.test_cli_runner().invoke(args=["generate", "--procurations", "50", "--seed", "1"])
    assert len(drawn()) == SIZE + 50
    assert len({row.mandant_key for row in drawn()} - first) > 40
    assert Counter(row.commune_code for row in drawn())[SMALL.code] == SMALL.rows


def test_what_was_drawn_can_be_established(country: World) -> None:
    demande = next(row for row in drawn() if row.status is Status.SUBMITTED)
    assert counter(country).act("validate", demande.reference).status_code == 303
    assert status_of(demande) is Status.ESTABLISHED


def test_a_real_service_has_no_such_command(country: World, config: Config) -> None:
    assert "generate" in country.app.cli.commands
    assert "generate" not in create_app(a_real_service(config.database_url)).cli.commands
