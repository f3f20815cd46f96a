"""Over which accounts an agent answers: the rest of models/perimeter.py, of people."""

from sqlalchemy import ColumnElement, and_, false, or_, select

from models.account import Account, Role, account_commune
from models.base import db
from models.errors import must_exist


def find_agent(key: int, manager: Account, *criteria: ColumnElement[bool]) -> Account:
    """Somebody for whom this one answers. Raises Unknown."""
    return must_exist(db.session.scalar(select(Account).where(Account.id == key, agents_of(manager), *criteria)))


def find_agent_by_address(email: str, manager: Account) -> Account:
    """The same by the whole address, so that nothing is there to browse. Raises Unknown."""
    return must_exist(db.session.scalar(select(Account).where(Account.email == email.lower(), agents_of(manager))))


def agents_of(manager: Account) -> ColumnElement[bool]:
    """For whom this account answers: supervision for all who have a desk, a station's responsible for its officers."""
    if manager.role is Role.MINISTRY:
        return or_(Account.station_code.is_not(None), Account.communes.any())
    if manager.manages_station:
        return and_(Account.role == Role.OFFICER, Account.station_code == manager.station_code)
    return clerks_visible_to(manager)


def clerks_visible_to(manager: Account) -> ColumnElement[bool]:
    """Who works for one of the manager's communes, the manager too."""
    if not manager.manages_communes:
        return false()
    codes = [commune.code for commune in manager.communes]
    here = select(account_commune.c.account_id).where(account_commune.c.commune_code.in_(codes))
    return and_(Account.role == Role.TOWN_HALL, Account.suspended_at.is_(None), Account.id.in_(here))
