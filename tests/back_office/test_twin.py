"""The sheet of a demande came signed: its code fills the form, and the demande itself is established on it, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.dates import now, short_day
from models import handover, journey, twin
from models.base import db
from models.errors import AlreadyHandled, Reason, RuleBroken
from models.procuration import Procuration, Source, Status
from tests.back_office.desks import counter, entries, journaled, mails_of, status_of
from tests.back_office.test_paper import ADDRESS, desk, post
from tests.builders import SOISSONS, World
from tests.journey.test_handover import a_delegue_of
from tests.law.people import ELOISE, GWENAELLE, an_election
from tests.page import Page, Values, read
from tests.paper import a_form

ARRIVED, SHEET = "/admin/paper/arrived/", "/admin/paper/sheet/"
NUMBERS = {"mandant_nne": "12345678", "mandataire_nne": "87654321"}
NO_SHEET = "Aucune feuille à saisir dans vos communes ne porte cette référence."
ANOTHER = "C'est un autre papier : le dire, et enregistrer"


def a_demande_on_sheet(world: World, **changes: Any) -> Procuration:
    """Éloïse's, whose sheet is in her bag."""
    people = {"mandant": ELOISE, "mandataire": GWENAELLE} | NUMBERS
    return world.submitted(**people | changes)


def signed(world: World, **changes: str) -> dict[str, str]:
    """What the authority wrote."""
    today = short_day(world.commune().local_day(now()))
    return {
        "authority_name": "Jeanne LEROY",
        "authority_capacity": "brigadière-cheffe",
        "place_search": "Laon (02, Aisne)",
        "established_on": today,
        "received_on": today,
    } | changes


def scanned(world: World, demande: Procuration, *communes: str) -> tuple[Any, Page]:
    """A clerk's client, and the page that the code of the sheet opens."""
    at = desk(world, *communes)
    return at.client, read(at.client.get(f"{ARRIVED}?reference={demande.reference}"))


def sheet_typed(world: World, demande: Procuration, **changes: str) -> Callable[[], TestResponse]:
    """The clerk has the sheet open; what is left is to save."""
    client, page = scanned(world, demande)
    data: Values = page.form(SHEET) | signed(world, **changes)
    return lambda: client.post(SHEET, data=data)


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Procuration.id))) or 0


def test_the_code_fills_the_form_and_what_the_authority_wrote_establishes_that_demande(world: World) -> None:
    person = world.an_elector()
    demande = a_demande_on_sheet(world, elector=person)
    client, page = scanned(world, demande)
    assert (page.h1, page.data_reference) == ("Saisir la feuille d'une demande", demande.reference)
    filled = page.form(SHEET)
    assert filled["mandant_birth_name"] == ELOISE.birth_name
    assert (filled["mandataire_birth_date"], filled["mandant_nne"]) == ("28/08/1986", "12345678")
    assert filled["day_1"] == short_day(demande.days[0])
    assert client.post(SHEET, data=filled | signed(world)).status_code == 303
    assert (count(), status_of(demande), demande.source) == (1, Status.ESTABLISHED, Source.PAPER)
    assert (demande.officer_name, demande.established_day_only) == ("Jeanne LEROY", True)
    assert (demande.mandant, demande.mandataire) == (ELOISE, GWENAELLE)
    assert mails_of(demande) == ["submitted", "established"]
    assert [(e.action, e.detail) for e in entries(demande)] == [
        ("submitted", None),
        ("opened", "twin"),
        ("paper_entered", "twin"),
    ]
    mine = read(world.as_elector(person).get("/mes-procurations"))
    assert "feuille signée au guichet, saisie par la mairie : procuration établie sur papier" in mine.text
    assert "Récépissé de la procuration" not in mine.text
    assert read(world.as_elector(person).get("/mes-procurations/donnees")).status == 200


def test_its_reference_opens_nothing_at_a_counter_any_more_and_its_code_says_that_it_came(world: World) -> None:
    demande = a_demande_on_sheet(world)
    assert sheet_typed(world, demande)().status_code == 303
    assert counter(world).get(f"?reference={demande.reference}").status_code == 404
    assert "Ce papier est déjà reçu" in scanned(world, demande)[1].text


def test_an_officer_who_had_it_open_reads_who_was_first(world: World) -> None:
    demande, at = a_demande_on_sheet(world), counter(world)
    form = at.read(f"?reference={demande.reference}").form("/admin/officer/action/")
    sheet_typed(world, demande)()
    answer = at.client.post("/admin/officer/action/", data=form)
    assert answer.status_code == 409
    assert "Jeanne LEROY, brigadière-cheffe ; la mairie (Laon) a saisi sa feuille" in read(answer).text
    assert count() == 1


