"""The synthetic country is one that could have been: what stands in a row follows from its journal."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.config import Config
from app.demo.country import RURAL_PROCURATIONS
from app.factory import create_app
from models.base import db
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from tests.back_office.desks import counter, status_of
from tests.builders import World
from tests.web.real_service import a_real_service

SIZE = 400
LAST = {Status.SUBMITTED: Action.SUBMITTED, Status.WITHDRAWN: Action.WITHDRAWN, Status.ESTABLISHED: Action.ESTABLISHED}
LAST |= {Status.VALIDATED: Action.VALIDATED, Status.INVALIDATED: Action.INVALIDATED, Status.REVOKED: Action.REVOKED}


@pytest.fixture
def country(world: World) -> World:
    done = world.app.test_cli_runner().invoke(args=["generate", "--procurations", str(SIZE)])
    assert (done.exit_code, done.output) == (0, f"added: {SIZE} procurations, 1 officers\n")
    return world


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
    assert db.session.scalar(select(func.count(OutboxMail.id))) == 0


def test_one_commune_is_large_and_another_seed_draws_others(country: World) -> None:
    first = {row.mandant_key for row in drawn()}
    communes = Counter(row.commune_code for row in drawn())
    assert communes.pop("02824") == RURAL_PROCURATIONS
    assert communes.most_common(1)[0][0] == "02408"
    country.app.test_cli_runner().invoke(args=["generate", "--procurations", "50", "--seed", "1"])
    assert len(drawn()) == SIZE + 50
    assert len({row.mandant_key for row in drawn()} - first) > 40


def test_what_was_drawn_can_be_established(country: World) -> None:
    demande = next(row for row in drawn() if row.status is Status.SUBMITTED)
    assert counter(country).act("validate", demande.reference).status_code == 303
    assert status_of(demande) is Status.ESTABLISHED


def test_a_real_service_has_no_such_command(country: World, config: Config) -> None:
    assert "generate" in country.app.cli.commands
    assert "generate" not in create_app(a_real_service(config.database_url)).cli.commands
