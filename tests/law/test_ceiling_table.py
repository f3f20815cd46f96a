"""The rows of step 3's table on what a mandataire holds and a mandant gave (L73, L75; old wordings)."""

from dataclasses import replace

import pytest

from app.dates import now
from models import journey, settlement
from models.base import db
from models.errors import Reason
from models.findings import Check
from models.law import ControlRegime
from models.procuration import Procuration, Status
from models.rules import MAJORITY, Outcome, years_after
from tests.back_office.desks import entries, mails_of, status_of, town_hall
from tests.builders import SOISSONS, World, an_identity
from tests.law.findings import decided, finding, outcome
from tests.law.people import ELOISE, GWENAELLE, a_roll, a_roll_of, an_election, another, established
from tests.page import read
from tests.paper import entered

REGISTER = ControlRegime.REGISTER


def test_what_serves_nobody_of_age_takes_no_place_l2_l73(world: World) -> None:
    """L2, L73: the mandant of the first is of age at the second tour only; the mandataire is free for the first."""
    first, second = (one.polling_day for one in an_election(world).scrutins)
    young = an_identity(birth_name="JEUNE", birth_date=years_after(second, -MAJORITY))
    established(world, mandant=young, valid_until=second)
    assert decided(established(world, mandant=another(0), days=(first,))) == (Status.ESTABLISHED, None)
    assert decided(established(world, mandant=another(1), days=(second,))) == (Status.VOID, Reason.PLAFOND)


def test_beyond_the_ceiling_the_later_one_is_void_l73(world: World) -> None:
    an_election(world)
    first = established(world, mandant=another(0))
    later = established(world)
    assert decided(first) == (Status.ESTABLISHED, None)
    assert decided(later) == (Status.VOID, Reason.PLAFOND)
    assert mails_of(later) == ["submitted", "void"]


def test_two_of_one_day_without_an_hour_go_to_a_person_l73(world: World) -> None:
    """Typed from paper, the form gives the day only: nobody can tell which came first, and neither is void."""
    an_election(world)
    on_paper = established(world, mandant=another(0))
    on_paper.established_day_only = True
    db.session.commit()
    online = established(world)
    one = finding(world, online, Check.CEILING)
    assert (one.outcome, one.why) == (Outcome.UNKNOWN, "order_or_person")
    assert [status_of(each) for each in (on_paper, online)] == [Status.ESTABLISHED, Status.ESTABLISHED]


@pytest.mark.parametrize("numbers", [(None, None), ("111111111", "222222222"), ("111111111", None)])
def test_namesakes_on_the_rolls_of_two_communes_are_not_one_mandataire_l73(
    world: World, numbers: tuple[str | None, str | None]
) -> None:
    """L73: each has a procuration; what would be void for good waits until a person has told them apart."""
    an_election(world, REGISTER)
    a_roll(GWENAELLE, ELOISE, another(0), nne=numbers[0])
    a_roll(GWENAELLE, commune=SOISSONS, nne=numbers[1])
    of_laon = established(world, mandant=another(0))
    of_soissons = established(world, mandataire_commune=world.commune(SOISSONS))
    assert [decided(one) for one in (of_laon, of_soissons)] == [(Status.VALIDATED, None), (Status.ESTABLISHED, None)]
    one = finding(world, of_soissons, Check.CEILING)
    assert (one.outcome, one.why) == (Outcome.UNKNOWN, "order_or_person")


def test_one_number_is_one_mandataire_whichever_commune_is_named_l73(world: World) -> None:
    """L73: an elector's number is permanent, and one person's."""
    an_election(world)
    established(world, mandant=another(0), mandataire_nne="111111111")
    later = established(world, mandataire_commune=world.commune(SOISSONS), mandataire_nne="111111111")
    assert decided(later) == (Status.VOID, Reason.PLAFOND)


def test_one_subject_of_two_communes_is_one_mandant_l75(world: World) -> None:
    """L75: FranceConnect says that it is one person; without it, two communes may be those of two people."""
    an_election(world)
    elector = world.an_elector()
    established(world, elector=elector)
    elsewhere = established(world, elector=elector, mandataire=another(1), commune_code=SOISSONS)
    assert outcome(world, elsewhere, Check.DUPLICATE) is Outcome.FAILED
    elsewhere.elector_key = None
    db.session.commit()
    assert outcome(world, elsewhere, Check.DUPLICATE) is Outcome.UNKNOWN


