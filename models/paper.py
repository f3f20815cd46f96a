"""The Cerfa form that a town hall received and types: all of R75 I but the telephone, and the day it came.

It enters established, as its authority made it: nullities and the register's decision follow as for any other. Its
mandant left no address, so nobody is written to.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import or_, select

from models import aftermath, holdings, journal, perimeter, reason_words, rules, scrutin, settlement
from models.account import Account
from models.base import db
from models.errors import AlreadyHandled, Reason, RuleBroken
from models.identity import Identity, family_key
from models.insertion import entered_with, insert_once, key_of
from models.journal import Action
from models.outbox import MailKind
from models.procuration import Procuration, Source, Status
from models.rules import Person
from models.territory import Commune
from models.transition import move, tell

NUMBERS_SINCE = date(2022, 1, 1)
"""R75 I as amended by décret 2021-1740: the form carries both electors' numbers."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the mandant says on it (R75 I, 1° to 3°): `days` or `valid_until`, never both."""

    commune: Commune
    mandant: Identity
    mandant_nne: str | None
    mandataire: Identity
    mandataire_nne: str | None
    mandataire_commune: Commune | None = None
    days: tuple[date, ...] = ()
    valid_until: date | None = None

    @property
    def last_day(self) -> date | None:
        """The last day on which it could serve."""
        return max(self.days, default=self.valid_until)


@dataclass(frozen=True, kw_only=True)
class Form(Said):
    """The same once established and received; the authority's name and capacity word for word.

    `place` is the commune, or the consular post, where it was established: L73 counts apart those made in France.
    """

    authority_name: str
    authority_capacity: str
    place: Commune
    established_on: date
    received_on: date

    @property
    def is_in_france(self) -> bool:
        return not self.place.is_consular


def enter(
    form: Form,
    *,
    clerk: Account,
    submission_key: str,
    keep_invalid: bool = False,
    is_another: bool = False,
    now: datetime,
) -> Procuration:
    """Saisir: it is established from then on, and settled at once.

    What the law forbids is refused, or with `keep_invalid` kept as invalidated for the first of the reasons. The same
    form under the same `submission_key` enters once. `is_another`: the clerk says that it is not the one `awaited`.
    Raises NotHabilitated, RuleBroken, AlreadyHandled (a counter filled this very form: its arrival is to be recorded).
    """
    key = key_of(submission_key, form)
    procuration = _new(form, key, now)
    aftermath.require_clerk(procuration, clerk)
    if earlier := entered_with(key):
        return earlier
    if not is_another and awaited(form, clerk):
        raise AlreadyHandled
    reasons = reasons_against(form, now=now)
    if reasons and not (keep_invalid and may_be_kept(form, now=now)):
        raise RuleBroken(reasons)
    holdings.lock([form.mandant, form.mandataire])
    procuration, is_new = insert_once(procuration)
    if not is_new:
        return procuration
    journal.record(Action.PAPER_ENTERED, now=now, procuration=procuration, account=clerk)
    if reasons:
        keep_invalid_for(reasons[0], procuration, clerk, now)
    else:
        settlement.settle(procuration, now=now)
    return procuration


def awaited(form: Form, clerk: Account) -> Procuration | None:
    """What says the same already, between the same two people, for the same days.

    A counter filled it the same day, and its paper has not come; or it was asked on line, and nobody has handled it.
    Compared as people type: case, accents and hyphens apart. Their numbers may be misread, and do not count.
    """
    alike = select(Procuration).where(
        or_(perimeter.paper_to_come(clerk), perimeter.demande_on_sheet(clerk)),
        Procuration.commune_code == form.commune.code,
        Procuration.mandant_key == family_key(form.mandant.birth_name, form.mandant.birth_date),
    )
    return next((one for one in db.session.scalars(alike.order_by(Procuration.id)) if _is_the_same(one, form)), None)


def reasons_against(form: Form, *, now: datetime) -> list[Reason]:
    """What the law holds against this form on the day it is typed, in the commune's own day."""
    today = form.commune.local_day(now)
    is_consular = form.commune.is_consular and not form.is_in_france
    return [
        *_reasons_against_said(form, today, established_on=form.established_on, is_consular=is_consular),
        *_reasons_against_dates(form, today),
        *_reasons_against_gaps(form),
    ]


def reasons_against_said(said: Said, *, now: datetime) -> list[Reason]:
    """What the law holds against it before any authority has it: as if it were established this very day.

    A consular list may still go before its consul. What it leaves to the pen (R75 I) is no reason yet.
    """
    today = said.commune.local_day(now)
    return _reasons_against_said(said, today, established_on=today, is_consular=said.commune.is_consular)


