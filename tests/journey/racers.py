"""A process of its own that establishes demandes, each at the very moment when another process establishes another."""

from multiprocessing.synchronize import Barrier

from app.dates import now
from app.factory import create_app
from models import journey
from models.account import Account
from models.base import db
from models.procuration import Procuration
from tests.builders import a_config

SECONDS_AT_MOST = 60


def establish_in_step(database_url: str, demandes: list[int], officer_id: int, start: Barrier) -> None:
    """Open each demande, wait for the other process, then establish and commit."""
    with create_app(a_config(database_url=database_url)).app_context():
        for demande_id in demandes:
            officer = db.session.get_one(Account, officer_id)
            demande = db.session.get_one(Procuration, demande_id)
            assert demande.commune.name
            assert demande.days
            start.wait(SECONDS_AT_MOST)
            journey.establish(demande, officer=officer, now=now())
            db.session.commit()
        db.engine.dispose()
