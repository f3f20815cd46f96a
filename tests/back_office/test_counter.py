"""The officer at the counter: a reference opens one file, and nothing else can be found out."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from werkzeug.test import TestResponse

from app.dates import now
from models import journey
from models.account import Capacity
from models.base import db
from models.errors import Reason
from models.identity import Sex
from models.journal import Action
from models.procuration import Status
from tests.back_office.desks import buttons, counter, entries, journaled, status_of
from tests.builders import LAON, World, an_identity
from tests.database import queries
from tests.page import read


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


def without_what_was_typed(answer: TestResponse) -> str:
    """The page but for its reference and its token."""
    return re.sub(r'value="[^"]*"|reference-inline">[^<]*<', "", read(answer) and answer.text)


def test_all_that_is_not_waiting_here_reads_the_same(world: World) -> None:
    pages = set()
    for what, make in NOT_HERE.items():
        reference, desk = make(world), counter(world)
        for answer in (
            desk.client.get("/admin/officer/", query_string={"reference": reference}),
            desk.act("validate", reference),
            desk.act("invalidate", reference, reason="CONTRAINTE"),
            desk.post("postpone", reference),
        ):
            assert answer.status_code == 404, what
            pages.add(without_what_was_typed(answer))
    assert len(pages) == 1
    assert "Rien à établir avec cette référence" in pages.pop()
    assert set(journaled()) == {Action.SIGNED_IN, Action.MISSED}


def test_a_wrong_reference_leads_a_delegue_to_nothing_closed_to_them(world: World) -> None:
    leads = {}
    for capacity in (Capacity.OPJ, Capacity.DELEGUE):
        page = counter(world, world.an_officer(capacity)).read("?reference=AAAAAA")
        leads[capacity] = "/admin/statement/" in page.links.values()
        assert "résilier sans référence" in page.text
    assert leads == {Capacity.OPJ: True, Capacity.DELEGUE: False}


def test_what_is_not_here_costs_the_same_whatever_it_is(world: World) -> None:
    costs = set()
    for make in NOT_HERE.values():
        reference, desk = make(world), counter(world)
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


def test_the_list_shows_only_what_this_officer_handled(world: World) -> None:
    officer, other = world.an_officer(), world.an_officer()
    mine, foreign = world.established(officer), world.established(other)
    waiting = world.submitted()
    for address in ("", "?page=0", "?search=HAUTPOUL", "?flt0_0=HAUTPOUL", "?sort=0&desc=1", "?page_size=1000"):
        page = counter(world, officer).read(address)
        assert mine.reference in page.text
        assert foreign.reference not in page.text
        assert waiting.reference not in page.text


def test_each_act_is_on_one_page_the_last_first(world: World) -> None:
    officer = world.an_officer()
    desk = counter(world, officer)
    handled = [world.established(officer).reference for _ in range(41)]
    of_another = world.established(world.an_officer())
    of_another.revocation_requested_at = now()
    db.session.commit()
    desk.act("revoke", of_another.reference)
    mine = {*handled, of_another.reference}
    pages = [re.findall(r"\b[0-9A-Z]{6}\b", desk.read(f"?page={number}").text) for number in range(4)]
    shown = [list(dict.fromkeys(word for word in page if word in mine)) for page in pages]
    assert [len(page) for page in shown] == [20, 20, 2, 0]
    assert [word for page in shown for word in page] == [of_another.reference, *handled[::-1]]


def test_an_empty_counter_says_what_to_do(world: World) -> None:
    assert "Demandez sa référence à la personne" in counter(world).read().text
    assert "Revenir au début" in counter(world).read("?page=7").links


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
    """Three queries, then three statements that write the reading down, chained. Once an account, its row of misses."""
    demande, desk = world.submitted(), counter(world)
    address = f"?reference={demande.reference}"
    desk.get("?reference=ZZZZZZ")
    with queries() as seen:
        desk.get(address)
    *shown, _head, entry, _moved = seen
    assert len(shown) <= 3, "the account, the file beside what the account has missed, its mail that was given up"
    assert entry.startswith("INSERT INTO journal_entry")


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


def test_a_tahiti_counter_reads_its_own_clock(world: World) -> None:
    officer = world.an_officer(station=world.a_station("98735"))
    demande, desk = world.submitted(), counter(world, officer)
    desk.act("validate", demande.reference)
    local: date = world.commune("98735").local_day(now())
    day = desk.read(f"?reference={demande.reference}").text
    assert f"Vous l'avez traité le {local.day}" in day