def test_once_an_officer_has_established_it_its_sheet_is_refused_with_who_and_when(world: World) -> None:
    demande = a_demande_on_sheet(world)
    late = sheet_typed(world, demande)
    journey.establish(demande, officer=world.an_officer(name="Martin PETIT"), now=now())
    db.session.commit()
    answers = [late(), desk(world).client.get(f"{ARRIVED}?reference={demande.reference}")]
    for answer in answers:
        page = read(answer)
        assert (answer.status_code, page.h1) == (409, "Cette demande est déjà établie")
        assert "par Martin PETIT, officier de police judiciaire" in page.text
        assert page.links["Ouvrir le dossier"]
    assert (count(), status_of(demande), demande.source) == (1, Status.ESTABLISHED, Source.ONLINE)
    assert mails_of(demande) == ["submitted", "established"]
    assert "denied" in journaled(demande)


def test_two_clicks_enter_it_once(world: World) -> None:
    demande = a_demande_on_sheet(world)
    save = sheet_typed(world, demande)
    assert [save().status_code, save().status_code] == [303, 409]
    assert (count(), mails_of(demande)) == (1, ["submitted", "established"])


def test_what_its_mandant_took_back_meanwhile_may_still_enter_as_any_paper_and_nothing_typed_is_lost(
    world: World,
) -> None:
    demande = a_demande_on_sheet(world)
    client, page = scanned(world, demande)
    journey.withdraw(demande, now=now())
    db.session.commit()
    refused = read(client.post(SHEET, data=page.form(SHEET) | signed(world)))
    assert (refused.status, count()) == (409, 1)
    assert "Cette demande n'attend plus" in refused.text
    kept = refused.form(ADDRESS)
    assert (kept["authority_name"], kept["mandant_birth_name"]) == ("Jeanne LEROY", ELOISE.birth_name)
    assert client.post(ADDRESS, data=kept).status_code == 303
    assert (count(), status_of(demande)) == (2, Status.WITHDRAWN)


def test_what_the_pen_corrected_is_what_was_established(world: World) -> None:
    demande = a_demande_on_sheet(world)
    second = world.a_sunday(9)
    other = {"mandataire_birth_name": "Voisin", "mandataire_first_names": "Camille", "day_1": short_day(second)}
    assert sheet_typed(world, demande, **other)().status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert (demande.mandataire.birth_name, demande.days, demande.last_day) == ("Voisin", [second], second)


def test_a_demande_of_more_days_than_the_form_has_fields_keeps_them_all(world: World) -> None:
    days = tuple(world.a_sunday(weeks) for weeks in (8, 9, 10))
    world.an_election(days=days[:2])
    world.an_election(days=days[2:])
    demande = a_demande_on_sheet(world, days=days)
    assert sheet_typed(world, demande)().status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert demande.days == list(days)


def test_names_that_the_roll_gave_are_read_on_the_sheet(world: World) -> None:
    demande = a_demande_on_sheet(world)
    demande.mandataire_masked = True
    db.session.commit()
    filled = scanned(world, demande)[1].form(SHEET)
    assert (filled["mandataire_birth_name"], filled["mandataire_nne"]) == ("", "87654321")
    assert "mandataire_sex" not in filled


def withdrawn(world: World, demande: Procuration) -> None:
    journey.withdraw(demande, now=now())


def expired(world: World, demande: Procuration) -> None:
    demande.expires_on = world.today - timedelta(days=1)


@pytest.mark.parametrize("happens", [None, withdrawn, expired])
def test_whatever_cannot_be_read_is_one_sentence_counted_and_in_the_journal(
    world: World, happens: Callable[[World, Procuration], None] | None
) -> None:
    demande = a_demande_on_sheet(world)
    if happens:
        happens(world, demande)
        db.session.commit()
    communes = () if happens else (SOISSONS,)
    page = scanned(world, demande, *communes)[1]
    assert page.status == 404
    assert NO_SHEET in page.text
    assert journaled()[-1] == "missed"
    assert "opened" not in journaled(demande)


def test_the_fifth_wrong_reference_in_ten_minutes_makes_wait_for_a_right_one_too(world: World) -> None:
    demande = a_demande_on_sheet(world)
    client = desk(world).client
    answers = [client.get(f"{ARRIVED}?reference=ZZZZZ{n}") for n in "ABCDE"]
    assert [answer.status_code for answer in answers] == [404] * 4 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    right = client.get(f"{ARRIVED}?reference={demande.reference}")
    assert right.status_code == 429
    assert ELOISE.birth_name not in right.text