def may_be_kept(form: Form, *, now: datetime) -> bool:
    """Whether it can be kept as invalidated: a day to come was mistyped, there is nothing to keep yet."""
    return max(form.established_on, form.received_on) <= form.commune.local_day(now)


def _is_the_same(filled: Procuration, form: Form) -> bool:
    day, at = filled.commune.local_day, filled.established_at
    is_of_its_day = day(at) == form.established_on if at else day(filled.submitted_at) <= form.established_on
    return (
        is_of_its_day
        and filled.mandant.is_same_person(form.mandant)
        and filled.mandataire.is_same_person(form.mandataire)
        and (set(filled.days), filled.valid_until) == (set(form.days), form.valid_until)
    )


def established(form: Form, key: str, now: datetime, **authority: Any) -> Procuration:
    """The row of a form that this authority established, not yet in the session.

    Raises RuleBroken when it does not say for when.
    """
    last_day = form.last_day
    if last_day is None or (form.days and form.valid_until):
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])
    return Procuration(
        source=Source.PAPER,
        status=Status.ESTABLISHED,
        submission_key=key,
        **holdings.columns_of(form),
        submitted_at=now,
        expires_on=last_day,
        **authority,
    )


def _reasons_against_said(said: Said, today: date, *, established_on: date, is_consular: bool) -> list[Reason]:
    people = Person(said.mandant, said.mandant_nne), Person(said.mandataire, said.mandataire_nne)
    validity = _reasons_against_validity(said, today, established_on, is_consular=is_consular)
    return [*rules.reasons_against_mandataire(*people), *(validity or rules.reasons_against_age(said))]


def _reasons_against_validity(said: Said, today: date, established_on: date, *, is_consular: bool) -> list[Reason]:
    """Article R74: days of scrutins, one to come at least; or a period that is not over, from the establishment."""
    last_day = said.last_day
    if last_day is not None and last_day < today:
        return [Reason.VALIDITE_EXPIREE]
    coming = [day for day in said.days if day >= today]
    open_days = {vote.polling_day for vote in scrutin.upcoming_in(said.commune, today)}
    return [
        *rules.reasons_against_days(coming, open_days, today),
        *rules.reasons_against_length(said.valid_until, established_on, is_consular=is_consular),
    ]


def _reasons_against_dates(form: Form, today: date) -> list[Reason]:
    """Established, then received, then typed."""
    in_order = form.established_on <= form.received_on <= today
    return [] if in_order else [Reason.DATES_DISCORDANTES]


def _reasons_against_gaps(form: Form) -> list[Reason]:
    """Article R75 I: both electors' numbers since 2022.

    New Caledonia gives none; there the form names the mandataire's commune (R213-1).
    """
    theirs = form.mandataire_commune
    if form.commune.is_caledonian:
        is_complete = theirs is not None
    elif form.established_on < NUMBERS_SINCE:
        is_complete = True
    else:
        is_complete = bool(form.mandant_nne and (form.mandataire_nne or (theirs and theirs.is_caledonian)))
    return [] if is_complete else [Reason.DONNEES_INCOMPLETES]


def signed(form: Form) -> dict[str, Any]:
    """The columns of what the authority added, whose hour nobody knows. Raises RuleBroken when it does not say who."""
    if not (form.authority_name and form.authority_capacity):
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])
    return {
        "officer_name": form.authority_name,
        "authority_capacity": form.authority_capacity,
        "established_at": datetime.combine(form.established_on, time(), form.commune.zone).astimezone(UTC),
        "established_commune_code": form.place.code,
        "established_in_france": form.is_in_france,
        "established_day_only": True,
        "received_on": form.received_on,
    }


def _new(form: Form, key: str, now: datetime) -> Procuration:
    """The row, not yet in the session. Raises RuleBroken when the form does not say for when, or by whom."""
    return established(form, key, now, established_commune=form.place, **signed(form))


def keep_invalid_for(reason: Reason, procuration: Procuration, clerk: Account, now: datetime) -> None:
    """What may not serve is kept all the same, so that it can be found when somebody asks (openElec's practice).

    Its mandant is told, if an address was left.
    """
    text = reason_words.of(procuration, reason, procuration.commune.local_day(now))
    move(
        procuration,
        {Status.ESTABLISHED},
        Status.INVALIDATED,
        decided_by_id=clerk.id,
        decided_by_name=clerk.name,
        decided_at=now,
        reason=reason,
        reason_text_id=text and text.id,
    )
    journal.record(Action.INVALIDATED, now=now, procuration=procuration, account=clerk, detail=reason)
    tell(MailKind.INVALIDATED, procuration, now, reason=reason, **reason_words.facts(text, procuration))
