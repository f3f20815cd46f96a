"""Domain's table of step 3, row by row: what is checked, what a failure means, and who then decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.dates import now
from models import aftermath, control, journey, settlement
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NoteRequired, NotHabilitated, Reason
from models.findings import Check
from models.law import ControlRegime, ListType
from models.procuration import Status
from models.rules import MAJORITY, Outcome, years_after
from models.signing_list import lines
from tests.back_office.desks import mails_of, status_of, town_hall
from tests.builders import SOISSONS, World, an_identity
from tests.journey.test_time import let, noon
from tests.law.findings import decided, finding, outcome
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another, established

TOWN_HALL, REGISTER = ControlRegime.TOWN_HALL, ControlRegime.REGISTER


def test_a_commune_outside_the_clerks_perimeter_is_404_r76(world: World) -> None:
    """R76: a town hall controls what was established for its own electors."""
    foreign = established(world)
    assert town_hall(world, world.a_clerk(SOISSONS)).get(f"details/?id={foreign.id}").status_code == 404
    with pytest.raises(NotHabilitated):
        journey.validate(foreign, clerk=world.a_clerk(SOISSONS), now=now())


def test_a_mandant_on_the_roll_of_the_commune_passes_l71(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    assert outcome(world, established(world), Check.MANDANT_REGISTERED) is Outcome.PASSED


def test_a_mandant_who_is_not_on_the_roll_fails_l71(world: World) -> None:
    a_roll(GWENAELLE)
    one = finding(world, established(world), Check.MANDANT_REGISTERED)
    assert (one.outcome, one.reason, one.article) == (Outcome.FAILED, Reason.MANDANT_NON_INSCRIT, "L71")


def test_who_may_be_on_a_line_set_aside_is_for_a_person_to_find_l71(world: World) -> None:
    a_roll(GWENAELLE, set_aside=1)
    one = finding(world, established(world), Check.MANDANT_REGISTERED)
    assert (one.outcome, one.why) == (Outcome.UNKNOWN, "set_aside")


def test_a_mandant_on_a_list_that_does_not_vote_fails_l71(world: World) -> None:
    an_election(world)
    a_roll((ELOISE, ListType.LCE), GWENAELLE)
    assert outcome(world, established(world), Check.MANDANT_REGISTERED) is Outcome.FAILED


def test_without_a_roll_nobody_can_tell_l71_l72(world: World) -> None:
    procuration = established(world)
    for check in (Check.MANDANT_REGISTERED, Check.MANDATAIRE_REGISTERED, Check.LIST_TYPE):
        one = finding(world, procuration, check)
        assert (one.outcome, one.why) == (Outcome.UNKNOWN, "no_roll")


def test_two_electors_of_one_civil_status_go_to_a_person_l71(world: World) -> None:
    a_roll(ELOISE, ELOISE, GWENAELLE)
    one = finding(world, established(world), Check.MANDANT_REGISTERED)
    assert (one.outcome, one.why) == (Outcome.UNKNOWN, "several")


def test_a_mandataire_of_another_commune_passes_since_2022_l72(world: World) -> None:
    a_roll(ELOISE)
    a_roll(GWENAELLE, commune=SOISSONS)
    procuration = established(world, mandataire_commune=world.commune(SOISSONS))
    assert outcome(world, procuration, Check.MANDATAIRE_REGISTERED) is Outcome.PASSED
    checked = [one.check for one in control.control(procuration, world.today).findings]
    assert Check.SAME_COMMUNE not in checked


def test_before_2022_a_mandataire_who_is_not_on_the_roll_fails_l72(world: World) -> None:
    """L72 before 2022: no other roll than that of the one commune would do."""
    an_election(world, same_commune_required=True)
    a_roll(ELOISE)
    one = finding(world, established(world), Check.MANDATAIRE_REGISTERED)
    assert (one.outcome, one.reason) == (Outcome.FAILED, Reason.MANDATAIRE_NON_INSCRIT)


def test_before_2022_a_mandataire_found_on_another_roll_is_of_another_commune_l72(world: World) -> None:
    """L72 before 2022: the commune of the roll, not the one that the mandant believed."""
    an_election(world, same_commune_required=True)
    a_roll(ELOISE)
    a_roll(GWENAELLE, commune=SOISSONS, nne="123456789")
    one = finding(world, established(world, mandataire_nne="123456789"), Check.SAME_COMMUNE)
    assert (one.outcome, one.inputs["mandataire"]) == (Outcome.FAILED, SOISSONS)


def test_a_mandataire_not_on_the_roll_of_the_commune_named_is_never_refused_by_the_register_l72(world: World) -> None:
    """L72 since 2022: an elector of any commune; a clerk looks, and says in writing what was found."""
    an_election(world, REGISTER)
    a_roll(ELOISE)
    a_roll(GWENAELLE, commune=SOISSONS)
    procuration, clerk = established(world), world.a_clerk()
    assert decided(procuration) == (Status.ESTABLISHED, None)
    one = finding(world, procuration, Check.MANDATAIRE_REGISTERED)
    assert (one.outcome, one.why) == (Outcome.UNKNOWN, "elsewhere")
    with pytest.raises(NoteRequired):
        journey.validate(procuration, clerk=clerk, now=now())
    journey.validate(procuration, clerk=clerk, note="Électrice de Soissons.", now=now())
    assert procuration.status is Status.VALIDATED


def test_a_number_finds_the_mandataire_whichever_commune_is_named_l72(world: World) -> None:
    """L72, R75: the mandant believes her an elector of Laon; her number says where she is one."""
    an_election(world, REGISTER)
    a_roll(ELOISE)
    a_roll(GWENAELLE, commune=SOISSONS, nne="123456789")
    procuration = established(world, mandataire_nne="123456789")
    assert decided(procuration) == (Status.VALIDATED, None)
    assert finding(world, procuration, Check.MANDATAIRE_REGISTERED).inputs["commune"] == SOISSONS


def test_a_number_that_is_somebody_elses_is_for_a_person_to_look_at_l72(world: World) -> None:
    """L72: of the same birth date under another name, it may have been mistyped."""
    an_election(world, REGISTER)
    a_roll(ELOISE)
    a_roll(replace(GWENAELLE, birth_name="KERMARREC"), commune=SOISSONS, nne="123456789")
    procuration = established(world, mandataire_nne="123456789")
    assert decided(procuration) == (Status.ESTABLISHED, None)
    assert finding(world, procuration, Check.MANDATAIRE_REGISTERED).why == "uncertain"


def test_a_mandataire_named_by_number_is_found_in_any_roll_l72(world: World) -> None:
    """R75 since 2022: an elector's number and a birth date, without the commune."""
    nowhere = {"mandataire_commune": None}
    a_roll(ELOISE)
    a_roll(GWENAELLE, commune=SOISSONS, nne="123456789")
    numbered = established(world, mandataire_nne="123456789", **nowhere)
    assert finding(world, numbered, Check.MANDATAIRE_REGISTERED).inputs["lists"] == ["LP"]
    assert outcome(world, numbered, Check.MANDATAIRE_REGISTERED) is Outcome.PASSED
    unknown = established(world, mandant=another(0), mandataire=another(1), mandataire_nne="1", **nowhere)
    assert outcome(world, unknown, Check.MANDATAIRE_REGISTERED) is Outcome.UNKNOWN, "a commune may have given no roll"
    neither = established(world, mandant=another(2), mandataire=another(3), **nowhere)
    one = finding(world, neither, Check.MANDATAIRE_REGISTERED)
    assert (one.outcome, one.why) == (Outcome.UNKNOWN, "no_roll")


