"""The receipt of an act, as the officer hands it over and the elector opens it again (R75; E19, O6)."""

import re
import sys
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import pdf
from app import receipt as sheets
from app.dates import now
from models import aftermath, handover, journey, receipt, seal
from models.account import Account, Capacity
from models.base import db
from models.errors import Unknown
from models.journal import Action
from models.perimeter import Elector
from models.procuration import PollingDay, Procuration
from models.territory import Station, StationKind
from tests.back_office.desks import counter, entries, journaled
from tests.builders import SOISSONS, World, a_habilitation, a_mandataire
from tests.journey.test_counter_form import filled
from tests.page import Page, read, text_of
from tests.web.certified import CAMILLE, an_election_without_visits

LIMITS = "Ce récépissé ne suffit pas pour voter ; il ne dit pas si la procuration est encore valable."
OFFICERS_PAGE = "/admin/receipt/"


def revoked(world: World, officer: Account, **changes) -> Procuration:
    procuration = world.established(**changes)
    aftermath.ask_revocation(procuration, now=now())
    aftermath.revoke(procuration, officer=officer, now=now())
    db.session.commit()
    return procuration


def facts(page: Page) -> dict[str, str]:
    """What the page tells of the act, by its terms."""
    terms, values = page.all("dt"), page.all("dd")
    return {text_of(term): text_of(value) for term, value in zip(terms, values, strict=True)}


def code_of(page: Page) -> str:
    return next(text_of(p) for p in page.all("p") if p.get("class") == "code")


def test_an_officer_hands_over_a_receipt_of_the_establishment_r75(world: World) -> None:
    officer, sunday = world.an_officer(Capacity.APJ, name="Martin PETIT"), world.first_day()
    procuration, desk = world.submitted(), counter(world, officer)
    assert "Récépissé" not in desk.read(f"?reference={procuration.reference}").text
    after = read(desk.client.get(desk.act("validate", procuration.reference).location))
    page = read(desk.client.get(after.links[f"Ouvrir le récépissé {procuration.reference}"]))
    assert (page.h1, page.data_reference) == ("Récépissé de procuration", procuration.reference)
    told = facts(page)
    hour = told.pop("Le")
    assert re.search(r"^\d+(er)? \w+ \d{4} à \d{1,2} h \d\d, heure de Laon$", hour)
    assert told == {
        "Récépissé n°": str(entries(procuration)[-2].id),
        "Acte": "procuration établie",
        "Par": "Martin PETIT, agent de police judiciaire",
        "Service": "Brigade de Laon",
        "Lieu": "Laon (02, Aisne)",
        "Mandant (donne procuration)": "Éloïse Marie-Ange D'HAUTPOUL DE LA TOUR",
        "Mandataire (vote à sa place)": "Gwenaëlle Rosalie D'Aubigné-Le Brethon",
        "Vote à": "Laon (02, Aisne)",
        "Pour": sheets.get_template_attribute("components/words.html", "validity")(procuration),
        "Référence": procuration.reference,
    }
    assert str(sunday.year) in told["Pour"]
    assert "http://127.0.0.1:5000/mes-procurations" in page.text
    assert not re.search(r"\b(1951|1986)\b", page.text)  # years of birth; the time in the code has no word's edge
    assert procuration.email not in page.text


def test_it_says_first_that_it_is_not_enough_to_vote(world: World) -> None:
    officer, elector = world.an_officer(), world.an_elector()
    procuration = world.established(officer, elector=elector)
    for page in both_pages(world, procuration, officer, elector):
        assert page.text.startswith(LIMITS)
        assert "reading" in (page.main[0].get("class") or ""), "in large type"


def both_pages(world: World, procuration: Procuration, officer: Account, elector: Elector) -> list[Page]:
    reference = procuration.reference
    return [
        read(world.as_agent(officer).get(OFFICERS_PAGE, query_string={"reference": reference})),
        read(world.as_elector(elector).get(f"/mes-procurations/{reference}/recepisse")),
    ]


