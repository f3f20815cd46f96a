"""The acts, without a web request: from which status, by whom, and what they leave behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from models import journey
from models.account import Account, Capacity, Role
from models.base import db
from models.errors import (
    OFFICER_POSTPONEMENTS,
    OFFICER_REFUSALS,
    TOWN_HALL_REFUSALS,
    AlreadyHandled,
    NotHabilitated,
    Reason,
    RuleBroken,
    TooMany,
)
from models.journal import Action, Entry
from models.outbox import MailKind, OutboxMail
from models.procuration import Procuration, Status
from models.rules import years_after
from models.territory import StationKind
from tests.builders import LAON, SOISSONS, World, a_mandataire, an_identity
from tests.database import everything

PARIS_CONSULATE_LIST = "C0009"


def in_status(world: World, status: Status) -> Procuration:
    """A procuration in that status, by the shortest way."""
    procuration = world.established() if status is not Status.SUBMITTED else world.submitted()
    procuration.status = status
    db.session.commit()
    return procuration


def entries(procuration: Procuration) -> list[Entry]:
    return list(db.session.scalars(select(Entry).where(Entry.procuration_id == procuration.id).order_by(Entry.id)))


def mails(procuration: Procuration) -> list[OutboxMail]:
    mine = select(OutboxMail).where(OutboxMail.procuration_id == procuration.id).order_by(OutboxMail.id)
    return list(db.session.scalars(mine))


Act = Callable[[World, Procuration], None]
ACTS: dict[str, tuple[Act, Status, Status, Action, MailKind | None]] = {
    "withdraw": (
        lambda world, p: journey.withdraw(p, now=now()),
        Status.SUBMITTED,
        Status.WITHDRAWN,
        Action.WITHDRAWN,
        MailKind.WITHDRAWN,
    ),
    "correct_email": (
        lambda world, p: journey.correct_email(p, "new@electeurs.test", now=now()),
        Status.SUBMITTED,
        Status.SUBMITTED,
        Action.EMAIL_CORRECTED,
        MailKind.SUBMITTED,
    ),
    "postpone": (
        lambda world, p: journey.postpone(p, officer=world.an_officer(), reason=None, now=now()),
        Status.SUBMITTED,
        Status.SUBMITTED,
        Action.POSTPONED,
        None,
    ),
    "establish": (
        lambda world, p: journey.establish(p, officer=world.an_officer(), now=now()),
        Status.SUBMITTED,
        Status.ESTABLISHED,
        Action.ESTABLISHED,
        MailKind.ESTABLISHED,
    ),
    "refuse": (
        lambda world, p: journey.refuse(p, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now()),
        Status.SUBMITTED,
        Status.REFUSED,
        Action.REFUSED,
        MailKind.REFUSED,
    ),
    "validate": (
        lambda world, p: journey.validate(p, clerk=world.a_clerk(), now=now()),
        Status.ESTABLISHED,
        Status.VALIDATED,
        Action.VALIDATED,
        MailKind.VALIDATED,
    ),
    "invalidate": (
        lambda world, p: journey.invalidate(p, clerk=world.a_clerk(), reason=Reason.PLAFOND, now=now()),
        Status.ESTABLISHED,
        Status.INVALIDATED,
        Action.INVALIDATED,
        MailKind.INVALIDATED,
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_leads_from_one_status_to_another_with_one_entry_and_one_mail(world: World, name: str) -> None:
    act, before, after, action, kind = ACTS[name]
    procuration = in_status(world, before)
    told = len(mails(procuration))
    act(world, procuration)
    db.session.commit()
    db.session.expire_all()
    assert procuration.status is after
    assert entries(procuration)[-1].action is action
    assert [mail.kind for mail in mails(procuration)][told:] == ([kind] if kind else [])


@pytest.mark.parametrize("name", ACTS)
def test_from_any_other_status_nothing_happens(world: World, name: str) -> None:
    act, allowed, *_ = ACTS[name]
    for status in Status:
        if status is allowed:
            continue
        procuration = in_status(world, status)
        before = everything()["procuration"], len(entries(procuration)), len(mails(procuration))
        with pytest.raises(AlreadyHandled):
            act(world, procuration)
        db.session.commit()
        assert (everything()["procuration"], len(entries(procuration)), len(mails(procuration))) == before, status


@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_is_not_committed_never_was(world: World, name: str) -> None:
    act, before, *_ = ACTS[name]
    procuration = in_status(world, before)
    makers = {Role.OFFICER: world.an_officer(), Role.TOWN_HALL: world.a_clerk()}
    world.an_officer = lambda *a, **k: makers[Role.OFFICER]  # type: ignore[method-assign]
    world.a_clerk = lambda *a, **k: makers[Role.TOWN_HALL]  # type: ignore[method-assign]
    untouched = everything()
    act(world, procuration)
    db.session.rollback()
    assert everything() == untouched


@pytest.mark.parametrize("name", ACTS)
def test_a_stale_page_does_not_decide(world: World, name: str) -> None:
    """The conditional update looks at the row, not at what the actor had loaded."""
    act, before, *_ = ACTS[name]
    procuration = in_status(world, before)
    assert procuration.status is before
    elsewhere = Procuration.__table__.update().where(Procuration.id == procuration.id).values(status=Status.VOID)
    db.session.execute(elsewhere)
    assert procuration.status is before
    with pytest.raises(AlreadyHandled):
        act(world, procuration)
    assert procuration.status is Status.VOID


def test_messages_name_neither_the_mandataire_nor_a_birth_date_nor_the_officer(world: World) -> None:
    procuration = world.established(world.an_officer(name="Martin PETIT"))
    journey.invalidate(procuration, clerk=world.a_clerk(), reason=Reason.PLAFOND, note="vu", now=now())
    db.session.commit()
    told = str([mail.facts for mail in mails(procuration)])
    for datum in ("Aubigné", "Gwenaëlle", "HAUTPOUL", "1951", "1986", "PETIT", "BENALI", "vu"):
        assert datum not in told


def test_the_journal_names_accounts_and_codes_never_persons(world: World) -> None:
    officer = world.an_officer()
    procuration = world.established(officer)
    last = entries(procuration)[-1]
    assert (last.account_id, last.desk, last.detail) == (officer.id, officer.station_code, None)
    written = str([vars(entry) for entry in entries(procuration)])
    for datum in ("HAUTPOUL", "Aubigné", procuration.reference, "eloise@"):
        assert datum not in written


def test_the_newest_address_is_written_to(world: World) -> None:
    procuration, officer = world.submitted(), world.an_officer()
    assert procuration.email == "eloise@electeurs.test"
    db.session.execute(Procuration.__table__.update().values(email="new@electeurs.test"))
    assert procuration.email == "eloise@electeurs.test", "still as it was loaded"
    journey.establish(procuration, officer=officer, now=now())
    db.session.commit()
    assert mails(procuration)[-1].facts["to"] == "new@electeurs.test"


# Who may.


@pytest.mark.parametrize("capacity", Capacity)
def test_every_capacity_but_the_delegue_establishes(world: World, capacity: Capacity) -> None:
    procuration, officer = world.submitted(), world.an_officer(capacity)
    if capacity is Capacity.DELEGUE:
        for act in (
            lambda: journey.establish(procuration, officer=officer, now=now()),
            lambda: journey.refuse(procuration, officer=officer, reason=Reason.CONTRAINTE, now=now()),
        ):
            with pytest.raises(NotHabilitated):
                act()
    else:
        journey.establish(procuration, officer=officer, now=now())
        assert (procuration.officer_name, procuration.officer_capacity) == (officer.name, capacity)


def other_roles(world: World) -> list[Account]:
    return [world.a_clerk(), world.an_account(Role.MINISTRY), world.an_account(Role.AUDITOR)]


def test_no_other_role_does_an_officers_acts(world: World) -> None:
    procuration = world.submitted()
    for account in other_roles(world):
        for act in (
            lambda who=account: journey.establish(procuration, officer=who, now=now()),
            lambda who=account: journey.refuse(procuration, officer=who, reason=Reason.CONTRAINTE, now=now()),
            lambda who=account: journey.postpone(procuration, officer=who, reason=None, now=now()),
        ):
            with pytest.raises(NotHabilitated):
                act()
    assert procuration.status is Status.SUBMITTED


def test_only_a_clerk_of_the_commune_decides(world: World) -> None:
    procuration = world.established()
    foreign = [world.a_clerk(SOISSONS), world.an_officer(), world.an_account(Role.MINISTRY)]
    for account in foreign:
        with pytest.raises(NotHabilitated):
            journey.validate(procuration, clerk=account, now=now())
        with pytest.raises(NotHabilitated):
            journey.invalidate(procuration, clerk=account, reason=Reason.PLAFOND, now=now())
    journey.validate(procuration, clerk=world.a_clerk(SOISSONS, LAON), now=now())
    assert procuration.decided_by_name == "Nadia BENALI"


@pytest.mark.parametrize("reason", Reason)
def test_each_desk_has_its_own_reasons(world: World, reason: Reason) -> None:
    waiting, established = world.submitted(), world.established()
    officer, clerk = world.an_officer(), world.a_clerk()
    acts = [
        (OFFICER_POSTPONEMENTS, lambda: journey.postpone(waiting, officer=officer, reason=reason, now=now())),
        (OFFICER_REFUSALS, lambda: journey.refuse(waiting, officer=officer, reason=reason, now=now())),
        (TOWN_HALL_REFUSALS, lambda: journey.invalidate(established, clerk=clerk, reason=reason, now=now())),
    ]
    for allowed, act in acts:
        if reason in allowed:
            act()
        else:
            with pytest.raises(RuleBroken):
                act()


# When.


def test_an_expired_demande_is_nobodys_to_handle(world: World) -> None:
    procuration, officer = world.submitted(), world.an_officer()
    procuration.expires_on = world.commune().local_day(now()) - timedelta(days=1)
    db.session.commit()
    with pytest.raises(AlreadyHandled):
        journey.establish(procuration, officer=officer, now=now())
    with pytest.raises(AlreadyHandled):
        journey.refuse(procuration, officer=officer, reason=Reason.CONTRAINTE, now=now())


def test_the_year_counts_from_establishment(world: World) -> None:
    later = now() + timedelta(days=10)
    for excess, is_allowed in ((0, True), (1, False)):
        procuration = world.submitted(days=(), valid_until=world.today + timedelta(days=300))
        procuration.valid_until = years_after(world.commune().local_day(later), 1) + timedelta(days=excess)
        db.session.commit()
        if is_allowed:
            journey.establish(procuration, officer=world.an_officer(), now=later)
        else:
            with pytest.raises(RuleBroken) as broken:
                journey.establish(procuration, officer=world.an_officer(), now=later)
            assert broken.value.reasons == (Reason.VALIDITE_TROP_LONGUE,)


@pytest.mark.parametrize(
    ("commune", "kind", "is_allowed"),
    [
        (PARIS_CONSULATE_LIST, StationKind.CONSULATE, True),
        (PARIS_CONSULATE_LIST, StationKind.POLICE, False),
        (LAON, StationKind.CONSULATE, False),
        (LAON, StationKind.GENDARMERIE, False),
    ],
)
def test_three_years_need_a_consular_list_and_a_consular_authority(
    world: World, commune: str, kind: StationKind, is_allowed: bool
) -> None:
    procuration = world.submitted(commune_code=commune, days=(), valid_until=world.today + timedelta(days=300))
    procuration.valid_until = world.today + timedelta(days=3 * 365 - 5)
    db.session.commit()
    officer = world.an_officer(station=world.a_station(PARIS_CONSULATE_LIST, kind))
    if is_allowed:
        journey.establish(procuration, officer=officer, now=now())
    else:
        with pytest.raises(RuleBroken):
            journey.establish(procuration, officer=officer, now=now())


def test_an_address_is_corrected_five_times_a_day(world: World) -> None:
    procuration, start = world.submitted(), now()
    for n in range(5):
        journey.correct_email(procuration, f"{n}@electeurs.test", now=start)
    with pytest.raises(TooMany):
        journey.correct_email(procuration, "six@electeurs.test", now=start + timedelta(hours=23))
    journey.correct_email(procuration, "six@electeurs.test", now=start + timedelta(days=1, seconds=1))
    assert procuration.email == "six@electeurs.test"


# Filing.


def test_confirming_twice_files_one_demande(world: World) -> None:
    elector, demande = world.an_elector(), world.a_demande()
    first = journey.submit(demande, elector=elector, submission_key="k", now=now())
    db.session.commit()
    again = journey.submit(demande, elector=elector, submission_key="k", now=now())
    db.session.commit()
    assert first.id == again.id
    assert len(mails(first)) == len(entries(first)) == 1


def test_one_electors_key_is_not_anothers(world: World) -> None:
    demande = world.a_demande()
    journey.submit(demande, elector=world.an_elector(), submission_key="k", now=now())
    db.session.commit()
    assert journey.submitted_with("k", world.an_elector()) is None


def test_the_law_holds_whatever_the_door(world: World) -> None:
    wrong = {
        Reason.MANDANT_EST_MANDATAIRE: world.a_demande(mandataire=an_identity(first_names="ELOISE marie ange")),
        Reason.SCRUTIN_INCONNU: world.a_demande(days=(world.a_sunday(3) + timedelta(days=1),)),
        Reason.VALIDITE_EXPIREE: world.a_demande(days=(world.today - timedelta(days=7),)),
        Reason.VALIDITE_TROP_LONGUE: world.a_demande(valid_until=world.today + timedelta(days=400)),
        Reason.DONNEES_INCOMPLETES: world.a_demande(days=()),
        Reason.MANDANT_MINEUR: world.a_demande(mandant=an_identity(birth_date=world.today)),
        Reason.MANDATAIRE_DROITS: world.a_demande(mandataire=a_mandataire(birth_date=world.today)),
    }
    for reason, demande in wrong.items():
        with pytest.raises(RuleBroken) as broken:
            journey.submit(demande, elector=world.an_elector(), submission_key=reason, now=now())
        assert reason in broken.value.reasons
    assert everything()["procuration"] == []
