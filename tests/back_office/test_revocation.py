"""A procuration revoked in person: asked on line before, or wanted at the counter that established it (L75, R78)."""

import re
from datetime import timedelta

import pytest

from app.dates import now, short_day
from models import aftermath, journey
from models.account import Capacity
from models.base import db
from models.journal import Action
from models.procuration import Procuration, Status
from tests.back_office.desks import counter, entries, journaled, mails_of, rows_of, status_of
from tests.builders import World
from tests.database import everything, queries
from tests.page import read, text_of

ACTION = "/admin/officer/action/"
REVOKE = "Présente en personne, identité conforme : résilier"


def asked_on_line(world: World) -> Procuration:
    """Established by an officer; its elector has asked for the revocation."""
    procuration = world.established()
    aftermath.ask_revocation(procuration, now=now())
    db.session.commit()
    return procuration


def buttons(page) -> list[str]:
    return [text_of(button) for button in page.all("button")]


def test_a_revocation_asked_on_line_opens_for_any_officer_r78(world: World) -> None:
    procuration, desk = asked_on_line(world), counter(world)
    page = desk.read(f"?reference={procuration.reference}")
    assert (page.data_status, page.data_reference) == ("established", procuration.reference)
    assert page.h1 == "Résilier la procuration ?"
    for words in ("D'HAUTPOUL DE LA TOUR", "née le 28 février 1951", "Laon (02, Aisne)", "Résiliation demandée le"):
        assert words in page.text
    assert buttons(page) == ["Se déconnecter", "Ouvrir", REVOKE, "Pas aujourd'hui…"]
    assert procuration.email not in page.text
    assert journaled(procuration)[-1] is Action.OPENED


@pytest.mark.parametrize("decided", [True, False])
def test_the_file_is_the_confirmation_and_the_elector_is_told(world: World, decided: bool) -> None:
    procuration = asked_on_line(world)
    if decided:
        journey.validate(procuration, clerk=world.a_clerk(), now=now())
        db.session.commit()
    officer = world.an_officer()
    desk = counter(world, officer)
    page = desk.read(f"?reference={procuration.reference}")
    answer = desk.client.post(ACTION, data=page.form(ACTION))
    assert (answer.status_code, answer.location) == (303, "/admin/officer/")
    assert "D'HAUTPOUL DE LA TOUR : procuration résiliée." in read(desk.client.get(answer.location)).text
    assert status_of(procuration) is Status.REVOKED
    assert (entries(procuration)[-1].action, entries(procuration)[-1].account_id) == (Action.REVOKED, officer.id)
    assert mails_of(procuration)[-1] == "revoked"


def test_nothing_is_revoked_before_it_is_confirmed(world: World) -> None:
    procuration, desk = asked_on_line(world), counter(world)
    before = everything()
    assert read(desk.post("revoke", procuration.reference)).h1 == "Résilier la procuration ?"
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "IDENTITE_ABSENTE", "ABSENCE_PERSONNELLE"])
def test_not_today_leaves_the_revocation_asked(world: World, reason: str) -> None:
    procuration, desk = asked_on_line(world), counter(world)
    page = read(desk.post("postpone", procuration.reference))
    assert "la procuration reste valable" in page.text
    assert desk.act("postpone", procuration.reference, reason=reason).status_code == 303
    assert status_of(procuration) is Status.ESTABLISHED
    assert procuration.is_revocation_asked
    assert (entries(procuration)[-1].action, entries(procuration)[-1].detail) == (Action.POSTPONED, reason or None)
    assert mails_of(procuration)[-1] == "revocation_asked"
    assert counter(world).act("revoke", procuration.reference).status_code == 303


def test_a_revocation_is_put_off_for_no_other_reason(world: World) -> None:
    procuration, desk = asked_on_line(world), counter(world)
    assert desk.act("postpone", procuration.reference, reason="CONTRAINTE").status_code == 422
    assert journaled(procuration)[-1] is Action.REVOCATION_ASKED


def test_who_established_it_may_revoke_it_without_it_being_asked_on_line_l75(world: World) -> None:
    officer = world.an_officer()
    procuration, desk = world.established(officer), counter(world, officer)
    page = desk.read(f"?reference={procuration.reference}")
    assert "Résilier…" in buttons(page)
    asked = read(desk.client.post(ACTION, data=page.form(ACTION)))
    assert (asked.status, asked.h1) == (200, "Résilier la procuration ?")
    assert buttons(asked) == ["Se déconnecter", "Ouvrir", REVOKE]
    assert status_of(procuration) is Status.ESTABLISHED
    assert desk.client.post(ACTION, data=asked.form(ACTION)).status_code == 303
    assert status_of(procuration) is Status.REVOKED
    assert "Résilier" not in " ".join(buttons(desk.read(f"?reference={procuration.reference}")))


