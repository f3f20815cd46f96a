"""An election's own words for a reason, as supervision writes them."""

from datetime import datetime

from app.dates import now
from models import reason_words
from models.account import Role
from models.base import db
from models.errors import Reason
from models.reason_text import ReasonText, Words
from models.scrutin import Election
from tests.builders import World

OWN = Words(
    "Pour ce vote, une personne porte une seule procuration.",
    "Choisissez quelqu'un d'autre à {commune}.",
    "La mairie de {commune} vous répond.",
)
TOLD = ["Pour ce vote, une personne porte une seule procuration.", "Choisissez quelqu'un d'autre à Laon."]


def written(
    world: World, election: Election, reason: Reason, words: Words | None = OWN, at: datetime | None = None
) -> ReasonText:
    """What supervision has given this election for that reason, over what it had."""
    before = reason_words.newest(election).get(reason)
    seen, ministry = before.version if before else 0, world.an_account(Role.MINISTRY)
    text = reason_words.write(election, reason, words, seen=seen, account=ministry, now=at or now())
    db.session.commit()
    return text
