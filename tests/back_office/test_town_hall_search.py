"""What a clerk finds in the list: by the start of a name, by reference, by origin, and what came late."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, text, update

from app.dates import now
from models import lateness, lifetime, perimeter, search
from models.base import db
from models.procuration import Procuration, Source
from models.rules import years_after
from tests.back_office.desks import many, rows_of, town_hall
from tests.builders import LAON, SOISSONS, World, a_mandataire, an_identity
from tests.database import queries

HAUTPOUL = an_identity(birth_name="D'HAUTPOUL", first_names="Éloïse")
PETIT = an_identity(birth_name="PETIT", first_names="Zoé")


@pytest.mark.parametrize("typed", ["D'HAUT", "dhaut", "d haut", "d’Hautpoul", "D'Hautpoul Eloise", "DHAUTPOULÉ"])
def test_a_name_is_found_by_its_start_without_case_or_accents(world: World, typed: str) -> None:
    sought, other = world.established(mandant=HAUTPOUL), world.established(mandant=PETIT)
    found = rows_of(town_hall(world).read(f"?search={typed}"))
    assert sought.reference in found
    assert other.reference not in found


def test_a_name_is_found_by_its_start_and_not_by_its_middle(world: World) -> None:
    world.established(mandant=HAUTPOUL)
    assert rows_of(town_hall(world).read("?search=autpoul")) == []


def test_the_mandataire_is_found_too(world: World) -> None:
    sought = world.established(mandant=PETIT, mandataire=a_mandataire(birth_name="Œdipe-Nuñez"))
    assert rows_of(town_hall(world).read("?search=oedipe nu")) == [sought.reference]


def test_a_reference_is_found_as_people_write_it(world: World) -> None:
    sought = world.established(mandant=PETIT)
    world.established(mandant=PETIT)
    typed = f"{sought.reference[:3]} {sought.reference[3:]}".lower()
    assert rows_of(town_hall(world).read(f"?search={typed}")) == [sought.reference]


def test_nothing_of_another_commune_is_found(world: World) -> None:
    foreign = world.established(mandant=HAUTPOUL, commune_code=SOISSONS)
    hall = town_hall(world)
    assert rows_of(hall.read("?search=dhautpoul")) == rows_of(hall.read(f"?search={foreign.reference}")) == []


@pytest.mark.parametrize("typed", ["d", "'", "%00", "~", "é"])
def test_one_letter_finds_nobody_and_says_why(world: World, typed: str) -> None:
    world.established(mandant=HAUTPOUL)
    page = town_hall(world).read(f"?search={typed}&status=established")
    assert rows_of(page) == []
    assert "au moins deux lettres" in page.text


def test_what_is_searched_stays_in_the_field_and_with_an_act_on_everything(world: World) -> None:
    sought, other = world.established(mandant=HAUTPOUL), world.established(mandant=PETIT)
    hall = town_hall(world)
    assert hall.read("?search=dhautpoul").form("/admin/town-hall/action/")["search"] == "dhautpoul"
    hall.act("validate", "*", search="dhautpoul")
    assert rows_of(hall.read("?status=validated")) == [sought.reference]
    assert rows_of(hall.read("?status=established")) == [other.reference]


def test_a_purge_forgets_what_was_searched(world: World) -> None:
    ended = world.established(mandant=HAUTPOUL)
    assert ended.mandant_search == "dhautpouleloise"
    lifetime.purge(ended, key=b"key", now=now())
    db.session.commit()
    assert (ended.mandant_search, ended.mandataire_search) == (None, None)


def test_an_index_serves_the_search_on_both_databases(world: World) -> None:
    """Of four thousand rows, it reads those of the name."""
    ids = many(world, 4_000)
    table = Procuration.__table__
    values = [{"key": i, "one": f"nom{i:06}", "other": f"autre{i:06}"} for i in ids]
    statement = "update procuration set mandant_search = :one, mandataire_search = :other where id = :key"
    db.session.execute(text(statement), values)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":  # SQLite would keep what it learnt for the tests that follow
        db.session.execute(text("analyze"))
    sought = select(table.c.id).where(perimeter.visible_to(world.a_clerk(LAON)), search.matches(f"nom{ids[7]:06}"))
    plan = plan_of(sought)
    assert "ix_procuration_commune_mandant_search" in plan, plan
    assert "ix_procuration_commune_mandataire_search" in plan, plan


def test_the_list_is_filtered_by_origin(world: World) -> None:
    typed, filed = world.established(mandant=PETIT), world.established(mandant=HAUTPOUL)
    db.session.execute(update(Procuration).where(Procuration.id == typed.id).values(source=Source.PAPER))
    db.session.commit()
    hall = town_hall(world)
    papers = hall.read("?origin=paper")
    assert "PETIT" in papers.text
    assert "HAUTPOUL" not in papers.text
    assert rows_of(hall.read("?origin=online")) == [filed.reference]
    assert rows_of(hall.read("?origin=elsewhere")) == []


def test_late_is_after_thursday_midnight_before_a_sunday(world: World) -> None:
    day, other_day = world.a_sunday(8), world.a_sunday(9)
    world.an_election((day, other_day))
    clerk, zone = world.a_clerk(), world.commune(LAON).zone
    midnight = datetime.combine(day - timedelta(days=2), time(), zone).astimezone(UTC)
    before, at, elsewhere = (world.established(days=(d,)) for d in (day, day, other_day))
    period = world.established(days=(), valid_until=day + timedelta(days=3))
    moments = {before: midnight - timedelta(seconds=1), at: midnight, elsewhere: midnight, period: midnight}
    for row, moment in moments.items():
        db.session.execute(update(Procuration).where(Procuration.id == row.id).values(established_at=moment))
    db.session.commit()

    def late(instant: datetime) -> set[int]:
        return set(db.session.scalars(select(Procuration.id).where(lateness.is_late(clerk.communes, instant))))

    assert late(midnight + timedelta(hours=12)) == late(midnight + timedelta(days=2)) == {at.id, period.id}
    assert late(midnight + timedelta(days=3)) == set()
    assert late(midnight - timedelta(hours=1)) == set()


def test_what_serves_nobody_that_day_is_not_late(world: World) -> None:
    """A day that was lost, a vote of elsewhere inside a period, and a mandataire who is not of age then."""
    day = world.today
    world.an_election((day,), territories=(SOISSONS,))
    elsewhere = world.established(days=(), valid_until=day + timedelta(days=30))
    clerk = world.a_clerk()
    late = select(Procuration.id).where(lateness.is_late(clerk.communes, now()))
    assert list(db.session.scalars(late)) == []
    world.an_election((day,), territories=("02",))
    chosen, lost = world.established(days=(day,)), world.established(days=(day,))
    young = a_mandataire(birth_date=years_after(day, -18) + timedelta(days=1))
    world.established(days=(), valid_until=day + timedelta(days=30), mandataire=young)
    lost.polling_days[0].lost_at = now()
    db.session.commit()
    assert set(db.session.scalars(late)) == {elsewhere.id, chosen.id}


def test_the_page_says_what_late_means_and_a_wrong_answer_shows_nothing(world: World) -> None:
    world.established()
    hall = town_hall(world)
    assert "jamais refusée" in hall.read("?late=yes").text
    assert rows_of(hall.read("?late=perhaps")) == []


def test_every_filter_at_once_asks_no_more(world: World) -> None:
    many(world, 60)
    hall = town_hall(world)
    with queries() as asked:
        hall.get()
    with queries() as filtered:
        hall.get("?status=established&tour=1&origin=online&search=dhautpoul")
    assert len(filtered) <= len(asked)


def plan_of(query: object) -> str:
    """How the database would answer it."""
    compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    how = "explain query plan " if db.engine.dialect.name == "sqlite" else "explain "
    return "\n".join(
        str(row) for row in db.session.connection().exec_driver_sql(how + str(compiled).replace("%", "%%"))
    )
