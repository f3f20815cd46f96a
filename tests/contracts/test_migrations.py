"""The tables can go to any revision and back with people's rows in them, and end as the models say."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, func, inspect, select, text

import app.database
from app.config import Config
from app.dates import now
from app.factory import create_app
from models import (
    agent_identity,
    agent_session,
    draft,
    journal,
    journal_check,
    journey,
    key_dialogue,
    misses,
    recovery_code,
    register_pdf,
    revocation,
    rounds,
    security_key,
    sign_in_limit,
    totp,
)
from models.account import Account, Role
from models.base import Base, db
from models.delays import DelayFigure, Level, Step
from models.desk_offer import DeskOffer
from models.desk_settings import DeskSettings, Duty
from models.editions import Edition, EditionChange, SigningList
from models.entry_check import EntryCheck
from models.errors import Reason
from models.identity import Sex
from models.invitation import Invitation
from models.journal import Action
from models.journal_purge import ClosedStream
from models.late_arrivals import LateAlert, LateArrival
from models.law import ListType
from models.left_over import LeftOver
from models.procuration import Procuration, Status
from models.question import Question
from models.register import CurrentRoll, RollEdition, RollElector, RollUpload, RollUploadPart
from models.scrutin import LocalPollingDay
from models.territory import Place, load
from models.venue import of_station
from models.visit import RoundKind
from tests.builders import World
from tests.elections.texts import written

SCRIPTS = ScriptDirectory(str(app.database.MIGRATIONS))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]
REBUILD = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    for table, column in (("commune", "name"), ("procuration", "note"), ("election", "name")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(column, type_=sa.String(999))


def downgrade() -> None:
    pass
"""


@pytest.fixture
def fresh(config: Config, tmp_path: Path) -> Iterator[Flask]:
    """An application over a database of its own, without any table."""
    if config.database_url.startswith("sqlite"):
        yield from inside(replace(config, demo=False, database_url=f"sqlite:///{tmp_path}/fresh.db"))
        return
    server = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE fresh"))
        try:
            url = server.url.set(database="fresh").render_as_string(hide_password=False)
            yield from inside(replace(config, demo=False, database_url=url))
        finally:
            connection.execute(text("DROP DATABASE fresh WITH (FORCE)"))
    server.dispose()


def inside(config: Config) -> Iterator[Flask]:
    application = create_app(config)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def run(application: Flask, *arguments: str) -> None:
    """Run a `db` command as an operator does, with no transaction of ours in its way."""
    db.session.remove()
    done = application.test_cli_runner().invoke(args=["db", *arguments])
    assert done.exit_code == 0, (done.output, done.exception)


