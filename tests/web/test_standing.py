"""What an elector and a clerk read of one procuration: who ended it, who established it, and what is in doubt."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from app.dates import now
from app.message import words
from models import aftermath, journey, settlement
from models.base import db
from models.errors import Reason
from models.identity import Identity
from models.journal import Action
from models.law import ControlRegime, ListType
from models.outbox import MailKind, OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration
from models.rules import years_after
from tests.back_office.desks import entries, town_hall
from tests.builders import LAON, World, an_identity
from tests.law.people import ELOISE, GWENAELLE, a_roll
from tests.page import read
from tests.web.certified import CAMILLE, at_the_provider, elector_of, leave_to_establish, leave_to_revoke
from tests.web.journeys import MINE, answers, period, wrong


def pages_of(client: FlaskClient, procuration: Procuration) -> list[str]:
    """Every page of its elector that says where it stands."""
    rest = ("", f"/{procuration.reference}/resilier", f"/{procuration.reference}/retirer")
    addresses = [f"/demande/{procuration.reference}", *(MINE + end for end in rest)]
    return [read(client.get(address)).text for address in addresses]


def replace(world: World, former: Procuration, person: Elector) -> None:
    new = journey.submit(world.a_demande(), elector=person, submission_key="new", replaces=[former], now=now())
    journey.establish(new, officer=world.an_officer(), now=now())


REVOCATIONS: dict[str, tuple[Callable[..., None], str]] = {
    "in person": (
        lambda world, p, person: aftermath.revoke(p, officer=world.an_officer(), now=now()),
        "Vous avez résilié cette procuration sur place : personne ne votera",
    ),
    "by the town hall": (
        lambda world, p, person: aftermath.revoke_from_paper(p, clerk=world.a_clerk(), now=now()),
        "Votre mairie a résilié cette procuration, d'après un formulaire reçu sur papier",
    ),
    "by its successor": (replace, "Une autre procuration, que vous avez donnée ensuite, a remplacé celle-ci"),
}


@pytest.mark.parametrize("how", REVOCATIONS)
def test_who_revoked_it_is_said_on_every_page_l75(
    world: World, person: Elector, elector: FlaskClient, how: str
) -> None:
    procuration = world.established(elector=person)
    revoke, sentence = REVOCATIONS[how]
    revoke(world, procuration, person)
    db.session.commit()
    for text in pages_of(elector, procuration):
        assert sentence in text
        assert text.count("Vous avez résilié") == (how == "in person")


def test_a_certified_revocation_says_you_to_its_elector_and_not_to_the_clerk_r78(
    world: World, camille: FlaskClient
) -> None:
    procuration = world.established(elector=elector_of(camille), mandant=CAMILLE, mandataire=GWENAELLE)
    at_the_provider(camille, leave_to_revoke(camille, procuration.reference or "").location)
    for text in pages_of(camille, procuration):
        assert "Vous avez résilié cette procuration avec votre identité numérique certifiée" in text
    told = read(town_hall(world).get(f"details/?id={procuration.id}")).text
    assert "procuration résiliée par le mandant, avec une identité numérique certifiée" in told
    assert "votre" not in told


def test_the_minister_is_named_once_with_an_article_r75(world: World, camille: FlaskClient) -> None:
    demande = world.submitted(elector_of(camille))
    at_the_provider(camille, leave_to_establish(camille, demande.reference or "").location)
    told = read(town_hall(world).get(f"details/?id={demande.id}")).text
    assert "à Laon, par le ministre de l'intérieur Historique" in told
    assert "Ministre" not in told


def doubtful(world: World, person: Elector) -> Procuration:
    """Validated for a period; an election announced since does not let Gwenaëlle's list vote."""
    a_roll(ELOISE, (GWENAELLE, ListType.LCE))
    last_day = world.a_sunday(20)
    given = world.established(elector=person, mandant=ELOISE, mandataire=GWENAELLE, valid_until=last_day)
    assert given.status == "validated"
    announce(world, given)
    return given


