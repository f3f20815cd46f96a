"""The town hall's list: the procurations of its communes, filtered, page after page."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.dates import now
from models import journey
from models.base import db
from models.procuration import Procuration, Status
from models.register import RollElector
from models.scrutin import LocalPollingDay
from tests.back_office.desks import many, rows_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.database import queries
from tests.law.people import ELOISE, GWENAELLE, a_roll, another, established
from tests.page import read, text_of

PAPEETE, NOUMEA = "98735", "98818"


def test_a_clerk_sees_a_procuration_from_the_moment_it_is_established(world: World) -> None:
    demande, hall = world.submitted(), town_hall(world)
    assert "Elles apparaissent ici dès qu'un policier" in hall.read().text
    journey.establish(demande, officer=world.an_officer(), now=now())
    db.session.commit()
    assert rows_of(hall.read()) == [demande.reference]
    assert "à décider" in hall.read().text


def test_the_newest_come_first(world: World) -> None:
    first, second, third = (world.established() for _ in range(3))
    db.session.execute(update(Procuration).where(Procuration.id == first.id).values(established_at=now()))
    db.session.commit()
    assert rows_of(town_hall(world).read()) == [first.reference, third.reference, second.reference]


def test_a_town_hall_never_sees_another_commune(world: World) -> None:
    mine, foreign = world.established(), world.established(commune_code=SOISSONS)
    hall = town_hall(world)
    assert rows_of(hall.read()) == [mine.reference]
    assert "1 procuration" in hall.read().text
    assert hall.get(f"details/?id={foreign.id}").status_code == 404
    for keys in ([foreign.id], [mine.id, foreign.id], ["*", foreign.id]):
        for act in (hall.post, hall.act):
            assert act("validate", *keys).status_code == 404
            assert act("invalidate", *keys, reason="PLAFOND").status_code == 404
    assert (status_of(mine), status_of(foreign)) == (Status.ESTABLISHED, Status.ESTABLISHED)
    assert hall.act("validate", "*").status_code == 303
    assert (status_of(mine), status_of(foreign)) == (Status.VALIDATED, Status.ESTABLISHED)


def test_what_is_not_established_exists_for_no_town_hall(world: World) -> None:
    waiting, withdrawn = world.submitted(), world.submitted()
    journey.withdraw(withdrawn, now=now())
    db.session.commit()
    hall = town_hall(world)
    for demande in (waiting, withdrawn):
        assert hall.get(f"details/?id={demande.id}").status_code == 404
        assert hall.act("validate", demande.id).status_code == 404
    assert rows_of(hall.read()) == rows_of(hall.read("?status=submitted")) == []


def test_one_clerk_serves_several_communes_and_one_commune_has_several_clerks(world: World) -> None:
    here, there = world.established(), world.established(commune_code=SOISSONS)
    both = town_hall(world, world.a_clerk(LAON, SOISSONS))
    assert set(rows_of(both.read())) == {here.reference, there.reference}
    assert "Mairies (2 communes)" in text_of(both.read().root)
    assert rows_of(town_hall(world, world.a_clerk(SOISSONS)).read()) == [there.reference]
    assert rows_of(town_hall(world, world.a_clerk(SOISSONS)).read()) == [there.reference]


def test_a_clerk_of_several_consular_posts_is_not_said_to_serve_communes(world: World) -> None:
    client = world.as_agent(world.a_clerk("C0009", "C0010"))
    assert "Listes consulaires (2 postes)" in text_of(read(client.get("/admin/town-hall/")).root)
    assert "dans tous vos postes" in read(client.get("/admin/late/")).text


def test_a_clerk_without_a_commune_sees_nothing(world: World) -> None:
    world.established()
    clerk = world.a_clerk()
    clerk.communes = []
    db.session.commit()
    assert rows_of(town_hall(world, clerk).read()) == []


def test_the_list_is_filtered_by_status(world: World) -> None:
    decided, waiting, hall = world.established(), world.established(), town_hall(world)
    hall.act("validate", decided.id)
    assert rows_of(hall.read("?status=validated")) == [decided.reference]
    assert rows_of(hall.read("?status=established")) == [waiting.reference]
    assert "Aucune procuration ne correspond à ce filtre" in hall.read("?status=void").text


def test_the_list_is_filtered_by_election_and_tour(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    regional = world.an_election((first, second))
    departmental = world.an_election((first, second))
    other = world.an_election((world.a_sunday(20),))
    at_first = world.established(days=(first,))
    at_second = world.established(days=(second,))
    at_other = world.established(days=(world.a_sunday(20),))
    until_first = world.established(days=(), valid_until=first)
    hall = town_hall(world)

    def shown(address: str) -> set[str]:
        return set(rows_of(hall.read(address)))

    both = {at_first.reference, at_second.reference, until_first.reference}
    assert shown(f"?election={regional.id}") == shown(f"?election={departmental.id}") == both
    assert shown(f"?election={regional.id}&tour=1") == {at_first.reference, until_first.reference}
    assert shown(f"?election={regional.id}&tour=2") == {at_second.reference}
    assert shown(f"?election={other.id}") == {at_other.reference}
    assert shown("?tour=2") == {at_second.reference}
    assert shown(f"?election={regional.id}&tour=1&status=validated") == set()


def test_an_election_is_filtered_on_the_day_that_each_commune_votes(world: World) -> None:
    """Papeete votes on Saturday, Nouméa the Saturday before, Laon on Sunday: one desk of all three."""
    sunday = world.a_sunday(8)
    saturday, before = sunday - timedelta(days=1), sunday - timedelta(days=8)
    election = world.an_election((sunday,))
    election.scrutins[0].local_days = [
        LocalPollingDay(code="987", day=saturday),
        LocalPollingDay(code=NOUMEA, day=before),
    ]
    election.version += 1
    db.session.commit()
    votes = {LAON: sunday, PAPEETE: saturday, NOUMEA: before}
    chosen = {code: world.established(commune_code=code, days=(day,)) for code, day in votes.items()}
    until = {code: world.established(commune_code=code, days=(), valid_until=saturday) for code in votes}
    hall = town_hall(world, world.a_clerk(*votes))
    there = {one.reference for one in (*chosen.values(), until[PAPEETE], until[NOUMEA])}
    assert set(rows_of(hall.read(f"?election={election.id}"))) == there
    assert set(rows_of(hall.read("?tour=1"))) == there
    assert set(rows_of(hall.read(f"?election={election.id}&commune={LAON}"))) == {chosen[LAON].reference}


@pytest.mark.parametrize("code", [LAON, PAPEETE])
def test_a_period_is_shown_for_an_election_from_the_day_it_was_established_there(world: World, code: str) -> None:
    day = world.a_sunday(-2)
    past, coming = world.an_election((day,)), world.an_election()
    ends_there = world.commune(code).end_of(day)
    in_time, too_late = (world.established(commune_code=code, valid_until=world.a_sunday(20)) for _ in range(2))
    in_time.established_at, too_late.established_at = ends_there - timedelta(minutes=1), ends_there
    db.session.commit()
    hall = town_hall(world, world.a_clerk(code))
    assert rows_of(hall.read(f"?election={past.id}")) == [in_time.reference]
    assert rows_of(hall.read(f"?election={coming.id}")) == [too_late.reference, in_time.reference]


def test_nothing_is_shown_for_an_election_held_elsewhere(world: World) -> None:
    """On one day: that of Laon alone, of the other department, of New Caledonia, of the consular posts."""
    day = world.a_sunday(8)
    ours, *others = (world.an_election((day,), territories=(code,)) for code in (LAON, "01", "988", "CO"))
    on_the_day = world.established(days=(day,))
    until = world.established(days=(), valid_until=world.a_sunday(20))
    hall = town_hall(world, world.a_clerk(LAON, SOISSONS))
    assert set(rows_of(hall.read(f"?election={ours.id}"))) == {on_the_day.reference, until.reference}
    assert [rows_of(hall.read(f"?election={other.id}")) for other in others] == [[], [], []]


def test_only_elections_of_the_communes_are_offered(world: World) -> None:
    world.an_election(name="Ici", territories=(LAON,))
    world.an_election(name="Dans le département", territories=("02",))
    world.an_election(name="Partout")
    world.an_election(name="Ailleurs", territories=("988",))
    world.an_election(name="Consulats", territories=("CO",))
    page = town_hall(world).read()
    offered = {text_of(option) for select_ in page.all("select") for option in select_.iter("option")}
    assert {"Ici", "Dans le département", "Partout"} <= offered
    assert not {"Ailleurs", "Consulats"} & offered


@pytest.mark.parametrize(
    "address",
    [
        *(f"?page={page}" for page in ("-1", "abc", "", "7", "99999999999999999999", "9" * 5000, "%00", "1.5")),
        *(f"?status={status}" for status in ("%00", "submitted", "nothing", "'", "%ff")),
        *(f"?election={number}" for number in ("-1", "abc", "%00", "9" * 30, "%D9%A1", "²")),
        *(f"?tour={tour}" for tour in ("3", "abc", "%00", "9" * 30)),
        "?sort=99&desc=x&search=%00&page_size=-5&flt0_0=x&flt1_equals=%00",
        "?_scheme=javascript&_external=1&_anchor=x&_method=POST&endpoint=x&view=y",
    ],
)
def test_no_address_of_the_list_fails(world: World, address: str) -> None:
    world.established()
    page = town_hall(world).read(address)
    assert page.status == 200
    assert not any("javascript" in link for link in page.links.values())


def test_pages_follow_one_another_and_keep_the_filter(world: World) -> None:
    many(world, 120)
    hall = town_hall(world)
    address, seen = "?status=established", []
    while True:
        page = hall.read(address)
        seen.append(rows_of(page))
        assert "120 procurations" in page.text
        if "Plus anciennes →" not in page.links:
            break
        address = page.links["Plus anciennes →"].removeprefix("/admin/town-hall/")
        assert "status=established" in address
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert len({reference for rows in seen for reference in rows}) == 120


def test_a_page_beyond_the_last_says_so(world: World) -> None:
    world.established()
    assert "Revenir au début" in town_hall(world).read("?page=3").links


def test_a_large_commune_can_be_read_to_its_end(world: World) -> None:
    many(world, 1_120)
    hall = town_hall(world)
    assert "Plus de 1 000 procurations" in hall.read().text
    assert "Plus anciennes →" in hall.read("?page=21").links
    last = hall.read("?page=22")
    assert len(rows_of(last)) == 20
    assert "Plus anciennes →" not in last.links


def test_only_what_waits_can_be_ticked(world: World) -> None:
    waiting, decided, hall = world.established(), world.established(), town_hall(world)
    hall.act("validate", decided.id)
    boxes = [e.get("value") for e in hall.read().all("input") if e.get("type") == "checkbox"]
    assert boxes == [str(waiting.id)]


def test_a_period_is_told_with_its_end(world: World) -> None:
    until = world.today + timedelta(days=90)
    world.established(days=(), valid_until=until)
    assert f"jusqu'au {until:%d/%m/%Y}" in town_hall(world).read().text


@pytest.mark.parametrize(
    "address",
    [
        "",
        *(f"?status={status}" for status in ("established", "validated", "review")),
        *("?election=1", "?tour=2", "?origin=online", "?late=yes", "?bureau=3", "?search=dhautpoul", "?page=1"),
        "?status=established&tour=1&origin=online&late=yes&bureau=3&search=dhautpoul",
    ],
)
def test_a_page_of_the_list_asks_five_questions_at_most(world: World, address: str) -> None:
    a_roll(ELOISE)
    ids = many(world, 60)
    db.session.execute(update(Procuration).where(Procuration.id.in_(ids[::2])).values(commune_code=SOISSONS))
    db.session.commit()
    hall = town_hall(world, world.a_clerk(LAON, SOISSONS))
    with queries() as seen:
        hall.get(address)
    assert len(seen) <= 5, seen


def test_a_bureau_is_found_in_a_roll_that_gives_no_number(world: World) -> None:
    """As the export of the REU is."""
    a_roll(ELOISE, another(0), GWENAELLE)
    db.session.execute(
        update(RollElector).where(RollElector.birth_name == ELOISE.birth_name).values(bureau_code="0003")
    )
    db.session.commit()
    row, _, unknown = established(world), established(world, mandant=another(0)), another(1)
    established(world, mandant=unknown)
    hall = town_hall(world)
    assert rows_of(hall.read("?bureau=3")) == [row.reference]
    hall.act("validate", row.id, note="vu")
    assert rows_of(hall.read("?bureau=3&status=validated")) == [row.reference]


def test_a_bureau_is_found_once_a_roll_gives_it(world: World) -> None:
    row, other, hall = established(world), established(world, mandant=another(0)), town_hall(world)
    assert not hall.read().main.findall(".//input[@name='bureau']")
    a_roll(ELOISE, another(0), nne="31")
    db.session.execute(update(RollElector).where(RollElector.nne == "31").values(bureau_code="0003"))
    db.session.execute(update(Procuration).where(Procuration.id == row.id).values(mandant_nne="31"))
    db.session.commit()
    page = hall.read("?bureau=3&status=established")
    assert rows_of(page) == [row.reference]
    assert page.form("/admin/town-hall/action/")["bureau"] == "3"
    for typed in ("03", "0003"):
        assert rows_of(hall.read(f"?bureau={typed}")) == [row.reference]
    for typed in ("4", "33", "%00", "0"):
        none = hall.read(f"?bureau={typed}")
        assert rows_of(none) == []
        assert "n'est dans aucun bureau" in none.text
    a_roll(another(0))
    assert rows_of(hall.read("?bureau=3")) == [], "the roll that is current now has nobody of that number"
    assert set(rows_of(hall.read())) == {row.reference, other.reference}