def test_in_2021_the_mandataire_votes_in_the_same_commune_l72(world: World) -> None:
    an_election(world, same_commune_required=True)
    here = established(world, mandant=another(0), mandataire=another(1))
    elsewhere = established(world, mandataire_commune=world.commune(SOISSONS))
    assert outcome(world, here, Check.SAME_COMMUNE) is Outcome.PASSED
    one = finding(world, elsewhere, Check.SAME_COMMUNE)
    assert (one.outcome, one.reason) == (Outcome.FAILED, Reason.MANDATAIRE_AUTRE_COMMUNE)


def test_a_mandataire_on_the_european_list_cannot_vote_for_a_council_l72(world: World) -> None:
    an_election(world)
    a_roll(ELOISE, (GWENAELLE, ListType.LCE))
    one = finding(world, established(world), Check.LIST_TYPE)
    assert (one.outcome, one.reason) == (Outcome.FAILED, Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN)


def test_a_mandataire_on_the_european_list_votes_in_a_european_election_l72(world: World) -> None:
    an_election(world, list_types=frozenset({ListType.LP, ListType.LCE}))
    a_roll(ELOISE, (GWENAELLE, ListType.LCE))
    assert outcome(world, established(world), Check.LIST_TYPE) is Outcome.PASSED


@pytest.mark.parametrize("who", ["mandant", "mandataire"])
def test_inside_a_period_nobody_votes_before_being_of_age_l2(world: World, who: str) -> None:
    """L2: seventeen at the first tour, eighteen at the second; the period serves at the second only."""
    first, second = (one.polling_day for one in an_election(world, REGISTER).scrutins)
    young = an_identity(birth_name="JEUNE", birth_date=years_after(second, -MAJORITY))
    people = {"mandant": ELOISE, "mandataire": GWENAELLE} | {who: young}
    a_roll(*people.values(), another(0))
    period = world.established(**people, valid_until=second)
    assert decided(period) == (Status.VALIDATED, None)
    listed = {day: [one.procuration for one in lines(world.commune(), day)] for day in (first, second)}
    assert listed == {first: [], second: [period]}


