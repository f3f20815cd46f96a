"""The special register of the authority (R75 I), its export, and the figures of the station."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import get_template_attribute

from app.dates import now
from app.register_columns import register_cells
from models import aftermath, journey, lifetime, revocation, station_figures
from models.account import Account, Capacity
from models.base import db
from models.errors import Reason
from models.journal import Action
from models.procuration import Procuration
from models.signing_list import Line, Place
from tests.back_office.desks import Desk, counter, entries, journaled, many
from tests.builders import World, a_habilitation, an_identity
from tests.database import queries
from tests.page import read

EXPORT = "/admin/special-register/export/"


def register(world: World, officer: Account) -> Desk:
    return Desk(world.as_agent(officer), "/admin/special-register/")


def exported(desk: Desk) -> list[list[str]]:
    answer = desk.client.post(EXPORT, data=desk.read().form(EXPORT))
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))


def a_station_with_two(world: World) -> tuple[Account, Account]:
    """Who answers for it, and a colleague."""
    chief = world.an_officer(manages_station=True, name="Hélène FAUVEL")
    return chief, world.an_officer(Capacity.APJ, chief.station, name="Yannis CORDIER")


def test_an_officer_reads_what_this_officer_established_and_the_responsible_the_station(world: World) -> None:
    chief, colleague = a_station_with_two(world)
    by_chief, by_colleague, elsewhere = (world.established(who) for who in (chief, colleague, None))
    refused = world.submitted()
    journey.refuse(refused, officer=chief, reason=Reason.CONTRAINTE, now=now())
    db.session.commit()
    page = register(world, chief).read().text
    assert by_chief.reference in page
    assert by_colleague.reference in page
    assert "Yannis CORDIER, agent de police judiciaire" in page
    assert elsewhere.reference not in page
    assert refused.reference not in page
    own = register(world, colleague).read().text
    assert by_colleague.reference in own
    assert by_chief.reference not in own
    assert Action.OPENED in journaled()


def test_who_has_moved_leaves_the_acts_where_they_were_done(world: World) -> None:
    chief, colleague = a_station_with_two(world)
    before = world.established(colleague)
    colleague.station = world.a_station()
    db.session.commit()
    after = world.established(colleague)
    page = register(world, chief).read().text
    assert before.reference in page
    assert after.reference not in page


def test_without_a_habilitation_or_as_a_delegue_it_is_closed(world: World) -> None:
    over = [a_habilitation(valid_until=world.today - timedelta(days=2))]
    for officer in (world.an_officer(Capacity.DELEGUE), world.an_officer(habilitations=over)):
        desk = register(world, officer)
        for rest in ("", "figures/"):
            assert desk.get(rest).status_code == 403
        assert desk.client.post(EXPORT).status_code in (400, 403)


def test_the_export_has_the_same_rows_and_is_journaled(world: World) -> None:
    chief, colleague = a_station_with_two(world)
    first, second = world.established(colleague), world.established(chief)
    world.established()
    head, *rows = exported(register(world, chief))
    assert head[:3] == ["Date", "Heure", "Référence"]
    assert [row[2] for row in rows] == [second.reference, first.reference]
    assert rows[1][3:5] == ["D'HAUTPOUL DE LA TOUR", "Éloïse Marie-Ange"]
    assert rows[1][9:11] == ["Yannis CORDIER", "agent de police judiciaire"]
    last = entries()[-1]
    assert (last.action, last.account_id, last.detail) == (Action.EXPORTED, chief.id, "special register")


def test_no_cell_of_the_export_is_a_formula(world: World) -> None:
    officer = world.an_officer(manages_station=True, name="=HYPERLINK(1)")
    world.established(officer, mandant=an_identity(birth_name="-SMITH"))
    _, row = exported(register(world, officer))
    assert (row[3], row[9]) == ("'-SMITH", "'=HYPERLINK(1)")


def test_an_erased_person_is_erased_there_too(world: World) -> None:
    officer = world.an_officer()
    lifetime.purge(world.established(officer), key=b"key", now=now())
    db.session.commit()
    _, row = exported(register(world, officer))
    assert row[2:7] == ["", "identité effacée", "", "Laon (02, Aisne)", "identité effacée"]
    assert "identité effacée" in register(world, officer).read().text


def test_the_export_of_many_costs_a_query_a_batch(world: World) -> None:
    officer = world.an_officer()
    many(world, 1_100, officer=officer)
    desk = register(world, officer)
    with queries() as seen:
        rows = exported(desk)
    assert len(rows) == 1_101
    assert len({row[2] for row in rows}) == 1_101
    assert len(seen) < 25


def test_an_act_is_dated_where_it_was_done_and_not_where_the_vote_is(world: World) -> None:
    """At three in the afternoon in Laon it is the next day in Nouméa: one act, one date, on every page (R75, R76-1)."""
    chief, at = world.an_officer(manages_station=True), datetime(2026, 5, 4, 15, 7, tzinfo=UTC)
    row = world.submitted(commune_code="98818", valid_until=date(2026, 12, 1), days=(), at=at)
    journey.establish(row, officer=chief, now=at)
    db.session.commit()
    desk = register(world, chief)
    assert "04/05/2026, 17 h 07" in desk.read().text
    assert exported(desk)[1][:2] == ["04/05/2026", "17\u00a0h\u00a007"]
    assert "04/05/2026, 17 h 07" in counter(world, chief).read().text
    assert register_cells(Line(Place(), row))[6:8] == ["04/05/2026", "Laon"]
    with world.app.test_request_context():
        told = get_template_attribute("components/words.html", "establishment")(row)
    assert str(told).startswith("le 4 mai 2026 à 17\u00a0h\u00a007, à Laon, par")


# The figures.


def test_acts_are_counted_by_day_and_outcome_where_the_station_is(world: World) -> None:
    officer = world.an_officer(station=world.a_station("98735"))
    for _ in range(2):
        world.established(officer)
    journey.refuse(world.submitted(), officer=officer, reason=Reason.CONTRAINTE, now=now())
    journey.postpone(world.submitted(), officer=officer, reason=None, now=now())
    aftermath.revoke(world.established(), officer=officer, now=now())
    revocation.state(an_identity(), world.commune(), officer=officer, submission_key="a key", now=now())
    old = world.submitted(at=now() - timedelta(days=40), valid_until=world.today + timedelta(days=9))
    journey.establish(old, officer=officer, now=now() - timedelta(days=31))
    world.established()
    db.session.commit()
    assert officer.station
    found = station_figures.figures(officer.station, now=now())
    today = found.days[-1]
    assert today.day == world.commune("98735").local_day(now())
    one_each = {Action.REFUSED: 1, Action.POSTPONED: 1}
    assert dict(today.counts) == {Action.ESTABLISHED: 2, Action.REVOKED: 2} | one_each
    assert (found.total, found.busiest, len(found.days)) == (6, 6, 30)


def visit(world: World, officer: Account, lasts: timedelta) -> Procuration:
    """Opened through the counter, established that much later."""
    demande = world.submitted()
    counter(world, officer).get(f"?reference={demande.reference}")
    journey.establish(demande, officer=officer, now=now() + lasts)
    db.session.commit()
    return demande


def test_the_median_is_of_visits_and_not_of_files_left_open(world: World) -> None:
    officer = world.an_officer()
    for seconds in (20, 40, 90, 9_000):
        visit(world, officer, timedelta(seconds=seconds))
    assert officer.station
    found = station_figures.figures(officer.station, now=now() + timedelta(hours=3))
    assert found.median_visit is not None
    assert found.median_visit.total_seconds() == pytest.approx(40, abs=5)


def test_the_page_has_a_chart_and_the_same_numbers_as_a_table_and_no_name(world: World) -> None:
    chief, colleague = a_station_with_two(world)
    world.established(colleague)
    visit(world, chief, timedelta(seconds=40))
    page = register(world, chief).read("figures/")
    assert "2 actes" in page.text.replace("\u00a0", " ")
    assert "La moitié des visites durent moins de" in page.text
    assert len(page.all("{http://www.w3.org/2000/svg}rect")) == 1
    assert [cell.text for cell in page.all("td")][1:] == ["2", "0", "0", "0"]
    assert not {"FAUVEL", "CORDIER"} & set(page.text.replace(",", " ").split())
    assert "Rien en 30 jours." in register(world, world.an_officer()).read("figures/").text


def test_the_figures_cost_the_same_for_one_act_and_for_many(world: World) -> None:
    officer = world.an_officer()
    desk, costs = register(world, officer), []
    for _ in range(3):
        visit(world, officer, timedelta(seconds=5))
        with queries() as seen:
            desk.get("figures/")
        costs.append(len(seen))
    assert len(set(costs)) == 1


def test_the_navigation_leads_there(world: World) -> None:
    officer = world.an_officer()
    assert "/admin/special-register/" in counter(world, officer).read().links.values()
    assert read(register(world, officer).get()).h1 == "Registre spécial"
