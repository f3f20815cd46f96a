"""Domain's table of step 1, row by row, at the domain's own door; what a page adds is shown in tests/web."""

from datetime import date, timedelta

import pytest

from app.dates import now
from models import journey, rules
from models.errors import Reason, RuleBroken
from models.journal import Action
from models.procuration import Status
from models.rules import months_after, years_after
from tests.back_office.desks import journaled, mails_of
from tests.builders import World, a_mandataire, an_identity
from tests.law.people import ELOISE

BRUSSELS, NOUMEA = "C0009", "98818"


def refused(world: World, **changes: object) -> tuple[Reason, ...]:
    """Why this demande is refused; nothing is left of it."""
    demande = world.a_demande(**changes)
    with pytest.raises(RuleBroken) as broken:
        journey.submit(demande, elector=world.an_elector(), submission_key="key", now=now())
    assert journey.submitted_with("key", world.an_elector()) is None
    return broken.value.reasons


def test_without_a_session_the_form_leads_to_france_connect(world: World) -> None:
    """R75 II: the mandant reaches the télé-procédure with the authentication device of the arrêté."""
    answer = world.app.test_client().get("/demande")
    assert (answer.status_code, answer.location) == (302, "/connexion")


def test_a_mandant_who_will_not_be_eighteen_is_refused_l2(world: World) -> None:
    day = world.an_election().scrutins[0].polling_day
    young = an_identity(birth_date=years_after(day, -18) + timedelta(days=1))
    assert refused(world, mandant=young) == (Reason.MANDANT_MINEUR,)


def test_neither_a_day_nor_a_period_is_incomplete_r75(world: World) -> None:
    assert refused(world, days=()) == (Reason.DONNEES_INCOMPLETES,)


def test_more_than_a_year_is_refused_r74(world: World) -> None:
    too_long = years_after(world.today, 1) + timedelta(days=2)
    assert refused(world, valid_until=too_long) == (Reason.VALIDITE_TROP_LONGUE,)
    assert world.submitted(valid_until=years_after(world.today, 1)).status is Status.SUBMITTED


def test_three_years_for_an_elector_of_a_consular_list_r74(world: World) -> None:
    almost, too_long = (years_after(world.today, 3) + timedelta(days=days) for days in (-1, 2))
    assert world.submitted(commune_code=BRUSSELS, valid_until=almost).status is Status.SUBMITTED
    assert refused(world, commune_code=BRUSSELS, valid_until=too_long) == (Reason.VALIDITE_TROP_LONGUE,)


def test_the_year_is_counted_again_from_the_establishment_r74(world: World) -> None:
    demande = world.submitted(valid_until=years_after(world.today, 1))
    journey.establish(demande, officer=world.an_officer(), now=now())
    assert demande.status is Status.ESTABLISHED
    consular = world.submitted(commune_code=BRUSSELS, valid_until=years_after(world.today, 2))
    with pytest.raises(RuleBroken) as broken:
        journey.establish(consular, officer=world.an_officer(), now=now())
    assert broken.value.reasons == (Reason.VALIDITE_TROP_LONGUE,)


def test_more_than_a_year_is_sent_to_a_consulate_alone_r74(world: World) -> None:
    """Until a year is enough: then any counter would do."""
    demande = world.submitted(commune_code=BRUSSELS, valid_until=years_after(world.today, 1) + timedelta(days=9))
    assert rules.needs_consulate(demande, world.today)
    assert not rules.needs_consulate(demande, world.today + timedelta(days=9))
    assert not rules.needs_consulate(world.a_demande(), world.today)


@pytest.mark.parametrize("days_from_today", [0, -1])
def test_a_period_that_ends_today_or_before_is_refused_r74(world: World, days_from_today: int) -> None:
    today = world.commune().local_day(now())
    assert refused(world, valid_until=today + timedelta(days=days_from_today)) == (Reason.VALIDITE_EXPIREE,)


def test_tours_that_are_past_are_refused_r74(world: World) -> None:
    assert refused(world, days=(date(2024, 6, 30),)) == (Reason.VALIDITE_EXPIREE,)


def test_a_day_without_a_vote_in_the_commune_is_refused_r74(world: World) -> None:
    day = world.an_election(territories=("971",)).scrutins[0].polling_day
    assert refused(world, days=(day,)) == (Reason.SCRUTIN_INCONNU,)


def test_one_procuration_covers_all_the_elections_of_a_day_r74(world: World) -> None:
    both = [world.an_election() for _ in range(2)]
    days = {scrutin.polling_day for election in both for scrutin in election.scrutins}
    assert len(world.submitted(days=tuple(days)).days) == 2


def test_nobody_is_their_own_mandataire_l71(world: World) -> None:
    assert refused(world, mandant=ELOISE, mandataire=ELOISE) == (Reason.MANDANT_EST_MANDATAIRE,)


def test_new_caledonia_is_excluded_from_outside_r213_1(world: World) -> None:
    there = {"mandataire_commune": world.commune(NOUMEA), "valid_until": world.today + timedelta(days=90)}
    assert refused(world, **there) == (Reason.TELEPROCEDURE_EXCLUE,)
    assert refused(world, commune_code=BRUSSELS, **there) == (Reason.TELEPROCEDURE_EXCLUE,)
    both_there = world.submitted(commune_code=NOUMEA, **there)
    assert both_there.status is Status.SUBMITTED


def test_a_mandataire_who_is_not_of_age_is_refused_l72(world: World) -> None:
    child = a_mandataire(birth_date=world.today - timedelta(days=4000))
    assert refused(world, mandataire=child) == (Reason.MANDATAIRE_DROITS,)


def test_a_demande_in_order_has_a_reference_a_mail_and_two_months(world: World) -> None:
    """R72-1 II, and the arrêté of 31 March 2021 for the two months."""
    demande = world.submitted(valid_until=years_after(world.today, 1))
    assert demande.reference
    assert len(demande.reference) == 6
    destroyed_on = months_after(demande.commune.local_day(demande.submitted_at), 2)
    assert demande.expires_on == destroyed_on - timedelta(days=1)
    assert (mails_of(demande), journaled(demande)) == (["submitted"], [Action.SUBMITTED])
