"""People, elections and procurations for the tests: valid by default, a test states only what matters."""

import itertools
import re
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from app.config import DEMO_MAIL_WINDOWS, Config
from app.dates import DESK_ZONE, now
from app.elector.session import elector_of, open_session
from app.environ import DEMO_SECRET
from app.identity_providers import DEMO_CLIENT, DEMO_LEVEL, Provider, simulator_discovery
from app.installation import FICTIONAL
from app.mail_relay import MailRelay
from models import journey
from models.account import Account, Capacity, Habilitation, Role
from models.base import db
from models.identity import Identity, Sex
from models.perimeter import Elector
from models.procuration import Procuration
from models.rules import Demande
from models.scrutin import Election, ElectionKind, ElectionTerritory, Scrutin
from models.territory import Commune, Station, StationKind

PUBLIC_URL = "http://127.0.0.1:5000"
PASSWORD = "a good long password"
LAON, SOISSONS = "02408", "02722"
numbers = itertools.count(1)


def a_config(**changes: Any) -> Config:
    """A demonstration's configuration; any value can be changed."""
    values: dict[str, Any] = {
        "secret_key": "tests only, tests only, tests only",
        "secret_key_fallbacks": (),
        "database_url": f"sqlite:///{tempfile.gettempdir()}/procurations-tests.db",
        "public_url": PUBLIC_URL,
        "demo": True,
        "france_connect": a_simulator(PUBLIC_URL),
        "mail": MailRelay(),
        "mail_windows": DEMO_MAIL_WINDOWS,
        "receipt_key": bytes(range(32)),
        "totp_key": bytes(range(32, 64)),
        "demands_second_factor": False,
        "journal_key": bytes(range(64, 96)),
        "installation": FICTIONAL,
    }
    return Config(**(values | changes))


def a_simulator(public_url: str) -> Provider:
    """The demonstration's own FranceConnect, served there."""
    return Provider(simulator_discovery(public_url), DEMO_CLIENT, DEMO_SECRET, certified_acr=DEMO_LEVEL)


def an_identity(**changes: Any) -> Identity:
    """Éloïse, with a particle, accents and two first names."""
    values: dict[str, Any] = {
        "birth_name": "D'HAUTPOUL DE LA TOUR",
        "first_names": "Éloïse Marie-Ange",
        "sex": Sex.F,
        "birth_date": date(1951, 2, 28),
    }
    return Identity(**(values | changes))


def a_mandataire(**changes: Any) -> Identity:
    """Gwenaëlle, typed with an apostrophe and a hyphen."""
    values: dict[str, Any] = {
        "birth_name": "D'Aubigné-Le Brethon",
        "first_names": "Gwenaëlle Rosalie",
        "sex": Sex.F,
        "birth_date": date(1986, 8, 28),
    }
    return Identity(**(values | changes))


def a_habilitation(**changes: Any) -> Habilitation:
    """An officer's, without end."""
    values: dict[str, Any] = {
        "capacity": Capacity.OPJ,
        "authority": "Anne ROUSSEL, juge directrice",
        "court": "Tribunal judiciaire de Laon",
        "valid_from": date(2000, 1, 1),
        "recorded_at": now(),
    }
    return Habilitation(**(values | changes))