def tied(world: World) -> tuple[Procuration, Procuration]:
    """One that the register has validated on line, and a form of the same day, for the same mandataire."""
    an_election(world, REGISTER)
    a_roll(ELOISE, GWENAELLE, another(1), another(2))
    on_line = established(world, mandant=another(1))
    return on_line, entered(world, established_on=world.today, mandataire_commune=world.commune())


def test_a_tie_that_a_person_decides_leaves_the_other_in_doubt_l73(world: World) -> None:
    """L73, old wording, tie-break unread: both stay valid only if a person says so of each."""
    on_line, on_paper = tied(world)
    clerk = world.a_clerk()
    assert decided(on_line) == (Status.VALIDATED, None)
    journey.validate(on_paper, clerk=clerk, note="établie à 9 h", now=now())
    db.session.commit()
    assert (status_of(on_line), on_line.is_in_doubt, on_line.can_be_decided) == (Status.VALIDATED, True, True)
    assert mails_of(on_line) == ["submitted", "validated", "recontrolled"]
    assert entries(on_line)[-1].detail == "tie_doubt"
    settlement.recontrol(on_line, now=now())
    db.session.commit()
    assert on_line.is_in_doubt
    journey.validate(on_line, clerk=clerk, note="deux homonymes", now=now())
    db.session.commit()
    assert not on_line.is_in_doubt
    assert not on_paper.is_in_doubt, "who decided on it knew"
    assert mails_of(on_line)[-1] == "validated"


def test_what_was_validated_by_a_person_is_looked_at_again_too_l73(world: World) -> None:
    on_line, on_paper = tied(world)
    clerk = world.a_clerk()
    journey.validate(on_paper, clerk=clerk, note="établie à 9 h", now=now())
    db.session.commit()
    journey.invalidate(on_line, clerk=clerk, reason=Reason.PLAFOND, now=now())
    db.session.commit()
    who = {"mandant": another(2), "mandant_nne": "22", "mandataire_commune": world.commune()}
    again = entered(world, established_on=world.today, **who)
    journey.validate(again, clerk=clerk, note="établie à 8 h", now=now())
    db.session.commit()
    assert [one.is_in_doubt for one in (on_paper, again)] == [True, False]


def test_no_note_keeps_what_the_ceiling_makes_void_l73(world: World) -> None:
    """A roll names the mandataire otherwise, and the clerk is faster than the worker that counts again."""
    an_election(world)
    first = established(world, mandant=another(0), mandataire_nne="111111111")
    second = established(world, mandataire=replace(GWENAELLE, birth_name="LEROUX"))
    a_roll_of(GWENAELLE, usual_name="LEROUX", nne="111111111")
    page = read(town_hall(world).act("validate", second.id, note="vu"))
    assert page.status == 409
    assert "nulle de plein droit : son mandataire avait déjà reçu" in page.text
    assert [status_of(one) for one in (first, second)] == [Status.ESTABLISHED, Status.VOID]
    assert mails_of(second) == ["submitted", "established", "void"]


def test_a_mandant_with_another_procuration_for_the_day_fails_l75(world: World) -> None:
    an_election(world)
    elector = world.an_elector()
    first = established(world, elector=elector)
    second = established(world, elector=elector, mandataire=another(1))
    assert outcome(world, first, Check.DUPLICATE) is Outcome.PASSED
    one = finding(world, second, Check.DUPLICATE)
    assert (one.outcome, one.reason, one.article) == (Outcome.FAILED, Reason.DOUBLON_MANDANT, "L75")


def test_two_mandants_of_one_civil_status_are_not_taken_for_one_l75(world: World) -> None:
    """Two FranceConnect subjects: perhaps two people born the same day with the same names."""
    an_election(world)
    established(world)
    homonym = established(world, mandataire=another(1))
    assert outcome(world, homonym, Check.DUPLICATE) is Outcome.UNKNOWN
