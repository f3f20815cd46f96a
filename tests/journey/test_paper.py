"""A form on paper, typed by the town hall of its mandant: established as it says, settled at once, told to nobody."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.dates import now
from models import control, paper
from models.base import db
from models.errors import NotHabilitated, Reason, RuleBroken
from models.law import ControlRegime
from models.lifetime import purge
from models.procuration import Procuration, Source, Status
from models.rules import Outcome, years_after
from tests.back_office.desks import entries, journaled, mails_of
from tests.builders import LAON, SOISSONS, World
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another
from tests.paper import a_form, entered

NOUMEA, BRUXELLES = "98818", "C0009"


def refused(world: World, **changes: Any) -> list[Reason]:
    """The reasons that the domain gives, whatever the door."""
    with pytest.raises(RuleBroken) as broken:
        entered(world, **changes)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Procuration.id))) == 0
    return list(broken.value.reasons)


def test_what_the_form_says_is_kept_to_the_day_and_the_word_r75(world: World) -> None:
    clerk, form = world.a_clerk(), a_form(world)
    one = paper.enter(form, clerk=clerk, submission_key="key", now=now())
    db.session.commit()
    assert (one.source, one.status, one.reference) == (Source.PAPER, Status.ESTABLISHED, None)
    assert (one.mandant, one.mandant_nne) == (form.mandant, "12345678")
    assert (one.mandataire, one.mandataire_nne) == (form.mandataire, "87654321")
    assert (one.officer_name, one.authority_capacity) == ("Jeanne LEROY", "directrice des services de greffe")
    assert (one.officer_id, one.email, one.elector_key) == (None, None, None)
    assert (one.established_commune_code, one.established_in_france) == (LAON, True)
    assert (one.established_day_only, one.received_on) == (True, form.received_on)
    assert one.commune.local_day(one.established_at) == form.established_on
    assert [(e.action, e.account_id, e.desk) for e in entries(one)] == [("paper_entered", clerk.id, LAON)]
    assert mails_of(one) == []


def test_the_register_decides_on_paper_as_on_line(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(ELOISE, GWENAELLE)
    one = entered(world, mandataire_commune=world.commune())
    assert (one.status, one.is_automated) == (Status.VALIDATED, True)
    assert journaled(one) == ["paper_entered", "validated"]
    assert mails_of(one) == []


def test_paper_counts_against_what_was_established_on_line_l73(world: World) -> None:
    an_election(world)
    on_paper = entered(world, established_on=world.today - timedelta(days=2))
    on_line = world.established(mandant=another(1), mandataire=GWENAELLE)
    assert (on_paper.status, on_line.status) == (Status.ESTABLISHED, Status.VOID)


def test_a_form_typed_late_and_established_first_voids_what_came_after_l73(world: World) -> None:
    an_election(world)
    on_line = world.established(mandant=another(1), mandataire=GWENAELLE)
    entered(world, established_on=world.today - timedelta(days=2))
    db.session.refresh(on_line)
    assert on_line.status is Status.VOID
    assert mails_of(on_line) == ["submitted", "established", "void"]


def test_two_forms_of_one_day_cannot_be_ordered_and_go_to_a_person_l73(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(ELOISE, GWENAELLE, another(1))
    here = {"mandataire_commune": world.commune(), "established_on": world.today - timedelta(days=2)}
    first = entered(world, **here)
    second = entered(world, mandant=another(1), mandant_nne="11", **here)
    assert (first.status, second.status) == (Status.VALIDATED, Status.ESTABLISHED)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mandataire": ELOISE}, Reason.MANDANT_EST_MANDATAIRE),
        ({"days": (date(2021, 6, 20),)}, Reason.VALIDITE_EXPIREE),
        ({"days": (date(2099, 6, 21),)}, Reason.SCRUTIN_INCONNU),
        ({"mandant_nne": None}, Reason.DONNEES_INCOMPLETES),
        ({"mandataire_nne": None}, Reason.DONNEES_INCOMPLETES),
    ],
)
def test_what_the_law_forbids_is_refused_or_kept_as_invalidated(
    world: World, changes: dict[str, Any], reason: Reason
) -> None:
    world.an_election()
    assert refused(world, **changes) == [reason]
    clerk = world.a_clerk()
    one = entered(world, clerk=clerk, keep_invalid=True, **changes)
    assert (one.status, one.reason, one.decided_by_id) == (Status.INVALIDATED, reason, clerk.id)
    assert [(e.action, e.detail) for e in entries(one)] == [("paper_entered", None), ("invalidated", reason)]
    assert mails_of(one) == []


def test_a_period_is_counted_from_the_establishment_and_may_end_today_r74(world: World) -> None:
    on = world.today - timedelta(days=10)
    period = {"days": (), "established_on": on}
    assert refused(world, **period, valid_until=years_after(on, 1) + timedelta(days=1)) == [Reason.VALIDITE_TROP_LONGUE]
    assert refused(world, **period, valid_until=world.today - timedelta(days=2)) == [Reason.VALIDITE_EXPIREE]
    for last in (years_after(on, 1), world.commune().local_day(now())):
        assert entered(world, **period, valid_until=last).status in (Status.ESTABLISHED, Status.VOID)


def test_two_tours_received_between_them_serve_for_the_second_r74(world: World) -> None:
    past, coming = world.today - timedelta(days=3), world.today + timedelta(days=4)
    world.an_election(days=(past, coming))
    one = entered(world, days=(past, coming), established_on=past - timedelta(days=5))
    assert (one.status, one.days) == (Status.ESTABLISHED, [past, coming])


def test_three_years_before_a_consul_for_a_consular_list_r74(world: World) -> None:
    post, clerk = world.commune(BRUXELLES), world.a_clerk(BRUXELLES)
    period = {"days": (), "valid_until": years_after(world.today, 2), "commune": post, "clerk": clerk}
    assert entered(world, **period, place=post).established_in_france is False
    with pytest.raises(RuleBroken, match="VALIDITE_TROP_LONGUE"):
        entered(world, **period)


def test_established_then_received_then_typed(world: World) -> None:
    today = world.commune().local_day(now())
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    for on, received in ((today, yesterday), (tomorrow, tomorrow), (today, tomorrow)):
        assert refused(world, established_on=on, received_on=received) == [Reason.DATES_DISCORDANTES]
    assert refused(world, established_on=tomorrow, received_on=tomorrow, keep_invalid=True)
    one = entered(world, established_on=today, received_on=yesterday, keep_invalid=True)
    assert one.reason is Reason.DATES_DISCORDANTES


def test_a_form_that_does_not_say_for_when_or_by_whom_is_never_kept_r75(world: World) -> None:
    today = world.today
    for changes in (
        {"days": ()},
        {"valid_until": today + timedelta(days=9)},
        {"authority_name": ""},
        {"authority_capacity": ""},
    ):
        assert refused(world, keep_invalid=True, **changes) == [Reason.DONNEES_INCOMPLETES]


def test_new_caledonia_has_no_numbers_and_names_the_commune_r213_1(world: World) -> None:
    here = {"commune": world.commune(NOUMEA), "clerk": world.a_clerk(NOUMEA), "mandant_nne": None, "days": ()}
    here |= {"mandataire_nne": None, "valid_until": world.today + timedelta(days=30)}
    assert refused(world, **here) == [Reason.DONNEES_INCOMPLETES]
    assert entered(world, **here, mandataire_commune=world.commune(NOUMEA)).status is Status.ESTABLISHED


def test_a_town_hall_types_for_its_own_communes_only(world: World) -> None:
    for who in (world.a_clerk(SOISSONS), world.an_officer()):
        with pytest.raises(NotHabilitated):
            entered(world, clerk=who)
        db.session.rollback()
    assert db.session.scalar(select(func.count(Procuration.id))) == 0


def test_one_form_enters_once_and_another_under_the_same_key_is_another(world: World) -> None:
    clerk, form = world.a_clerk(), a_form(world)
    first, again = (paper.enter(form, clerk=clerk, submission_key="key", now=now()) for _ in range(2))
    other = paper.enter(a_form(world, mandant=another(2)), clerk=clerk, submission_key="key", now=now())
    db.session.commit()
    assert first is again
    assert other is not first
    assert journaled(first) == ["paper_entered"]


def test_a_purge_leaves_no_reference_to_remember(world: World) -> None:
    one = entered(world)
    purge(one, key=b"key", now=now())
    db.session.commit()
    assert [one.mandant.birth_name, one.officer_name, one.authority_capacity, one.reference_hash] == [None] * 4


def test_the_order_that_nobody_knows_is_a_finding(world: World) -> None:
    an_election(world)
    on = {"established_on": world.today - timedelta(days=2)}
    entered(world, **on)
    second = entered(world, mandant=another(1), mandant_nne="11", **on)
    found = control.control(second, world.today)
    assert [f.outcome for f in found.findings if f.check == "ceiling"] == [Outcome.UNKNOWN]
