"""The commands that let time act, once a day: `close-scrutins` and `purge`."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TypeVar

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.database import or_cannot_run
from app.dates import now
from app.integrity import close_journal, purge_journal
from app.one_at_a_time import one_at_a_time
from app.recontrol import recontrol_due, rename_due, retry_left_over, tell_lost_days
from models import (
    agent_session,
    delays,
    desk_offer,
    draft,
    entry_check,
    habilitation,
    late_arrivals,
    left_over,
    lifetime,
    lost_days,
    misses,
    recontrol,
    register_pdf,
    revocation,
    roll_names,
    roll_purge,
    rounds,
    security_key,
    sign_in_limit,
)
from models.base import db
from models.errors import AlreadyHandled
from models.procuration import Procuration

Act = Callable[[Procuration], None]
Row = TypeVar("Row")
dry_run_option = click.option("--dry-run", is_flag=True, help="Count what would be done, and do nothing.")


def init_time_acts(app: Flask) -> None:
    """Add both commands."""
    app.cli.add_command(close_scrutins)
    app.cli.add_command(purge)


@click.command("close-scrutins")
@dry_run_option
@with_appcontext
@or_cannot_run
@one_at_a_time
def close_scrutins(dry_run: bool) -> None:
    """Expire what was never presented, end what has served, remind who has seven days left, control again, measure."""
    at = now()
    _tell("reminded", _each(lifetime.to_remind(at), partial(lifetime.remind, now=at), dry_run))
    _tell("expired", _each(lifetime.to_expire(at), partial(lifetime.expire, key=_key(), now=at), dry_run))
    _tell("ended", _each(lifetime.to_end(at), partial(lifetime.end, now=at), dry_run))
    for commune_code, undecided in lifetime.undecided_by_commune(at):
        _tell(f"ended undecided in {commune_code}", undecided)
    _tell("warned", _warn_all(at, dry_run))
    _tell("delays measured", delays.count(at) if dry_run else delays.measure(at))
    db.session.commit()
    _tell("told of a lost day", lost_days.count(at) if dry_run else tell_lost_days(at))
    _tell("recontrolled", _to_recontrol(at) if dry_run else _recontrol_all(at))
    if not dry_run:
        close_journal(at)
    if left := left_over.count():
        click.echo(f"not recontrolled, kept for the next time: {left}", err=True)


@click.command("purge")
@dry_run_option
@with_appcontext
@or_cannot_run
@one_at_a_time
def purge(dry_run: bool) -> None:
    """Announce, then erase, the personal data whose time is over, rolls and the journal included.

    Expired demandes lose theirs in close-scrutins.
    """
    at = now()
    _tell("announced", _each(lifetime.to_announce(at), partial(lifetime.announce_purge, now=at), dry_run))
    _tell("purged", _each(lifetime.to_purge(at), partial(lifetime.purge, key=_key(), now=at), dry_run))
    _tell("rolls purged", _each_roll(at, dry_run))
    if not dry_run:
        _tidy(at)
    if gone := purge_journal(at, dry_run=dry_run):
        _tell("entries of the journal purged", gone)


def _to_recontrol(at: datetime) -> int:
    return left_over.count() + recontrol.count(at) + roll_names.count(at)


def _recontrol_all(at: datetime) -> int:
    done = retry_left_over(at) + rename_due(at)
    while step := recontrol_due(at):
        done += step
    return done


def _warn_all(at: datetime, dry_run: bool) -> int:
    """Tell of the habilitations that run out; what another worker has told meanwhile is left."""
    done = 0
    for batch in habilitation.to_warn(at):
        done += len(batch) if dry_run else sum(_is_done(partial(habilitation.warn, now=at), one) for one in batch)
        db.session.commit()
    return done


def _each(batches: Iterable[list[Procuration]], act: Act, dry_run: bool) -> int:
    """Do it to each row, a transaction a batch; what another worker has done meanwhile is left."""
    done = 0
    for batch in batches:
        done += len(batch) if dry_run else sum(_is_done(act, row) for row in batch)
        db.session.commit()
    return done


def _each_roll(at: datetime, dry_run: bool) -> int:
    """Erase the rolls whose time is over; what another worker has erased meanwhile is not counted."""
    due = roll_purge.to_purge(at)
    return (
        len(due) if dry_run else sum(roll_purge.purge(commune_code, edition_id, at) for commune_code, edition_id in due)
    )


def _is_done(act: Callable[[Row], None], row: Row) -> bool:
    try:
        with db.session.begin_nested():
            act(row)
    except AlreadyHandled:
        return False
    return True


def _tidy(at: datetime) -> None:
    """Drop what is over: sessions, drafts, counters of past days, old PDFs, what stopped or former imports left."""
    agent_session.drop_before(at)
    draft.drop_expired(at)
    entry_check.drop_before(at.date())
    misses.drop_before(at)
    desk_offer.drop_before(at)
    sign_in_limit.drop_before(at)
    security_key.drop_before(at)
    revocation.purge(at)
    rounds.forget_places(at)
    late_arrivals.drop_before(at)
    register_pdf.drop_old(at)
    db.session.commit()
    roll_purge.tidy(at)


def _key() -> bytes:
    """What the hash of an erased reference is keyed with."""
    return hashlib.sha256(f"reference:{current_app.config['SECRET_KEY']}".encode()).digest()


def _tell(what: str, count: int) -> None:
    click.echo(f"{what}: {count}")