def test_the_elector_reaches_the_very_same_receipt(world: World) -> None:
    officer, elector = world.an_officer(), world.an_elector()
    procuration = world.established(officer, elector=elector)
    client = world.as_elector(elector)
    mine = read(client.get("/mes-procurations"))
    page = read(client.get(mine.links[f"Récépissé de la procuration {procuration.reference}"]))
    handed_over = both_pages(world, procuration, officer, elector)[0]
    assert (facts(page), code_of(page)) == (facts(handed_over), code_of(handed_over))
    assert journaled(procuration)[-1] is Action.OPENED, "the officer's reading"
    assert entries(procuration)[-1].detail == "receipt"
    assert len([action for action in journaled(procuration) if action is Action.OPENED]) == 1, "none of the elector's"


def test_a_revocation_has_a_receipt_of_its_own_beside_the_first(world: World) -> None:
    consul = world.an_officer(
        Capacity.CONSUL, station=world.a_station("C0009", StationKind.CONSULATE), name="Ana DELVAUX"
    )
    elector = world.an_elector()
    procuration = revoked(world, consul, elector=elector)
    client = world.as_elector(elector)
    links = read(client.get("/mes-procurations")).links
    told = facts(read(client.get(links[f"Récépissé de la résiliation {procuration.reference}"])))
    assert (told["Acte"], told["Par"]) == ("procuration résiliée", "Ana DELVAUX, autorité consulaire")
    assert told["Lieu"] == world.commune("C0009").name
    first = facts(read(client.get(links[f"Récépissé de la procuration {procuration.reference}"])))
    assert (first["Acte"], first["Par"]) == ("procuration établie", "Martin PETIT, officier de police judiciaire")
    assert first["Récépissé n°"] != told["Récépissé n°"]


def test_the_hour_is_that_of_the_place_of_the_act(world: World) -> None:
    noumea = world.a_station("98818")
    procuration = world.submitted()
    at = now()
    journey.establish(procuration, officer=world.an_officer(station=noumea), now=at)
    db.session.commit()
    assert receipt.of(procuration).clock.name == noumea.commune.name
    local = at.astimezone(noumea.commune.zone)
    text = sheets.sheet_of(receipt.of(procuration)).text
    assert f"à {local.hour} h {local.minute:02}, heure de {noumea.commune.name}" in text


def test_the_capacity_is_the_one_of_that_day_even_if_it_ended_since(world: World) -> None:
    officer = world.an_officer(habilitations=[a_habilitation(capacity=Capacity.RESERVIST)])
    procuration = revoked(world, officer)
    officer.habilitations[0].ended_at = now()
    officer.habilitations.append(a_habilitation(capacity=Capacity.OPJ))
    db.session.commit()
    assert receipt.of(procuration).capacity is Capacity.RESERVIST
    officer.habilitations.remove(officer.habilitations[0])
    db.session.commit()
    assert receipt.of(procuration).capacity is None
    assert "Par : Martin PETIT\n" in sheets.sheet_of(receipt.of(procuration)).text


def test_an_officer_opens_the_receipts_of_their_own_acts_only(world: World) -> None:
    first, second = world.an_officer(), world.an_officer(name="Lise ROUX")
    procuration = world.established(first)
    aftermath.ask_revocation(procuration, now=now())
    aftermath.revoke(procuration, officer=second, now=now())
    db.session.commit()
    statuses = {
        (officer.name, act): world.as_agent(officer)
        .get(OFFICERS_PAGE, query_string={"reference": procuration.reference, "act": act})
        .status_code
        for officer in (first, second, world.an_officer(name="Paul NOIR"))
        for act in ("established", "revoked")
    }
    assert statuses == {
        ("Martin PETIT", "established"): 200,
        ("Martin PETIT", "revoked"): 404,
        ("Lise ROUX", "established"): 404,
        ("Lise ROUX", "revoked"): 200,
        ("Paul NOIR", "established"): 404,
        ("Paul NOIR", "revoked"): 404,
    }


def test_without_a_visit_the_minister_is_named_then_the_mandant_who_revoked(world: World) -> None:
    an_election_without_visits(world)
    elector = world.an_elector()
    procuration = world.submitted(elector, mandant=CAMILLE, mandataire=a_mandataire())
    journey.establish_certified(procuration, place=world.commune(SOISSONS), now=now())
    db.session.commit()
    client, address = world.as_elector(elector), f"/mes-procurations/{procuration.reference}/recepisse"
    told = facts(read(client.get(address)))
    assert (told["Par"], told["Lieu"]) == ("le ministre de l'intérieur", "Soissons (02, Aisne)")
    assert "Service" not in told
    aftermath.revoke_certified(procuration, now=now())
    db.session.commit()
    told = facts(read(client.get(address)))
    assert (told["Acte"], told["Par"]) == ("procuration résiliée", "le mandant, avec une identité numérique certifiée")
    assert not {"Service", "Lieu"} & set(told)


