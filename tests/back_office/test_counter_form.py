"""The form on paper, filled at the counter and received by the town hall: every page as its people meet it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.dates import long_day, now
from models import aftermath
from models.account import Account, Capacity
from models.base import db
from models.procuration import Procuration, Status
from tests.back_office.desks import Desk, counter, entries, journaled, mails_of, status_of
from tests.back_office.test_paper import TYPED, count, the_one
from tests.builders import LAON, SOISSONS, World
from tests.law.people import GWENAELLE, an_election, another
from tests.page import Page, read, text_of

FORM, PAPER, ARRIVED = "/admin/form/", "/admin/paper/", "/admin/paper/arrived/"
AUTHORITYS = ("authority_name", "authority_capacity", "place_search")
SAID = {name: text for name, text in TYPED.items() if name not in AUTHORITYS} | {"commune_search": "Laon"}


def desk(world: World, officer: Account | None = None) -> Desk:
    return Desk(world.as_agent(officer or world.an_officer()), FORM)


def typed(at: Desk, world: World, page: Page | None = None, **changes: str) -> Any:
    """The form as a browser sends it."""
    said = SAID | {"day_1": f"{world.first_day():%d/%m/%Y}"}
    return at.client.post(FORM, data=(page or at.read()).form(FORM) | said | changes)


def button(page: Page, words: str) -> dict[str, Any]:
    """What the form of that button would post."""
    for form in page.main.iter("form"):
        if words in text_of(form):
            return {field.get("name"): field.get("value", "") for field in form.iter("input")} | {
                one.get("name"): one.get("value", "") for one in form.iter("button") if one.get("name")
            }
    raise AssertionError(words)


def established(at: Desk, world: World, **changes: str) -> Page:
    """Filled, read back, established; gives the page to print."""
    back = read(typed(at, world, **changes))
    done = at.client.post(FORM, data=button(back, "identité conforme"))
    assert done.status_code == 303, done.text
    return read(at.client.get(done.location))


def test_from_the_counter_it_is_filled_read_back_established_and_printed(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    links = counter(world, officer).read().links
    assert links["La personne n'utilise pas FranceConnect : remplir le formulaire papier avec elle"] == FORM
    at = desk(world, officer)
    back = read(typed(at, world))
    assert (back.status, back.h1, count()) == (200, "Relisez avec la personne", 0)
    for words in ("D'HAUTPOUL DE LA TOUR", "28 février 1951", "12345678", "87654321", "Laon (02, Aisne)"):
        assert words.lower() in back.text.lower()
    assert "Présente en personne, libre, identité conforme : établir" in back.text
    done = at.client.post(FORM, data=button(back, "identité conforme"))
    procuration = the_one()
    assert (done.status_code, done.location) == (303, f"{FORM}printed/?reference={procuration.reference}")
    page = read(at.client.get(done.location))
    assert (page.data_reference, page.data_status) == (procuration.reference, "established")
    for words in ("Signature du mandant", "Signature, visa et cachet de l'autorité", "Martin PETIT", "28 août 1986"):
        assert words in page.text
    assert "elle ne recevra aucun message" in page.text
    assert [(e.action, e.detail) for e in entries(procuration)] == [("established", "paper_form"), ("opened", "form")]
    assert mails_of(procuration) == []


def test_a_correction_keeps_what_was_typed_and_a_wrong_answer_too(world: World) -> None:
    an_election(world)
    at = desk(world)
    again = read(at.client.post(FORM, data=button(read(typed(at, world)), "Corriger")))
    assert (again.status, again.form(FORM)["mandant_birth_name"]) == (200, "D'Hautpoul de la Tour")
    wrong = read(typed(at, world, mandataire_nne="", day_1="01/01/2031"))
    assert wrong.status == 422
    assert "Cette commune ne vote pas ce jour-là" in wrong.text
    assert "Le formulaire doit le porter depuis 2022" in wrong.text
    assert wrong.form(FORM)["mandant_first_names"] == "Éloïse Marie-Ange"
    nothing = read(at.client.post(FORM, data={"csrf_token": at.read().form(FORM)["csrf_token"]}))
    assert (nothing.status, count()) == (422, 0)
    assert len(nothing.errors) > 8
    assert nothing.errors[0].startswith("Commune où vote le mandant")


def test_what_is_void_is_said_while_its_mandant_is_there_l73(world: World) -> None:
    an_election(world)
    world.established(mandant=another(1), mandataire=GWENAELLE, mandataire_nne="87654321")
    page = established(desk(world), world)
    assert page.data_status == "void"
    assert "Il n'y a rien à imprimer" in page.text
    assert "Signature" not in page.text
    assert page.links["Remplir un autre formulaire"] == FORM
    assert "Trois choses" not in page.text


def test_two_clicks_establish_once(world: World) -> None:
    an_election(world)
    at = desk(world)
    act = button(read(typed(at, world)), "identité conforme")
    assert {at.client.post(FORM, data=act).location for _ in range(2)} == {
        f"{FORM}printed/?reference={the_one().reference}"
    }


@pytest.mark.parametrize("rest", ["", "printed/?reference=AAAAAA"])
def test_a_delegue_is_refused_and_it_is_written_down(world: World, rest: str) -> None:
    at = desk(world, world.an_officer(Capacity.DELEGUE))
    assert at.get(rest).status_code == 403
    assert journaled()[-1] == "denied"


def test_only_who_established_it_prints_it_and_nothing_filed_on_line(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    printed = established(desk(world, officer), world)
    reference = printed.data_reference
    assert desk(world).get(f"printed/?reference={reference}").status_code == 404
    on_line = world.established(officer)
    assert desk(world, officer).get(f"printed/?reference={on_line.reference}").status_code == 404
    file = counter(world, officer).read(f"?reference={reference}")
    assert file.links["Formulaire à imprimer et à envoyer"] == f"{FORM}printed/?reference={reference}"
    receipt = read(desk(world, officer).client.get(file.links["Récépissé à remettre à la personne"]))
    assert "Cette personne n'a pas laissé d'adresse e-mail" in receipt.text
    assert "procuration établie" in receipt.text


def test_it_names_the_elections_and_the_tour_of_each_day_r75(world: World) -> None:
    first = an_election(world, name="Élections régionales de 2027").scrutins[0].polling_day
    world.an_election((first,), name="Élections départementales de 2027")
    world.an_election((first,), ("02722",), name="Municipale partielle de Soissons")
    at = desk(world)
    second = world.a_sunday(9)
    both = {"day_1": f"{first:%d/%m/%Y}", "day_2": f"{second:%d/%m/%Y}"}
    read_back = read(typed(at, world, **both))
    printed = established(at, world, **both)
    arrived = read(clerk_of(world, LAON).get(f"arrived/?reference={printed.data_reference}"))
    votes = "Élections régionales de 2027, 1er tour ; Élections départementales de 2027, 1er tour"
    for page in (read_back, printed, arrived):
        assert f"{long_day(first)} : {votes} {long_day(second)} : Élections régionales de 2027, 2e tour" in page.text
        assert "Soissons" not in page.text


def test_a_day_that_the_election_left_is_said_on_the_form(world: World) -> None:
    election = an_election(world)
    at = desk(world)
    reference = established(at, world).data_reference
    election.scrutins[0].polling_day += timedelta(days=1)
    db.session.commit()
    assert "il n'y a plus de vote ce jour-là" in at.read(f"printed/?reference={reference}").text


def test_who_revoked_it_does_not_print_it(world: World) -> None:
    an_election(world)
    reference = established(desk(world), world).data_reference
    other = world.an_officer()
    aftermath.revoke(the_one(), officer=other, now=now())
    db.session.commit()
    assert counter(world, other).read(f"?reference={reference}").data_status == "revoked"
    assert desk(world, other).get(f"printed/?reference={reference}").status_code == 404


@pytest.mark.parametrize(("days", "status"), [(0, 200), (-1, 404)])
def test_it_is_printed_until_its_last_day_where_the_vote_is(world: World, days: int, status: int) -> None:
    an_election(world)
    officer = world.an_officer()
    reference = established(desk(world, officer), world).data_reference
    db.session.execute(update(Procuration).values(last_day=world.today + timedelta(days=days)))
    db.session.commit()
    assert desk(world, officer).get(f"printed/?reference={reference}").status_code == status
    file = counter(world, officer).read(f"?reference={reference}")
    assert ("Formulaire à imprimer et à envoyer" in file.links) is (status == 200)


def clerk_of(world: World, *communes: str) -> Desk:
    return Desk(world.as_agent(world.a_clerk(*communes)), PAPER)


def test_the_town_hall_scans_the_reference_compares_and_receives(world: World) -> None:
    an_election(world)
    reference = established(desk(world), world).data_reference
    at = clerk_of(world, LAON)
    assert "DE LA TOUR" not in Desk(at.client, "/admin/town-hall/").read().text
    page = read(at.get(f"arrived/?reference={reference}"))
    assert (page.h1, page.data_reference) == ("Comparez avec le papier", reference)
    for words in (
        "12345678",
        "28 août 1986",
        "par Martin PETIT, officier de police judiciaire",
        "appelez Martin PETIT",
    ):
        assert words in page.text
    form = page.form(ARRIVED)
    assert form["received_on"] == f"{world.commune().local_day(now()):%d/%m/%Y}"
    done = at.client.post(ARRIVED, data=form)
    assert done.status_code == 303
    assert "Saisie : D'Hautpoul de la Tour Éloïse Marie-Ange" in read(at.client.get(done.location)).text
    assert journaled(the_one())[-2:] == ["opened", "paper_received"]
    again = read(at.get(f"arrived/?reference={reference}"))
    assert "Ce papier est déjà reçu" in again.text
    assert at.client.post(ARRIVED, data=form).status_code == 409


@pytest.mark.parametrize("days", [-3, 2])
def test_a_day_before_its_establishment_or_to_come_is_explained(world: World, days: int) -> None:
    an_election(world)
    reference = established(desk(world), world).data_reference
    at = clerk_of(world, LAON)
    form = read(at.get(f"arrived/?reference={reference}")).form(ARRIVED)
    wrong = f"{world.commune().local_day(now()) + timedelta(days=days):%d/%m/%Y}"
    page = read(at.client.post(ARRIVED, data=form | {"received_on": wrong}))
    assert page.status == 422
    assert "Entre le jour où elle a été établie et aujourd'hui" in page.text
    assert page.form(ARRIVED)["received_on"] == wrong
    assert the_one().received_on is None
    assert read(at.client.post(ARRIVED, data=form | {"received_on": "hier"})).status == 422


def test_another_town_hall_and_a_wrong_reference_get_one_sentence(world: World) -> None:
    an_election(world)
    reference = established(desk(world), world).data_reference
    told = set()
    for at, asked in ((clerk_of(world, SOISSONS), reference), (clerk_of(world, LAON), "AAAAAA")):
        page = read(at.get(f"arrived/?reference={asked}"))
        assert page.status == 404
        told.add(page.text.replace(asked or "", ""))
        assert at.client.post(ARRIVED, data=page.form(PAPER) | {"reference": asked}).status_code == 404
    assert len({text.split("Le mandant")[0] for text in told}) == 1


def test_what_was_established_on_line_says_so_and_cannot_be_received_as_a_paper(world: World) -> None:
    on_line, at = world.established().reference, clerk_of(world, LAON)
    assert read(at.get(f"arrived/?reference={on_line}")).h1 == "Cette demande est déjà établie"
    assert at.client.post(ARRIVED, data=at.read().form(PAPER) | {"reference": on_line}).status_code == 404


def test_nobody_receives_a_form_that_was_not_opened(world: World) -> None:
    """Otherwise this address would try references that nobody counts."""
    an_election(world)
    reference, at = established(desk(world), world).data_reference, clerk_of(world, LAON)
    posted = at.read().form(PAPER) | {"reference": reference, "received_on": "hier"}
    assert at.client.post(ARRIVED, data=posted).status_code == 404


def test_transmitted_ahead_it_is_shown_as_waiting_for_its_paper(world: World) -> None:
    an_election(world, transmitted_ahead=True)
    established(desk(world), world)
    procuration = the_one()
    at = clerk_of(world, LAON)
    assert "papier à recevoir" in Desk(at.client, "/admin/town-hall/").read().text
    file = read(at.client.get(f"/admin/town-hall/details/?id={procuration.id}"))
    assert "Papier à recevoir" in file.text
    address = file.links["comparer et enregistrer"]
    assert address == f"{ARRIVED}?reference={procuration.reference}"
    assert at.client.post(ARRIVED, data=read(at.client.get(address)).form(ARRIVED)).status_code == 303
    for rest in ("", f"details/?id={procuration.id}"):
        assert "apier à recevoir" not in Desk(at.client, "/admin/town-hall/").read(rest).text
    assert status_of(procuration) is Status.ESTABLISHED


def test_what_ended_before_its_paper_has_no_paper_to_come(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    reference = established(desk(world, officer), world).data_reference
    procuration = the_one()
    aftermath.revoke(procuration, officer=officer, now=now())
    db.session.commit()
    at = clerk_of(world, LAON)
    hall = Desk(at.client, "/admin/town-hall/")
    assert "papier à recevoir" not in hall.read().text
    assert "comparer et enregistrer" not in hall.read(f"details/?id={procuration.id}").links
    page = read(at.get(f"arrived/?reference={reference}"))
    assert "ce papier n'a plus d'effet" in page.text
    assert ARRIVED not in page.forms