def fill_every_table(application: Flask) -> dict[str, int]:
    """People, an election, procurations at each step; how many rows each table has."""
    laon = Place("02408", "Laon", "02", "Aisne", None, "Europe/Paris", True, ("02000",))
    load([laon, laon._replace(code="02722", name="Soissons", postal_codes=("02200",))])
    db.session.commit()
    world = World(application)
    election = world.an_election()
    election.scrutins[0].local_days.append(LocalPollingDay(code="987", day=world.a_sunday(7)))
    db.session.add(of_station(world.a_station(), "the tests"))
    former, successor = world.established(), world.submitted()
    successor.replaced = [former]
    clerk = world.a_clerk("02408", "02722")
    _a_roll(clerk)
    db.session.add(DeskSettings(commune_code="02408"))
    hours = {"count": 12, "usual_hours": 5, "slow_hours": 50, "measured_at": now()}
    db.session.add(DelayFigure(step=Step.ANSWER, level=Level.OWN, code="02408", **hours))
    db.session.flush()
    db.session.add(Duty(commune_code="02408", account_id=clerk.id, position=1))
    world.an_account(Role.AUDITOR)
    written(world, election, Reason.PLAFOND)
    journey.invalidate(world.established(), clerk=clerk, reason=Reason.PLAFOND, note="Vu.", now=now())
    draft.save("a key", {"email": ["eloise@electeurs.test"]}, now())
    db.session.commit()
    db.session.add(EntryCheck(elector_key="a key", day=world.today, count=1))
    db.session.add(LeftOver(procuration_id=former.id, failed_at=now()))
    led = {"officer": world.an_officer(), "now": now()}
    planned = rounds.plan(RoundKind.VISIT, world.today, world.commune(), "Hall", submission_key="k", **led)
    rounds.record_papers(planned, successor, world.today, world.today, **led)
    statement = revocation.state(
        former.mandant, former.commune, officer=world.an_officer(), submission_key="k", now=now()
    )
    assert statement.id
    asked = {"asked_at": now(), "asked_by_id": world.a_clerk().id, "asked_by_name": "Nadia BENALI"}
    db.session.add(Question(procuration_id=former.id, commune_code="02722", **asked))
    agent_session.begin(clerk, now())
    keys = (bytes(range(32)),)
    totp.keep(totp.draw(clerk, keys, now()), 1, clerk, keys=keys, now=now())
    agent_identity.link(clerk, "https://proconnect.example", "subject of a clerk", now=now())
    recovery_code.renew(clerk, keys)
    key_dialogue.ask_to_use(clerk, security_key.Site("localhost", "http://localhost"), now())
    key = {"name": "Clé", "credential_id": b"id", "public_key": b"key", "sign_count": 2**32 - 1}
    db.session.add(security_key.SecurityKey(account_id=clerk.id, added_at=now(), **key))
    sign_in_limit.attempt([sign_in_limit.Limit("a key", 5)], now=now())
    world.an_account(Role.OFFICER, suspended_at=now())
    db.session.add(Invitation(account_id=world.a_clerk().id, token_hash="a hash", expires_at=now()))
    db.session.add(DeskOffer(account_id=clerk.id, commune_code="02722", expires_at=now()))
    _an_edition(former)
    _a_late_arrival(former, clerk)
    register_pdf.ask(world.commune(), former.days[0], ["0001"], clerk=world.a_clerk(), now=now())
    misses.count(account=world.an_officer(manages_station=True), now=now())
    db.session.add(ClosedStream(stream="account-0", number=1, last=b"last", mac=b"mac"))
    journal_check.keep(now(), now(), 1, 0, [])
    journal.record(Action.SIGN_IN_FAILED, now=now())
    journal.record(Action.ROLL_PURGED, now=now(), desk="02722")
    db.session.commit()
    counts = rows(Base.metadata.tables)
    assert all(counts.values()), f"a table without rows proves nothing: {counts}"
    return counts


def _an_edition(procuration: Procuration) -> None:
    """Of the list of Laon, with one procuration added to it."""
    day = procuration.days[0]
    db.session.add(SigningList(commune_code="02408", day=day, last_number=1))
    edition = Edition(commune_code="02408", day=day, number=1, made_at=now(), account_id=procuration.officer_id)
    db.session.add(edition)
    db.session.flush()
    place = {"bureau": "0001", "bureau_name": "École", "order_number": "7"}
    change = EditionChange(edition_id=edition.id, procuration_id=procuration.id, is_added=True, status=Status.VALIDATED)
    for name, value in place.items():
        setattr(change, name, value)
    db.session.add(change)


def _a_late_arrival(procuration: Procuration, clerk: Account) -> None:
    """Told to a clerk."""
    told = LateAlert(account_id=clerk.id, told_at=now())
    late = LateArrival(procuration_id=procuration.id, commune_code="02408", day=procuration.days[0], arrived_at=now())
    late.alerts = [told]
    db.session.add(late)


def _a_roll(clerk: Account) -> None:
    """An elector in the current roll of Laon, and the upload that it came from."""
    edition = RollEdition(started_at=now(), finished_at=now(), kept=1)
    db.session.add(edition)
    db.session.flush()
    upload = RollUpload(commune_code="02408", account_id=clerk.id, created_at=now(), edition_id=edition.id)
    db.session.add(upload)
    db.session.flush()
    db.session.add_all(
        [
            RollUploadPart(upload_id=upload.id, number=1, content=b"x"),
            CurrentRoll(commune_code="02408", edition_id=edition.id),
            RollElector(
                edition_id=edition.id,
                commune_code="02408",
                list_type=ListType.LP,
                birth_name="PETIT",
                first_names="Lucie",
                sex=Sex.F,
                name_key="petit",
            ),
        ]
    )
    db.session.commit()


