"""The demonstration's fictional world: the command that builds it and the page that presents it."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import click
from flask import Blueprint, Flask, render_template
from flask.cli import with_appcontext
from sqlalchemy import select

from app.config import Config
from app.database import migrate, or_cannot_run
from app.dates import DESK_ZONE, now
from app.demo.citizens import CITIZENS
from app.demo.elections import add_elections, add_past_procurations
from app.demo.venues import add_venues
from app.territory import load_files
from models.account import HASHER, Account, Capacity, Habilitation, Role
from models.base import db
from models.territory import Commune, Station, StationKind

PASSWORD = "demo"  # noqa: S105 printed on the demonstration's page


@dataclass(frozen=True)
class Agent:
    """An agent of the demonstration; `duty` says in French what this person does, and where."""

    email: str
    name: str
    duty: str
    role: Role
    capacity: Capacity | None = None
    station: str | None = None
    communes: tuple[str, ...] = ()
    manages_station: bool = False
    manages_communes: bool = False


STATIONS = (
    ("DEMO-LAON", "Gendarmerie de Laon (démonstration)", StationKind.GENDARMERIE, "02408"),
    ("DEMO-SOISSONS", "Commissariat de Soissons (démonstration)", StationKind.POLICE, "02722"),
    ("DEMO-BRUXELLES", "Consulat général de France à Bruxelles (démonstration)", StationKind.CONSULATE, "C0009"),
)
AGENTS = (
    Agent(
        "opj.laon@demo.test",
        "Hélène FAUVEL",
        "officier de police judiciaire, responsable de la gendarmerie de Laon",
        Role.OFFICER,
        Capacity.OPJ,
        "DEMO-LAON",
        manages_station=True,
    ),
    Agent(
        "apj.soissons@demo.test",
        "Yannis CORDIER",
        "agent de police judiciaire, commissariat de Soissons",
        Role.OFFICER,
        Capacity.APJ,
        "DEMO-SOISSONS",
    ),
    Agent(
        "delegue.laon@demo.test",
        "Régine MASSON",
        "déléguée d'un officier, gendarmerie de Laon\u00a0: reçoit et vérifie, sans établir",
        Role.OFFICER,
        Capacity.DELEGUE,
        "DEMO-LAON",
    ),
    Agent(
        "consul.bruxelles@demo.test",
        "Antoine DELVAUX",
        "agent consulaire, consulat général de France à Bruxelles",
        Role.OFFICER,
        Capacity.CONSUL,
        "DEMO-BRUXELLES",
    ),
    Agent("mairie.laon@demo.test", "Nadia BENALI", "mairie de Laon (02408)", Role.TOWN_HALL, communes=("02408",)),
    Agent("mairie.soissons@demo.test", "Luc PETIT", "mairie de Soissons (02722)", Role.TOWN_HALL, communes=("02722",)),
    Agent(
        "mairies.rurales@demo.test",
        "Colette HUBERT",
        "mairies d'Athies-sous-Laon (02028), de Bruyères-et-Montbérault (02128) et de Vorges (02824), responsable",
        Role.TOWN_HALL,
        communes=("02028", "02128", "02824"),
        manages_communes=True,
    ),
    Agent("ministere@demo.test", "Paul LEMOINE", "ministère\u00a0: des nombres, jamais une personne", Role.MINISTRY),
    Agent("auditeur@demo.test", "Inès GAUTIER", "auditrice\u00a0: le journal, jamais une personne", Role.AUDITOR),
)

OPENED = date(2020, 1, 1)

blueprint = Blueprint("demo", __name__, url_prefix="/demo")


def init_world(app: Flask, config: Config) -> None:
    """Add the command `demo-world` and the page that lists who lives in it."""
    app.cli.add_command(demo_world)
    app.jinja_env.globals["has_simulator"] = config.has_simulator
    app.register_blueprint(blueprint)


@blueprint.get("/")
def home() -> str:
    """Who one can be in this demonstration."""
    return render_template("demo/home.html", citizens=CITIZENS, agents=AGENTS, password=PASSWORD)


@click.command("demo-world")
@with_appcontext
@or_cannot_run
def demo_world() -> None:
    """Create the tables, the communes, the agents and the elections that are not there yet."""
    migrate("upgrade", "head")
    if db.session.scalar(select(Commune.code).limit(1)) is None:
        load_files()
    build(now())


def build(at: datetime) -> None:
    """Add what is missing from the world at that instant, in one transaction; nothing that is there changes."""
    for code, name, kind, commune in STATIONS:
        if db.session.get(Station, code) is None:
            db.session.add(Station(code=code, name=name, kind=kind, commune_code=commune))
    db.session.flush()
    add_venues(at.astimezone(DESK_ZONE).date())
    accounts = {agent.email: _account_of(agent) for agent in AGENTS}
    add_elections(at.astimezone(DESK_ZONE).date())
    db.session.flush()
    clerks = [account for account in accounts.values() if account.role is Role.TOWN_HALL]
    add_past_procurations(accounts["opj.laon@demo.test"], clerks)
    db.session.commit()


def _account_of(agent: Agent) -> Account:
    """The account of that address, created when there is none."""
    account = db.session.scalar(select(Account).where(Account.email == agent.email))
    if account is None:
        account = Account(
            email=agent.email,
            name=agent.name,
            role=agent.role,
            station=db.session.get(Station, agent.station) if agent.station else None,
            manages_station=agent.manages_station,
            manages_communes=agent.manages_communes,
            communes=[db.session.get_one(Commune, code) for code in agent.communes],
        )
        if agent.capacity:
            account.habilitations = [_habilitation_of(agent.capacity)]
        account.password_hash = password_hash()
        db.session.add(account)
    return account


def _habilitation_of(capacity: Capacity) -> Habilitation:
    """By a fictional magistrate, or head of post; the délégué's officer is Laon's."""
    is_consul = capacity is Capacity.CONSUL
    chief = db.session.scalar(select(Account).where(Account.email == AGENTS[0].email))
    return Habilitation(
        capacity=capacity,
        authority="Claire VASSEUR, consule générale" if is_consul else "Anne ROUSSEL, juge directrice",
        court=None if is_consul else "Tribunal judiciaire de Laon",
        valid_from=OPENED,
        opj=chief if capacity is Capacity.DELEGUE else None,
        recorded_at=now(),
    )


@cache
def password_hash() -> str:
    """One for all, since all have the same public password; each costs a tenth of a second."""
    return HASHER.hash(PASSWORD)
