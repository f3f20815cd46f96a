"""People of a commune where none of the tests' visitors works: their names may be in no answer."""

from app.dates import now
from models import counter_form, revocation
from models.account import Account
from models.base import db
from models.procuration import Procuration
from tests.builders import World, a_mandataire, an_identity
from tests.paper import a_form

BREST = "29019"
NAMES = ("KANARIMANDANT", "Kanarimandataire", "kanari@electeurs.test")
EMAIL = NAMES[2]


def strangers(world: World) -> list[Procuration]:
    """A demande, a procuration and one on paper, all of Brest, and the revocation of one."""
    officer = world.an_officer(station=world.a_station(BREST))
    theirs = {
        "mandant": an_identity(birth_name=NAMES[0]),
        "mandataire": a_mandataire(birth_name=NAMES[1]),
        "commune_code": BREST,
        "mandataire_commune": world.commune(BREST),
        "email": EMAIL,
    }
    demande = world.submitted(**theirs)
    established = world.established(officer, **theirs | {"mandant": an_identity(birth_name=f"{NAMES[0]} DEUX")})
    filled = _on_paper(world, officer)
    revocation.state(demande.mandant, demande.commune, officer=officer, submission_key="a stranger's", now=now())
    db.session.commit()
    return [demande, established, filled]


def _on_paper(world: World, officer: Account) -> Procuration:
    people = {
        "mandant": an_identity(birth_name=f"{NAMES[0]} TROIS"),
        "mandataire": a_mandataire(birth_name=f"{NAMES[1]} TROIS"),
        "commune": world.commune(BREST),
        "mandataire_commune": world.commune(BREST),
    }
    form = a_form(world, **counter_form.filled_by(officer, world.commune(BREST), now()) | people)
    return counter_form.establish(form, officer=officer, submission_key="a stranger's form", now=now())


def told_in(text: str) -> list[str]:
    """Which of these people an answer names, in any case."""
    return [name for name in NAMES if name.lower() in text.lower()]