def rows(tables: object) -> dict[str, int]:
    """How many rows each of these tables has."""
    count = {
        name: db.session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) or 0 for name in tables
    }
    db.session.rollback()
    return count


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_the_tables_go_away_with_their_rows_and_come_back_empty(fresh: Flask) -> None:
    run(fresh, "upgrade")
    fill_every_table(fresh)
    run(fresh, "downgrade", "base")
    assert tables() == set()
    run(fresh, "upgrade")
    assert tables() == set(Base.metadata.tables)
    assert not any(rows(Base.metadata.tables).values())
    fill_every_table(fresh)


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_upgrade_from_any_revision_keeps_the_rows_that_were_there(fresh: Flask, revision: str) -> None:
    run(fresh, "upgrade")
    counts = fill_every_table(fresh)
    run(fresh, "downgrade", revision)
    kept = tables() & set(counts)
    run(fresh, "upgrade")
    assert rows(kept) == {name: counts[name] for name in kept}


def test_the_stations_that_were_there_are_places_where_to_go(fresh: Flask) -> None:
    run(fresh, "upgrade")
    counts = fill_every_table(fresh)
    run(fresh, "downgrade", "0023")
    run(fresh, "upgrade")
    assert rows(["venue"]) == {"venue": counts["station"]}


def test_the_entries_that_were_there_are_chained(fresh: Flask) -> None:
    """By the migration's own words, which the models' must still say."""
    run(fresh, "upgrade")
    counts = fill_every_table(fresh)
    run(fresh, "downgrade", "0028")
    run(fresh, "upgrade")
    verified = fresh.test_cli_runner().invoke(args=["verify-journal"])
    assert (verified.exit_code, verified.output) == (0, f"intact, {counts['journal_entry']} entries\n")
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    assert fresh.test_cli_runner().invoke(args=["verify-journal"]).exit_code == 0


def test_upgrading_twice_is_upgrading_once(fresh: Flask) -> None:
    run(fresh, "upgrade")
    counts = fill_every_table(fresh)
    run(fresh, "upgrade")
    assert rows(counts) == counts


def test_the_migrations_end_where_the_models_are(fresh: Flask) -> None:
    run(fresh, "upgrade")
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_database_has_every_check_of_the_models(fresh: Flask) -> None:
    run(fresh, "upgrade")
    inspector = inspect(db.engine)
    for name, table in Base.metadata.tables.items():
        wanted = {str(c.name) for c in table.constraints if type(c).__visit_name__.endswith("check_constraint")}
        assert {c["name"] for c in inspector.get_check_constraints(name)} == wanted, name


def test_the_tables_are_changed_with_the_rights_of_the_administrator(fresh: Flask, tmp_path: Path) -> None:
    fresh.config["DATABASE_ADMIN_URL"] = f"sqlite:///{tmp_path}/administrator.db"
    run(fresh, "upgrade")
    assert tables() == set()
    administrator = create_engine(fresh.config["DATABASE_ADMIN_URL"])
    assert set(inspect(administrator).get_table_names()) >= set(Base.metadata.tables)
    administrator.dispose()


def test_there_is_one_head_and_the_revisions_are_numbered_in_order() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert sorted(REVISIONS, reverse=True) == REVISIONS
    assert all(len(revision) == 4 and revision.isdecimal() for revision in REVISIONS)


def test_changing_a_table_keeps_the_rows_that_point_to_it(
    fresh: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite rebuilds the table, and dropping the old one would empty those that cascade from it."""
    run(fresh, "upgrade")
    counts = fill_every_table(fresh)
    longer = tmp_path / "migrations"
    shutil.copytree(app.database.MIGRATIONS, longer)
    (longer / "versions" / "9999_rebuild.py").write_text(REBUILD.format(head=REVISIONS[0]))
    monkeypatch.setattr(app.database, "MIGRATIONS", longer)
    run(fresh, "upgrade")
    assert rows(counts) == counts
