"""Electors on a roll, and procurations between them."""

from typing import Any

from sqlalchemy import update

from app.dates import now
from models.base import db
from models.identity import Identity, letters, person_key
from models.law import ControlRegime, ListType
from models.procuration import Procuration
from models.register import CurrentRoll, RollEdition, RollElector
from models.scrutin import Election
from tests.builders import LAON, World, a_mandataire, an_identity

ELOISE, GWENAELLE = an_identity(), a_mandataire()
LP = ListType.LP


def a_roll(
    *electors: Identity | tuple[Identity, ListType], commune: str = LAON, nne: str | None = None, set_aside: int = 0
) -> None:
    """The current roll of a commune: these electors, on the main list when none is named; `nne` is the first one's."""
    edition = RollEdition(started_at=now(), finished_at=now(), kept=len(electors), set_aside=set_aside)
    db.session.add(edition)
    db.session.flush()
    for number, elector in enumerate(electors):
        identity, list_type = elector if isinstance(elector, tuple) else (elector, LP)
        db.session.add(_row(identity, list_type, commune, edition.id, None if number else nne))
    db.session.merge(CurrentRoll(commune_code=commune, edition_id=edition.id, named_at=None, walked_id=None))
    db.session.commit()


def a_roll_of(*electors: Identity, usual_name: str, **roll: str) -> None:
    """A roll in which the last of these electors also has a usual name."""
    a_roll(*electors, **roll)
    known = {"usual_name": usual_name, "usual_key": letters(usual_name)}
    db.session.execute(
        update(RollElector).where(RollElector.name_key == letters(electors[-1].birth_name)).values(known)
    )
    db.session.commit()


def _row(identity: Identity, list_type: ListType, commune: str, edition_id: int, nne: str | None) -> RollElector:
    return RollElector(
        edition_id=edition_id,
        commune_code=commune,
        list_type=list_type,
        nne=nne,
        birth_name=identity.birth_name,
        first_names=identity.first_names,
        sex=identity.sex,
        birth_date=identity.birth_date,
        name_key=letters(identity.birth_name),
        person_key=person_key(identity),
    )


def an_election(world: World, regime: ControlRegime = ControlRegime.TOWN_HALL, **law: Any) -> Election:
    """Two tours to come, everywhere, under that regime."""
    return world.an_election(control_regime=regime, **law)


def established(world: World, **changes: Any) -> Procuration:
    """Éloïse gives Gwenaëlle a procuration; an officer of Laon has established it."""
    return world.established(**({"mandant": ELOISE, "mandataire": GWENAELLE} | changes))


def another(number: int) -> Identity:
    """One more elector."""
    return an_identity(birth_name=f"VOISIN {'ABCDEFGHIJ'[number]}", first_names="Camille")
