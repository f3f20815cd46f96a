"""What the control says, as the clerk reads it: each check in plain French, and a note to go against it."""

from datetime import timedelta
from typing import Any

from models.base import db
from models.findings import RULES_VERSION
from models.journal import Action
from models.law import ControlRegime
from models.procuration import Procuration, Status
from tests.back_office.desks import Desk, journaled, status_of, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.database import queries
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another, established
from tests.page import Page, read, text_of
from tests.paper import entered

ACTION = "/admin/town-hall/action/"


def told(page: Page) -> dict[str, str]:
    """What each finding says, by its check."""
    return {e.get("data-check", ""): text_of(e) for e in page.all("li") if e.get("data-check")}


def file_of(hall: Desk, procuration: Procuration) -> Page:
    return hall.read(f"details/?id={procuration.id}")


def failing(world: World, **changes: Any) -> Procuration:
    """Gwenaëlle is not on the roll of Laon."""
    a_roll(ELOISE)
    return established(world, **changes)


def test_every_check_is_told_with_its_answer_its_article_and_what_it_was_read_from(world: World) -> None:
    an_election(world, same_commune_required=True)
    a_roll(ELOISE, GWENAELLE)
    page = file_of(town_hall(world), established(world))
    assert told(page) == {
        "mandant_registered": "Le mandant est-il inscrit sur cette liste électorale ? ● oui"
        " Trouvé à Laon (02, Aisne) : liste principale. Article L71.",
        "mandataire_registered": "Le mandataire est-il inscrit sur une liste électorale ? ● oui"
        " Trouvé à Laon (02, Aisne) : liste principale. Article L72.",
        "same_commune": "Le mandataire vote-t-il dans la même commune ? ● oui"
        " Mandant : Laon (02, Aisne). Mandataire : Laon (02, Aisne). Article L72 avant 2022.",
        "list_type": "Le mandataire est-il électeur pour ces votes ? ● oui"
        " Inscrit sur : liste principale. Votent ces jours-là : liste principale. Article L72.",
        "ceiling": "Le mandataire peut-il encore recevoir une procuration ? ● oui"
        " Aucune autre en cours. Plafond : 2, dont 1 établie en France. Article L73.",
        "duplicate": "Est-ce la seule procuration du mandant pour ces jours ? ● oui"
        " Aucune autre du même mandant. Article L75.",
    }
    assert f"Règles : version {RULES_VERSION}." in page.text


def test_without_a_roll_nobody_can_tell_and_it_is_said(world: World) -> None:
    an_election(world)
    said = told(file_of(town_hall(world), established(world)))
    for check in ("mandant_registered", "mandataire_registered", "list_type"):
        assert "◆ on ne peut pas savoir" in said[check]
        assert "Liste non importée : vérifiez vous-même." in said[check]


def test_who_is_not_on_the_roll_is_told_so(world: World) -> None:
    an_election(world, same_commune_required=True)
    said = told(file_of(town_hall(world), failing(world)))
    assert "■ non Personne de cet état civil sur la liste de Laon (02, Aisne)." in said["mandataire_registered"]


def test_who_may_be_on_another_roll_is_not_said_to_be_on_none_l72(world: World) -> None:
    an_election(world)
    said = told(file_of(town_hall(world), failing(world)))
    assert (
        "◆ on ne peut pas savoir Laon (02, Aisne). Personne de cet état civil n'y a été trouvé, "
        "mais le mandataire peut être inscrit dans une autre commune : vérifiez vous-même."
    ) in said["mandataire_registered"]
    assert "list_type" not in said


