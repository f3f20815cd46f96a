"""A process that acts without end, and says each act only once it is committed; some of them it undoes.

python -m tests.mail.acting NAME
"""

import itertools
import random
import sys

from app.config import Config
from app.dates import now
from app.factory import create_app
from models import journey
from models.base import db
from models.outbox import MailKind
from tests.builders import World, an_identity

UNDONE, UNKNOWN = "undone", "unknown"
"""How the addresses begin of what was rolled back, and of those that the relay does not know."""


def act_for_ever(world: World, name: str) -> None:
    """File, undo, file and withdraw: each of a person, and to an address, of its own."""
    for number in itertools.count():
        fate = random.choice((UNDONE, UNKNOWN, *["filed"] * 6, *["withdrawn"] * 3))
        email = f"{fate}-{name}-{number}@electeurs.test"
        demande = world.a_demande(email=email, mandant=an_identity(first_names=f"{name} {number}"))
        procuration = journey.submit(
            demande, elector=world.an_elector(email), submission_key=email.split("@")[0], now=now()
        )
        if fate == UNDONE:
            db.session.flush()
            db.session.rollback()
            continue
        db.session.commit()
        print(MailKind.SUBMITTED, email, flush=True)
        if fate == "withdrawn":
            journey.withdraw(procuration, now=now())
            db.session.commit()
            print(MailKind.WITHDRAWN, email, flush=True)
        db.session.remove()


if __name__ == "__main__":
    application = create_app(Config.from_environ())
    with application.app_context():
        act_for_ever(World(application), sys.argv[1])
