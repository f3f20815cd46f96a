"""The twin of a demande: the sheet of the same data, signed before an authority without the network (R72, R75 I; E20).

Typed by the town hall, the demande itself becomes the procuration on paper: one row, so that neither its reference at a
counter nor a second sheet makes another. Its mandant is told, as of any other demande.
"""

from datetime import datetime

from models import aftermath, handover, holdings, journal, paper, settlement
from models.account import Account
from models.errors import Reason, RuleBroken
from models.journal import Action
from models.paper import Form
from models.procuration import PollingDay, Procuration, Source, Status
from models.transition import move

TWIN = "twin"
"""The detail of a paper that is the sheet of a demande."""


def enter(demande: Procuration, form: Form, *, clerk: Account, keep_invalid: bool = False, now: datetime) -> None:
    """Saisir the signed sheet: what it says, corrected by hand or not, is what was established (R75 I).

    What the law forbids is refused, or with `keep_invalid` kept as invalidated. What the demande replaces is revoked,
    as at a counter. Raises NotHabilitated, RuleBroken, AlreadyHandled (somebody else acted on the demande first).
    """
    aftermath.require_clerk(demande, clerk)
    reasons = reasons_against(demande, form, now=now)
    if reasons and not (keep_invalid and may_be_kept(demande, form, now=now)):
        raise RuleBroken(reasons)
    holdings.lock([form.mandant, form.mandataire])
    _establish(demande, form, now)
    journal.record(Action.PAPER_ENTERED, now=now, procuration=demande, account=clerk, detail=TWIN)
    if reasons:
        paper.keep_invalid_for(reasons[0], demande, clerk, now)
    else:
        aftermath.revoke_replaced(demande, now=now)
        settlement.settle(demande, now=now)


def reasons_against(demande: Procuration, form: Form, *, now: datetime) -> list[Reason]:
    """What the law holds against the sheet; and before that, whatever makes it another paper than this demande's."""
    return _reasons_against_twin(demande, form) or paper.reasons_against(form, now=now)


def may_be_kept(demande: Procuration, form: Form, *, now: datetime) -> bool:
    """Whether it can be kept as invalidated: not when it is another's sheet, or a day was mistyped."""
    return not _reasons_against_twin(demande, form) and paper.may_be_kept(form, now=now)


def _reasons_against_twin(demande: Procuration, form: Form) -> list[Reason]:
    """The same mandant, where the demande was filed, and no sheet is older than its demande."""
    if form.commune.code != demande.commune_code or not form.mandant.is_same_person(demande.mandant):
        return [Reason.IDENTITE_DISCORDANTE]
    return [Reason.DATES_DISCORDANTES] if is_older(form, demande) else []


def is_older(form: Form, demande: Procuration) -> bool:
    """Signed before the demande was filed, whose sheet it cannot be."""
    return form.established_on < demande.commune.local_day(demande.submitted_at)


def _establish(demande: Procuration, form: Form, now: datetime) -> None:
    """The conditional update, then what the sheet says in the row it holds. Raises RuleBroken, AlreadyHandled."""
    said = holdings.columns_of(form)
    if form.last_day is None or (form.days and form.valid_until):
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])
    move(
        demande,
        {Status.SUBMITTED},
        Status.ESTABLISHED,
        alive_on=demande.commune.local_day(now),
        source=Source.PAPER,
        mandataire_masked=False,
        **handover.NO_CHECK,
        **paper.signed(form),
    )
    days = {chosen.day: chosen for chosen in demande.polling_days}
    said["polling_days"] = [days.get(day) or PollingDay(day=day) for day in sorted(set(form.days))]
    for name, value in said.items():
        setattr(demande, name, value)
