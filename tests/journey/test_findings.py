"""The findings of a control, to the letter: a person reads them years later, with the inputs they were drawn from."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.dates import now
from models import control, journey, naming
from models.account import Capacity
from models.base import db
from models.errors import Reason
from models.findings import Check
from models.identity import family_key, letters, person_key
from models.law import ControlRegime, ListType
from models.matching import Found
from models.procuration import Procuration, Status
from models.register import RollElector
from models.rules import Outcome
from models.territory import StationKind
from tests.builders import LAON, SOISSONS, World, an_identity
from tests.database import queries
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another, established

LP, LCM, LCE = ListType


def found(procuration: Procuration, today: date) -> dict[Check, dict[str, Any]]:
    """Each check's finding, but for what the check itself says."""
    findings = control.control(procuration, today).as_json
    assert [one["check"] for one in findings] == sorted((one["check"] for one in findings), key=[*Check].index)
    return {one.pop("check"): one for one in findings}


def a_finding(article: str, outcome: Outcome, reason: Reason, **rest: Any) -> dict[str, Any]:
    return {"article": article, "outcome": outcome, "reason": reason, "why": None, "day": None} | rest


def test_all_that_passes(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    an_election(world, list_types=frozenset({LP, LCM}))
    on_list = {"commune": "02408", "found": Found.ONE, "lists": [LP]}
    ceiling = {"held": 0, "held_in_france": 0, "max_total": 2, "max_established_in_france": 1}
    procuration = established(world)
    assert found(procuration, world.today) == {
        Check.MANDANT_REGISTERED: a_finding("L71", Outcome.PASSED, Reason.MANDANT_NON_INSCRIT, inputs=on_list),
        Check.MANDATAIRE_REGISTERED: a_finding("L72", Outcome.PASSED, Reason.MANDATAIRE_NON_INSCRIT, inputs=on_list),
        Check.LIST_TYPE: a_finding(
            "L72",
            Outcome.PASSED,
            Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN,
            inputs={"lists": [LP], "voting": [LCM, LP]},
        ),
        Check.CEILING: a_finding(
            "L73", Outcome.PASSED, Reason.PLAFOND, inputs=ceiling, day=procuration.days[0].isoformat()
        ),
        Check.DUPLICATE: a_finding("L75", Outcome.PASSED, Reason.DOUBLON_MANDANT, inputs={"given": 0}),
    }


def test_nobody_on_the_rolls(world: World) -> None:
    a_roll(another(0))
    a_roll(another(0), commune=SOISSONS)
    an_election(world)
    findings = found(established(world, mandataire_commune=world.commune(SOISSONS)), world.today)
    nobody = {"commune": "02408", "found": Found.NONE, "lists": []}
    assert findings[Check.MANDANT_REGISTERED] == a_finding(
        "L71", Outcome.FAILED, Reason.MANDANT_NON_INSCRIT, inputs=nobody
    )
    elsewhere = nobody | {"commune": SOISSONS, "found": Found.ELSEWHERE}
    assert findings[Check.MANDATAIRE_REGISTERED] == a_finding(
        "L72", Outcome.UNKNOWN, Reason.MANDATAIRE_NON_INSCRIT, inputs=elsewhere, why=Found.ELSEWHERE
    )
    assert Check.LIST_TYPE not in findings


def test_no_roll(world: World) -> None:
    an_election(world)
    findings = found(established(world), world.today)
    no_roll = {"commune": "02408", "found": Found.NO_ROLL, "lists": []}
    for check, article, reason in (
        (Check.MANDANT_REGISTERED, "L71", Reason.MANDANT_NON_INSCRIT),
        (Check.MANDATAIRE_REGISTERED, "L72", Reason.MANDATAIRE_NON_INSCRIT),
    ):
        assert findings[check] == a_finding(article, Outcome.UNKNOWN, reason, inputs=no_roll, why=Found.NO_ROLL)
    assert findings[Check.LIST_TYPE] == a_finding(
        "L72",
        Outcome.UNKNOWN,
        Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN,
        inputs={"lists": [], "voting": [LP]},
        why=Found.NO_ROLL,
    )


def test_a_list_that_votes_for_one_of_two(world: World) -> None:
    """L72: a person tells an elector of the European list which of the day's votes the procuration can serve."""
    a_roll((ELOISE, LCE), (GWENAELLE, LCE))
    an_election(world)
    an_election(world, list_types=frozenset({LP, LCE}))
    findings = found(established(world), world.today)
    assert findings[Check.LIST_TYPE] == a_finding(
        "L72",
        Outcome.UNKNOWN,
        Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN,
        inputs={"lists": [LCE], "voting": [LCE, LP]},
        why="some_votes",
    )
    mandant = findings[Check.MANDANT_REGISTERED]
    assert (mandant["outcome"], mandant["why"]) == (Outcome.UNKNOWN, "list_type")


def test_a_period_without_election_has_no_list_to_check(world: World) -> None:
    a_roll(ELOISE, GWENAELLE)
    assert Check.LIST_TYPE not in found(established(world, valid_until=world.a_sunday(9)), world.today)


@pytest.mark.parametrize(
    ("theirs", "outcome", "why"),
    [("02408", Outcome.PASSED, None), (SOISSONS, Outcome.FAILED, None), (None, Outcome.UNKNOWN, "commune_unknown")],
)
def test_the_same_commune(world: World, theirs: str | None, outcome: Outcome, why: str | None) -> None:
    an_election(world, same_commune_required=True)
    procuration = established(world, mandataire_commune=world.commune(theirs) if theirs else None)
    assert found(procuration, world.today)[Check.SAME_COMMUNE] == a_finding(
        "L72 avant 2022",
        outcome,
        Reason.MANDATAIRE_AUTRE_COMMUNE,
        inputs={"mandant": "02408", "mandataire": theirs},
        why=why,
    )


@pytest.mark.parametrize(("given", "kept"), [(None, "34"), ("34", "34")])
def test_from_the_establishment_on_the_mandataire_is_the_rolls(world: World, given: str | None, kept: str) -> None:
    """Typed by one first name, counted as the elector that the roll knows."""
    a_roll(GWENAELLE, nne="34")
    an_election(world)
    typed = an_identity(
        birth_name=GWENAELLE.birth_name, first_names="Rosalie", sex=GWENAELLE.sex, birth_date=GWENAELLE.birth_date
    )
    procuration = established(world, mandataire=typed, mandataire_nne=given)
    assert procuration.mandataire_key == family_key(GWENAELLE.birth_name, GWENAELLE.birth_date)
    assert (procuration.mandataire_roll_key, procuration.mandataire_nne) == (person_key(GWENAELLE), kept)
    other = established(world, mandant=another(0), mandataire=GWENAELLE)
    assert other.status is Status.VOID


def test_the_ceiling_shown_is_the_one_counted_with_l73(world: World) -> None:
    """L73: one of a consular list raises it to three, for itself and for what is established after it."""
    world.an_election(territories=("FR", "CO"))
    consul = world.an_officer(Capacity.CONSUL, world.a_station("C0009", kind=StationKind.CONSULATE))
    before = [world.established(officer=consul, mandant=another(n), mandataire=GWENAELLE) for n in range(2)]
    consular = world.established(officer=consul, mandant=ELOISE, mandataire=GWENAELLE, commune_code="C0009")
    shown = found(consular, world.today)[Check.CEILING]
    assert (shown["outcome"], shown["inputs"]["held"], shown["inputs"]["max_total"]) == (Outcome.PASSED, 2, 3)
    assert found(before[1], world.today)[Check.CEILING]["inputs"]["max_total"] == 2


def test_a_mandataire_with_a_namesake_is_counted_by_nobody(world: World) -> None:
    """L73: two electors of that civil status; whose ceiling it is, a person must say."""
    a_roll(ELOISE, GWENAELLE, GWENAELLE)
    an_election(world)
    established(world, mandant=another(0))
    later = established(world)
    assert later.status is Status.ESTABLISHED
    assert found(later, world.today)[Check.CEILING]["outcome"] is Outcome.UNKNOWN
    assert control.ceilings(later, world.today).findings[0].outcome is Outcome.UNKNOWN


def test_what_passed_yesterday_is_not_controlled_any_more(world: World) -> None:
    first, second = an_election(world).scrutins
    days = (first.polling_day, second.polling_day)
    procuration = established(world, days=days)
    assert len(control.laws_of(procuration, days[0])) == 2
    assert len(control.laws_of(procuration, days[0] + timedelta(days=1))) == 1
    assert len(control.laws_of(procuration, days[1] + timedelta(days=1))) == 1, "its last, for want of another"
    single = established(world, mandant=another(0), mandataire=another(1), days=days[:1])
    assert len(control.laws_of(single, days[1])) == 1


def test_a_period_is_controlled_for_today_and_each_vote_it_reaches(world: World) -> None:
    an_election(world)
    reached = world.a_sunday(8)
    assert len(control.laws_of(established(world, valid_until=reached - timedelta(days=1)), world.today)) == 1
    assert len(control.laws_of(established(world, mandataire=another(0), valid_until=reached), world.today)) == 2
    both = established(world, mandataire=another(1), valid_until=world.a_sunday(9))
    assert len(control.laws_of(both, world.today)) == 3
    assert len(control.laws_of(both, world.a_sunday(30))) == 1


@pytest.mark.parametrize("regime", ControlRegime)
def test_who_decides_is_said_with_each_control(world: World, regime: ControlRegime) -> None:
    an_election(world, regime)
    procuration = established(world)
    for look in (control.control, control.ceilings, control.at_establishment):
        assert look(procuration, world.today).regime is regime
    seen = [one.check for one in control.at_establishment(procuration, world.today).findings]
    assert (seen == [Check.CEILING]) is (regime is ControlRegime.TOWN_HALL)


def test_excess_is_said_by_the_whole_control_too(world: World) -> None:
    an_election(world)
    first = established(world)
    second = established(world, mandant=another(0), mandataire=another(1))
    second.mandataire, second.mandataire_key = first.mandataire, first.mandataire_key
    db.session.commit()
    for look in (control.control, control.ceilings):
        assert look(first, world.today).excess == (second,)


def test_both_are_found_by_number_too(world: World) -> None:
    a_roll(ELOISE, ELOISE, nne="56")
    an_election(world)
    assert naming.look_up(established(world, mandant_nne="56")).mandant.found is Found.ONE
    a_roll(GWENAELLE, GWENAELLE, nne="78")
    assert naming.look_up(established(world, mandataire_nne="78")).mandataire.found is Found.ONE
    assert journey.reasons_against(world.a_demande(), now=now()) == []


def test_a_mandataire_is_looked_up_alike_whatever_is_found_l72(world: World) -> None:
    """L72: at entry the time must not tell on which roll somebody is, if on any; without a roll nothing is asked."""
    an_election(world)
    a_roll(ELOISE)
    procuration = established(world, mandataire_nne="78")
    counts = set()
    for code, number in ((SOISSONS, "12"), (SOISSONS, "78"), (LAON, "78")):
        a_roll(GWENAELLE, commune=code, nne=number)
        db.session.refresh(procuration)
        with queries() as seen:
            naming.look_up_each([procuration], ("mandataire",))
        counts.add(len(seen))
    assert counts == {3}


def test_a_roll_imported_since_brings_two_names_of_one_mandataire_together_l73(world: World) -> None:
    """Named by usual name before there was a roll, then by birth name: one person, and one procuration too many."""
    an_election(world)
    usual = replace(GWENAELLE, birth_name="KERMARREC")
    first = established(world, mandataire=usual)
    a_roll(ELOISE, another(0), GWENAELLE)
    db.session.query(RollElector).filter_by(birth_name=GWENAELLE.birth_name).update(
        {"usual_name": "KERMARREC", "usual_key": letters("KERMARREC")}
    )
    second = established(world, mandant=another(0))
    journey.validate(first, clerk=world.a_clerk(), now=now())
    db.session.commit()
    assert (first.status, second.status) == (Status.VALIDATED, Status.VOID)