class Visitor(FlaskClient):
    """A client whose every request has an application context of its own, as behind a real server."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        with self.application.app_context():
            return super().open(*arguments, **options)


@dataclass
class World:
    """Builders over the database of one test; each commits."""

    app: Flask
    demandes: int = 0

    @property
    def today(self) -> date:
        """The day in Laon, where the rules read it."""
        return now().astimezone(DESK_ZONE).date()

    def a_sunday(self, weeks: int = 8) -> date:
        """A Sunday that many weeks ahead."""
        return self.today + timedelta(days=6 - self.today.weekday(), weeks=weeks)

    def commune(self, code: str = LAON) -> Commune:
        found = db.session.get(Commune, code)
        assert found, code
        return found

    def an_election(
        self, days: tuple[date, ...] = (), territories: tuple[str, ...] = ("FR",), **changes: Any
    ) -> Election:
        """An election of one or two tours, everywhere in France, on the coming days."""
        days = days or (self.a_sunday(8), self.a_sunday(9))
        values: dict[str, Any] = {"name": f"Élection {next(numbers)}", "kind": ElectionKind.REGIONAL}
        election = Election(**(values | changes))
        election.scrutins = [Scrutin(tour=tour, polling_day=day) for tour, day in enumerate(days, 1)]
        election.territories = [ElectionTerritory(code=code) for code in territories]
        return self._keep(election)

    def a_station(self, commune: str = LAON, kind: StationKind = StationKind.GENDARMERIE) -> Station:
        return self._keep(Station(code=f"S{next(numbers)}", name="Brigade de Laon", kind=kind, commune_code=commune))

    def an_account(self, role: Role, **changes: Any) -> Account:
        values: dict[str, Any] = {"email": f"agent{next(numbers)}@agents.test", "name": "Martin PETIT"}
        account = Account(role=role, **(values | changes))
        account.password_hash = hash_of_the_password()
        return self._keep(account)

    def an_officer(self, capacity: Capacity = Capacity.OPJ, station: Station | None = None, **changes: Any) -> Account:
        """Habilitated for ever, unless `habilitations` say otherwise."""
        values = {"station": station or self.a_station(), "habilitations": [a_habilitation(capacity=capacity)]}
        return self.an_account(Role.OFFICER, **(values | changes))

    def a_clerk(self, *codes: str, **changes: Any) -> Account:
        """A town-hall clerk of these communes; of Laon when none is named."""
        communes = [self.commune(code) for code in codes or (LAON,)]
        return self.an_account(Role.TOWN_HALL, communes=communes, **({"name": "Nadia BENALI"} | changes))

    def an_elector(self, subject: str = "") -> Elector:
        return elector_of("https://fc.test", subject or f"subject-{next(numbers)}")

    def a_demande(self, **changes: Any) -> Demande:
        """A demande for the first coming polling day, created when there is none; each of two people of its own."""
        later = timedelta(days=self.demandes)
        self.demandes += 1
        values: dict[str, Any] = {
            "mandant": an_identity(birth_date=an_identity().birth_date + later),
            "mandant_nne": None,
            "commune": self.commune(changes.pop("commune_code", LAON)),
            "email": "eloise@electeurs.test",
            "mandataire": a_mandataire(birth_date=a_mandataire().birth_date + later),
            "mandataire_nne": None,
            "mandataire_commune": self.commune(LAON),
        }
        if "days" not in changes and "valid_until" not in changes:
            values["days"] = (self.first_day(),)
        return Demande(**(values | changes))

    def submitted(self, elector: Elector | None = None, at: datetime | None = None, **changes: Any) -> Procuration:
        """A demande, filed."""
        procuration = journey.submit(
            self.a_demande(**changes),
            elector=elector or self.an_elector(),
            submission_key=f"key-{next(numbers)}",
            now=at or now(),
        )
        db.session.commit()
        return procuration

    def established(self, officer: Account | None = None, **changes: Any) -> Procuration:
        """A procuration that an officer has established."""
        procuration = self.submitted(**changes)
        journey.establish(procuration, officer=officer or self.an_officer(), now=now())
        db.session.commit()
        return procuration

    def as_elector(self, elector: Elector | None = None, identity: Identity | None = None) -> FlaskClient:
        """A client with the session that a sign-in with FranceConnect leaves."""
        client = self.app.test_client()
        with client.session_transaction() as session, self.app.test_request_context():
            from flask import session as current

            open_session(elector or self.an_elector(), identity or an_identity(), "an.id.token", now())
            session.update(current)
        return client

    def as_agent(self, account: Account) -> FlaskClient:
        """A client signed in through the agents' page, with the account's real password."""
        client = self.app.test_client()
        token = csrf_token(client.get("/agents/connexion").text)
        answer = client.post(
            "/agents/connexion", data={"email": account.email, "password": PASSWORD, "csrf_token": token}
        )
        assert answer.status_code == 303, answer.text
        return client

    def first_day(self) -> date:
        """The first polling day there is; an election is made when there is none."""
        scrutin = db.session.query(Scrutin).order_by(Scrutin.polling_day).first()
        return scrutin.polling_day if scrutin else self.an_election().scrutins[0].polling_day

    def _keep(self, row: Any) -> Any:
        db.session.add(row)
        db.session.commit()
        return row


@cache
def hash_of_the_password() -> str:
    """A real one of the least cost, which the hash itself tells who verifies it: thousands of tests sign in."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def csrf_token(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "no form with a csrf_token"
    return found.group(1)
