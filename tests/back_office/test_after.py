"""What a town hall writes down after the establishment, and the letters (L75, L77, R77, R78, R80)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.dates import long_day, now
from models import aftermath, control, journey, lifetime
from models.base import db
from models.errors import Reason
from models.journal import Action
from models.procuration import PollingDay, Procuration, Status
from tests.back_office.desks import counter, entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World, a_mandataire
from tests.database import everything
from tests.journey.test_time import let, noon
from tests.law.people import an_election, another
from tests.page import read
from tests.paper import entered

ACTION = "/admin/town-hall/action/"
ENDS = {
    "revoke": ("Résilier cette procuration ?", Status.REVOKED, "revoked", Action.REVOKED),
    "lapse": ("Cette procuration est-elle caduque ?", Status.LAPSED, "lapsed", Action.LAPSED),
    "end": ("Le mandant est-il décédé ?", Status.ENDED, "established", Action.ENDED),
}


@pytest.mark.parametrize("action", ENDS)
@pytest.mark.parametrize("decided", [True, False])
def test_each_end_asks_first_then_tells_who_is_to_be_told(world: World, action: str, decided: bool) -> None:
    heading, status, mail, journal_action = ENDS[action]
    procuration, clerk = world.established(), world.a_clerk()
    if decided:
        journey.validate(procuration, clerk=clerk, now=now())
        db.session.commit()
        mail = "validated" if mail == "established" else mail
    hall = town_hall(world, clerk)
    page = hall.read(f"details/?id={procuration.id}")
    assert f'value="{action}"' in hall.get(f"details/?id={procuration.id}").text
    before = everything()
    asked = read(hall.post(action, procuration.id))
    assert (page.status, asked.status, asked.h1) == (200, 200, heading)
    assert everything() == before
    form = asked.form(ACTION) | ({"reason": "DECES_MANDATAIRE"} if action == "lapse" else {})
    answer = hall.client.post(ACTION, data=form)
    assert (answer.status_code, answer.location) == (303, f"/admin/town-hall/details/?id={procuration.id}")
    assert status_of(procuration) is status
    assert (mails_of(procuration)[-1], entries(procuration)[-1].action) == (mail, journal_action)
    assert entries(procuration)[-1].account_id == clerk.id
    assert read(hall.client.get(answer.location)).data_status == status


def test_nobody_is_written_to_on_a_death_of_the_mandant(world: World) -> None:
    procuration = world.established()
    assert town_hall(world).act("end", procuration.id).status_code == 303
    assert (status_of(procuration), procuration.reason, procuration.email) == (
        Status.ENDED,
        Reason.DECES_MANDANT,
        None,
    )


@pytest.mark.parametrize("reason", ["", "PLAFOND", "DECES_MANDANT", "\0"])
def test_a_lapse_has_one_of_its_two_reasons(world: World, reason: str) -> None:
    procuration, hall = world.established(), town_hall(world)
    page = read(hall.act("lapse", procuration.id, reason=reason))
    assert (page.status, page.errors) == (422, ["Choisissez un motif dans la liste."])
    assert status_of(procuration) is Status.ESTABLISHED


@pytest.mark.parametrize("action", ENDS)
def test_what_is_over_is_already_handled_and_elsewhere_does_not_exist(world: World, action: str) -> None:
    over, foreign, hall = world.established(), world.established(commune_code=SOISSONS), town_hall(world)
    hall.act("revoke", over.id)
    for post in (hall.post, hall.act):
        page = read(post(action, over.id, reason="DECES_MANDATAIRE"))
        assert (page.status, page.h1) == (409, "Déjà traitée")
        assert re.search(r"déjà traitée le .* à \d+ h \d\d \(résiliée\)", page.text)
        assert post(action, foreign.id, reason="DECES_MANDATAIRE").status_code == 404
    assert journaled(over)[-1] is Action.DENIED
    assert {one.desk for one in entries(foreign) if one.action is Action.DENIED} == {LAON}, "where who tried is from"
    assert status_of(foreign) is Status.ESTABLISHED
    assert mails_of(over).count("revoked") == 1


@pytest.mark.parametrize("keys", [(), (1, 2), ("*",)])
def test_one_end_is_about_one_procuration(world: World, keys: tuple[object, ...]) -> None:
    world.established()
    world.established()
    assert town_hall(world).act("revoke", *keys).status_code in (400, 404)


def test_an_end_frees_the_ceiling_l73(world: World) -> None:
    mandataire = a_mandataire()
    first, hall = world.established(mandataire=mandataire), town_hall(world)
    assert world.established(mandataire=mandataire).status is Status.VOID
    hall.act("lapse", first.id, reason="MANDATAIRE_DROITS")
    assert world.established(mandataire=mandataire).status is Status.ESTABLISHED


def test_who_left_no_address_is_to_be_told_by_the_town_hall(world: World) -> None:
    on_paper, hall = entered(world), town_hall(world)
    assert "prévenez-le vous-même (article R80)" in read(hall.post("lapse", on_paper.id)).text
    assert "Aucun message ne part" in read(hall.post("end", on_paper.id)).text
    assert hall.act("revoke", on_paper.id).status_code == 303
    assert (status_of(on_paper), mails_of(on_paper)) == (Status.REVOKED, [])


def test_the_file_says_that_a_revocation_was_asked_on_line(world: World) -> None:
    procuration = world.established()
    aftermath.ask_revocation(procuration, now=now())
    db.session.commit()
    page = town_hall(world).read(f"details/?id={procuration.id}")
    assert "Le mandant a demandé en ligne la résiliation le" in page.text
    assert "résiliation demandée en ligne" in page.text


def a_void_one(world: World) -> Procuration:
    """One too many for its mandataire."""
    mandataire = a_mandataire()
    world.established(mandataire=mandataire)
    return world.established(mandataire=mandataire)


def test_the_letter_tells_the_mandataire_which_is_void_and_why_without_a_birth_date_r77(world: World) -> None:
    procuration, clerk = a_void_one(world), world.a_clerk()
    hall = town_hall(world, clerk)
    address = hall.read(f"details/?id={procuration.id}").links["Lettre au mandataire"]
    page = read(hall.client.get(address))
    for words in (
        "Madame Gwenaëlle Rosalie D'Aubigné-Le Brethon",
        "Éloïse Marie-Ange D'HAUTPOUL DE LA TOUR vous a donné procuration",
        "à Laon",
        "article L73 du code électoral",
        "Vous ne pouvez donc pas voter avec elle",
        "Adresse :",
    ):
        assert words in page.text
    letter = page.text.split("Adresse")[1]
    assert str(procuration.mandant.birth_date.year) not in letter
    assert str(procuration.mandataire.birth_date.year) not in letter
    assert procuration.email not in page.text
    reading = entries(procuration)[-1]
    assert (reading.action, reading.detail, reading.account_id) == (Action.OPENED, "letter", clerk.id)


BAD_NEWS = {
    "void": ("Votre procuration est nulle", "établies avant la vôtre"),
    "lapsed": ("Votre procuration n'a plus d'effet", "ne peut plus voter pour vous"),
    "invalidated": ("Votre procuration n'a pas été validée", "pas été trouvé sur la liste électorale"),
}


def ended_on_paper(world: World, status: str) -> Procuration:
    """A form on paper, which leaves no e-mail, and came to that end."""
    on_paper, clerk = entered(world), world.a_clerk()
    if status == "void":
        aftermath.void(on_paper, control.ceilings(on_paper, world.today), now=now())
    elif status == "lapsed":
        aftermath.lapse(on_paper, clerk=clerk, reason=Reason.DECES_MANDATAIRE, now=now())
    else:
        journey.invalidate(on_paper, clerk=clerk, reason=Reason.MANDANT_NON_INSCRIT, note="Vérifié.", now=now())
    db.session.commit()
    return on_paper


@pytest.mark.parametrize("status", BAD_NEWS)
def test_a_mandant_without_an_address_has_a_letter_r77_r80(world: World, status: str) -> None:
    procuration, clerk = ended_on_paper(world, status), world.a_clerk()
    hall, (heading, why) = town_hall(world, clerk), BAD_NEWS[status]
    links = hall.read(f"details/?id={procuration.id}").links
    page = read(hall.client.get(links["Lettre au mandant"]))
    assert page.h1 == heading
    letter = page.text.split("Adresse")[1]
    for words in ("Vous avez donné procuration à Gwenaëlle", why, "Personne ne votera pour vous", "voter vous-même"):
        assert words in letter
    assert "Madame Éloïse Marie-Ange D'HAUTPOUL DE LA TOUR" in page.text
    assert str(procuration.mandant.birth_date.year) not in letter
    assert "Vérifié." not in page.text, "the note stays inside"
    reading = entries(procuration)[-1]
    assert (reading.action, reading.detail, reading.account_id) == (Action.OPENED, "letter", clerk.id)
    assert ("Lettre au mandataire" in links) is (status == "void")


@pytest.mark.parametrize(
    ("changes", "to_do"),
    [
        ({"mandant_nne": None}, "Faites une nouvelle demande qui le donne"),
        ({"days": (date(2099, 6, 21),)}, "Choisissez un jour où l'on y vote, et faites une nouvelle demande."),
    ],
)
def test_the_letter_of_a_paper_kept_as_invalidated_asks_for_another_one(
    world: World, changes: dict[str, Any], to_do: str
) -> None:
    world.an_election()
    kept = entered(world, keep_invalid=True, **changes)
    letter = town_hall(world).read(f"letter/?id={kept.id}&to=mandant").text
    assert to_do in letter
    assert "renvoyez" not in letter
    assert "proposés" not in letter


@pytest.mark.parametrize("also", [True, False])
def test_a_mandant_without_an_address_has_a_letter_of_the_day_that_moved_r74(world: World, also: bool) -> None:
    an_election(world)
    days = (world.a_sunday(8), world.a_sunday(9)) if also else (world.a_sunday(8),)
    procuration, hall = entered(world, days=days), town_hall(world)
    assert "Lettre au mandant" not in hall.read(f"details/?id={procuration.id}").links
    db.session.execute(update(PollingDay).where(PollingDay.day == days[0]).values(lost_at=now()))
    db.session.commit()
    page = read(hall.client.get(hall.read(f"details/?id={procuration.id}").links["Lettre au mandant"]))
    assert page.h1 == "Il n'y a plus de vote un jour de votre procuration"
    assert f"on ne vote plus le {long_day(days[0])} là où vous votez" in page.text
    left = (
        f"Votre procuration reste valable pour : {long_day(days[-1])}." if also else "Votre procuration ne servira plus"
    )
    assert left in page.text


def test_a_mandant_without_an_address_has_a_letter_of_what_nobody_decided_r74(world: World) -> None:
    an_election(world)
    undecided, told = entered(world), world.established(mandant=another(2), mandataire=another(3))
    decided = entered(world, mandant=another(4), mandant_nne="44", mandataire=another(5), mandataire_nne="55")
    journey.validate(decided, clerk=world.a_clerk(), note="vu", now=now())
    db.session.commit()
    let(noon(undecided.last_day + timedelta(days=1)))
    assert {status_of(one) for one in (undecided, told, decided)} == {Status.ENDED}
    hall = town_hall(world)
    page = read(hall.client.get(hall.read(f"details/?id={undecided.id}").links["Lettre au mandant"]))
    assert page.h1 == "Votre procuration n'a pas pu servir"
    assert (
        "sans qu'elle ait été contrôlée. Elle n'a pas pu servir. Vous pouvez nous en demander la raison." in page.text
    )
    for one in (told, decided):
        assert hall.get(f"letter/?id={one.id}&to=mandant").status_code == 404


def test_the_letter_of_a_period_speaks_of_no_vote(world: World) -> None:
    period = entered(world, days=(), valid_until=world.today + timedelta(days=90))
    let(noon(period.last_day + timedelta(days=1)))
    page = read(town_hall(world).get(f"letter/?id={period.id}&to=mandant"))
    assert "La durée choisie est passée sans qu'elle ait été contrôlée." in page.text


def test_who_is_told_by_mail_and_who_has_no_bad_news_has_no_letter(world: World) -> None:
    hall, online, on_paper = town_hall(world), world.established(mandataire=another(1)), entered(world)
    for end in ("lapse", "revoke"):
        one = online if end == "lapse" else on_paper
        assert hall.get(f"letter/?id={one.id}&to=mandant").status_code == 404
        assert hall.act(end, one.id, reason="DECES_MANDATAIRE").status_code == 303
        assert "Lettre au mandant" not in hall.read(f"details/?id={one.id}").links
        for to in ("mandant", "mandataire", "layout", "", "../x"):
            assert hall.get(f"letter/?id={one.id}&to={to}").status_code == 404, to
    lapsed = ended_on_paper(world, "lapsed")
    assert town_hall(world, world.a_clerk(SOISSONS)).get(f"letter/?id={lapsed.id}&to=mandant").status_code == 404
    lifetime.purge(lapsed, key=b"key", now=now())
    db.session.commit()
    assert hall.get(f"letter/?id={lapsed.id}&to=mandant").status_code == 404


def test_there_is_a_letter_for_a_nullity_of_the_commune_only(world: World) -> None:
    void, valid, hall = a_void_one(world), world.established(), town_hall(world)
    assert hall.get(f"letter/?id={valid.id}").status_code == 404
    assert hall.get("letter/?id=abc").status_code == 404
    assert "Lettre au mandataire" not in hall.read(f"details/?id={valid.id}").links
    assert town_hall(world, world.a_clerk(SOISSONS)).get(f"letter/?id={void.id}").status_code == 404


def test_a_counter_that_had_it_open_reads_that_the_town_hall_was_first(world: World) -> None:
    procuration = world.established()
    aftermath.ask_revocation(procuration, now=now())
    db.session.commit()
    desk = counter(world)
    desk.get(f"?reference={procuration.reference}")
    town_hall(world).act("end", procuration.id)
    page = read(desk.act("revoke", procuration.reference))
    assert page.status == 409
    assert re.search(r"Déjà traitée le .* : terminée", page.text)
