"""What a polling officer is told of a name on the day of the vote, on a telephone (T15)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.dates import long_day, now
from models import aftermath, counter_form, editions, journey, lifetime, perimeter
from models.account import Account
from models.base import db
from models.coming_days import coming_days
from models.errors import Reason
from models.journal import Action
from models.polling_answers import MOST_ANSWERS
from models.procuration import PollingDay, Procuration, Status
from models.rules import MAJORITY, years_after
from models.scrutin import LocalPollingDay
from models.since_edition import since_edition
from tests.back_office.desks import Desk, entries, many
from tests.back_office.test_register import a_roll, lucie, on_roll, revoked, validated
from tests.builders import LAON, SOISSONS, World, a_mandataire, an_identity
from tests.contracts.test_plans import plans, without_an_index
from tests.database import queries
from tests.page import Page, read, text_of
from tests.paper import a_form

ADDRESS = "/admin/polling-day/"
CAYENNE, PAPEETE = "97302", "98735"


def station(world: World, clerk: Account | None = None) -> Desk:
    return Desk(world.as_agent(clerk or world.a_clerk()), ADDRESS)


def told(at: Desk, name: str, rest: str = "", **fields: str) -> Page:
    """What the page answers to a name typed in its field."""
    form = at.read(rest).form(ADDRESS)
    return read(at.client.post(ADDRESS, data=form | {"name": name} | fields))


def sentences(page: Page) -> list[str]:
    return [text_of(e) for e in page.all("p") if e.get("class") == "poll-sentence"]


def the(mandant: str, mandataire: str, **changes: Any) -> dict[str, Any]:
    """Two people of these birth names."""
    return {
        "mandant": an_identity(birth_name=mandant, first_names="Éloïse"),
        "mandataire": a_mandataire(birth_name=mandataire, first_names="Gwenaëlle"),
        **changes,
    }


def test_who_votes_for_whom_is_said_in_a_sentence_with_the_place_on_the_roll(world: World) -> None:
    a_roll(on_roll("PETIT", "0002", "7"))
    validated(world, mandant=lucie("PETIT"), mandataire=a_mandataire(birth_name="GRAND", first_names="Zoé"))
    for name in ("petit", "GRAND", "PÉTIT Lu", "grand zoe"):
        page = told(station(world), name)
        assert sentences(page) == ["Zoé GRAND vote pour Lucie PETIT."], name
        assert "Oui" in page.text
        assert "Bureau 0002, ÉCOLE 0002, numéro d'ordre 7." in page.text


def test_a_place_that_no_roll_says_is_looked_for_on_the_list(world: World) -> None:
    validated(world, **the("PETIT", "GRAND"))
    assert "cherchez le nom du mandant sur la liste d'émargement" in told(station(world), "petit").text


def test_what_is_received_and_not_decided_says_so_and_whom_to_call(world: World) -> None:
    world.established(**the("PETIT", "GRAND"))
    page = told(station(world), "grand")
    assert sentences(page) == [
        "Reçue, pas encore décidée : Gwenaëlle GRAND ne vote pas encore pour Éloïse PETIT.",
    ]
    assert "Appelez la mairie" in page.text


def test_a_consular_desk_is_called_by_its_name(world: World) -> None:
    world.an_election(territories=("CO",))
    world.established(commune_code="C0009", **the("PETIT", "GRAND"))
    page = told(station(world, world.a_clerk("C0009")), "grand")
    assert "Appelez le consulat" in page.text
    assert "mairie" not in page.text


def test_what_waits_for_its_paper_says_so_and_nothing_else_shows_it(world: World) -> None:
    officer = world.an_officer()
    form = a_form(world, **the("PETIT", "GRAND"), **counter_form.filled_by(officer, world.commune(), now()))
    held = counter_form.establish(form, officer=officer, submission_key="a form", now=now())
    db.session.commit()
    clerk = world.a_clerk()
    assert "son papier n'est pas arrivé à la mairie" in sentences(told(station(world, clerk), "petit"))[0]
    assert Desk(world.as_agent(clerk), "/admin/town-hall/").get(f"details/?id={held.id}").status_code == 404


@pytest.mark.parametrize(
    ("end", "why", "motive"),
    [
        (Status.INVALIDATED, "La procuration n'a pas été validée.", "Le mandataire n'est inscrit sur aucune liste"),
        (Status.REVOKED, "La procuration a été résiliée.", ""),
        (Status.LAPSED, "La procuration n'a plus d'effet.", "Le mandataire est décédé"),
        (Status.VOID, "La procuration est nulle", ""),
        (Status.ENDED, "La procuration a pris fin.", "Le mandant est décédé"),
    ],
)
def test_who_cannot_vote_is_told_why_and_the_motive_stays_out_of_the_sentence(
    world: World, end: Status, why: str, motive: str
) -> None:
    one, clerk = world.established(**the("PETIT", "GRAND")), world.a_clerk()
    acts = {
        Status.INVALIDATED: lambda: journey.invalidate(
            one, clerk=clerk, reason=Reason.MANDATAIRE_NON_INSCRIT, note="vu", now=now()
        ),
        Status.REVOKED: lambda: revoked(world, one),
        Status.LAPSED: lambda: aftermath.lapse(one, clerk=clerk, reason=Reason.DECES_MANDATAIRE, now=now()),
        Status.VOID: lambda: db.session.execute(
            update(Procuration).where(Procuration.id == one.id).values(status=Status.VOID)
        ),
        Status.ENDED: lambda: aftermath.end_on_death(one, clerk=clerk, now=now()),
    }
    acts[end]()
    db.session.commit()
    page = told(station(world, clerk), "grand")
    assert sentences(page)[0].startswith("Gwenaëlle GRAND ne peut pas voter au nom d'Éloïse PETIT. " + why)
    assert motive in page.text
    assert not motive or motive not in sentences(page)[0]


def test_inside_a_period_nobody_votes_before_the_day_they_are_of_age_l2(world: World) -> None:
    """L2: as on the printed lists, whose word the page and the late list must not contradict."""
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second))
    young = an_identity(birth_name="JEUNE", birth_date=years_after(second, -MAJORITY))
    validated(world, mandant=young, mandataire=a_mandataire(birth_name="GRAND"), days=(), valid_until=second)
    clerk = world.a_clerk()
    at = station(world, clerk)
    assert sentences(told(at, "jeune")) == [
        "La procuration d'Éloïse Marie-Ange JEUNE à Gwenaëlle Rosalie GRAND ne sert pas ce jour : "
        "il faut avoir 18 ans le jour du vote, et l'un des deux ne les a pas encore."
    ]
    assert "vote pour" in sentences(told(at, "jeune", f"?day={second}"))[0]
    editions.make(world.commune(), first, after=0, clerk=clerk, now=now())
    db.session.commit()
    assert not any(since_edition(clerk, now()))


def test_of_two_people_one_of_whom_votes_for_the_other_nothing_else_is_read_aloud(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second))
    revoked(world, validated(world, **the("PETIT", "GRAND"), days=(first,)))
    refused = world.established(**the("PETIT", "GRAND"), days=(first,))
    journey.invalidate(refused, clerk=world.a_clerk(), reason=Reason.MANDANT_NON_INSCRIT, note="Non.", now=now())
    db.session.commit()
    at = station(world)
    assert [one.split(" ", 2)[2] for one in sentences(told(at, "petit"))] == [
        "ne peut pas voter au nom d'Éloïse PETIT. La procuration a été résiliée.",
        "ne peut pas voter au nom d'Éloïse PETIT. La procuration n'a pas été validée.",
    ]
    for day in (first, second):
        validated(world, **the("PETIT", "GRAND"), days=(day,))
    assert sentences(told(at, "petit")) == ["Gwenaëlle GRAND vote pour Éloïse PETIT."]
    assert sentences(told(at, "petit", f"?day={second}")) == ["Gwenaëlle GRAND vote pour Éloïse PETIT."]


def test_a_procuration_of_another_day_says_which(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second))
    validated(world, **the("PETIT", "GRAND"), days=(second,))
    at = station(world)
    assert sentences(told(at, "petit")) == [
        f"La procuration d'Éloïse PETIT à Gwenaëlle GRAND est pour un autre jour : {long_day(second)}."
    ]
    assert sentences(told(at, "petit", f"?day={second}")) == ["Gwenaëlle GRAND vote pour Éloïse PETIT."]


def test_the_mandataire_of_the_first_tour_who_comes_back_is_told_that_it_is_over(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second))
    over = validated(world, **the("PETIT", "GRAND"), days=(first,))
    lifetime.end(over, now=now())
    db.session.commit()
    assert "était pour un autre jour" in sentences(told(station(world), "grand", f"?day={second}"))[0]


def test_a_period_covers_the_vote_and_a_lost_day_does_not(world: World) -> None:
    day = world.first_day()
    validated(world, **the("PETIT", "GRAND"), days=(), valid_until=day)
    lost = validated(world, **the("PERDU", "AUTRE"))
    db.session.get_one(PollingDay, (lost.id, day)).lost_at = now()
    db.session.commit()
    assert sentences(told(station(world), "petit")) == ["Gwenaëlle GRAND vote pour Éloïse PETIT."]
    assert "autre jour" in sentences(told(station(world), "perdu"))[0]


def test_who_votes_is_said_before_who_does_not(world: World) -> None:
    revoked(world, world.established(**the("PETIT", "ANCIEN")))
    world.established(**the("PETIT", "GRAND"))
    validated(world, **the("PETITJEAN", "AUTRE"))
    page = told(station(world), "petit")
    assert page.h1 == "3 réponses"
    assert [text_of(e) for e in page.all("h2")] == ["● Oui", "◆ Pas encore", "■ Non"]


def test_first_names_tell_namesakes_apart_and_the_birth_date_only_when_they_do_not(world: World) -> None:
    def petit(first_names: str, year: int, mandataire: str) -> None:
        born = an_identity(birth_name="PETIT", first_names=first_names, birth_date=date(year, 1, 2))
        validated(world, mandant=born, mandataire=a_mandataire(birth_name=mandataire))

    petit("Zoé", 1950, "UN")
    petit("Anne", 1960, "DEUX")
    at = station(world)
    assert "19" not in "".join(sentences(told(at, "petit")))
    petit("Zoë", 1970, "TROIS")
    said = " ".join(sentences(told(at, "petit")))
    assert "Zoé PETIT (née le 2 janvier 1950)" in said
    assert "Zoë PETIT (née le 2 janvier 1970)" in said
    assert "1960" not in said
    assert "1986" not in said


def test_nothing_found_says_what_to_ask_and_keeps_what_was_typed(world: World) -> None:
    world.established()
    page = told(station(world), "Inconnu")
    assert page.h1 == "Aucune réponse"
    assert "« Inconnu »" in page.text
    assert "Demandez le nom de naissance" in page.text
    assert page.form(ADDRESS)["name"] == "Inconnu"


def test_too_many_of_one_name_asks_for_the_first_names(world: World) -> None:
    many(world, MOST_ANSWERS + 1)
    page = told(station(world), "d'hautpoul")
    assert page.h1 == "Plusieurs réponses"
    assert "Ajoutez les prénoms" in page.text
    assert "D'HAUTPOUL" not in page.text


@pytest.mark.parametrize("typed", ["", "d", "'", "%", "~"])
def test_one_letter_is_an_error_that_says_so(world: World, typed: str) -> None:
    world.established()
    page = told(station(world), typed)
    assert (page.status, page.errors) == (422, ["Écrivez au moins deux lettres du nom."])


def test_nothing_of_another_commune_is_told(world: World) -> None:
    validated(world, **the("PETIT", "GRAND"), commune_code=SOISSONS)
    assert told(station(world), "petit").h1 == "Aucune réponse"
    page = told(station(world, world.a_clerk(LAON, SOISSONS)), "petit")
    assert sentences(page) == ["Gwenaëlle GRAND vote pour Éloïse PETIT."]
    assert "Soissons" in page.text


def test_what_is_not_established_is_not_told(world: World) -> None:
    world.submitted(**the("PETIT", "GRAND"))
    assert told(station(world), "petit").h1 == "Aucune réponse"


def test_each_reading_is_in_the_journal_and_no_name_is_in_an_address(world: World) -> None:
    one, clerk = validated(world, **the("PETIT", "GRAND")), world.a_clerk()
    page = told(station(world, clerk), "petit")
    reading = entries(one)[-1]
    assert (reading.action, reading.account_id, reading.desk) == (Action.OPENED, clerk.id, LAON)
    assert reading.detail == "polling_day"
    assert not any("petit" in link.lower() for link in page.links.values())
    assert "petit" not in page.title.lower()
    assert page.links["Personne suivante"] == f"{ADDRESS}?day={world.first_day()}"


def test_the_field_takes_the_focus_for_the_next_person(world: World) -> None:
    world.first_day()
    (field,) = [e for e in station(world).read().all("input") if e.get("name") == "name"]
    assert field.get("autofocus") is not None


def test_todays_vote_comes_first_and_each_place_has_its_own_day(world: World) -> None:
    """In Papeete and in Cayenne people vote the day before; at one instant it is not the same day there."""
    sunday = world.a_sunday(8)
    saturday = sunday - timedelta(days=1)
    election = world.an_election((sunday,), territories=("FR",))
    election.scrutins[0].local_days = [
        LocalPollingDay(code="987", day=saturday),
        LocalPollingDay(code="973", day=saturday),
    ]
    db.session.commit()
    communes = [world.commune(code) for code in (LAON, CAYENNE, PAPEETE)]
    sunday_in_laon = datetime.combine(sunday, datetime.min.time(), UTC) + timedelta(hours=7)
    assert coming_days(communes, now()) == {LAON: [sunday], CAYENNE: [saturday], PAPEETE: [saturday]}
    assert coming_days(communes, sunday_in_laon) == {LAON: [sunday], CAYENNE: [], PAPEETE: [saturday]}


def test_a_day_that_nobody_votes_is_no_page_and_no_vote_at_all_is_said(world: World) -> None:
    at = station(world)
    assert "Aucun vote n'est annoncé" in at.read().text
    world.first_day()
    for day in ("2020-03-15", "tomorrow", "%00"):
        assert at.get(f"?day={day}").status_code == 404


def test_an_officer_and_a_ministry_have_no_such_rows(world: World) -> None:
    one = validated(world)
    for account in (world.an_officer(), world.an_account("ministry")):
        assert db.session.query(Procuration).filter(perimeter.established_for(account)).all() == []
    assert db.session.query(Procuration).filter(perimeter.established_for(world.a_clerk())).all() == [one]


def test_the_answer_costs_the_same_for_one_name_and_for_twenty(world: World) -> None:
    many(world, MOST_ANSWERS, **the("PETIT", "GRAND"))
    validated(world, **the("SEUL", "AUTRE"))
    at = station(world, world.a_clerk(LAON, SOISSONS))
    with queries() as for_one:
        told(at, "seul")
    with queries() as for_twenty:
        told(at, "petit")
    reads = [len([one for one in asked if one.startswith("SELECT")]) for asked in (for_one, for_twenty)]
    assert reads[1] == reads[0] <= 20


def test_an_index_serves_the_answer(world: World) -> None:
    validated(world, **the("PETIT", "GRAND"))
    at = station(world, world.a_clerk(LAON, SOISSONS))
    with plans() as steps:
        told(at, "petit")
    assert len(steps) > 5
    assert not without_an_index(steps)
