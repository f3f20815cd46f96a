"""Domain's table of step 3, row by row: what is checked, what a failure means, and who then decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.dates import now
from models import aftermath, control, journey, settlement
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NoteRequired, NotHabilitated, Reason
from models.findings import Check, Finding
from models.law import ControlRegime, ListType
from models.procuration import Procuration, Status
from models.rules import MAJORITY, Outcome, years_after
from models.signing_list import lines
from tests.back_office.desks import entries, mails_of, status_of, town_hall
from tests.builders import SOISSONS, World, an_identity
from tests.journey.test_time import let, noon
from tests.law.people import ELOISE, GWENAELLE, a_roll, a_roll_of, an_election, another, established
from tests.page import read
from tests.paper import entered

TOWN_HALL, REGISTER = ControlRegime.TOWN_HALL, ControlRegime.REGISTER


def finding(world: World, procuration: Procuration, check: Check) -> Finding:
    """What one check says today of an established procuration."""
    return next(one for one in control.control(procuration, world.today).findings if one.check is check)


def outcome(world: World, procuration: Procuration, check: Check) -> Outcome:
    return finding(world, procuration, check).outcome


def decided(procuration: Procuration) -> tuple[Status, Reason | None]:
    return status_of(procuration), procuration.reason


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
