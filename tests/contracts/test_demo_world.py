"""Whoever starts the demonstration finds the same people, always an election to come, and keeps what was done."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.demo.citizens import CITIZENS
from app.demo.world import AGENTS, PASSWORD, Agent, build
from models import scrutin
from models.account import Account, Role, authenticate
from models.base import db
from models.law import Ceiling, ControlRegime, Law, ListType
from models.procuration import Procuration, Status
from models.scrutin import Election, ElectionKind, Stage, Vote
from models.territory import Commune, Station, codes_of
from tests.builders import World
from tests.database import everything
from tests.page import read

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COUNCILS = (ElectionKind.DEPARTMENTAL, ElectionKind.REGIONAL)
LAW_TODAY = Law(
    control_regime=ControlRegime.REGISTER,
    ceiling=Ceiling(2, 1, 3),
    same_commune_required=False,
    list_types=frozenset({ListType.LP}),
    online_revocation=True,
    certified_identity=True,
)
NAMES = ("opj.laon", "apj.soissons", "delegue.laon", "consul.bruxelles")
NAMES += ("mairie.laon", "mairie.soissons", "mairies.rurales", "ministere", "auditeur")


@pytest.fixture
def demo(app: Flask) -> Flask:
    """The application with the demonstration's world, as it was built on that day."""
    build(NOW)
    return app


def coming(today: date = TODAY) -> list[Vote]:
    return scrutin.upcoming(today)


def concerned(kind: ElectionKind, year: int, commune: str) -> bool:
    """Whether people of this commune vote in that election."""
    found = scrutin.upcoming_in(db.session.get_one(Commune, commune), date(year, 1, 1))
    return any(s.election.kind is kind and s.polling_day.year == year for s in found)


def test_the_command_builds_it_and_a_second_time_changes_nothing(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["demo-world"])
    assert first.exit_code == 0, first.output
    before = everything()
    assert runner.invoke(args=["demo-world"]).exit_code == 0
    assert everything() == before


def test_what_people_did_is_kept(demo: Flask) -> None:
    mine = World(demo).submitted(at=NOW, days=(coming()[0].polling_day,))
    account = db.session.scalars(select(Account).where(Account.email == "opj.laon@demo.test")).one()
    account.name = "Somebody ELSE"
    db.session.commit()
    before = everything()
    build(NOW)
    assert everything() == before
    assert db.session.get(Procuration, mine.id)


def test_two_elections_are_to_come_on_the_same_two_sundays_eight_weeks_ahead(demo: Flask) -> None:
    councils = [vote for vote in coming() if vote.election.kind in COUNCILS]
    days = sorted({vote.polling_day for vote in councils})
    assert councils == coming()[:4]
    assert {vote.election.kind for vote in councils} == set(COUNCILS)
    assert [day.isoweekday() for day in days] == [7, 7]
    assert TODAY + timedelta(weeks=8) <= days[0] < TODAY + timedelta(weeks=9)
    assert days[1] - days[0] == timedelta(days=7)
    for election in {vote.election for vote in councils}:
        assert election.law == replace(LAW_TODAY, control_regime=ControlRegime.TOWN_HALL, certified_identity=False)


def test_one_under_the_register_and_one_in_new_caledonia_follow_each_under_its_own_law(demo: Flask) -> None:
    provincial, legislative = (one for one in dict.fromkeys(vote.election for vote in coming()[4:]))
    assert provincial.law == replace(
        LAW_TODAY,
        control_regime=ControlRegime.TOWN_HALL,
        ceiling=Ceiling(2, 1, None),
        online_revocation=False,
        certified_identity=False,
    )
    assert legislative.law == LAW_TODAY
    laon, noumea, brussels = (db.session.get_one(Commune, code) for code in ("02408", "98818", "C0009"))
    there = legislative.law_in(codes_of(noumea), legislative.scrutins[0].polling_day)
    assert there.control_regime is ControlRegime.TOWN_HALL
    assert (there.certified_identity, there.online_revocation) == (False, False)
    seen = {place: {v.election.kind for v in scrutin.upcoming_in(place, TODAY)} for place in (laon, noumea, brussels)}
    national = {ElectionKind.LEGISLATIVE}
    assert seen == {laon: national | set(COUNCILS), noumea: national | {ElectionKind.PROVINCIAL}, brussels: national}


@pytest.mark.parametrize("commune", ["97105", "97209", "97302", "97502", "97701", "97801", "98735"])
def test_part_of_the_americas_and_polynesia_votes_on_saturday(demo: Flask, commune: str) -> None:
    there = scrutin.upcoming_in(db.session.get_one(Commune, commune), TODAY)
    days = [vote.polling_day for vote in there if vote.election.kind is ElectionKind.LEGISLATIVE]
    sundays = [vote.polling_day for vote in coming() if vote.election.kind is ElectionKind.LEGISLATIVE]
    assert days == [day - timedelta(days=1) for day in sundays]


