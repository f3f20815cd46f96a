"""What a form needs of a roll: electors with their number."""

from sqlalchemy import update

from models.base import db
from models.identity import Identity, letters
from models.law import ListType
from models.register import RollElector
from tests.builders import LAON, World, a_mandataire
from tests.law.people import a_roll
from tests.web.journeys import answers

NUMBER = "123456789"
GWENAELLE = a_mandataire()


def a_numbered_roll(*electors: tuple[Identity | tuple[Identity, ListType], str], commune: str = LAON) -> None:
    """The current roll of a commune, each elector with a number."""
    a_roll(*(elector for elector, _ in electors), commune=commune)
    for elector, number in electors:
        identity = elector[0] if isinstance(elector, tuple) else elector
        named = RollElector.name_key == letters(identity.birth_name), RollElector.first_names == identity.first_names
        db.session.execute(update(RollElector).where(*named).values(nne=number))
    db.session.commit()


def by_number(world: World, **changes: object) -> dict[str, object]:
    """The form filled with a number and a birth date, and nothing else of the mandataire."""
    nobody = dict.fromkeys(
        ("mandataire_birth_name", "mandataire_first_names", "mandataire_sex", "mandataire_commune"), ""
    )
    return answers(world, **(nobody | {"mandataire_nne": NUMBER} | changes))