def test_an_order_that_the_data_do_not_give_goes_to_a_person_l73(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(ELOISE, GWENAELLE, another(1))
    here = {"mandataire_commune": world.commune(), "established_on": world.today - timedelta(days=2)}
    entered(world, **here)
    page = file_of(town_hall(world), entered(world, mandant=another(1), mandant_nne="11", **here))
    assert page.data_status == "established"
    assert "◆ on ne peut pas savoir" in told(page)["ceiling"]
    assert "L'ordre des établissements, ou la personne, est incertain" in told(page)["ceiling"]


def test_validating_against_a_failure_needs_a_note_and_keeps_the_findings_of_that_moment(world: World) -> None:
    an_election(world, same_commune_required=True)
    procuration, hall = failing(world), town_hall(world)
    asked = read(hall.post("validate", procuration.id))
    assert list(told(asked)) == ["mandataire_registered"]
    refused = read(hall.client.post(ACTION, data=asked.form(ACTION)))
    assert refused.errors == ["Un contrôle s'y oppose, ou ne peut pas conclure : écrivez pourquoi vous validez."]
    assert (refused.status, status_of(procuration)) == (422, Status.ESTABLISHED)
    note = {"note": "Inscrite ce matin, vue au guichet."}
    assert hall.client.post(ACTION, data=refused.form(ACTION) | note).status_code == 303
    assert status_of(procuration) is Status.VALIDATED
    a_roll(ELOISE, GWENAELLE)
    page = file_of(hall, procuration)
    assert "■ non" in told(page)["mandataire_registered"]
    assert "Note interne : Inscrite ce matin, vue au guichet." in page.text
    assert procuration.rules_version == RULES_VERSION


def test_validating_one_of_two_that_nobody_can_order_needs_a_note_l73(world: World) -> None:
    """A ceiling, or a second procuration of one mandant; in bulk, such a row is told and left."""
    an_election(world)
    here = {"mandataire_commune": world.commune(), "established_on": world.today - timedelta(days=2)}
    entered(world, **here)
    held = entered(world, mandant=another(1), mandant_nne="11", **here)
    given = entered(world, mandataire=another(2), mandataire_nne="22", **here)
    free = established(world, mandant=another(3), mandataire=another(4))
    hall = town_hall(world)
    for tied, check in ((held, "ceiling"), (given, "duplicate")):
        asked = read(hall.post("validate", tied.id))
        assert list(told(asked)) == [check]
        assert "Un contrôle ne peut pas conclure" in asked.text
        refused = read(hall.client.post(ACTION, data=asked.form(ACTION)))
        assert (refused.status, len(refused.errors), status_of(tied)) == (422, 1, Status.ESTABLISHED)
        assert list(told(refused)) == [check]
    page = read(hall.act("validate", held.id, given.id, free.id))
    assert "1 procuration validée. Le reste ne l'a pas été" in page.text
    assert page.text.count("s'y oppose ou ne peut pas conclure") == 2
    assert hall.act("validate", held.id, note="Registre de l'autorité consulté.").status_code == 303
    assert [status_of(one) for one in (held, given, free)] == [Status.VALIDATED, Status.ESTABLISHED, Status.VALIDATED]


def test_what_no_roll_can_tell_needs_no_note(world: World) -> None:
    an_election(world)
    procuration, hall = established(world), town_hall(world)
    assert "note" not in read(hall.post("validate", procuration.id)).form(ACTION)
    assert hall.act("validate", procuration.id).status_code == 303


def test_invalidating_against_all_passed_needs_a_note_and_keeps_the_reason(world: World) -> None:
    an_election(world)
    a_roll(ELOISE, GWENAELLE)
    procuration, hall = established(world), town_hall(world)
    refused = read(hall.act("invalidate", procuration.id, reason="MANDATAIRE_DROITS"))
    assert refused.errors == ["Tous les contrôles sont conformes : écrivez pourquoi vous invalidez."]
    assert (refused.status, refused.form(ACTION)["reason"]) == (422, "MANDATAIRE_DROITS")
    again = refused.form(ACTION) | {"note": "Jugement reçu."}
    assert hall.client.post(ACTION, data=again).status_code == 303
    assert status_of(procuration) is Status.INVALIDATED


def test_the_reason_that_a_failure_means_comes_first(world: World) -> None:
    an_election(world)
    asked = read(town_hall(world).post("invalidate", failing(world).id))
    assert next(e.get("value") for e in asked.all("input") if e.get("name") == "reason") == "MANDATAIRE_NON_INSCRIT"


def test_of_several_those_that_need_a_note_are_left_and_told(world: World) -> None:
    an_election(world)
    a_roll(ELOISE, another(1), another(2))
    failed = established(world)
    fine = established(world, mandant=another(1), mandataire=another(2))
    hall = town_hall(world)
    assert "elles demandent une note" in read(hall.post("validate", failed.id, fine.id)).text
    page = read(hall.act("validate", failed.id, fine.id))
    assert page.status == 200
    assert "1 procuration validée. Le reste ne l'a pas été" in page.text
    rows = [text_of(e) for e in page.main.iter("li")]
    assert rows == [
        f"D'HAUTPOUL DE LA TOUR Éloïse Marie-Ange ({failed.reference}) : un contrôle s'y oppose ou ne peut pas "
        "conclure (Le mandataire n'est inscrit sur aucune liste) : ouvrez le dossier, et écrivez pourquoi."
    ]
    assert (status_of(failed), status_of(fine)) == (Status.ESTABLISHED, Status.VALIDATED)
    assert journaled(failed)[-1] is Action.DENIED


def test_what_the_register_decided_is_said_to_be_automated(world: World) -> None:
    an_election(world, ControlRegime.REGISTER)
    a_roll(ELOISE, GWENAELLE)
    procuration, hall = established(world), town_hall(world)
    page = file_of(hall, procuration)
    assert page.data_status == "validated"
    assert "Validée automatiquement, d'après les listes électorales, le" in page.text
    assert "procuration validée automatiquement, d'après les listes électorales" in page.text
    assert told(page)["mandant_registered"].startswith("Le mandant est-il inscrit sur cette liste électorale ? ● oui")
    said = read(hall.act("validate", procuration.id)).text
    assert "déjà traitée d'après les listes électorales, le" in said
    assert "None" not in said


def test_a_file_with_findings_asks_the_same_of_the_database_whoever_is_on_the_roll(world: World) -> None:
    an_election(world)
    a_roll(ELOISE, GWENAELLE, *(another(n) for n in range(9)))
    for code in (LAON, SOISSONS):
        established(world, mandant=another(1), mandataire=another(2), commune_code=code)
    procuration, hall = established(world), town_hall(world)
    db.session.expire_all()
    with queries() as seen:
        hall.get(f"details/?id={procuration.id}")
    assert len(seen) <= 20, seen
