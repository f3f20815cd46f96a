"""June 2021, June 2024 and New Caledonia in one database: each procuration is controlled by the law of its own days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from app.dates import now
from models import control, journey, scrutin
from models.base import db
from models.errors import Reason, RuleBroken
from models.findings import Check
from models.identity import Identity
from models.law import Ceiling, ControlRegime, Law, ListType
from models.procuration import Procuration, Status
from models.rules import Outcome
from models.scrutin import Election, ElectionKind
from tests.back_office.desks import mails_of, status_of
from tests.builders import LAON, SOISSONS, World
from tests.law.people import GWENAELLE, a_roll, another

NOUMEA, MONT_DORE = "98818", "98817"
JUNE_2021, JUNE_2024 = (date(2021, 6, 20), date(2021, 6, 27)), (date(2024, 6, 30), date(2024, 7, 7))
TOWN_HALL, REGISTER = ControlRegime.TOWN_HALL, ControlRegime.REGISTER


@dataclass
class Country:
    """Three elections that know nothing of each other."""

    world: World
    councils: Election
    assembly: Election
    provinces: Election

    def established(self, days: tuple[date, ...], commune: str, mandant: Identity, **changes: Any) -> Procuration:
        """Filed three weeks before, at noon, and established a few days later."""
        at = datetime.combine(days[0] - timedelta(weeks=3), time(12), tzinfo=UTC)
        place = changes.pop("mandataire_in", commune)
        values = {"mandataire": GWENAELLE, "mandataire_commune": self.world.commune(place)} | changes
        filed = self.world.submitted(at=at, commune_code=commune, mandant=mandant, days=days, **values)
        journey.establish(filed, officer=self.world.an_officer(), now=at + timedelta(days=3))
        db.session.commit()
        return filed


@pytest.fixture
def country(world: World) -> Country:
    a_roll(GWENAELLE, *map(another, range(6)))
    a_roll(GWENAELLE, another(6), commune=NOUMEA)
    no_way = {"online_revocation": False, "certified_identity": False}
    return Country(
        world,
        world.an_election(
            JUNE_2021,
            ("02", "60"),
            max_established_in_france=2,
            max_total_if_consular=None,
            same_commune_required=True,
            **no_way,
        ),
        world.an_election(
            JUNE_2024, ("FR", "CO"), kind=ElectionKind.LEGISLATIVE, control_regime=REGISTER, certified_identity=True
        ),
        world.an_election((world.a_sunday(6),), ("988",), kind=ElectionKind.PROVINCIAL, **no_way),
    )


def outcomes(procuration: Procuration, check: Check) -> list[Outcome]:
    """What that check says on the first of its days."""
    found = control.control(procuration, procuration.days[0])
    return [finding.outcome for finding in found.findings if finding.check is check]


def test_each_day_has_the_law_of_its_election_and_no_other(country: Country) -> None:
    laon, noumea = country.world.commune(), country.world.commune(NOUMEA)
    laws: dict[tuple[str, date], Law] = {}
    for commune in (laon, noumea):
        votes = scrutin.upcoming_in(commune, date(2021, 6, 1))
        laws |= {(commune.code, vote.polling_day): scrutin.law_on(commune, vote.polling_day, votes) for vote in votes}
    provincial = (NOUMEA, country.world.a_sunday(6))
    assert set(laws) == {(LAON, day) for day in (*JUNE_2021, *JUNE_2024)} | {(NOUMEA, day) for day in JUNE_2024} | {
        provincial
    }
    then, later, there = laws[LAON, JUNE_2021[0]], laws[LAON, JUNE_2024[0]], laws[provincial]
    assert [law.control_regime for law in (then, later, there)] == [TOWN_HALL, REGISTER, TOWN_HALL]
    assert [law.ceiling.max_established_in_france for law in (then, later, there)] == [2, 1, 1]
    assert [law.ceiling.total(with_consular=True) for law in (then, later, there)] == [2, 3, 3]
    assert [law.same_commune_required for law in (then, later, there)] == [True, False, False]
    assert [law.online_revocation for law in (then, later, there)] == [False, True, False]
    assert [law.certified_identity for law in (then, later, there)] == [False, True, False]


def test_in_june_2021_two_in_france_wait_for_the_town_hall_and_a_third_is_void(country: Country) -> None:
    first, second, third = (country.established(JUNE_2021, LAON, another(n)) for n in range(3))
    assert [status_of(one) for one in (first, second, third)] == [Status.ESTABLISHED, Status.ESTABLISHED, Status.VOID]
    assert third.reason is Reason.PLAFOND


def test_in_june_2024_the_register_decides_and_a_second_in_france_is_void(country: Country) -> None:
    first, second = (country.established(JUNE_2024, LAON, another(n)) for n in range(2))
    assert [status_of(one) for one in (first, second)] == [Status.VALIDATED, Status.VOID]
    assert first.is_automated
    assert mails_of(first) == ["submitted", "validated"]


def test_what_is_held_in_one_election_takes_no_room_in_another(country: Country) -> None:
    """The same mandataire in 2021, in 2024 and in New Caledonia."""
    held = [
        country.established(JUNE_2021, LAON, another(0)),
        country.established(JUNE_2024, LAON, another(0)),
        country.established((country.world.a_sunday(6),), NOUMEA, another(6)),
    ]
    assert [status_of(one) for one in held] == [Status.ESTABLISHED, Status.VALIDATED, Status.ESTABLISHED]


def test_the_same_commune_is_asked_for_in_june_2021_only(country: Country) -> None:
    then = country.established(JUNE_2021, LAON, another(0), mandataire_in=SOISSONS)
    later = country.established(JUNE_2024, LAON, another(1), mandataire_in=SOISSONS)
    there = country.established((country.world.a_sunday(6),), NOUMEA, another(6), mandataire_in=MONT_DORE)
    checks = [outcomes(one, Check.SAME_COMMUNE) for one in (then, later, there)]
    assert checks == [[Outcome.FAILED], [], []]


@pytest.mark.parametrize(
    ("lists", "of_the_mandataire", "outcome"),
    [
        ({ListType.LP}, ListType.LCM, Outcome.FAILED),
        ({ListType.LP, ListType.LCM}, ListType.LCM, Outcome.PASSED),
        ({ListType.LP, ListType.LCM}, ListType.LCE, Outcome.FAILED),
        ({ListType.LP, ListType.LCE}, ListType.LCE, Outcome.PASSED),
    ],
)
def test_a_list_votes_where_the_election_says_so(
    country: Country, lists: set[ListType], of_the_mandataire: ListType, outcome: Outcome
) -> None:
    day = country.world.a_sunday(12)
    country.world.an_election((day,), (SOISSONS,), list_types=frozenset(lists))
    a_roll(another(0), (GWENAELLE, of_the_mandataire), commune=SOISSONS)
    assert outcomes(country.established((day,), SOISSONS, another(0)), Check.LIST_TYPE) == [outcome]


def test_an_elector_of_new_caledonia_gives_to_another_of_it_and_the_town_hall_decides(country: Country) -> None:
    there = country.established((country.world.a_sunday(6),), NOUMEA, another(6))
    assert status_of(there) is Status.ESTABLISHED
    journey.validate(there, clerk=country.world.a_clerk(NOUMEA), now=now())
    db.session.commit()
    assert (there.status, there.is_automated) == (Status.VALIDATED, False)


def test_from_outside_a_mandataire_of_new_caledonia_is_for_paper_r213_1(country: Country) -> None:
    day = country.world.a_sunday(7)
    country.world.an_election((day,), ("FR", "CO"), control_regime=REGISTER)
    for commune in (LAON, "C0009"):
        with pytest.raises(RuleBroken) as refused:
            country.world.submitted(commune_code=commune, mandataire_commune=country.world.commune(NOUMEA), days=(day,))
        assert refused.value.reasons == (Reason.TELEPROCEDURE_EXCLUE,)


def test_a_national_election_of_the_register_leaves_new_caledonia_to_its_town_halls(country: Country) -> None:
    day = country.world.a_sunday(7)
    national = country.world.an_election((day,), ("FR", "988"), control_regime=REGISTER)
    next(one for one in national.territories if one.code == "988").control_regime = TOWN_HALL
    db.session.commit()
    here = country.established((day,), LAON, another(0))
    there = country.established((day,), NOUMEA, another(6), mandataire=another(7))
    assert status_of(here) is Status.VALIDATED
    assert status_of(there) is Status.ESTABLISHED
    assert national.law.ceiling == Ceiling(2, 1, 3)
