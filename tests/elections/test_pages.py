"""Supervision's pages: an election read, created and corrected, each after a page that says what it touches."""

from datetime import timedelta

from sqlalchemy import select

from app.dates import long_day, now
from models import journey
from models.account import Role
from models.base import db
from models.journal import Action
from models.law import Ceiling, ControlRegime, ListType
from models.plan import Tour, plan_of
from models.scrutin import Election
from tests.back_office.desks import journaled
from tests.builders import World
from tests.database import everything, queries
from tests.elections.desk import DESK, NEW, answers, facts, ministry, page_of, rows
from tests.elections.ministry import OVERSEAS, a_plan, created, journal_of, saturdays
from tests.page import read

DAY = timedelta(days=1)
NAMES = (
    "Guadeloupe (971)",
    "Martinique (972)",
    "Guyane (973)",
    "Saint-Pierre-et-Miquelon (975)",
    "Saint-Barthélemy (977)",
    "Saint-Martin (978)",
    "Polynésie française (987)",
)


def only_election() -> Election:
    db.session.rollback()
    return db.session.scalars(select(Election)).one()


def test_an_election_is_created_after_a_page_that_tells_it_whole(world: World) -> None:
    desk, first = ministry(world), world.a_sunday(8)
    local = " ".join(OVERSEAS) + f" {first - DAY:%d/%m/%Y}"
    asked = desk.fill(**answers(world, local_days_1=local))
    page, before = read(asked), everything()
    assert asked.status_code == 200
    assert facts(page) == {
        "Nom": "Élections municipales de printemps",
        "Nature": "municipales",
        "Jours de vote": f"1er tour : {long_day(first)} ; {long_day(first - DAY)} pour {', '.join(NAMES)}."
        f" 2e tour : {long_day(world.a_sunday(9))}",
        "Territoires": "toutes les communes de France, tous les consulats, Nouvelle-Calédonie (988) ;"
        " Nouvelle-Calédonie (988) : contrôle par la mairie",
        "Plafonds": "2 par mandataire, dont 1 établie en France ; 3 si l'une vient d'une liste consulaire",
        "Contrôle": "répertoire électoral",
        "Listes qui votent": "liste principale, liste complémentaire municipale",
        "Même commune": "non exigée",
        "Résiliation": "peut être demandée en ligne",
        "Identité certifiée": "dispense de la visite",
        "Formulaire du guichet": "vu par la mairie avec le papier",
    }
    assert "Aucune." in page.text
    assert everything() == before
    done = desk.client.post(NEW, data=page.form(NEW))
    assert done.status_code == 303
    election = only_election()
    assert done.location == page_of(election)
    plan = plan_of(election)
    assert plan.tours == (saturdays(first), Tour(world.a_sunday(9)))
    assert plan.territories == {"FR": None, "CO": None, "988": ControlRegime.TOWN_HALL}
    assert plan.law.list_types == {ListType.LP, ListType.LCM}
    assert journal_of(election) == [(Action.ELECTION_CREATED, "municipal")]
    assert "Élection créée" in desk.open(done.location).text


