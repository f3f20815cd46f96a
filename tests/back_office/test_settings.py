"""What a town hall decides for itself: hours, telephone, duty list, closing time."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from app.dates import now
from app.late_alerts import tell_late_arrivals
from models import delegation, desk_settings, lateness
from models.account import Account
from models.base import db
from models.desk_settings import DeskSettings, Wanted
from models.errors import Unknown
from models.journal import Action
from models.procuration import Procuration
from tests.back_office.desks import Desk, entries
from tests.back_office.test_polling_day import station, the, told
from tests.builders import LAON, SOISSONS, World
from tests.contracts.test_plans import plans, without_an_index
from tests.database import queries
from tests.journey.test_late_arrivals import MINUTE, mails, on_duty, soon
from tests.page import Page, Values, read

ADDRESS = "/admin/settings/"
PAPEETE = "98735"


def desk(world: World, clerk: Account) -> Desk:
    return Desk(world.as_agent(clerk), ADDRESS)


def sent(at: Desk, rest: str = "", **changes: str) -> Page:
    """The form as the page gives it, some answers changed; what comes of it, the page that follows included."""
    return read(at.client.post(ADDRESS, data=form_of(at, rest) | changes, follow_redirects=True))


def form_of(at: Desk, rest: str = "") -> Values:
    return at.read(rest).form(ADDRESS)


def kept(code: str = LAON) -> DeskSettings:
    db.session.rollback()
    db.session.expire_all()
    return desk_settings.settings_of([db.session.get_one(desk_settings.Commune, code)])[code]


def test_what_is_typed_is_kept_shown_again_and_journaled_without_a_name(world: World) -> None:
    clerk, other = world.a_clerk(), world.a_clerk(name="Luc PETIT")
    typed = {
        "telephone": "03 23 22 30 30",
        "office_hours": "samedi 9 h à 12 h",
        "closing_days": "1",
        "closing_time": "18h30",
        "duty_1": str(other.id),
        "duty_2": str(clerk.id),
        "seen_within": "45",
    }
    at = desk(world, clerk)
    page = sent(at, **typed)
    assert "Réglages enregistrés pour Laon." in page.text
    assert form_of(at) | {"csrf_token": ""} == typed | {
        "closing_time": "18 h 30",
        "commune": LAON,
        "csrf_token": "",
    }
    assert (kept().closing_time, [one.name for one in kept().on_duty]) == (time(18, 30), ["Luc PETIT", "Nadia BENALI"])
    entry = entries()[-1]
    assert (entry.action, entry.account_id, entry.desk) == (Action.SETTINGS_CHANGED, clerk.id, LAON)
    assert entry.detail == "closing duty office seen telephone"


def test_who_joins_the_duty_list_is_told_of_what_nobody_on_it_has_opened(world: World) -> None:
    day, first, second = soon(world), world.a_clerk(), world.a_clerk()
    on_duty(world, first)
    world.established(days=(day,))
    start = now()
    assert [tell_late_arrivals(start), tell_late_arrivals(start + 40 * MINUTE)] == [1, 0]
    sent(desk(world, first), duty_2=str(second.id))
    assert [tell_late_arrivals(start + n * MINUTE) for n in (50, 90)] == [1, 0]
    assert [to for _, to, _ in mails()] == [first.email, second.email]


def test_a_commune_that_decided_nothing_has_the_thursday_before_a_sunday(world: World) -> None:
    sunday, zone = world.a_sunday(8), world.commune().zone
    closing = datetime.combine(sunday - timedelta(days=2), time(), zone)
    assert kept().closes_at(sunday, world.commune()) == closing
    assert form_of(desk(world, world.a_clerk()))["closing_time"] == "0 h 00"
    assert db.session.scalar(select(DeskSettings)) is None


def test_nothing_changed_writes_nothing(world: World) -> None:
    at = desk(world, world.a_clerk())
    assert "Rien n'a changé" in sent(at).text
    assert db.session.scalar(select(DeskSettings)) is None
    assert Action.SETTINGS_CHANGED not in [entry.action for entry in entries()]


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("telephone", "abc", "Téléphone du bureau : écrivez un numéro de téléphone, par exemple 03 23 22 30 30"),
        ("telephone", "12", "Téléphone du bureau : écrivez un numéro de téléphone, par exemple 03 23 22 30 30"),
        (
            "telephone",
            "+33 (0)3 23 22 30 30",
            "Téléphone du bureau : écrivez le numéro sans « (0) », par exemple +33 3 23 22 30 30",
        ),
        ("office_hours", "x" * 301, "Heures d'ouverture du bureau : écrivez 300 caractères au plus"),
        ("closing_time", "25 h", "Heure de clôture : écrivez une heure, par exemple 18 h 30"),
        ("closing_time", "", "Heure de clôture : écrivez une heure"),
        ("closing_days", "9", "Jour de clôture : choisissez un jour de la liste"),
        (
            "seen_within",
            "2",
            "Minutes avant de prévenir la suivante : écrivez un nombre de minutes, entre 5 et 1440",
        ),
        ("duty_1", "999999", "Première personne prévenue : choisissez une personne de la liste"),
    ],
)
def test_a_wrong_answer_says_what_to_write_and_nothing_is_lost(
    world: World, field: str, typed: str, message: str
) -> None:
    at = desk(world, world.a_clerk())
    others = {"telephone": "0323223030", "office_hours": "le matin"}
    page = sent(at, **others | {field: typed})
    assert (page.status, page.errors) == (422, [message])
    shown = page.form(ADDRESS)
    assert all(shown[name] == value for name, value in others.items() if name != field)
    assert field.startswith(("closing_days", "duty")) or shown[field] == typed
    assert db.session.scalar(select(DeskSettings)) is None


def test_nobody_is_on_duty_twice_and_an_empty_place_is_closed_up(world: World) -> None:
    first, second = world.a_clerk(name="Anne UN"), world.a_clerk(name="Bruno DEUX")
    at = desk(world, first)
    page = sent(at, duty_1=str(first.id), duty_2=str(first.id))
    assert page.errors == ["Deuxième personne : cette personne est déjà choisie plus haut"]
    sent(at, duty_1="", duty_2=str(second.id))
    assert [(one.position, one.account_id) for one in kept().duties] == [(1, second.id)]
    sent(at, duty_1=str(first.id), duty_2=str(second.id))
    assert [one.account_id for one in kept().duties] == [first.id, second.id]


def test_only_the_accounts_of_that_town_hall_are_offered_and_taken(world: World) -> None:
    mine, elsewhere = world.a_clerk(name="Anne UN"), world.a_clerk(SOISSONS, name="Bruno DEUX")
    gone = world.a_clerk(name="Chloé TROIS", suspended_at=now())
    at = desk(world, mine)
    page = at.read()
    assert "Anne UN" in page.text
    assert "Bruno DEUX" not in page.text
    assert "Chloé TROIS" not in page.text
    assert not any(name in form_of(at) for name in ("duty_2", "duty_3"))
    for account in (elsewhere, gone, world.an_officer()):
        with pytest.raises(Unknown):
            desk_settings.save(world.commune(), wanted(account), clerk=mine, now=now())
    with pytest.raises(Unknown):
        desk_settings.save(world.commune(SOISSONS), wanted(), clerk=mine, now=now())


def wanted(*accounts: Account) -> Wanted:
    return Wanted(None, None, 2, time(), 30, tuple(account.id for account in accounts))


def test_who_was_suspended_since_is_on_duty_no_more(world: World) -> None:
    clerk = world.a_clerk()
    desk_settings.save(world.commune(), wanted(clerk), clerk=clerk, now=now())
    clerk.suspended_at = now()
    db.session.commit()
    assert kept().on_duty == []


def test_who_works_there_no_more_is_told_of_nothing_and_the_next_person_stays(world: World) -> None:
    """Limited to another commune, or removed; saving another answer drops nobody else."""
    manager = world.a_clerk(LAON, SOISSONS, name="Colette HUBERT", manages_communes=True)
    limited, removed = (world.a_clerk(LAON, SOISSONS, name=name) for name in ("Anne UN", "Bruno DEUX"))
    for code in (LAON, SOISSONS):
        wish = wanted(limited, removed, manager)
        desk_settings.save(world.commune(code), wish, clerk=manager, now=now())
    delegation.limit(limited, [world.commune(SOISSONS)], manager=manager, now=now())
    delegation.remove(removed, manager=manager, now=now())
    db.session.commit()
    assert [one.name for one in kept(LAON).on_duty] == ["Colette HUBERT"]
    assert [one.name for one in kept(SOISSONS).on_duty] == ["Anne UN", "Colette HUBERT"]
    at = desk(world, manager)
    assert form_of(at, f"?commune={LAON}")["duty_1"] == str(manager.id)
    sent(at, f"?commune={LAON}", telephone="03 23 22 30 30")
    assert [one.name for one in kept(LAON).on_duty] == ["Colette HUBERT"]


def test_who_was_invited_and_has_not_come_in_is_not_offered_for_duty(world: World) -> None:
    manager = world.a_clerk(manages_communes=True)
    person = delegation.Person("luc@mairie.test", "Luc PETIT")
    delegation.invite_clerk(person, manager.communes, manager=manager, key=b"tests only", now=now())
    assert [one.id for one in desk_settings.clerks_of(world.commune())] == [manager.id]


def test_a_suspended_person_takes_nobody_elses_place_in_the_form(world: World) -> None:
    gone, next_one = world.a_clerk(name="Anne UN"), world.a_clerk(name="Bruno DEUX")
    desk_settings.save(world.commune(), wanted(gone, next_one), clerk=next_one, now=now())
    gone.suspended_at = now()
    db.session.commit()
    at = desk(world, next_one)
    assert form_of(at)["duty_1"] == str(next_one.id)
    sent(at, telephone="03 23 22 30 30")
    assert [one.name for one in kept().on_duty] == ["Bruno DEUX"]


def test_a_clerk_of_several_communes_chooses_which(world: World) -> None:
    at = desk(world, world.a_clerk(LAON, SOISSONS))
    page = at.read()
    assert [page.links[name] for name in ("Laon (02, Aisne)", "Soissons (02, Aisne)")] == [
        f"{ADDRESS}?commune={LAON}",
        f"{ADDRESS}?commune={SOISSONS}",
    ]
    sent(at, f"?commune={SOISSONS}", telephone="0323000000")
    assert (kept(LAON).telephone, kept(SOISSONS).telephone) == (None, "0323000000")


def test_an_arrival_is_late_from_the_communes_own_hour_there(world: World) -> None:
    """The eve at 18 h, in Papeete: four in the morning of the day after, in London."""
    saturday = world.a_sunday(8) - timedelta(days=1)
    world.an_election((saturday,))
    clerk, place = world.a_clerk(PAPEETE), world.commune(PAPEETE)
    desk_settings.save(place, Wanted(None, None, 1, time(18), 30, ()), clerk=clerk, now=now())
    closing = datetime.combine(saturday, time(4), UTC)
    rows = [world.established(commune_code=PAPEETE) for _ in range(2)]
    for row, at in zip(rows, (closing - timedelta(minutes=1), closing), strict=True):
        db.session.execute(update(Procuration).where(Procuration.id == row.id).values(established_at=at))
    db.session.commit()
    late = select(Procuration.id).where(lateness.is_late(clerk.communes, closing + timedelta(hours=1)))
    assert list(db.session.scalars(late)) == [rows[1].id]


def test_the_polling_station_reads_whom_to_call(world: World) -> None:
    world.established(**the("PETIT", "GRAND"))
    clerk = world.a_clerk()
    hours = Wanted("dimanche dès 7 h 30", "03 23 22 30 30", 2, time(), 30, (clerk.id,))
    desk_settings.save(world.commune(), hours, clerk=clerk, now=now())
    db.session.commit()
    page = told(station(world), "petit")
    assert "Appelez la mairie : 03 23 22 30 30, demandez Nadia BENALI. Ouverte : dimanche dès 7 h 30." in page.text
    assert page.links["03 23 22 30 30"] == "tel:0323223030"


def test_the_settings_of_ten_communes_cost_two_queries_found_by_an_index(world: World) -> None:
    communes = [world.commune(code) for code in (LAON, SOISSONS, PAPEETE)]
    clerk = world.a_clerk(LAON, SOISSONS, PAPEETE)
    for commune in communes:
        desk_settings.save(commune, wanted(clerk), clerk=clerk, now=now())
    db.session.commit()
    for asked_for in (communes, communes[:1]):
        db.session.expire_all()
        _ = [commune.code for commune in communes]
        with queries() as asked:
            assert all(one.on_duty for one in desk_settings.settings_of(asked_for).values())
        assert len(asked) == 2
    with plans() as steps:
        desk_settings.clerks_of(communes[0])
    assert not without_an_index(steps)