def test_who_only_passed_it_on_has_no_receipt_to_give(world: World) -> None:
    opj = world.an_officer()
    delegue = world.an_officer(station=opj.station, habilitations=[a_habilitation(capacity=Capacity.DELEGUE, opj=opj)])
    procuration = world.submitted()
    handover.pass_on(procuration, delegue=delegue, now=now())
    journey.establish(procuration, officer=opj, now=now())
    db.session.commit()
    asked = {"reference": procuration.reference}
    assert world.as_agent(delegue).get(OFFICERS_PAGE, query_string=asked).status_code == 404
    assert "Ouvrir le récépissé" not in read(world.as_agent(delegue).get("/admin/officer/")).text
    page = read(world.as_agent(opj).get(OFFICERS_PAGE, query_string=asked))
    assert "identité vérifiée par Martin PETIT, délégué" in facts(page)["Par"]


def test_without_a_habilitation_no_receipt_opens_and_the_try_is_written(world: World) -> None:
    officer = world.an_officer()
    procuration = world.established(officer)
    client = world.as_agent(officer)
    officer.habilitations[0].ended_at = now()
    db.session.commit()
    for address in (OFFICERS_PAGE, f"{OFFICERS_PAGE}pdf/"):
        assert client.get(address, query_string={"reference": procuration.reference}).status_code == 403
    assert Action.OPENED not in journaled(procuration)
    assert Action.DENIED in journaled()


@pytest.mark.parametrize("act", ["validated", "submitted", "", "é", "established' or 1=1"])
def test_what_is_no_act_has_no_receipt(world: World, act: str) -> None:
    elector = world.an_elector()
    procuration = world.established(elector=elector)
    address = f"/mes-procurations/{procuration.reference}/recepisse"
    assert world.as_elector(elector).get(address, query_string={"act": act}).status_code == 404


def test_before_the_act_and_once_the_persons_are_erased_there_is_none(world: World) -> None:
    with pytest.raises(Unknown):
        receipt.of(world.submitted())
    procuration = world.established()
    db.session.execute(update(Procuration).values(purged_at=now()))
    db.session.commit()
    with pytest.raises(Unknown):
        receipt.of(procuration)


def test_what_was_revoked_on_paper_or_replaced_has_no_receipt_of_that(world: World) -> None:
    procuration = world.established()
    aftermath.revoke_from_paper(procuration, clerk=world.a_clerk(), now=now())
    db.session.commit()
    assert receipt.acts_in(procuration, entries(procuration)) == [Action.ESTABLISHED]
    assert receipt.of(procuration).act is Action.ESTABLISHED


def test_the_roll_s_names_of_a_mandataire_given_by_number_are_not_told(world: World) -> None:
    procuration = world.established(mandataire_masked=True)
    text = sheets.sheet_of(receipt.of(procuration)).text
    assert "G. D. (initiales)" in text
    assert "Aubigné" not in text


CHANGES = {
    "officer": lambda p: setattr(p, "officer_name", "Martin PETITE"),
    "capacity": lambda p: setattr(p, "officer_capacity", Capacity.APJ),
    "station": lambda p: setattr(db.session.get(Station, receipt.of(p).station.code), "name", "Brigade de Laon 2"),
    "place": lambda p: setattr(p, "established_commune_code", SOISSONS),
    "mandant": lambda p: setattr(
        p, "mandant", type(p.mandant)("D'HAUTPOUL", "Éloïse", p.mandant.sex, p.mandant.birth_date)
    ),
    "mandataire": lambda p: setattr(
        p, "mandataire", type(p.mandataire)("d'Aubigné-Le Brethon", "Gwenaëlle Rosalie", *list(vars_of(p))[2:])
    ),
    "commune": lambda p: setattr(p, "commune_code", SOISSONS),
    "days": lambda p: p.polling_days.append(PollingDay(day=p.days[0] + timedelta(days=7))),
    "reference": lambda p: setattr(p, "reference", "222222"),
    "time": lambda p: setattr(entry_of(p), "at", entry_of(p).at + timedelta(minutes=1)),
}