def test_a_correction_says_from_what_to_what_and_how_many_it_touches(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = created(world, a_plan(world, first, second))
    world.submitted(days=(first,))
    world.established(valid_until=second)
    journey.validate(world.established(days=(second,)), clerk=world.a_clerk(), now=now())
    db.session.commit()
    desk, address = ministry(world), page_of(election, "corriger")
    before = everything()
    asked = desk.fill(address, day_1=f"{first - 7 * DAY:%d/%m/%Y}", max_established_in_france="2")
    page = read(asked)
    assert (asked.status_code, page.h1) == (200, "Corriger cette élection ?")
    second_tour = f"2e tour : {long_day(second)}"
    assert rows(page) == [
        [
            "Jours de vote",
            f"1er tour : {long_day(first)}. {second_tour}",
            f"1er tour : {long_day(first - 7 * DAY)}. {second_tour}",
        ],
        [
            "Plafonds",
            "2 par mandataire, dont 1 établie en France ; 3 si l'une vient d'une liste consulaire",
            "2 par mandataire, dont 2 établies en France ; 3 si l'une vient d'une liste consulaire",
        ],
    ]
    assert facts(page) == {
        "Demandes en attente": "1",
        "Établies, à décider": "1",
        "Validées": "1",
        "Dont pour une période": "1",
    }
    assert "1 a choisi un jour où l'on ne voterait plus" in page.text
    assert "seront contrôlées de nouveau" in page.text
    assert "HAUTPOUL" not in page.text
    assert everything() == before
    done = desk.client.post(address, data=page.form("corriger/"))
    assert (done.status_code, done.location) == (303, page_of(election))
    db.session.expire_all()
    assert [scrutin.polling_day for scrutin in election.scrutins] == [first - 7 * DAY, second]
    assert election.law.ceiling == Ceiling(2, 2, 3)
    assert journal_of(election)[-1] == (Action.ELECTION_CORRECTED, "day max")


def test_a_new_name_touches_nobody(world: World) -> None:
    election = created(world)
    world.submitted()
    page = read(ministry(world).fill(page_of(election, "corriger"), name="Municipales, premier jour"))
    assert "Aucune." in page.text
    assert "seront contrôlées" not in page.text


def test_of_two_supervisors_the_second_is_told_and_loses_nothing(world: World) -> None:
    election = created(world)
    address = page_of(election, "corriger")
    one, other = ministry(world), ministry(world)
    asked_of_one, asked_of_other = one.asked(address, name="Une"), other.asked(address, territories="02 60")
    assert one.client.post(address, data=asked_of_one).status_code == 303
    told = other.client.post(address, data=asked_of_other)
    page = read(told)
    assert told.status_code == 409
    assert "Quelqu'un a corrigé cette élection entre-temps" in page.text
    assert page.form("corriger/")["territories"] == "02 60"
    db.session.expire_all()
    assert (election.name, election.version) == ("Une", 2)
    assert journaled()[-1] is Action.DENIED
    again = other.client.post(address, data=page.form("corriger/"))
    assert "Une" in read(again).text
    assert other.client.post(address, data=read(again).form("corriger/")).status_code == 303
    db.session.expire_all()
    assert sorted(plan_of(election).territories) == ["02", "60"]


def test_a_past_election_is_read_and_not_corrected(world: World) -> None:
    election = world.an_election(days=(world.today - 9 * DAY, world.today - 2 * DAY))
    desk, address = ministry(world), page_of(election, "corriger")
    page = desk.open(page_of(election))
    assert "passée" in page.h1
    assert "Corriger…" not in page.links
    assert desk.client.get(address).status_code == 409
    token = desk.open(NEW).form(NEW)["csrf_token"]
    forced = answers(world) | {"csrf_token": token, "version": "1", "max_total": "2", "max_established_in_france": "1"}
    for confirmed in ({}, {"confirmed": "yes"}):
        answer = desk.client.post(address, data=forced | confirmed)
        assert (answer.status_code, read(answer).h1) == (409, "Cette élection est passée")
    assert journaled()[-1] is Action.DENIED
    db.session.refresh(election)
    assert election.version == 1


def test_the_list_says_where_each_election_stands_and_leads_to_it(world: World) -> None:
    days = {"passée": world.today - 9 * DAY, "en cours": world.today, "à venir": world.today + 9 * DAY}
    for stage, day in days.items():
        world.an_election(days=(day,), name=f"Élection {stage}")
    page = ministry(world).open(DESK)
    badges = {name: badge.split()[-1] for name, badge, *_ in rows(page)}
    assert badges == {f"Élection {stage}": stage.split()[-1] for stage in days}
    for stage in days:
        assert page.links[f"Élection {stage}"].startswith("/admin/supervision/election/?id=")
    assert "Nouvelle élection" in page.links


def test_an_election_is_read_with_the_number_of_those_it_concerns(world: World) -> None:
    election = created(world, a_plan(world, tours=(saturdays(world.a_sunday(8)),)))
    for _ in range(2):
        world.submitted()
    page = ministry(world).open(page_of(election))
    assert facts(page)["Demandes en attente"] == "2"
    assert "Guadeloupe (971)" in facts(page)["Jours de vote"]
    assert "HAUTPOUL" not in page.text


def test_a_key_that_is_none_is_nowhere(world: World) -> None:
    desk = ministry(world)
    for key in ("", "0", "x", "99999"):
        assert desk.client.get(f"{DESK}election/?id={key}").status_code == 404
        assert desk.client.get(f"{DESK}corriger/?id={key}").status_code == 404


def test_pages_cost_the_same_for_few_and_for_many(world: World) -> None:
    election, desk = created(world), ministry(world)
    addresses = (page_of(election), page_of(election, "corriger"))
    costs: dict[str, set[int]] = {address: set() for address in addresses}
    for _ in range(3):
        world.submitted()
        for address in addresses:
            with queries() as seen:
                desk.client.get(address)
            costs[address].add(len(seen))
    assert all(len(each) == 1 and max(each) <= 9 for each in costs.values()), costs


def test_the_auditor_reads_which_election_and_what_of_it_changed(world: World) -> None:
    election = created(world)
    ministry(world).act(page_of(election, "corriger"), max_established_in_france="2", list_types=["LP", "LCE"])
    page = read(world.as_agent(world.an_account(Role.AUDITOR)).get("/admin/journal/"))
    told = {cells[1]: cells[-1] for cells in rows(page) if cells[1].startswith("élection")}
    assert told == {
        "élection créée": f"élection {election.id} municipales",
        "élection corrigée": f"élection {election.id} plafonds, listes qui votent",
    }


def test_asking_for_the_head_of_the_page_creates_nothing(world: World) -> None:
    desk = ministry(world)
    before = db.session.query(Election).count()
    asked = answers(world, confirmed="yes")
    assert desk.client.head(NEW, data=asked).status_code == 200
    assert db.session.query(Election).count() == before
