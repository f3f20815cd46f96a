"""The officer at the counter: a reference opens one file, and only an officer's act founds a procuration."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.dates import now
from models import journey
from models.account import Capacity
from models.base import db
from models.errors import Reason
from models.identity import Sex
from models.journal import Action, Entry
from models.procuration import Procuration, Status
from tests.back_office.desks import counter, entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, World, an_identity
from tests.database import everything, queries
from tests.page import read, text_of


def buttons(page) -> list[str]:
    return [text_of(button) for button in page.all("button")]


def test_an_officer_reads_whom_to_compare_and_for_which_vote(world: World) -> None:
    demande = world.submitted()
    page = counter(world).read(f"?reference={demande.reference}")
    assert (page.data_status, page.data_reference) == ("submitted", demande.reference)
    for words in ("D'HAUTPOUL DE LA TOUR", "Éloïse Marie-Ange", "née le 28 février 1951", "femme", "Laon (02, Aisne)"):
        assert words in page.text
    assert "Mandataire : Gwenaëlle Rosalie D'Aubigné-Le Brethon" in page.text
    assert demande.email not in page.text
    assert "Présente en personne, libre, identité conforme : établir" in buttons(page)


def test_the_words_agree_with_the_person(world: World) -> None:
    demande = world.submitted(mandant=an_identity(sex=Sex.M, first_names="Jean"))
    page = counter(world).read(f"?reference={demande.reference}")
    assert "né le 28 février 1951" in page.text
    assert "Présent en personne, libre, identité conforme : établir" in buttons(page)


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "{:.3} {}", "dashes"])
def test_a_reference_may_be_typed_as_it_comes(world: World, typed: str) -> None:
    demande = world.submitted()
    reference = demande.reference
    ways = {"lower": reference.lower(), "dashes": f"{reference[:3]}-{reference[3:]}"}
    given = ways.get(typed) or (f"{reference[:3]} {reference[3:]}" if "3" in typed else typed.format(reference))
    answer = counter(world).client.get("/admin/officer/", query_string={"reference": given})
    assert read(answer).data_reference == reference


def test_each_opening_is_in_the_journal(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer()
    desk = counter(world, officer)
    desk.get(f"?reference={demande.reference}")
    opening = entries(demande)[-1]
    assert (opening.action, opening.account_id, opening.desk) == (Action.OPENED, officer.id, officer.station_code)


def test_establishing_writes_who_in_which_capacity_where_and_when_and_the_town_hall_sees_it_at_once(
    world: World,
) -> None:
    demande, officer = world.submitted(), world.an_officer(Capacity.APJ, name="Martin PETIT")
    hall = town_hall(world)
    assert demande.reference not in hall.get().text
    before = now()
    answer = counter(world, officer).act("validate", demande.reference)
    assert (answer.status_code, answer.location) == (303, "/admin/officer/")
    assert status_of(demande) is Status.ESTABLISHED
    assert (demande.officer_name, demande.officer_capacity) == ("Martin PETIT", Capacity.APJ)
    assert (demande.established_commune_code, demande.established_in_france) == (LAON, True)
    assert demande.established_at == demande.handled_at
    assert before <= demande.established_at <= now()
    assert mails_of(demande) == ["submitted", "established"]
    assert journaled(demande) == [Action.SUBMITTED, Action.ESTABLISHED]
    assert demande.reference in hall.get().text


def test_after_the_act_the_officer_reads_it_was_done(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    page = read(desk.client.get(desk.act("validate", demande.reference).location))
    assert "Procuration établie et transmise." in page.text
    assert demande.reference in page.text


NOT_HERE: dict[str, Callable[[World], str]] = {
    "never existed": lambda world: "ZZZZZZ",
    "not a reference": lambda world: "0O1I",
    "something else": lambda world: "'; drop table <b>",
    "a null": lambda world: "\0" * 6,
    "withdrawn": lambda world: withdrawn(world),
    "expired": lambda world: expired(world),
    "established elsewhere": lambda world: world.established().reference,
    "refused elsewhere": lambda world: refused(world),
}


def withdrawn(world: World) -> str:
    demande = world.submitted()
    journey.withdraw(demande, now=now())
    db.session.commit()
    return demande.reference


def expired(world: World) -> str:
    demande = world.submitted()
    demande.expires_on = world.today - timedelta(days=2)
    db.session.commit()
    return demande.reference


def refused(world: World) -> str:
    demande = world.submitted()
    journey.refuse(demande, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    db.session.commit()
    return demande.reference


def test_all_that_is_not_waiting_here_reads_the_same(world: World) -> None:
    desk = counter(world)
    pages = set()
    for what, make in NOT_HERE.items():
        reference = make(world)
        for answer in (
            desk.client.get("/admin/officer/", query_string={"reference": reference}),
            desk.act("validate", reference),
            desk.act("invalidate", reference, reason="CONTRAINTE"),
            desk.post("postpone", reference),
        ):
            assert answer.status_code == 404, what
            pages.add(re.sub(r'value="[^"]*"', "", read(answer) and answer.text))
    assert len(pages) == 1
    assert "Rien à établir avec cette référence" in pages.pop()
    assert set(journaled()) == {Action.SIGNED_IN, Action.MISSED}


def test_what_is_not_here_costs_the_same_whatever_it_is(world: World) -> None:
    desk = counter(world)
    costs = set()
    for make in NOT_HERE.values():
        reference = make(world)
        with queries() as seen:
            desk.client.get("/admin/officer/", query_string={"reference": reference})
        costs.add(len(seen))
    assert len(costs) == 1


def test_what_this_officer_handled_opens_read_only(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    desk.act("invalidate", demande.reference, reason="CONTRAINTE")
    page = desk.read(f"?reference={demande.reference}")
    assert (page.data_status, page.h1) == ("refused", "Dossier déjà traité")
    assert buttons(page) == ["Se déconnecter", "Ouvrir"]


@pytest.mark.parametrize("action", ["validate", "invalidate", "postpone"])
def test_nothing_is_done_before_it_is_confirmed(world: World, action: str) -> None:
    demande, desk = world.submitted(), counter(world)
    before = everything()
    page = read(desk.post(action, demande.reference))
    assert (page.status, page.data_status, page.data_reference) == (200, "submitted", demande.reference)
    assert everything() == before


def test_a_refusal_has_a_coded_reason_and_the_elector_reads_a_neutral_one(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    asked = read(desk.post("invalidate", demande.reference))
    assert "La pièce d'identité ne correspond pas" in asked.text
    answer = desk.client.post(
        "/admin/officer/action/", data=asked.form("/admin/officer/action/") | {"reason": "CONTRAINTE"}
    )
    assert answer.status_code == 303
    assert (status_of(demande), demande.reason) == (Status.REFUSED, Reason.CONTRAINTE)
    assert entries(demande)[-1].detail == "CONTRAINTE"
    assert mails_of(demande) == ["submitted", "refused"]


@pytest.mark.parametrize("reason", ["", "PLAFOND", "IDENTITE_ABSENTE", "en retard", "\0"])
def test_a_refusal_without_one_of_its_reasons_asks_again(world: World, reason: str) -> None:
    demande, desk = world.submitted(), counter(world)
    before = everything()
    page = read(desk.act("invalidate", demande.reference, reason=reason))
    assert page.status == 422
    assert page.errors == ["Choisissez un motif dans la liste."]
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "IDENTITE_ABSENTE", "ABSENCE_PERSONNELLE"])
def test_not_today_leaves_the_demande_alive(world: World, reason: str) -> None:
    demande, desk = world.submitted(), counter(world)
    answer = desk.act("postpone", demande.reference, reason=reason)
    assert answer.status_code == 303
    assert "la référence reste valable" in read(desk.client.get(answer.location)).text
    assert status_of(demande) is Status.SUBMITTED
    assert [(e.action, e.detail) for e in entries(demande)][-1] == (Action.POSTPONED, reason or None)
    assert mails_of(demande) == ["submitted"]
    assert counter(world).act("validate", demande.reference).status_code == 303


def test_a_postponement_knows_no_other_reason(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    assert desk.act("postpone", demande.reference, reason="CONTRAINTE").status_code == 422
    assert journaled(demande) == [Action.SUBMITTED]


def test_only_who_had_the_file_open_reads_who_was_first(world: World) -> None:
    demande = world.submitted()
    first, second, third = counter(world), counter(world), counter(world)
    for desk in (first, second):
        desk.get(f"?reference={demande.reference}")
    assert first.act("validate", demande.reference).status_code == 303
    page = read(second.act("validate", demande.reference))
    assert page.status == 409
    assert re.search(r"Déjà traitée à Laon le \d+(er)? \w+ 20\d\d à \d+ h \d\d : établie", page.text)
    assert journaled(demande)[-1] is Action.DENIED
    assert third.act("validate", demande.reference).status_code == 404
    assert second.get(f"?reference={demande.reference}").status_code == 404
    assert mails_of(demande) == ["submitted", "established"]


def test_a_file_opened_yesterday_is_not_open_any_more(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    desk.get(f"?reference={demande.reference}")
    db.session.execute(update(Entry).values(at=now() - timedelta(hours=13)))
    db.session.commit()
    counter(world).act("validate", demande.reference)
    assert desk.act("validate", demande.reference).status_code == 404


def test_a_second_click_of_the_same_officer_changes_nothing(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    desk.act("validate", demande.reference)
    page = read(desk.act("validate", demande.reference))
    assert page.status == 409
    assert "par vous : établie" in page.text
    assert journaled(demande) == [Action.SUBMITTED, Action.ESTABLISHED, Action.DENIED]
    assert desk.act("invalidate", demande.reference, reason="CONTRAINTE").status_code == 409
    assert status_of(demande) is Status.ESTABLISHED


def test_an_elector_who_withdraws_while_the_file_is_open_is_first(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    desk.get(f"?reference={demande.reference}")
    journey.withdraw(demande, now=now())
    db.session.commit()
    page = read(desk.act("validate", demande.reference))
    assert page.status == 409
    assert "L'électeur a repris cette demande" in page.text
    assert status_of(demande) is Status.WITHDRAWN


def test_a_delegue_checks_the_identity_and_establishes_nothing(world: World) -> None:
    demande, desk = world.submitted(), counter(world, world.an_officer(Capacity.DELEGUE))
    page = desk.read(f"?reference={demande.reference}")
    assert "D'HAUTPOUL DE LA TOUR" in page.text
    assert "passez la main à l'officier de police judiciaire" in page.text
    assert buttons(page) == ["Se déconnecter", "Ouvrir", "Pas aujourd'hui…"]
    for action in ("validate", "invalidate"):
        assert desk.post(action, demande.reference).status_code == 403
        assert desk.act(action, demande.reference, reason="CONTRAINTE").status_code == 403
    assert status_of(demande) is Status.SUBMITTED
    assert [e.detail for e in entries(demande) if e.action is Action.DENIED] == ["NotHabilitated"] * 4
    assert mails_of(demande) == ["submitted"]
    assert desk.act("postpone", demande.reference).status_code == 303


def test_nobody_is_refused_for_being_late(world: World) -> None:
    day = world.commune().local_day(now())
    world.an_election(days=(day,))
    demande = world.submitted(days=(day,))
    desk = counter(world)
    assert "Le vote est proche : établissez quand même" in desk.read(f"?reference={demande.reference}").text
    assert desk.act("validate", demande.reference).status_code == 303


def test_a_period_can_be_established_until_its_last_day(world: World) -> None:
    demande = world.submitted(valid_until=world.today + timedelta(days=2), days=())
    today = world.commune().local_day(now())
    db.session.execute(update(Procuration).values(valid_until=today, last_day=today, expires_on=today))
    db.session.commit()
    assert counter(world).act("validate", demande.reference).status_code == 303


def test_the_list_shows_only_what_this_officer_handled(world: World) -> None:
    officer, other = world.an_officer(), world.an_officer()
    mine, foreign = world.established(officer), world.established(other)
    waiting = world.submitted()
    for address in ("", "?page=0", "?search=HAUTPOUL", "?flt0_0=HAUTPOUL", "?sort=0&desc=1", "?page_size=1000"):
        page = counter(world, officer).read(address)
        assert mine.reference in page.text
        assert foreign.reference not in page.text
        assert waiting.reference not in page.text


def test_an_empty_counter_says_what_to_do(world: World) -> None:
    assert "Demandez sa référence à la personne" in counter(world).read().text
    assert "Revenir au début" in counter(world).read("?page=7").links


@pytest.mark.parametrize("keys", [(), ("AAAAAA", "BBBBBB")])
def test_an_act_is_about_one_reference(world: World, keys: tuple[str, ...]) -> None:
    assert counter(world).act("validate", *keys).status_code == 400


@pytest.mark.parametrize("action", ["", "establish", "delete", "\0"])
def test_an_unknown_action_is_an_error(world: World, action: str) -> None:
    demande = world.submitted()
    assert counter(world).act(action, demande.reference).status_code == 400
    assert status_of(demande) is Status.SUBMITTED


def test_a_suspended_officer_is_out_at_once(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer()
    desk = counter(world, officer)
    page = desk.read(f"?reference={demande.reference}")
    officer.suspended_at = now()
    db.session.commit()
    answer = desk.client.post("/admin/officer/action/", data=page.form("/admin/officer/action/"))
    assert (answer.status_code, answer.location) == (302, "/agents/connexion")
    assert status_of(demande) is Status.SUBMITTED


def test_opening_a_reference_asks_little_of_the_database(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    with queries() as seen:
        desk.get(f"?reference={demande.reference}")
    assert len(seen) <= 6, seen


def test_the_list_asks_the_same_for_one_row_and_for_many(world: World) -> None:
    officer = world.an_officer()
    desk = counter(world, officer)
    costs = []
    for commune in (LAON, "02722", "75101", "13201"):
        world.established(officer, commune_code=commune)
        with queries() as seen:
            desk.get()
        costs.append(len(seen))
    assert max(costs) <= 8
    assert len(set(costs)) == 1


def test_an_act_asks_little_of_the_database(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    form = desk.read(f"?reference={demande.reference}").form("/admin/officer/action/")
    with queries() as seen:
        assert desk.client.post("/admin/officer/action/", data=form).status_code == 303
    assert len(seen) <= 14, seen


def test_a_tahiti_counter_reads_its_own_clock(world: World) -> None:
    officer = world.an_officer(station=world.a_station("98735"))
    demande, desk = world.submitted(), counter(world, officer)
    desk.act("validate", demande.reference)
    local: date = world.commune("98735").local_day(now())
    day = desk.read(f"?reference={demande.reference}").text
    assert f"Vous l'avez traité le {local.day}" in day