def vars_of(procuration: Procuration) -> tuple:
    person = procuration.mandataire
    return person.birth_name, person.first_names, person.sex, person.birth_date


def entry_of(procuration: Procuration):
    return next(entry for entry in entries(procuration) if entry.action is Action.ESTABLISHED)


@pytest.mark.parametrize("changed", CHANGES)
def test_the_digest_covers_everything_that_the_receipt_shows(world: World, changed: str) -> None:
    procuration = world.established()
    before = sheets.sheet_of(receipt.of(procuration))
    CHANGES[changed](procuration)
    db.session.commit()
    after = sheets.sheet_of(receipt.of(procuration))
    first, second = (seal.read(sheet.code, sheets.public_key()) for sheet in (before, after))
    assert first.digest != second.digest
    assert first.covers(before.text)
    assert not first.covers(after.text)


def test_a_period_is_told_in_words(world: World) -> None:
    procuration = world.established(valid_until=world.today + timedelta(days=200))
    assert "Pour : tous les votes jusqu'au " in sheets.sheet_of(receipt.of(procuration)).text


def test_what_changes_after_the_act_changes_nothing_of_its_receipt(world: World) -> None:
    procuration = world.established()
    before = sheets.sheet_of(receipt.of(procuration))
    journey.validate(procuration, clerk=world.a_clerk(), note="vu", now=now())
    procuration.polling_days[0].lost_at = now()
    db.session.commit()
    assert sheets.sheet_of(receipt.of(procuration)) == before


def test_its_code_holds_no_name_no_reference_and_no_address(world: World) -> None:
    procuration = world.established()
    code = sheets.sheet_of(receipt.of(procuration)).code
    words = {"HTTP", "WWW", "//", ":", ".", procuration.reference, "HAUTPOUL", "PETIT", "LAON"}
    assert [word for word in words if word in code.rsplit("+", 2)[0]] == []
    assert re.fullmatch(r"RECEPISSE\+1\+\d+\+\d{8}T\d{6}Z\+[A-Z2-7]{52}\+[A-Z2-7]{103}", code)


def test_without_the_extra_there_is_no_button_and_no_pdf(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, elector = world.an_officer(), world.an_elector()
    procuration = world.established(officer, elector=elector)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    pdf._weasyprint.cache_clear()
    try:
        for page in both_pages(world, procuration, officer, elector):
            assert "Télécharger en PDF" not in page.links
        asked = {"reference": procuration.reference}
        assert world.as_agent(officer).get(f"{OFFICERS_PAGE}pdf/", query_string=asked).status_code == 404
        address = f"/mes-procurations/{procuration.reference}/recepisse.pdf"
        assert world.as_elector(elector).get(address).status_code == 404
    finally:
        pdf._weasyprint.cache_clear()


def test_without_an_e_mail_the_counter_says_to_print(world: World) -> None:
    officer = world.an_officer()
    with_address, without = world.submitted(), world.submitted(email=None)
    desk = counter(world, officer)
    told = "Cette personne n'a pas laissé d'e-mail : ouvrez son récépissé ci-dessous et imprimez-le."
    assert told not in read(desk.client.get(desk.act("validate", with_address.reference).location)).text
    assert told in read(desk.client.get(desk.act("validate", without.reference).location)).text
    pages = [
        read(desk.client.get(OFFICERS_PAGE, query_string={"reference": one.reference})).text
        for one in (with_address, without)
    ]
    assert ["imprimez ce récépissé et remettez-le-lui" in page for page in pages] == [False, True]


def test_what_was_given_on_paper_is_followed_at_the_town_hall_alone(world: World) -> None:
    officer = world.an_officer()
    pages = [
        read(world.as_agent(officer).get(OFFICERS_PAGE, query_string={"reference": one.reference})).text
        for one in (filled(world, officer), world.established(officer))
    ]
    assert ["ne se suit pas en ligne" in page for page in pages] == [True, False]
    assert ["/mes-procurations" in page for page in pages] == [False, True]