def test_nobody_posts_a_sheet_that_was_not_opened(world: World) -> None:
    demande = a_demande_on_sheet(world)
    at = desk(world)
    data = {"reference": demande.reference, "csrf_token": at.read().form(ADDRESS)["csrf_token"]}
    assert at.client.post(SHEET, data=data).status_code == 404
    other = desk(world, SOISSONS)
    data["csrf_token"] = other.read().form(ADDRESS)["csrf_token"]
    assert other.client.post(SHEET, data=data).status_code == 404


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"mandant_first_names": "Camille"}, "ce n'est pas le mandant de la demande"),
        ({"mandant_birth_name": "Voisin"}, "ce n'est pas le mandant de la demande"),
        ({"authority_name": ""}, "écrivez ce nom comme sur le papier"),
        ({"mandataire_nne": ""}, "le formulaire doit le porter depuis 2022"),
    ],
)
def test_what_is_wrong_is_told_and_the_demande_waits(world: World, changes: dict[str, str], error: str) -> None:
    demande = a_demande_on_sheet(world)
    answer = sheet_typed(world, demande, **changes)()
    page = read(answer)
    assert (answer.status_code, status_of(demande)) == (422, Status.SUBMITTED)
    assert page.form(SHEET)["authority_capacity"] == "brigadière-cheffe"
    assert any(error in line for line in page.errors)


def test_a_signed_sheet_owes_nothing_to_a_delegues_check(world: World) -> None:
    demande = a_demande_on_sheet(world)
    handover.pass_on(demande, delegue=a_delegue_of(world, world.an_officer()), now=now())
    db.session.commit()
    assert sheet_typed(world, demande)().status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert (demande.checked_at, demande.checked_by_name) == (None, None)


def test_no_sheet_is_older_than_its_demande(world: World) -> None:
    demande = a_demande_on_sheet(world)
    form = a_form(world, days=tuple(demande.days))
    with pytest.raises(RuleBroken) as refused:
        twin.enter(demande, form, clerk=world.a_clerk(), keep_invalid=True, now=now())
    assert refused.value.reasons == (Reason.DATES_DISCORDANTES,)
    before = short_day(world.commune().local_day(demande.submitted_at) - timedelta(days=1))
    page = read(sheet_typed(world, demande, established_on=before)())
    assert (page.status, len(page.errors)) == (422, 1)
    assert page.errors[0].startswith("Établie le : la demande a été faite après ce jour")


def test_what_the_law_forbids_may_be_kept_as_invalidated_and_its_mandant_is_told_once(world: World) -> None:
    demande = a_demande_on_sheet(world)
    client, page = scanned(world, demande)
    asked = read(client.post(SHEET, data=page.form(SHEET) | signed(world, mandataire_nne="")))
    assert asked.status == 422
    assert client.post(SHEET, data=asked.form(SHEET) | {"keep_invalid": "y"}).status_code == 303
    assert (status_of(demande), demande.reason) == (Status.INVALIDATED, Reason.DONNEES_INCOMPLETES)
    assert mails_of(demande) == ["submitted", "invalidated"]


def test_what_the_demande_replaces_is_revoked_by_its_sheet(world: World) -> None:
    person = world.an_elector()
    former = world.established(elector=person, mandant=ELOISE)
    typed = world.a_demande(mandant=ELOISE, mandataire=GWENAELLE, **NUMBERS)
    demande = journey.submit(typed, elector=person, submission_key="another", replaces=[former], now=now())
    db.session.commit()
    assert sheet_typed(world, demande)().status_code == 303
    assert (status_of(former), status_of(demande)) == (Status.REVOKED, Status.ESTABLISHED)


def test_a_sheet_typed_in_full_without_its_code_is_recognised_and_its_reference_not_told(world: World) -> None:
    an_election(world)
    demande = a_demande_on_sheet(world)
    at, today = desk(world), short_day(world.today)
    asked = read(post(at, world, established_on=today))
    assert (asked.status, count()) == (422, 1)
    assert asked.errors == ["Lire le code de la feuille", ANOTHER]
    assert "Une demande en ligne dit la même chose" in asked.text
    assert str(demande.reference) not in asked.text
    assert [(e.action, e.detail) for e in entries(demande)][-1] == ("opened", "twin")
    assert at.client.post(ADDRESS, data=asked.form(ADDRESS) | {"is_another": "y"}).status_code == 303
    assert (count(), status_of(demande)) == (2, Status.SUBMITTED)


def test_the_domain_refuses_another_paper_of_a_demande_that_waits_whatever_the_door(world: World) -> None:
    an_election(world)
    a_demande_on_sheet(world)
    from models import paper

    form = a_form(world, established_on=world.today)
    with pytest.raises(AlreadyHandled):
        paper.enter(form, clerk=world.a_clerk(), submission_key="k", now=now())
    assert paper.awaited(replace(form, established_on=world.today - timedelta(days=1)), world.a_clerk()) is None
    assert paper.awaited(form, world.a_clerk(SOISSONS)) is None
