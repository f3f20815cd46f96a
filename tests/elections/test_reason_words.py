"""Which election's words tell a reason, and that what was told stays told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.dates import now
from app.message import words
from models import aftermath, control, journey, reason_words, settlement
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated, Reason
from models.journal import Action
from models.law import ControlRegime
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from models.reason_text import ReasonText, Words
from models.reason_words import Flaw, TextRefused
from tests.back_office.desks import town_hall
from tests.builders import World
from tests.elections.ministry import a_plan, created, journal_of
from tests.elections.texts import OWN, TOLD, written
from tests.law.people import ELOISE, a_roll
from tests.page import read

COMMON = "La personne choisie a déjà reçu autant de procurations que la loi le permet"
OTHER = Words("Autre phrase.", "Autre geste.", "Autre guichet.")


def message_of(procuration: Procuration) -> str:
    """The text of the last message to its mandant, on one line."""
    db.session.rollback()
    last = select(OutboxMail).where(OutboxMail.procuration_id == procuration.id).order_by(OutboxMail.id.desc())
    mail = db.session.scalars(last).first()
    assert mail
    assert mail.facts
    return " ".join(words(mail.kind, mail.facts)[1].split())


def invalidated(world: World, reason: Reason = Reason.PLAFOND, **changes: Any) -> Procuration:
    procuration = world.established(**changes)
    journey.invalidate(procuration, clerk=world.a_clerk(), reason=reason, note="Vu.", now=now())
    db.session.commit()
    return procuration


def test_the_election_of_the_day_says_the_reason_in_its_own_words(world: World) -> None:
    election = world.an_election()
    written(world, election, Reason.PLAFOND)
    told = message_of(invalidated(world))
    assert all(part in told for part in (*TOLD, "La mairie de Laon vous répond."))
    assert COMMON not in told
    assert "n'a été trouvée sur aucune liste" in message_of(invalidated(world, Reason.MANDATAIRE_NON_INSCRIT))


def test_of_several_elections_the_first_day_that_has_words_counts(world: World) -> None:
    first, second, third = (world.a_sunday(weeks) for weeks in (8, 9, 10))
    silent, early, late = (world.an_election((day,)) for day in (first, second, third))
    assert COMMON in message_of(invalidated(world, days=(first, second)))
    written(world, late, Reason.PLAFOND, OTHER)
    assert "Autre phrase." in message_of(invalidated(world, days=(first, second, third)))
    written(world, early, Reason.PLAFOND)
    assert TOLD[0] in message_of(invalidated(world, days=(first, second, third)))
    assert TOLD[0] in message_of(invalidated(world, valid_until=third + timedelta(days=2)))
    assert "Autre phrase." in message_of(invalidated(world, days=(first, third)))
    assert COMMON in message_of(invalidated(world, days=(first,)))
    assert not reason_words.newest(silent)


def test_an_election_of_elsewhere_has_no_word_here(world: World) -> None:
    world.an_election()
    written(world, world.an_election(territories=("60",)), Reason.PLAFOND)
    assert COMMON in message_of(invalidated(world))


def test_what_was_told_stays_told_on_every_page_that_says_it_again(world: World) -> None:
    election, elector = world.an_election(), world.an_elector()
    version = written(world, election, Reason.PLAFOND)
    procuration = invalidated(world, elector=elector)
    written(world, election, Reason.PLAFOND, OTHER)
    db.session.refresh(procuration)
    assert procuration.reason_text_id == version.id
    client = world.as_elector(elector)
    assert TOLD[1] in read(client.get("/mes-procurations")).text
    assert TOLD[1] in client.get("/mes-procurations/donnees.json").json["procurations"][0]["why"]
    procuration.email = None
    db.session.commit()
    letter = town_hall(world).read(f"letter/?id={procuration.id}&to=mandant")
    assert TOLD[1] in letter.text
    assert "Autre" not in letter.text
    assert "Autre phrase." in message_of(invalidated(world))


def test_the_common_words_are_taken_again_for_what_is_decided_later(world: World) -> None:
    election = world.an_election()
    written(world, election, Reason.PLAFOND)
    written(world, election, Reason.PLAFOND, None)
    assert COMMON in message_of(invalidated(world))


@pytest.mark.parametrize("reason", [Reason.CONTRAINTE, Reason.IDENTITE_DISCORDANTE])
def test_pressure_is_told_like_any_refusal_of_a_counter(world: World, reason: Reason) -> None:
    written(world, world.an_election(), Reason.IDENTITE_DISCORDANTE)
    demande = world.submitted()
    journey.refuse(demande, officer=world.an_officer(), reason=reason, now=now())
    db.session.commit()
    assert TOLD[0] in message_of(demande)
    assert demande.reason_text is not None


def test_a_nullity_a_lapse_and_a_doubt_are_told_in_the_same_words(world: World) -> None:
    election = created(world, a_plan(world))
    for reason in (Reason.PLAFOND, Reason.DECES_MANDATAIRE, Reason.MANDATAIRE_AUTRE_COMMUNE):
        written(world, election, reason)
    held, lapsed, doubted = world.established(), world.established(), world.established(mandataire_commune=None)
    aftermath.void(held, control.ceilings(held, world.today), now=now())
    aftermath.lapse(lapsed, clerk=world.a_clerk(), reason=Reason.DECES_MANDATAIRE, now=now())
    db.session.commit()
    for one, says in ((held, "est nulle"), (lapsed, "n'a plus d'effet")):
        told = message_of(one)
        assert says in told
        assert all(part in told for part in (*TOLD, "La mairie de Laon vous répond."))
    doubted.mandataire_commune = world.commune("02722")
    corrected = created(world, a_plan(world, law={"same_commune_required": True}))
    settlement.recontrol(doubted, election_id=corrected.id, now=now())
    db.session.commit()
    assert TOLD[1] in message_of(doubted)


def test_the_register_decides_in_the_words_of_the_election(world: World) -> None:
    election = world.an_election(control_regime=ControlRegime.REGISTER, same_commune_required=True)
    written(world, election, Reason.MANDATAIRE_NON_INSCRIT)
    a_roll(ELOISE)
    procuration = world.established(mandant=ELOISE)
    assert procuration.status is Status.INVALIDATED
    assert TOLD[0] in message_of(procuration)


def test_a_text_is_whole_short_and_leaves_only_the_commune_to_be_filled(world: World) -> None:
    election = world.an_election()
    wrong = {
        Words("", OWN.to_do, OWN.whom_to_ask): {"sentence": Flaw.MISSING},
        Words(OWN.sentence, "x" * 601, OWN.whom_to_ask): {"to_do": Flaw.TOO_LONG},
        Words(OWN.sentence, OWN.to_do, "Le {tribunal}."): {"whom_to_ask": Flaw.PLACEHOLDER},
        Words("{{commune}}", OWN.to_do, "{commune"): {"sentence": Flaw.PLACEHOLDER, "whom_to_ask": Flaw.PLACEHOLDER},
    }
    for text, flaws in wrong.items():
        with pytest.raises(TextRefused) as refused:
            written(world, election, Reason.PLAFOND, text)
        assert refused.value.flaws == flaws
    written(world, election, Reason.PLAFOND)
    with pytest.raises(TextRefused):
        written(world, election, Reason.PLAFOND)
    assert len(db.session.scalars(select(ReasonText)).all()) == 1


def test_only_the_ministry_writes_of_what_is_told_and_of_what_is_to_come(world: World) -> None:
    coming = world.an_election()
    past = world.an_election(days=(world.today - timedelta(days=9),))
    ministry, clerk = world.an_account(Role.MINISTRY), world.a_clerk()
    at = {"seen": 0, "now": now()}
    with pytest.raises(NotHabilitated):
        reason_words.write(coming, Reason.PLAFOND, OWN, account=clerk, **at)
    with pytest.raises(NotAllowed):
        reason_words.write(past, Reason.PLAFOND, OWN, account=ministry, **at)
    with pytest.raises(NotAllowed):
        reason_words.write(coming, Reason.CONTRAINTE, OWN, account=ministry, **at)


def test_of_two_who_write_the_second_is_told(world: World) -> None:
    election, ministry = world.an_election(), world.an_account(Role.MINISTRY)
    written(world, election, Reason.PLAFOND)
    with pytest.raises(AlreadyHandled):
        reason_words.write(election, Reason.PLAFOND, OTHER, seen=0, account=ministry, now=now())
    db.session.add(
        ReasonText(
            election_id=election.id, reason=Reason.PLAFOND, version=2, written_at=now(), written_by_id=ministry.id
        )
    )
    db.session.commit()
    with pytest.raises(AlreadyHandled):
        reason_words.write(election, Reason.PLAFOND, OTHER, seen=1, account=ministry, now=now())
    assert journal_of(election) == [(Action.TEXT_WRITTEN, "PLAFOND")]