def test_the_town_hall_needs_a_note_to_validate_against_a_failure_r76(world: World) -> None:
    a_roll(GWENAELLE)
    an_election(world)
    procuration, clerk = established(world), world.a_clerk()
    with pytest.raises(NoteRequired):
        journey.validate(procuration, clerk=clerk, now=now())
    journey.validate(procuration, clerk=clerk, note="Inscrite hier, liste pas encore à jour.", now=now())
    assert procuration.status is Status.VALIDATED
    assert next(one["outcome"] for one in procuration.findings or ()) == "failed"


def test_the_town_hall_needs_a_note_to_invalidate_against_all_passed_r76(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    an_election(world)
    procuration, clerk = established(world), world.a_clerk()
    with pytest.raises(NoteRequired):
        journey.invalidate(procuration, clerk=clerk, reason=Reason.MANDATAIRE_DROITS, now=now())
    journey.invalidate(procuration, clerk=clerk, reason=Reason.MANDATAIRE_DROITS, note="Décès.", now=now())
    assert procuration.status is Status.INVALIDATED


@pytest.mark.parametrize("validated", [False, True], ids=["to decide", "in doubt"])
def test_nothing_is_decided_after_the_vote_r74_r76(world: World, validated: bool) -> None:
    """On Monday, before the daily command: who would be told « peut voter pour vous » could not."""
    an_election(world)
    procuration, clerk = established(world), world.a_clerk()
    if validated:
        journey.validate(procuration, clerk=clerk, note="vu", now=now())
        procuration.doubted_at = now()
        db.session.commit()
    told, monday = mails_of(procuration), noon(procuration.last_day + timedelta(days=1))
    with pytest.raises(AlreadyHandled):
        journey.validate(procuration, clerk=clerk, note="vu", now=monday)
    with pytest.raises(AlreadyHandled):
        journey.invalidate(procuration, clerk=clerk, reason=Reason.PLAFOND, note="vu", now=monday)
    settlement.recontrol(procuration, election_id=1, now=monday)
    db.session.commit()
    assert mails_of(procuration) == told
    let(monday)
    assert status_of(procuration) is Status.ENDED
    assert ("undecided" in mails_of(procuration)) is not validated


def test_on_the_day_of_the_vote_it_is_still_decided_r74_r76(world: World) -> None:
    an_election(world)
    procuration = established(world)
    journey.validate(procuration, clerk=world.a_clerk(), now=noon(procuration.last_day))
    assert procuration.status is Status.VALIDATED


def test_the_register_validates_what_passes_in_the_act_of_establishment(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    an_election(world, REGISTER)
    procuration = established(world)
    assert decided(procuration) == (Status.VALIDATED, None)
    assert procuration.is_automated
    assert mails_of(procuration) == ["submitted", "validated"]


@pytest.mark.parametrize(
    ("roll", "reason"),
    [
        ((GWENAELLE,), Reason.MANDANT_NON_INSCRIT),
        ((ELOISE, (GWENAELLE, ListType.LCE)), Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN),
    ],
)
def test_the_register_invalidates_what_fails(world: World, roll: tuple, reason: Reason) -> None:
    a_roll(*roll)
    an_election(world, REGISTER)
    procuration = established(world)
    assert decided(procuration) == (Status.INVALIDATED, reason)
    assert mails_of(procuration) == ["submitted", "invalidated"]


def test_what_the_register_cannot_tell_falls_to_the_town_hall(world: World) -> None:
    an_election(world, REGISTER)
    procuration = established(world)
    assert decided(procuration) == (Status.ESTABLISHED, None)
    assert mails_of(procuration) == ["submitted", "established"]
    journey.validate(procuration, clerk=world.a_clerk(), now=now())
    assert not procuration.is_automated


def test_one_day_of_the_town_hall_makes_it_the_town_halls_r74(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    one = world.an_election(days=(world.a_sunday(8),), control_regime=REGISTER)
    other = world.an_election(days=(world.a_sunday(9),), control_regime=TOWN_HALL)
    both = tuple(election.scrutins[0].polling_day for election in (one, other))
    assert decided(established(world, days=both)) == (Status.ESTABLISHED, None)


def test_a_period_without_election_is_controlled_by_the_law_of_its_territory_r74(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    here = established(world, valid_until=world.a_sunday(20))
    assert decided(here) == (Status.VALIDATED, None)
    noumea = "98818"
    a_roll(another(0), another(1), commune=noumea)
    there = established(
        world,
        mandant=another(0),
        mandataire=another(1),
        commune_code=noumea,
        mandataire_commune=world.commune(noumea),
        valid_until=world.a_sunday(20),
    )
    assert decided(there) == (Status.ESTABLISHED, None)


@pytest.mark.parametrize("territories", [("FR",), ("FR", "988")])
def test_in_new_caledonia_a_national_election_keeps_the_visit_and_the_town_hall_r213_1(
    world: World, territories: tuple[str, ...]
) -> None:
    """Its electors are not in the REU, and its own law has neither a certified identity nor a revocation on line."""
    noumea = world.commune("98818")
    an_election(world, REGISTER, certified_identity=True, territories=territories)
    a_roll(another(0), another(1), commune="98818")
    there = {"mandant": another(0), "mandataire": another(1), "commune_code": "98818", "mandataire_commune": noumea}
    demande, here = world.submitted(**there), world.submitted()
    assert journey.may_establish_certified(here, world.today)
    assert not journey.may_establish_certified(demande, world.today)
    with pytest.raises(NotAllowed):
        journey.establish_certified(demande, place=noumea, now=now())
    journey.establish(demande, officer=world.an_officer(), now=now())
    db.session.commit()
    assert decided(demande) == (Status.ESTABLISHED, None)
    with pytest.raises(NotAllowed):
        aftermath.ask_revocation(demande, now=now())
