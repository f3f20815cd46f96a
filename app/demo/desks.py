"""Who acts in the synthetic country: officers at counters all over it, clerks of the communes set apart."""

from datetime import datetime

from sqlalchemy import select

from app.demo.drawn import Officer
from app.demo.world import OPENED, password_hash
from models.account import Account, Capacity, Habilitation, Role
from models.base import db
from models.territory import Commune, Station, StationKind


def clerk(email: str, commune: Commune) -> Account:
    """A clerk of that commune, made when there is none of that address yet."""
    found = _of(email)
    if found is None:
        name = email.partition("@")[0].replace(".", " ").title()
        found = Account(email=email, name=name, role=Role.TOWN_HALL, password_hash=password_hash(), communes=[commune])
        db.session.add(found)
    return found


def officer(number: int, commune_code: str, at: datetime) -> Officer:
    """The officer of police judiciaire of that number, made when there is none yet, with a counter in that commune."""
    email = f"opj.{number}@generated.test"
    found, code = _of(email), f"GENERATED-{number}"
    if found is None:
        found = Account(email=email, name=f"Officier {number}", role=Role.OFFICER, password_hash=password_hash())
        found.station = Station(
            code=code, name=f"Brigade {number}", kind=StationKind.GENDARMERIE, commune_code=commune_code
        )
        found.habilitations = [
            Habilitation(capacity=Capacity.OPJ, authority="Anne ROUSSEL", valid_from=OPENED, recorded_at=at)
        ]
        db.session.add(found)
        db.session.flush()
    return Officer(found.id, found.name, code, db.session.get_one(Station, code).commune_code)


def _of(email: str) -> Account | None:
    return db.session.scalar(select(Account).where(Account.email == email))
