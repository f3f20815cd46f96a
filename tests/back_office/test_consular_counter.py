"""Three years for an elector of a consular list: before a consul, not before the police (R74)."""

import re
from datetime import timedelta

import pytest

from app.dates import now
from models import journey
from models.account import Account, Capacity
from models.base import db
from models.errors import RuleBroken
from models.journal import Action
from models.procuration import Procuration, Status
from models.rules import years_after
from models.territory import StationKind
from tests.back_office.desks import counter, entries, mails_of, status_of
from tests.builders import World, a_mandataire, an_identity
from tests.page import read, text_of

BRUXELLES = "C0009"


def a_consul(world: World) -> Account:
    return world.an_officer(Capacity.CONSUL, world.a_station(BRUXELLES, StationKind.CONSULATE))


def a_long_period(world: World) -> Procuration:
    """Three years, asked on a consular list."""
    return world.submitted(commune_code=BRUXELLES, valid_until=years_after(world.today, 3), days=())


def test_three_years_cannot_be_established_by_the_police_r74(world: World) -> None:
    demande = a_long_period(world)
    page = read(counter(world).act("validate", demande.reference))
    assert (page.status, page.data_status) == (422, "submitted")
    for words in (
        "La durée demandée est trop longue : jusqu'au",
        "Une procuration dure au plus un an (trois ans si vous êtes inscrit(e) sur une liste consulaire",
        "se présenter avec cette référence dans un consulat",
        "en faire une autre tout de suite, avec une date plus proche",
    ):
        assert words in page.text
    assert status_of(demande) is Status.SUBMITTED
    assert [(e.action, e.detail) for e in entries(demande)][-1] == (Action.DENIED, "VALIDITE_TROP_LONGUE")
    assert mails_of(demande) == ["submitted"]


def test_refused_in_france_it_is_established_by_the_consul_with_the_same_reference(world: World) -> None:
    demande = a_long_period(world)
    assert counter(world).act("validate", demande.reference).status_code == 422
    assert counter(world, a_consul(world)).act("validate", demande.reference).status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert (demande.established_in_france, demande.established_commune_code) == (False, BRUXELLES)


def test_one_year_of_a_consular_list_can_be_established_by_the_police(world: World) -> None:
    demande = world.submitted(commune_code=BRUXELLES, valid_until=years_after(world.today, 1), days=())
    assert counter(world).act("validate", demande.reference).status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert demande.established_in_france is True


def test_nobody_on_a_communes_roll_files_for_more_than_a_year(world: World) -> None:
    with pytest.raises(RuleBroken, match="VALIDITE_TROP_LONGUE"):
        world.submitted(valid_until=years_after(world.today, 1) + timedelta(days=2), days=())


def test_a_mandataire_may_hold_three_with_one_from_a_consular_list_and_no_fourth_l73(world: World) -> None:
    consul, mandataire = a_consul(world), a_mandataire()
    until = {"days": (), "valid_until": world.today + timedelta(days=90), "mandataire": mandataire}
    people = [an_identity(first_names=f"Éloïse {name}") for name in ("Anne", "Berthe", "Claire", "Diane")]
    given = [world.established(consul, mandant=one, commune_code=BRUXELLES, **until) for one in people]
    assert [one.status for one in given] == [Status.ESTABLISHED] * 3 + [Status.VOID]


def test_without_a_consular_list_two_and_no_third_even_abroad_l73(world: World) -> None:
    consul, mandataire = a_consul(world), a_mandataire()
    people = [an_identity(first_names=f"Éloïse {name}") for name in ("Anne", "Berthe", "Claire")]
    given = [world.established(consul, mandant=one, mandataire=mandataire) for one in people]
    assert [one.status for one in given] == [Status.ESTABLISHED] * 2 + [Status.VOID]


def test_a_late_vote_of_a_consular_list_speaks_of_the_consulate(world: World) -> None:
    day = world.commune(BRUXELLES).local_day(now())
    world.an_election(days=(day,), territories=("CO",))
    demande = world.submitted(commune_code=BRUXELLES, days=(day,))
    db.session.commit()
    page = counter(world, a_consul(world)).read(f"?reference={demande.reference}")
    assert "peut arriver trop tard au consulat où elle vote" in page.text
    assert "mairie" not in page.text


def test_a_consulates_desk_speaks_of_consulates_alone_to_an_elector_of_its_list(world: World) -> None:
    world.an_election(territories=("CO",))
    consul = a_consul(world)
    demande, desk = world.submitted(commune_code=BRUXELLES), counter(world, consul)
    pages = [
        desk.read(),
        desk.read("?reference=AAAAAA"),
        desk.read(f"?reference={demande.reference}"),
        *(read(desk.post(act, demande.reference)) for act in ("invalidate", "postpone")),
        read(desk.client.get(desk.act("validate", demande.reference).location)),
        desk.read(f"?reference={demande.reference}"),
        read(desk.client.get(f"/admin/receipt/?reference={demande.reference}")),
        read(desk.client.get("/admin/special-register/")),
    ]
    for page in pages:
        assert "Consulat" in text_of(page.root)
        assert not re.search(r"police|gendarm|mairie|officier", text_of(page.root), re.IGNORECASE), page.text


def test_the_history_of_an_elector_of_a_consular_list_speaks_of_the_consulate(world: World) -> None:
    world.an_election(territories=("CO",))
    elector = world.an_elector()
    procuration = world.established(elector=elector, commune_code=BRUXELLES)
    journey.validate(procuration, clerk=world.a_clerk(BRUXELLES), note="Vu.", now=now())
    db.session.commit()
    told = read(world.as_elector(elector).get("/mes-procurations")).text
    assert "procuration établie au guichet et transmise au consulat" in told
    assert "procuration validée par le consulat" in told
    assert f"à la mairie ({procuration.commune.name})" not in told