@pytest.mark.parametrize("lists", [[ListType.LCE], []])
def test_who_is_on_a_list_that_does_not_vote_is_not_told_to_be_on_none_l71(
    world: World, person: Elector, elector: FlaskClient, lists: list[ListType]
) -> None:
    """The reason is the same; the page knows what was found, and the message is true of both."""
    a_roll(GWENAELLE, *((ELOISE, one) for one in lists))
    world.an_election(control_regime=ControlRegime.REGISTER)
    given = world.established(elector=person, mandant=ELOISE, mandataire=GWENAELLE)
    assert given.reason is Reason.MANDANT_NON_INSCRIT
    text = read(elector.get(MINE)).text
    assert ("inscrit(e) sur une liste électorale complémentaire, qui ne vote pas pour ce scrutin" in text) is bool(
        lists
    )
    assert ("n'a pas été trouvé sur la liste électorale" in text) is (not lists)
    mail = db.session.query(OutboxMail).filter_by(kind=MailKind.INVALIDATED).one()
    told = " ".join(words(mail.kind, mail.facts or {})[1].split())
    assert "de cette commune ou de ce consulat, qui vote pour ce scrutin. Demandez où, et sur quelle liste" in told


@pytest.mark.parametrize(("commune", "whom"), [(LAON, "votre mairie"), ("C0009", "votre consulat")])
def test_who_was_said_to_have_died_reads_whom_to_ask_and_not_why(
    world: World, person: Elector, elector: FlaskClient, commune: str, whom: str
) -> None:
    """A homonym, perhaps: nobody is written to, and the demande that ended with it was not theirs to withdraw."""
    world.an_election(territories=("FR", "CO"))
    given, waiting = (make(elector=person, commune_code=commune) for make in (world.established, world.submitted))
    aftermath.end_on_death(given, clerk=world.a_clerk(commune), now=now())
    db.session.commit()
    text = read(elector.get(MINE)).text
    for what in ("procuration", "demande"):
        assert f"Cette {what} est terminée. Si vous pensez que c'est une erreur, adressez-vous à {whom}." in text
    assert (waiting.status, "Vous avez retiré" in text) == ("withdrawn", False)
    for address in (MINE, f"/demande/{given.reference}", "/mes-procurations/donnees"):
        assert not re.search("décé|DECES|mort", elector.get(address).text)


def announce(world: World, given: Procuration, **law: object) -> None:
    world.an_election(**law)
    settlement.recontrol(given, now=now())
    db.session.commit()


def test_what_a_new_control_puts_in_doubt_is_said_with_whom_to_ask_r74(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    given = doubtful(world, person)
    text = read(elector.get(MINE)).text
    for said in (
        "validée, en doute",
        "reste validée, mais elle est en doute",
        "Votre mairie doit la regarder de nouveau",
    ):
        assert said in text
    assert "une difficulté" in text
    assert "Prévenez la personne qui votera pour vous" not in text

    announce(world, given, days=(world.a_sunday(10),))
    assert "en doute" in read(elector.get(MINE)).text, "the same failures, told once, are a doubt still"

    a_roll(ELOISE, GWENAELLE)
    settlement.recontrol(given, now=now())
    db.session.commit()
    assert entries(given)[-1].action is Action.RECONTROLLED
    assert "en doute" not in read(elector.get(MINE)).text


def test_what_a_clerk_has_set_aside_in_writing_is_no_doubt(world: World, person: Elector, elector: FlaskClient) -> None:
    world.an_election()
    a_roll(ELOISE)
    given = world.established(elector=person, mandant=ELOISE, mandataire=GWENAELLE)
    settlement.recontrol(given, now=now())
    journey.validate(given, clerk=world.a_clerk(), note="Inscrite ce matin.", now=now())
    settlement.recontrol(given, now=now())
    db.session.commit()
    text = read(elector.get(MINE)).text
    assert "en doute" not in text
    assert "Prévenez la personne qui votera pour vous" in text


def of_age_in(world: World, days: int) -> Identity:
    """Somebody who turns eighteen in that many days."""
    birthday: date = world.today + timedelta(days=days)
    return an_identity(birth_date=years_after(birthday, -18))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (60, "choisissez un vote plus tardif"),
        (200, "choisissez une période qui finit après vos 18 ans"),
        (4 * 365, "il est trop tôt, revenez dans l'année de vos 18 ans"),
    ],
)
def test_a_minor_is_told_what_is_left_to_do_l2(world: World, days: int, said: str) -> None:
    first, second = world.a_sunday(6), world.a_sunday(12)
    world.an_election((first, second))
    client = world.as_elector(identity=of_age_in(world, days))
    for fields in (answers(world, scrutins=[first.isoformat()]), period(world, world.today + timedelta(days=30))):
        assert said in wrong(client, fields).errors[0]
