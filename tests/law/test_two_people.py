"""Nobody is their own mandataire (L71): what a roll knows of the two, and what is left to a person."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from app.dates import now
from models import control, journey
from models.base import db
from models.errors import NoteRequired, Reason
from models.findings import Check
from models.identity import Identity
from models.law import ControlRegime
from models.procuration import Status
from models.register import RollElector
from models.rules import Outcome
from tests.back_office.desks import town_hall
from tests.builders import World
from tests.law.findings import decided, finding
from tests.law.people import ELOISE, a_roll, a_roll_of, an_election, established

SHORT = replace(ELOISE, first_names=ELOISE.first_names.split()[0])
"""Éloïse under one of her first names."""
MARRIED = replace(ELOISE, birth_name="Kermarrec")
"""Éloïse under her usual name."""


@pytest.mark.parametrize("mandataire", [SHORT, MARRIED])
def test_one_elector_of_a_roll_under_two_names_is_not_two_people_l71(world: World, mandataire: Identity) -> None:
    a_roll_of(ELOISE, usual_name="Kermarrec")
    procuration = established(world, mandataire=mandataire)
    one = finding(world, procuration, Check.TWO_PEOPLE)
    assert (one.outcome, one.reason, one.inputs) == (
        Outcome.FAILED,
        Reason.MANDANT_EST_MANDATAIRE,
        {"are_on_roll": True},
    )
    shown = town_hall(world).read(f"details/?id={procuration.id}").text
    assert "■ non D'après les listes électorales, c'est le même électeur. Article L71." in shown


def test_the_register_never_validates_what_one_gives_to_oneself_l71(world: World) -> None:
    a_roll(ELOISE)
    an_election(world, ControlRegime.REGISTER)
    assert decided(established(world, mandataire=SHORT)) == (Status.INVALIDATED, Reason.MANDANT_EST_MANDATAIRE)


def test_two_electors_of_a_roll_whose_names_are_alike_are_two_people_l71(world: World) -> None:
    a_roll(ELOISE, SHORT, nne="31")
    db.session.execute(update(RollElector).where(RollElector.nne.is_(None)).values(nne="32"))
    procuration = established(world, mandataire=SHORT, mandant_nne="31", mandataire_nne="32")
    assert Check.TWO_PEOPLE not in [one.check for one in control.control(procuration, world.today).findings]


def test_without_a_roll_a_person_says_whether_they_are_two_l71(world: World) -> None:
    procuration, clerk = established(world, mandataire=SHORT), world.a_clerk()
    one = finding(world, procuration, Check.TWO_PEOPLE)
    assert (one.outcome, one.why, one.inputs) == (Outcome.UNKNOWN, "perhaps_oneself", {"are_on_roll": False})
    hall = town_hall(world, clerk)
    assert "Ce peut être une seule et même personne" in hall.read(f"details/?id={procuration.id}").text
    with pytest.raises(NoteRequired):
        journey.validate(procuration, clerk=clerk, now=now())
    journey.invalidate(procuration, clerk=clerk, reason=Reason.MANDANT_EST_MANDATAIRE, now=now())