def test_a_delegue_revokes_nothing(world: World) -> None:
    procuration, desk = asked_on_line(world), counter(world, world.an_officer(Capacity.DELEGUE))
    page = desk.read(f"?reference={procuration.reference}")
    assert buttons(page) == ["Se déconnecter", "Ouvrir", "Pas aujourd'hui…"]
    assert desk.post("revoke", procuration.reference).status_code == 403
    assert desk.act("revoke", procuration.reference).status_code == 403
    assert status_of(procuration) is Status.ESTABLISHED
    assert [e.detail for e in entries(procuration) if e.action is Action.DENIED] == ["NotHabilitated"] * 2
    assert desk.act("postpone", procuration.reference).status_code == 303


def test_a_second_officer_reads_that_it_was_revoked_already(world: World) -> None:
    procuration = asked_on_line(world)
    first, second, third = counter(world), counter(world), counter(world)
    for desk in (first, second):
        desk.get(f"?reference={procuration.reference}")
    assert first.act("revoke", procuration.reference).status_code == 303
    page = read(second.act("revoke", procuration.reference))
    assert page.status == 409
    assert re.search(r"Déjà traitée à Laon le \d+(er)? \w+ 20\d\d à \d+ h \d\d : résiliée", page.text)
    assert journaled(procuration)[-1] is Action.DENIED
    assert third.act("revoke", procuration.reference).status_code == 404
    assert mails_of(procuration).count("revoked") == 1


def test_a_second_click_revokes_nothing_more(world: World) -> None:
    officer = world.an_officer()
    procuration, desk = world.established(officer), counter(world, officer)
    assert desk.act("revoke", procuration.reference).status_code == 303
    page = read(desk.act("revoke", procuration.reference))
    assert page.status == 409
    assert "par vous : résiliée" in page.text
    assert mails_of(procuration).count("revoked") == 1


def test_what_no_revocation_was_asked_for_opens_nowhere_else_at_the_same_cost(world: World) -> None:
    in_force, revoked = world.established(), asked_on_line(world)
    counter(world).act("revoke", revoked.reference)
    pages, costs = set(), set()
    for reference in ("ZZZZZZ", in_force.reference, revoked.reference):
        desk = counter(world)
        with queries() as seen:
            answer = desk.get(f"?reference={reference}")
        costs.add(len(seen))
        assert desk.act("revoke", reference).status_code == answer.status_code == 404
        pages.add(re.sub(r'value="[^"]*"|reference-inline">[^<]*<', "", answer.text))
    assert len(pages) == len(costs) == 1
    assert status_of(in_force) is Status.ESTABLISHED


def test_a_demande_has_nothing_to_revoke(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    assert desk.post("revoke", demande.reference).status_code == 400
    assert desk.act("revoke", demande.reference).status_code == 400
    assert status_of(demande) is Status.SUBMITTED


def test_who_revoked_the_act_of_another_finds_it_again_and_reads_it_only_r78(world: World) -> None:
    """In the list at the hour of the revocation, before what was handled earlier; the file has no act left."""
    officer = world.an_officer()
    earlier, procuration = world.established(officer), asked_on_line(world)
    desk, other = counter(world, officer), counter(world)
    for one in (desk, other):
        assert procuration.reference not in one.get().text, "reading is not handling"
        one.get(f"?reference={procuration.reference}")
    assert procuration.reference not in desk.get().text
    assert desk.act("revoke", procuration.reference).status_code == 303
    procuration.closed_at = now() + timedelta(minutes=1)
    procuration.handled_at = now() - timedelta(days=40)
    db.session.commit()

    page = desk.read()
    assert rows_of(page) == [procuration.reference, earlier.reference]
    assert short_day(procuration.commune.local_day(procuration.closed_at)) in text_of(page.all("tr")[1])
    file = desk.read(f"?reference={procuration.reference}")
    assert (file.data_status, buttons(file)) == ("revoked", ["Se déconnecter", "Ouvrir"])
    assert "Vous avez résilié cette procuration le" in file.text
    before = status_of(procuration), mails_of(procuration)
    for action in ("validate", "invalidate", "postpone", "revoke"):
        assert desk.act(action, procuration.reference, reason="CONTRAINTE").status_code in (409, 422), action
    assert (status_of(procuration), mails_of(procuration)) == before
    assert rows_of(other.read()) == []
    assert other.get(f"?reference={procuration.reference}").status_code == 404