@pytest.mark.parametrize("weekday", range(7))
def test_the_polling_day_is_a_sunday_whatever_the_day_of_the_start(app: Flask, weekday: int) -> None:
    build(NOW + timedelta(days=weekday))
    first = min(s.polling_day for s in coming())
    assert {s.polling_day.isoweekday() for s in coming()} == {7}
    assert timedelta(0) <= first - (TODAY + timedelta(days=weekday, weeks=8)) < timedelta(days=7)


def test_a_new_election_comes_when_the_last_one_of_its_kind_is_over_and_not_before(demo: Flask) -> None:
    days = sorted({s.polling_day for s in coming() if s.election.kind in COUNCILS})
    before, last_noon = everything(), datetime.combine(days[-1], NOW.timetz())
    build(last_noon)
    assert everything() == before
    build(last_noon + timedelta(days=1))
    councils = [s for s in coming(days[-1] + timedelta(days=1)) if s.election.kind in COUNCILS]
    assert len({s.polling_day for s in councils}) == 2
    assert db.session.scalar(select(func.count(Election.id))) == 9


@pytest.mark.parametrize(
    ("commune", "departmental", "regional"),
    [
        ("02408", True, True),
        ("69381", True, True),
        ("67482", True, True),
        ("97411", True, True),
        ("75113", False, True),
        ("97611", True, False),
        ("2A004", False, False),
        ("97209", False, False),
        ("97302", False, False),
        ("97801", False, False),
        ("98818", False, False),
        ("C0009", False, False),
    ],
)
def test_people_vote_for_the_councils_they_have(demo: Flask, commune: str, departmental: bool, regional: bool) -> None:
    assert concerned(ElectionKind.DEPARTMENTAL, 2027, commune) is departmental
    assert concerned(ElectionKind.REGIONAL, 2027, commune) is regional
    assert concerned(ElectionKind.LEGISLATIVE, 2024, commune)


def test_june_2021_and_june_2024_are_past_under_the_law_of_then(demo: Flask) -> None:
    elections = {e.name: e for e in db.session.scalars(select(Election))}
    of_2021, of_2024 = elections["Élections régionales (juin 2021)"], elections["Élections législatives (juin 2024)"]
    assert [s.polling_day for s in of_2021.scrutins] == [date(2021, 6, 20), date(2021, 6, 27)]
    assert [s.polling_day for s in of_2024.scrutins] == [date(2024, 6, 30), date(2024, 7, 7)]
    assert of_2021.law == Law(
        control_regime=ControlRegime.TOWN_HALL,
        ceiling=Ceiling(2, 2, None),
        same_commune_required=True,
        list_types=frozenset({ListType.LP}),
        online_revocation=False,
        certified_identity=False,
    )
    assert of_2024.law == LAW_TODAY
    assert {e.stage(NOW) for e in (of_2021, of_2024)} == {Stage.PAST}


def test_past_procurations_have_ended_and_are_consistent(demo: Flask) -> None:
    ended = db.session.scalars(select(Procuration)).all()
    assert len(ended) == 7
    for procuration in ended:
        assert procuration.status is Status.ENDED
        assert procuration.email is None
        assert procuration.elector_key is None
        assert procuration.submitted_at < procuration.established_at < procuration.decided_at
        assert procuration.decided_at.date() < procuration.days[0] <= procuration.last_day < TODAY
        assert procuration.mandant.age_on(procuration.days[0]) >= 18
        assert not procuration.mandant.is_same_person(procuration.mandataire)
        everywhere = scrutin.upcoming_in(procuration.commune, procuration.days[0])
        assert set(procuration.days) <= {s.polling_day for s in everywhere}


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.email)
def test_each_agent_of_the_list_opens_a_desk_with_the_password_shown(demo: Flask, agent: Agent) -> None:
    account = authenticate(agent.email, PASSWORD)
    assert account is not None
    assert account.role is agent.role
    assert sorted(commune.code for commune in account.communes) == sorted(agent.communes)
    held = account.habilitations
    assert any(one.may_establish for one in held) is (account.role is Role.OFFICER and "delegue" not in account.email)


def test_the_agents_are_those_that_other_programs_know(demo: Flask) -> None:
    communes = {a.email: [c.code for c in a.communes] for a in db.session.scalars(select(Account))}
    assert set(communes) == {f"{name}@demo.test" for name in NAMES}
    assert communes["mairie.laon@demo.test"] == ["02408"]
    assert communes["mairie.soissons@demo.test"] == ["02722"]
    assert len(communes["mairies.rurales@demo.test"]) == 3
    assert not db.session.get_one(Station, "DEMO-BRUXELLES").is_in_france


def test_the_page_tells_who_one_can_be_and_that_it_is_a_demonstration(demo: Flask) -> None:
    page = read(demo.test_client().get("/demo/"))
    assert "sans valeur légale" in page.text
    assert "Aucun second facteur" in page.text
    for citizen in CITIZENS:
        assert f"{citizen.key} {citizen.given_name} {citizen.family_name}" in page.text
    for agent in AGENTS:
        assert agent.email in page.text
        assert all(code in page.text for code in agent.communes)
    assert {"/demo/courriels", "/agents/connexion", "/demande"} <= set(page.links.values())
