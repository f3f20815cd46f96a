"""The town hall: the procurations of its communes, filtered, opened, validated or invalidated, one or many."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.dates import now
from models import journey
from models.base import db
from models.errors import TOWN_HALL_REFUSALS, Reason
from models.identity import Sex
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import PollingDay, Procuration, Status
from tests.back_office.desks import Desk, entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World, an_identity
from tests.database import everything, queries
from tests.page import Page, read, text_of

ACTION = "/admin/town-hall/action/"


def rows_of(page: Page) -> list[str]:
    """The references of the list, in its order."""
    return [text_of(e) for e in page.all("span") if e.get("class") == "reference-inline"]


def many(world: World, count: int, **changes: Any) -> list[int]:
    """Established procurations by the hundred, straight into the table."""
    model = world.established(**changes)
    first = db.session.execute(select(Procuration.__table__).where(Procuration.id == model.id)).mappings().one()
    columns = {name: value for name, value in first.items() if name != "id"}
    rows = [columns | {"reference": f"{n:06}", "submission_key": f"many-{n}"} for n in range(count - 1)]
    db.session.execute(insert(Procuration.__table__), rows)
    ids = list(db.session.scalars(select(Procuration.id).order_by(Procuration.id)))
    days = [{"procuration_id": i, "day": model.days[0]} for i in ids if i != model.id]
    db.session.execute(insert(PollingDay.__table__), days)
    db.session.commit()
    return ids


# The list.


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
    assert "1 procuration, les plus récentes" in hall.read().text
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


# One file.


def test_a_file_tells_who_gives_who_votes_who_established_and_what_happened(world: World) -> None:
    officer = world.an_officer(name="Martin PETIT")
    procuration, hall = world.established(officer), town_hall(world)
    page = hall.read(f"details/?id={procuration.id}")
    assert (page.data_status, page.data_reference) == ("established", procuration.reference)
    for words in (
        "D'HAUTPOUL DE LA TOUR Éloïse Marie-Ange",
        "née le 28 février 1951",
        "Gwenaëlle Rosalie D'Aubigné-Le Brethon, née le 28 août 1986",
        "Laon, par Martin PETIT, officier de police judiciaire",
        "demande déposée",
        "procuration établie au guichet",
    ):
        assert words in page.text
    assert procuration.email not in page.text


def test_each_reading_is_in_the_journal_and_not_in_the_history(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    hall = town_hall(world, clerk)
    hall.get(f"details/?id={procuration.id}")
    page = hall.read(f"details/?id={procuration.id}")
    reading = entries(procuration)[-1]
    assert (reading.action, reading.account_id, reading.desk) == (Action.OPENED, clerk.id, LAON)
    history = next(e for e in page.all("ul") if e.get("class") == "history")
    assert len(list(history.iter("li"))) == 2


@pytest.mark.parametrize(
    "key", ["", "abc", "0", "-1", "+1", "1.0", " 1", "9" * 12, "9" * 5000, "%D9%A1", "²", "%00", "1%00", "*", "0x1"]
)
def test_a_key_that_is_no_number_is_no_row(world: World, key: str) -> None:
    world.established()
    hall = town_hall(world)
    assert hall.get(f"details/?id={key}").status_code == 404
    if key and key != "*":
        assert hall.act("validate", *[key.replace("%00", "\0").replace("%D9%A1", "١")]).status_code == 404


def test_an_arabic_digit_is_not_ours(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    arabic = str(procuration.id).translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    assert hall.client.get("/admin/town-hall/details/", query_string={"id": arabic}).status_code == 404
    assert hall.act("validate", arabic).status_code == 404
    assert status_of(procuration) is Status.ESTABLISHED


# The acts.


def test_validating_asks_first_then_tells_the_elector(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    hall = town_hall(world, clerk)
    before = everything()
    asked = read(hall.post("validate", procuration.id))
    assert (asked.status, asked.h1) == (200, "Valider cette procuration ?")
    assert procuration.reference in asked.text
    assert everything() == before
    answer = hall.client.post(ACTION, data=asked.form(ACTION))
    assert answer.status_code == 303
    assert "Procuration validée." in read(hall.client.get(answer.location)).text
    assert status_of(procuration) is Status.VALIDATED
    assert (procuration.decided_by_id, procuration.decided_by_name) == (clerk.id, "Nadia BENALI")
    assert mails_of(procuration) == ["submitted", "established", "validated"]
    assert journaled(procuration)[-1] is Action.VALIDATED


def test_invalidating_needs_a_coded_reason_and_keeps_the_note_inside(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    asked = read(hall.post("invalidate", procuration.id))
    offered = [e.get("value") for e in asked.all("input") if e.get("name") == "reason"]
    assert offered == list(TOWN_HALL_REFUSALS)
    missing = read(hall.client.post(ACTION, data=asked.form(ACTION) | {"note": 'vu "sur" la <liste>'}))
    assert (missing.status, missing.errors) == (422, ["Choisissez un motif dans la liste."])
    assert status_of(procuration) is Status.ESTABLISHED
    again = missing.form(ACTION)
    assert again["note"] == 'vu "sur" la <liste>'
    assert hall.client.post(ACTION, data=again | {"reason": "PLAFOND"}).status_code == 303
    assert (status_of(procuration), procuration.reason) == (Status.INVALIDATED, Reason.PLAFOND)
    assert procuration.note == 'vu "sur" la <liste>'
    assert (entries(procuration)[-1].action, entries(procuration)[-1].detail) == (Action.INVALIDATED, "PLAFOND")
    facts = db.session.scalars(select(OutboxMail.facts).order_by(OutboxMail.id.desc())).first()
    assert facts["reason"] == "PLAFOND"
    assert "liste" not in str(facts)
    page = hall.read(f"details/?id={procuration.id}")
    assert "Motif : Le mandataire a déjà le nombre de procurations permis" in page.text
    assert 'Note interne : vu "sur" la <liste>' in page.text


@pytest.mark.parametrize("reason", ["CONTRAINTE", "IDENTITE_DISCORDANTE", "autre", "\0"])
def test_a_town_hall_has_its_own_reasons(world: World, reason: str) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("invalidate", procuration.id, reason=reason).status_code == 422
    assert status_of(procuration) is Status.ESTABLISHED


def test_a_note_is_cleaned_and_cut(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("invalidate", procuration.id, reason="PLAFOND", note="a\0b  " + "x" * 600).status_code == 303
    status_of(procuration)
    assert procuration.note == ("ab " + "x" * 600)[:500]


def test_a_second_decision_reads_who_was_first(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("validate", procuration.id).status_code == 303
    page = read(town_hall(world).act("invalidate", procuration.id, reason="PLAFOND"))
    assert (page.status, page.h1) == (409, "Déjà traitée")
    assert re.search(r"déjà traitée par Nadia BENALI le .* à \d+ h \d\d \(validée\)", page.text)
    assert status_of(procuration) is Status.VALIDATED
    assert journaled(procuration)[-2:] == [Action.VALIDATED, Action.DENIED]
    assert mails_of(procuration) == ["submitted", "established", "validated"]


def test_ticked_rows_are_decided_together(world: World) -> None:
    rows, hall = [world.established() for _ in range(3)], town_hall(world)
    asked = read(hall.post("validate", *[row.id for row in rows[:2]]))
    assert asked.h1 == "Valider 2 procurations ?"
    answer = hall.client.post(ACTION, data=asked.form(ACTION))
    assert "2 procurations validées." in read(hall.client.get(answer.location)).text
    assert [status_of(row) for row in rows] == [Status.VALIDATED, Status.VALIDATED, Status.ESTABLISHED]


def test_rows_already_handled_are_told_and_the_others_done(world: World) -> None:
    done, waiting, hall = world.established(), world.established(), town_hall(world)
    hall.act("invalidate", done.id, reason="PLAFOND")
    page = read(hall.act("validate", done.id, waiting.id))
    assert page.status == 200
    assert "1 procuration validée. Le reste avait déjà été traité" in page.text
    assert len(list(page.main.iter("li"))) == 1
    assert (status_of(done), status_of(waiting)) == (Status.INVALIDATED, Status.VALIDATED)


def test_everything_the_filter_shows_is_decided_and_nothing_else(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = world.an_election((first, second))
    shown, hidden = world.established(days=(first,)), world.established(days=(second,))
    hall = town_hall(world)
    fields = {"election": str(election.id), "tour": "1"}
    asked = read(hall.post("validate", "*", **fields))
    assert asked.h1 == "Valider cette procuration ?"
    answer = hall.client.post(ACTION, data=asked.form(ACTION))
    assert (answer.status_code, answer.location) == (303, f"/admin/town-hall/?election={election.id}&tour=1")
    assert (status_of(shown), status_of(hidden)) == (Status.VALIDATED, Status.ESTABLISHED)


def test_everything_may_be_named_with_the_filter_in_the_address(world: World) -> None:
    decided, waiting, hall = world.established(), world.established(), town_hall(world)
    hall.act("validate", decided.id)
    page = read(hall.post("invalidate", "*", rest="?status=validated", confirmed="yes", reason="PLAFOND"))
    assert (page.status, page.errors) == (422, ["Ce filtre ne montre aucune procuration à décider."])
    assert (status_of(decided), status_of(waiting)) == (Status.VALIDATED, Status.ESTABLISHED)


@pytest.mark.parametrize("action", ["validate", "invalidate"])
def test_an_act_without_a_row_says_to_tick_one(world: World, action: str) -> None:
    procuration, hall = world.established(), town_hall(world)
    page = read(hall.act(action, reason="PLAFOND", status="established"))
    assert page.status == 422
    assert page.errors == ["Cochez d'abord une procuration, ou plusieurs, dans la liste."]
    assert rows_of(page) == [procuration.reference]
    assert page.form("/admin/town-hall/")["status"] == "established"


@pytest.mark.parametrize("action", ["", "postpone", "delete", "\0"])
def test_an_unknown_action_is_an_error(world: World, action: str) -> None:
    procuration = world.established()
    assert town_hall(world).act(action, procuration.id).status_code == 400
    assert status_of(procuration) is Status.ESTABLISHED


def test_the_same_row_twice_is_one_act(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("validate", procuration.id, procuration.id).status_code == 303
    assert journaled(procuration)[-1] is Action.VALIDATED


def test_a_suspended_clerk_is_out_at_once(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    hall = town_hall(world, clerk)
    asked = read(hall.post("validate", procuration.id))
    clerk.suspended_at = now()
    db.session.commit()
    assert hall.client.post(ACTION, data=asked.form(ACTION)).status_code == 302
    assert status_of(procuration) is Status.ESTABLISHED


# Five hundred at once.


def test_five_hundred_are_decided_in_one_request(world: World) -> None:
    ids, hall = many(world, 501), town_hall(world)
    asked = read(hall.post("validate", "*"))
    assert asked.h1 == "Valider 500 procurations ?"
    with queries() as seen:
        assert hall.client.post(ACTION, data=asked.form(ACTION)).status_code == 303
    assert len(seen) <= 4 * 500 + 20
    statuses = list(db.session.scalars(select(Procuration.status).where(Procuration.id.in_(ids))))
    assert statuses.count(Status.VALIDATED) == 500
    validated = select(Entry).where(Entry.action == Action.VALIDATED)
    assert len(db.session.scalars(validated).all()) == 500


def test_more_than_five_hundred_are_refused_whole(world: World) -> None:
    ids, hall = many(world, 501), town_hall(world)
    page = read(hall.act("validate", *ids))
    assert (page.status, page.errors) == (422, ["Choisissez 500 procurations au plus à la fois."])


# What it asks of the database.


def test_the_list_asks_the_same_for_one_row_and_for_fifty(world: World) -> None:
    hall = town_hall(world, world.a_clerk(LAON, SOISSONS))
    with queries() as for_none:
        hall.get()
    ids = many(world, 60)
    db.session.execute(update(Procuration).where(Procuration.id.in_(ids[::2])).values(commune_code=SOISSONS))
    db.session.commit()
    with queries() as for_fifty:
        hall.get("?status=established&tour=1")
    assert len(for_fifty) <= len(for_none) + 1 <= 8


def test_opening_a_file_asks_little_of_the_database(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    with queries() as seen:
        hall.get(f"details/?id={procuration.id}")
    assert len(seen) <= 10, seen


# Names that are not only letters.

MARKUP = "<script>alert(1)</script>\"'&amp;{{7*7}}"


def test_markup_in_a_name_is_shown_as_text_on_every_page(world: World) -> None:
    person = an_identity(birth_name=MARKUP, first_names=f"Jean {MARKUP}", sex=Sex.M)
    officer = world.an_officer(name=MARKUP)
    officer.station.name = MARKUP
    world.an_election(name=MARKUP)
    procuration = world.established(officer, mandant=person, mandataire=an_identity(birth_name=MARKUP, sex=Sex.F))
    demande = world.submitted(mandant=person)
    hall, desk = town_hall(world, world.a_clerk(name=MARKUP)), Desk(world.as_agent(officer), "/admin/officer/")
    answers = [
        desk.get(),
        desk.get(f"?reference={demande.reference}"),
        desk.get(f"?reference={procuration.reference}"),
        desk.get(f"?reference={MARKUP}"),
        desk.post("invalidate", demande.reference),
        desk.post("postpone", demande.reference),
        desk.act("validate", procuration.reference),
        hall.get(),
        hall.get(f"details/?id={procuration.id}"),
        hall.post("validate", procuration.id),
        hall.act("invalidate", procuration.id, reason="", note=MARKUP),
        hall.act("invalidate", procuration.id, reason="PLAFOND", note=MARKUP),
        hall.get(f"details/?id={procuration.id}"),
        hall.act("validate", procuration.id),
    ]
    for answer in answers:
        assert "<script>alert" not in answer.text
        assert "49" not in re.findall(r"alert\(1\)[^<]{0,60}", answer.text)
        if answer.status_code != 303:
            read(answer)
    assert sum("&lt;script&gt;" in answer.text for answer in answers) >= 12


def test_a_decision_is_final(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    hall.act("invalidate", procuration.id, reason="PLAFOND")
    page = hall.read(f"details/?id={procuration.id}")
    assert "Invalidée par Nadia BENALI" in page.text
    assert page.forms == ["/agents/deconnexion"]


def test_a_period_is_told_with_its_end(world: World) -> None:
    until = world.today + timedelta(days=90)
    world.established(days=(), valid_until=until)
    assert f"jusqu'au {until:%d/%m/%Y}" in town_hall(world).read().text
