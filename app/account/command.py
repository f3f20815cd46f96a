"""The commands by which an operator creates an account, and lets in again who has lost a second factor."""

import re
import sys
from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.database import or_cannot_run
from app.dates import now
from app.login import totp_keys
from models import journal, second_factor, totp
from models.account import Account, Capacity, Habilitation, Role
from models.base import db
from models.errors import AlreadyHandled
from models.journal import Action
from models.password import SHORTEST, Weakness, weakness
from models.territory import Commune, Station, parts_of

LONGEST_NAME = 120
WEAK = {
    Weakness.TOO_SHORT: f"the password must have {SHORTEST} characters at least",
    Weakness.TOO_LONG: "the password is too long",
    Weakness.GUESSABLE: "the password is easily guessed",
}
T = TypeVar("T", Station, Commune)


@click.command("create-account")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", help="First name and surname, as acts show them (the address when absent).")
@click.option("--capacity", type=click.Choice([capacity.value for capacity in Capacity]))
@click.option("--station", help="Code of the officer's station.")
@click.option("--authority", default="Exploitant du service", help="Who designated the officer: name and function.")
@click.option("--court", help="The court of that magistrate.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the habilitation (none when absent).")
@click.option("--opj", help="Address of the officer who designated this délégué.")
@click.option(
    "--manager", is_flag=True, help="Answers for the accounts of the station, or says who works for the communes."
)
@click.option(
    "--commune", "communes", multiple=True, help="Code of a commune, or of an arrondissement; repeat it for several."
)
@with_appcontext
@or_cannot_run
def create_account(
    email: str,
    role: str,
    name: str | None,
    capacity: str | None,
    station: str | None,
    authority: str,
    court: str | None,
    until: datetime | None,
    opj: str | None,
    manager: bool,
    communes: tuple[str, ...],
) -> None:
    """Create the account EMAIL; the password is read on standard input (12 characters at least)."""
    password = sys.stdin.readline().rstrip("\n")
    account = Account(
        email=email.strip().lower(),
        name=name or email.strip().lower(),
        role=Role(role),
        station=_existing(Station, station) if station else None,
        manages_station=manager and role == Role.OFFICER,
        manages_communes=manager and role == Role.TOWN_HALL,
        communes=_where_electors_are(communes),
    )
    if capacity:
        last_day, designated_by = until.date() if until else None, _officer(opj) if opj else None
        given = _habilitation(Capacity(capacity), authority, court, last_day, designated_by, account.station)
        account.habilitations = [given]
    if manager and account.role not in (Role.OFFICER, Role.TOWN_HALL):
        raise click.ClickException("--manager is for an officer or a town hall")
    if wrong := _what_is_wrong(account, password):
        raise click.ClickException(wrong)
    account.set_password(password)
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise click.ClickException("an account with this address exists") from error
    journal.record(Action.ACCOUNT_CREATED, now=now(), account=account)
    db.session.commit()
    click.echo(f"account created: {account.email}, {account.role}")


@click.command("reset-second-factor")
@click.argument("email")
@with_appcontext
@or_cannot_run
def reset_second_factor(email: str) -> None:
    """Forget the second factor of the account EMAIL: its sessions end, and it sets another up."""
    account = db.session.scalar(select(Account).where(Account.email == email.strip().lower()))
    if account is None:
        raise click.ClickException(f"unknown account: {email}")
    try:
        second_factor.forget(account, now=now())
    except AlreadyHandled as error:
        raise click.ClickException(f"{account.email} has no second factor") from error
    journal.record(Action.FACTOR_RESET, now=now(), detail=str(account.id))
    db.session.commit()
    click.echo(f"second factor forgotten: {account.email}")


@click.command("reseal-second-factors")
@with_appcontext
@or_cannot_run
def reseal_second_factors() -> None:
    """Seal with TOTP_KEY the applications that a key of TOTP_KEY_FALLBACKS has sealed."""
    sealed = totp.seal_anew(totp_keys())
    db.session.commit()
    click.echo(f"sealed anew: {sealed.anew}")
    if sealed.lost:
        raise click.ClickException(f"opened by no key: {sealed.lost}; give back the key, or reset-second-factor each")


def _habilitation(
    capacity: Capacity, authority: str, court: str | None, until: date | None, opj: Account | None, at: Station | None
) -> Habilitation:
    """From this day at the station, as the operator vouches for it."""
    instant = now()
    return Habilitation(
        capacity=capacity,
        authority=authority,
        court=court,
        valid_from=at.commune.local_day(instant) if at else instant.date(),
        valid_until=until,
        opj=opj,
        recorded_at=instant,
    )


def _where_electors_are(codes: Iterable[str]) -> list[Commune]:
    """The communes of these codes; of Paris, Lyon or Marseille, every arrondissement."""
    return list(dict.fromkeys(part for code in codes for part in parts_of(_existing(Commune, code))))


def _officer(email: str) -> Account:
    found = db.session.scalar(select(Account).where(Account.email == email.lower(), Account.role == Role.OFFICER))
    if found is None:
        raise click.ClickException(f"unknown officer: {email}")
    return found


def _existing(kind: type[T], code: str) -> T:
    found = db.session.get(kind, code)
    if found is None:
        raise click.ClickException(f"unknown {kind.__name__.lower()}: {code}")
    return found


def _what_is_wrong(account: Account, password: str) -> str | None:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,189}", account.email):
        return f"{account.email} is not an e-mail address"
    if any(len(text or "") > LONGEST_NAME for one in account.habilitations for text in (one.authority, one.court)):
        return f"the authority and the court must have {LONGEST_NAME} characters at most"
    if len(account.name) > LONGEST_NAME:
        return f"the name must have {LONGEST_NAME} characters at most"
    if weak := weakness(password, account.known_words):
        return WEAK[weak]
    if account.role is Role.OFFICER and not (account.habilitations and account.station):
        return "an officer needs --capacity and --station"
    if any(one.opj and one.opj.station is not account.station for one in account.habilitations):
        return "the officer who designated this délégué is of another station"
    if account.role is Role.TOWN_HALL and not account.communes:
        return "a town hall needs at least one --commune"
    return None
