"""/mes-procurations: where each one stands, withdrawing before the visit, correcting the address."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from app.dates import now
from models import aftermath, control, journey, lifetime
from models.base import db
from models.errors import AlreadyHandled, Reason
from models.journal import Entry
from models.outbox import MailKind, OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration, Status
from tests.builders import World
from tests.page import read
from tests.web.journeys import MINE, answers, file_a_demande, how_many, lose, post, validated


def test_nothing_yet_is_said_with_what_to_do(elector: FlaskClient) -> None:
    page = read(elector.get(MINE))
    assert "pas encore demandé de procuration en ligne" in page.text
    assert page.links["Faire une demande"] == "/demande"


def test_each_procuration_is_told_in_plain_words_with_its_history(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    waiting, established = world.submitted(person), world.established(elector=person)
    refused = world.submitted(person)
    journey.refuse(refused, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    db.session.commit()
    page = read(elector.get(MINE))
    shown = {e.get("data-reference"): e.get("data-status") for e in page.all("article")}
    assert shown == {
        waiting.reference: "submitted",
        established.reference: "established",
        refused.reference: "refused",
    }
    assert "demande déposée" in page.text
    assert "procuration établie au guichet et transmise à la mairie" in page.text
    assert "Il reste une étape" in page.text
    assert "libre" not in page.text


def test_what_was_erased_is_nowhere_and_breaks_nothing(world: World, person: Elector, elector: FlaskClient) -> None:
    former = world.established(elector=person)
    waiting, gone = world.submitted(person), world.submitted(person)
    waiting.replaced = [former]
    reference = gone.reference
    lifetime.expire(gone, key=b"key", now=now())
    journey.withdraw(waiting, now=now())
    lifetime.end(former, now=now())
    lifetime.purge(former, key=b"key", now=now())
    db.session.commit()
    page = read(elector.get(MINE))
    assert [e.get("data-reference") for e in page.all("article")] == [waiting.reference]
    assert read(elector.get(f"/demande/{waiting.reference}")).data_status == "withdrawn"
    for address in (f"/demande/{reference}", f"{MINE}/{reference}/resilier"):
        assert elector.get(address).status_code == 404


def test_a_void_procuration_says_that_nobody_decided_it(world: World, person: Elector, elector: FlaskClient) -> None:
    held = world.established(elector=person)
    aftermath.void(held, control.ceilings(held, world.today), now=now())
    db.session.commit()
    for address in (MINE, f"/demande/{held.reference}"):
        page = read(elector.get(address))
        assert "automatiquement, d'après les listes électorales" in page.text
        assert "/aide#controle" in page.links.values()


def test_those_of_others_are_not_there(world: World, elector: FlaskClient) -> None:
    foreign = world.submitted()
    assert foreign.reference not in elector.get(MINE).text
    token = read(elector.get("/deconnexion")).form("/deconnexion")
    for act in ("retirer", "courriel"):
        fields = token | {"confirmed": "yes", "email": "autre@electeurs.test"}
        assert elector.post(f"{MINE}/{foreign.reference}/{act}", data=fields).status_code == 404
    db.session.refresh(foreign)
    assert (foreign.status, foreign.email) == (Status.SUBMITTED, "eloise@electeurs.test")


def test_withdrawing_asks_first_and_is_done_once(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    address = f"{MINE}/{reference}/retirer"
    page = read(elector.get(address))
    assert (page.h1, page.data_status) == ("Retirer cette demande ?", "submitted")
    button = page.form(address)
    asked = elector.post(address, data=button | {"confirmed": "no"})
    assert (asked.status_code, read(asked).data_status) == (200, "submitted")
    assert elector.post(address, data={"confirmed": "yes"}).status_code == 400
    assert elector.post(address, data=button).status_code == 303
    left = read(elector.get(MINE)).text
    assert "Votre demande est retirée." in left
    assert "personne ne votera pour vous avec elle" in left, "another may be in force"
    again = read(elector.post(address, data=button))
    assert (again.status, again.links["Mes procurations"]) == (409, MINE)
    assert "ne peut plus être retirée" in read(elector.get(address)).text
    assert db.session.query(Procuration).one().status is Status.WITHDRAWN
    assert [mail.kind for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)] == ["submitted", "withdrawn"]


def test_what_an_officer_has_established_is_not_withdrawn(world: World, person: Elector, elector: FlaskClient) -> None:
    established = world.established(elector=person)
    address = f"{MINE}/{established.reference}/retirer"
    token = read(elector.get("/deconnexion")).form("/deconnexion")
    assert elector.post(address, data=token | {"confirmed": "yes"}).status_code == 409
    db.session.refresh(established)
    assert established.status is Status.ESTABLISHED


def test_the_address_is_corrected_and_the_reference_sent_there(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    address = f"{MINE}/{reference}/courriel"
    assert post(elector, MINE, address, email=" Nouvelle@Electeurs.test").status_code == 303
    page = read(elector.get(MINE))
    assert "la référence y est envoyée" in page.text
    assert "adresse e-mail corrigée, référence renvoyée" in page.text
    first, second = db.session.query(OutboxMail).order_by(OutboxMail.id)
    assert (second.kind, second.facts["to"]) == (MailKind.SUBMITTED, "Nouvelle@electeurs.test")
    assert second.facts["reference"] == first.facts["reference"] == reference


def test_a_wrong_address_is_told_and_changes_nothing(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    file_a_demande(elector, answers(world))
    for wrong in ("", "eloise", "\0", "x" * 10_000, "<b>@a.test", "a@b.test\r\nBcc: c@d.test"):
        answer = post(elector, MINE, f"{MINE}/{reference}/courriel", email=wrong)
        assert answer.status_code == 422
        assert len(read(answer).errors) == 1
    assert how_many(OutboxMail) == how_many(Entry) == 2


def test_the_sixth_correction_waits_a_minute_in_the_demonstration(world: World, elector: FlaskClient) -> None:
    reference = file_a_demande(elector, answers(world))
    address = f"{MINE}/{reference}/courriel"
    statuses = [post(elector, MINE, address, email=f"e{n}@electeurs.test").status_code for n in range(6)]
    assert statuses == [303] * 5 + [429]
    assert post(elector, MINE, address, email="e@electeurs.test").headers["Retry-After"] == "60"
    assert db.session.query(Procuration).one().email == "e4@electeurs.test"


def test_a_reference_that_has_expired_is_not_sent_again(world: World, person: Elector, elector: FlaskClient) -> None:
    world.an_election()
    expired = world.submitted(person, at=now() - timedelta(days=70))
    token = read(elector.get("/deconnexion")).form("/deconnexion")
    answer = elector.post(f"{MINE}/{expired.reference}/courriel", data=token | {"email": "autre@electeurs.test"})
    assert answer.status_code == 409
    with pytest.raises(AlreadyHandled):
        journey.correct_email(expired, "autre@electeurs.test", now=now())
    db.session.rollback()
    assert expired.email == "eloise@electeurs.test"


def days_of(world: World, number: int) -> tuple[date, ...]:
    return tuple(scrutin.polling_day for scrutin in world.an_election().scrutins)[:number]


@pytest.mark.parametrize("number", [1, 2])
def test_a_demande_whose_days_all_lost_their_vote_asks_for_no_visit(
    world: World, person: Elector, elector: FlaskClient, number: int
) -> None:
    """It is to be withdrawn and filed anew: no place to go, no sheet, no reference sent again."""
    demande = world.submitted(person, days=days_of(world, number))
    lose(demande)
    withdrawal = f"{MINE}/{demande.reference}/retirer"
    for address in (MINE, f"/demande/{demande.reference}"):
        page = read(elector.get(address))
        assert f"Il n'y a plus de vote {'le jour choisi' if number == 1 else 'les jours choisis'} :" in page.text
        assert "vous n'avez pas à vous déplacer" in page.text
        assert "faites une nouvelle demande pour le nouveau jour" in page.text
        assert "Il reste une étape" not in page.text
        assert page.links["Retirer ma demande…"] == withdrawal
        assert "Trouver un lieu près de chez vous" not in page.links
        assert f"/demande/{demande.reference}/feuille" not in page.links.values()
    assert elector.get(f"/demande/{demande.reference}/feuille").location == MINE
    token = read(elector.get("/deconnexion")).form("/deconnexion")
    answer = elector.post(f"{MINE}/{demande.reference}/courriel", data=token | {"email": "autre@electeurs.test"})
    assert (answer.status_code, how_many(OutboxMail)) == (409, 1)


def test_a_validated_one_without_vote_is_nobodys_to_use(world: World, person: Elector, elector: FlaskClient) -> None:
    """Its first day has passed; the vote of the second was moved."""
    given = validated(world, person, days=days_of(world, 2))
    given.polling_days[0].day = world.today - timedelta(days=1)
    lose(given)
    given.polling_days[0].lost_at = None
    db.session.commit()
    page = read(elector.get(MINE))
    assert "validée, mais il n'y a plus de vote les jours choisis qui restent" in page.text
    assert "Prévenez" not in page.text
    assert "Carte à donner" not in page.text


@pytest.mark.parametrize(("lost", "then"), [(1, "à rien ce jour-là ;"), (2, "à rien ces jours-là ;")])
def test_one_day_with_its_vote_is_enough(
    world: World, person: Elector, elector: FlaskClient, lost: int, then: str
) -> None:
    days = (*days_of(world, 2), world.an_election((world.a_sunday(11),)).scrutins[0].polling_day)
    lose(world.submitted(person, days=days), lost)
    page = read(elector.get(MINE))
    assert then in page.text
    assert "Il reste une étape" in page.text


def test_what_has_no_vote_stands_in_nobodys_way(world: World, person: Elector, elector: FlaskClient) -> None:
    held = world.established(elector=person)
    lose(world.submitted(person, days=tuple(held.days)))
    assert "Vous avez déjà donné procuration" not in read(elector.get(MINE)).text
