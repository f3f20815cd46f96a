"""What the town hall's list is asked: by commune, status, election, tour, origin, lateness, bureau, name."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from flask import request
from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, false, or_, select

from admin_views.base import me
from app.dates import now
from app.forms import tidy
from models import bureau, lateness, reach, search
from models.base import UtcDateTime
from models.journal import Action, Entry
from models.procuration import Procuration, Source, Status
from models.scrutin import Election, Vote, every

SHOWN = (
    Status.ESTABLISHED,
    Status.VALIDATED,
    Status.INVALIDATED,
    Status.REVOKED,
    Status.LAPSED,
    Status.VOID,
    Status.ENDED,
)


REVIEW = "review"
"""Among the statuses, what the list calls « à revoir »: validated, and in doubt since a new control."""
LONG_AGO = bindparam("long_ago", datetime(2000, 1, 1, tzinfo=UTC), UtcDateTime(), literal_execute=True)
IN_DOUBT = and_(Procuration.status == Status.VALIDATED, Procuration.doubted_at > LONG_AGO)
"""Since an instant, which stands in the statement: so both databases, even where they plan for any commune, look among
what is in doubt, and not at all that was validated."""

PAPER_ARRIVALS = (Action.PAPER_ENTERED, Action.PAPER_RECEIVED)

LONGEST = 120
TOURS = ("1", "2")


@dataclass(frozen=True)
class ListFilter:
    """What the address asks for; a value nobody offered shows nothing, and says so."""

    commune: str = ""
    status: str = ""
    election: str = ""
    tour: str = ""
    origin: str = ""
    late: str = ""
    bureau: str = ""
    search: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The answers to put back in an address or a form."""
        return {name: value for name, value in vars(self).items() if value}

    @property
    def is_too_short(self) -> bool:
        """Something is searched, and it is too short to find anybody."""
        return bool(self.search) and not search.is_long_enough(self.search)

    @property
    def codes(self) -> str:
        """The answers that name nobody, as the journal keeps them; of what is typed, only that it was."""
        status = self.status if self.status == REVIEW or self.status in SHOWN else ""
        election = f"e={_number(self.election)}" if self.election else ""
        tour = f"t={self.tour if self.tour in TOURS else 0}" if self.tour else ""
        origin = self.origin if self.origin in set(Source) else ""
        given = (("late", self.late == "yes"), ("bureau", self.bureau), ("search", self.search))
        others = (name for name, is_given in given if is_given)
        return " ".join(code for code in (status, election, tour, origin, *others) if code)

    def criteria(self) -> list[ColumnElement[bool]]:
        return [
            *([self._is_of_commune()] if self.commune else []),
            *([self._has_status()] if self.status else []),
            *([reach.covers_in(me().communes, self._is_of_vote)] if self.election or self.tour else []),
            *([self._has_origin()] if self.origin else []),
            *([self._is_late()] if self.late else []),
            *([bureau.is_in(self.bureau)] if self.bureau else []),
            *([search.matches(self.search)] if self.search else []),
        ]

    def _is_of_commune(self) -> ColumnElement[bool]:
        is_own = any(one.code == self.commune for one in me().communes)
        return Procuration.commune_code == self.commune if is_own else false()

    def _has_status(self) -> ColumnElement[bool]:
        if self.status == REVIEW:
            return IN_DOUBT
        return Procuration.status == Status(self.status) if self.status in SHOWN else false()

    def _has_origin(self) -> ColumnElement[bool]:
        return Procuration.source == Source(self.origin) if self.origin in set(Source) else false()

    def _is_late(self) -> ColumnElement[bool]:
        return lateness.is_late(me().communes, now()) if self.late == "yes" else false()

    def _is_of_vote(self, vote: Vote) -> bool:
        is_of_election = not self.election or vote.election.id == _number(self.election)
        return is_of_election and (not self.tour or vote.tour == _number(self.tour))


def waiting(read_at: datetime) -> ColumnElement[bool]:
    """What awaits a decision, or another, and was there when the list was read.

    A paper is there once it has come, which may be long after its authority established it.
    """
    has_come = or_(Procuration.source != Source.PAPER, _came_since(read_at).is_(None))
    is_there = and_(Procuration.established_at <= read_at, Procuration.submitted_at <= read_at, has_come)
    to_decide = and_(Procuration.status == Status.ESTABLISHED, is_there)
    return or_(to_decide, and_(IN_DOUBT, Procuration.doubted_at <= read_at))


def _came_since(instant: datetime) -> ScalarSelect[int]:
    """The entry of its paper's arrival, if that is later; no EXISTS, for which PostgreSQL might read every arrival."""
    arrivals = (Entry.procuration_id == Procuration.id, Entry.action.in_(PAPER_ARRIVALS), Entry.at > instant)
    return select(Entry.id).where(*arrivals).limit(1).scalar_subquery()


def read_at() -> datetime:
    """When the list was read, as its page says it (`read_at`); otherwise now."""
    try:
        told = datetime.fromisoformat(request.form.get("read_at", ""))
        return told.astimezone(UTC) if told.tzinfo else now()
    except (ValueError, OverflowError):
        return now()


NAMES = tuple(field.name for field in fields(ListFilter))


def asked() -> ListFilter:
    """The filter in the address, or posted with an act on everything shown."""
    return ListFilter(**{name: (tidy(request.values.get(name, "")) or "")[:LONGEST] for name in NAMES})


def elections() -> list[Election]:
    """Those that concern one of the communes of the desk, the newest first."""
    calendar = every()
    theirs = {vote.election.id: vote.election for commune in me().communes for vote in calendar.votes_in(commune)}
    return sorted(theirs.values(), key=lambda election: -election.id)


def _number(text: str) -> int:
    """The number typed, or one that nothing has."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0
