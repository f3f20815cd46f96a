"""The journal: every act, and every reading of a file by an official, in the act's own transaction.

Append only, each entry chained to the one before it in its stream (models/chain.py, models/heads.py). It names
accounts, procurations and codes by their keys: no person, no reference.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, func, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from models import chain, heads
from models.account import Account
from models.base import Base, coded, db, is_sqlite
from models.heads import Head
from models.procuration import Procuration


class Action(StrEnum):
    """What was done, read, or tried in vain."""

    SUBMITTED = "submitted"
    EMAIL_CORRECTED = "email_corrected"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"
    MISSED = "missed"
    COUNTER_BLOCKED = "counter_blocked"
    COUNTER_UNBLOCKED = "counter_unblocked"
    POSTPONED = "postponed"
    PASSED_ON = "passed_on"
    REFUSED = "refused"
    ESTABLISHED = "established"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"
    REVOCATION_ASKED = "revocation_asked"
    REVOCATION_STATED = "revocation_stated"
    STATEMENT_CLOSED = "statement_closed"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    VOIDED = "voided"
    EXPIRED = "expired"
    ENDED = "ended"
    REMINDED = "reminded"
    PURGE_ANNOUNCED = "purge_announced"
    PURGED = "purged"
    RECONTROLLED = "recontrolled"
    DAY_LOST = "day_lost"
    DAY_BACK = "day_back"
    PAPER_ENTERED = "paper_entered"
    PAPER_RECEIVED = "paper_received"
    MANDATAIRE_CHECKED = "mandataire_checked"
    ROLL_UPLOADED = "roll_uploaded"
    ROLL_IMPORTED = "roll_imported"
    ROLL_REFUSED = "roll_refused"
    ROLL_PURGED = "roll_purged"
    ELECTION_CREATED = "election_created"
    ELECTION_CORRECTED = "election_corrected"
    TEXT_WRITTEN = "text_written"
    ROUND_PLANNED = "round_planned"
    ROUND_CORRECTED = "round_corrected"
    ROUND_CANCELLED = "round_cancelled"
    PAPERS_RECORDED = "papers_recorded"
    PAPERS_DESTROYED = "papers_destroyed"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"
    EXPORTED = "exported"
    EDITION_MADE = "edition_made"
    DENIED = "denied"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 what was done, no password
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_RESET = "factor_reset"
    CODES_RENEWED = "codes_renewed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_RESTORED = "account_restored"
    OFFICER_INVITED = "officer_invited"
    OFFICER_REMOVED = "officer_removed"
    CLERK_INVITED = "clerk_invited"
    CLERK_LIMITED = "clerk_limited"
    CLERK_REMOVED = "clerk_removed"
    MANAGER_APPOINTED = "manager_appointed"
    MANAGER_RELIEVED = "manager_relieved"
    INVITATION_ACCEPTED = "invitation_accepted"
    INVITATION_DECLINED = "invitation_declined"
    HABILITATED = "habilitated"
    HABILITATION_ENDED = "habilitation_ended"
    SETTINGS_CHANGED = "settings_changed"
    VENUES_IMPORTED = "venues_imported"
    VENUE_CORRECTED = "venue_corrected"
    ANCHORED = "anchored"
    JOURNAL_PURGED = "journal_purged"


ON_PAPER = "paper_form"
"""The detail of an establishment on the form that an officer fills at the counter."""

QUESTIONS = "questions"
"""The detail of a reading by the desk that is asked about a mandataire, which decides nothing."""


class Entry(Base):
    """One line: who (an account, or the elector of the procuration), what, when, from which desk, on which row.

    `number`: in its stream, from 1 on. `previous`: the MAC of the one before it there.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        UniqueConstraint("stream", "number"),
        Index("ix_journal_entry_procuration", "procuration_id", "id"),
        Index("ix_journal_entry_account", "account_id", "action", "at", "id"),
        Index("ix_journal_entry_at", "at", "id"),
        Index("ix_journal_entry_action", "action", "at", "id"),
        Index(
            "ix_journal_entry_desk",
            "desk",
            "at",
            "id",
            sqlite_where=text("desk is not null"),
            postgresql_where=text("desk is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[Action] = mapped_column(coded(Action, 20))
    procuration_id: Mapped[int | None] = mapped_column(ForeignKey("procuration.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    desk: Mapped[str | None] = mapped_column(String(20))
    election_id: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(60))
    # Compared byte by byte, so that the journal is read stream by stream in the order of its index.
    stream: Mapped[str] = mapped_column(String(24).with_variant(String(24, collation="C"), "postgresql"))
    number: Mapped[int]
    previous: Mapped[bytes | None] = mapped_column(LargeBinary(chain.LENGTH), deferred=True)
    mac: Mapped[bytes] = mapped_column(LargeBinary(chain.LENGTH), deferred=True)


def record(
    action: Action,
    *,
    now: datetime,
    procuration: Procuration | None = None,
    account: Account | None = None,
    desk: str | None = None,
    election_id: int | None = None,
    detail: str | None = None,
) -> None:
    """Add one entry to the current transaction; `detail` holds codes (a reason, a status), never a person's datum.

    `desk` is a station's or commune's code, when neither the account nor the procuration says it.
    """
    one = line(action, now=now, procuration=procuration, account=account, desk=desk, detail=detail)
    record_all([one | {"election_id": election_id}])


def line(
    action: Action,
    *,
    now: datetime,
    procuration: Procuration | None = None,
    account: Account | None = None,
    desk: str | None = None,
    detail: str | None = None,
) -> dict[str, Any]:
    """The columns of one entry, for `record_all`."""
    return {
        "at": now,
        "action": action,
        "procuration_id": procuration.id if procuration else None,
        "account_id": account.id if account else None,
        "desk": desk or _desk(account, procuration),
        "election_id": None,
        "detail": detail,
    }


def record_all(lines: Sequence[dict[str, Any]]) -> None:
    """Add these entries to the current transaction, in their order, each at the end of its stream.

    In three statements, and two more for each further kind of stream. The heads of the streams are held from here on.
    """
    if not lines:
        return
    db.session.flush()
    key = key_at_hand()
    streams = [heads.stream_of(one) for one in lines]
    held, known = heads.hold(set(streams), _NEWEST if is_sqlite() else _NEXT)
    rows = list[dict[str, Any]]()
    for entry_id, stream, one in zip(_ids(len(lines), known), streams, lines, strict=True):
        last = held[stream]
        row = one | {"id": entry_id, "stream": str(stream), "number": last.number + 1, "previous": last.mac}
        row["mac"] = chain.mac_of(row, key)
        rows.append(row)
        held[stream] = Head(row["number"], row["mac"])
    db.session.connection().execute(insert(Entry), rows)
    heads.move(held)


def key_at_hand() -> bytes:
    """The key of the journal, which goes with the connections that write it."""
    key: bytes = db.session.get_bind().get_execution_options()["journal_key"]
    return key


def history(procurations: Sequence[Procuration]) -> dict[int, list[Entry]]:
    """Everything recorded on these procurations, by their id, first things first."""
    found: dict[int, list[Entry]] = {procuration.id: [] for procuration in procurations}
    entries = select(Entry).where(Entry.procuration_id.in_(found)).order_by(Entry.id)
    for entry in db.session.scalars(entries):
        if entry.procuration_id is not None:
            found[entry.procuration_id].append(entry)
    return found


class Reading(NamedTuple):
    """Somebody opened a file, and when for the last time."""

    name: str
    at: datetime


def readings(entries: Iterable[Entry], *, besides: Account, since: datetime) -> list[Reading]:
    """Which other clerks opened a file since then, from what `history` read of it; the last first."""
    own = (entry for entry in entries if entry.action is Action.OPENED and entry.detail != QUESTIONS)
    opened = {
        entry.account_id: entry.at for entry in own if entry.at >= since and entry.account_id not in (None, besides.id)
    }
    if not opened:
        return []
    clerks = select(Account.id, Account.name).where(Account.id.in_(opened), Account.role == besides.role)
    found = [Reading(name, opened[key]) for key, name in db.session.execute(clerks)]
    return sorted(found, key=lambda reading: reading.at, reverse=True)


def last(action: Action, procuration: Procuration) -> Entry | None:
    """The last time this was done on this procuration."""
    done = select(Entry).where(Entry.procuration_id == procuration.id, Entry.action == action)
    return db.session.scalars(done.order_by(Entry.id.desc()).limit(1)).first()


def count(action: Action, procuration: Procuration, *, since: datetime) -> int:
    """How often this was done on this procuration since that instant."""
    done = select(func.count(Entry.id)).where(
        Entry.procuration_id == procuration.id, Entry.action == action, Entry.at > since
    )
    return db.session.scalar(done) or 0


_NEWEST = select(func.coalesce(func.max(Entry.id), 0)).scalar_subquery()
_NEXT = select(func.nextval("journal_entry_id_seq")).scalar_subquery()


def _ids(count: int, known: int) -> Sequence[int]:
    """As many keys, which the MACs cover, from what was read with the heads.

    On SQLite they follow the newest, which nobody else's do: the heads are held with its one write lock. PostgreSQL
    drew one, and is asked for the others.
    """
    if is_sqlite():
        return range(known + 1, known + 1 + count)
    drawn = text("select nextval('journal_entry_id_seq') from generate_series(2, :count)")
    return [known, *(db.session.scalars(drawn, {"count": count}) if count > 1 else ())]


def _desk(account: Account | None, procuration: Procuration | None) -> str | None:
    """A station; of a town hall that of the procuration, or where the clerk is from who is not of it."""
    if account is None or procuration is None:
        return account.station_code if account else None
    if account.station_code:
        return account.station_code
    own = [commune.code for commune in account.communes]
    return procuration.commune_code if procuration.commune_code in own else next(iter(own), None)
