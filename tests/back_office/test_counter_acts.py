"""At the counter, only an officer's act founds a procuration, once; or refuses it, or puts it off."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.dates import now
from models import journey
from models.account import Capacity
from models.base import db
from models.errors import Reason
from models.journal import Action, Entry
from models.law import ControlRegime
from models.procuration import Procuration, Status
from tests.back_office.desks import buttons, counter, entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, World
from tests.database import everything, queries
from tests.law.people import GWENAELLE, a_roll, an_election, another
from tests.page import read


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
    assert "Marie-Ange D'HAUTPOUL DE LA TOUR : procuration établie, et transmise à la mairie (Laon)." in page.text
    assert demande.reference in page.text


def test_the_officer_reads_what_is_void_at_once_while_the_mandant_is_there_l73(world: World) -> None:
    an_election(world)
    desk, demandes = counter(world), [world.submitted(mandant=another(one), mandataire=GWENAELLE) for one in (0, 1)]
    told = [read(desk.client.get(desk.act("validate", one.reference).location)) for one in demandes]
    assert [status_of(one) for one in demandes] == [Status.ESTABLISHED, Status.VOID]
    assert "établie, et transmise à la mairie (Laon)." in told[0].text
    assert "établie, mais nulle (article L73)" in told[1].text
    assert "il peut en choisir une autre" in told[1].text
    said = [one.get("class") for page in told for one in page.all("p") if one.get("role") == "status"]
    assert said == ["flash", "flash warning"]


def test_the_officer_reads_what_the_register_invalidates_at_once(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(GWENAELLE)
    desk, demande = counter(world), world.submitted()
    told = read(desk.client.get(desk.act("validate", demande.reference).location)).text
    assert status_of(demande) is Status.INVALIDATED
    assert "établie, mais invalidée aussitôt d'après les listes électorales" in told


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
    assert "l'officier de police judiciaire qui vous a désigné n'est pas habilité ici" in page.text
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


@pytest.mark.parametrize("keys", [(), ("AAAAAA", "BBBBBB")])
def test_an_act_is_about_one_reference(world: World, keys: tuple[str, ...]) -> None:
    assert counter(world).act("validate", *keys).status_code == 400


@pytest.mark.parametrize("action", ["", "establish", "delete", "\0"])
def test_an_unknown_action_is_an_error(world: World, action: str) -> None:
    demande = world.submitted()
    assert counter(world).act(action, demande.reference).status_code == 400
    assert status_of(demande) is Status.SUBMITTED


def test_an_act_asks_little_of_the_database(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    form = desk.read(f"?reference={demande.reference}").form("/admin/officer/action/")
    with queries() as seen:
        assert desk.client.post("/admin/officer/action/", data=form).status_code == 303
    assert len(seen) <= 21, seen
