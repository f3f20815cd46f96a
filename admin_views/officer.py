"""Step 2, the counter: a reference opens one file; the officer establishes, refuses, revokes, puts off or passes on."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Query, joinedload, lazyload

from admin_views import columns, in_round, wrong_reference
from admin_views.base import GuardedTable, acting, has_authority, me, number, refused, require_habilitation
from app.dates import now
from app.forms import tidy
from app.templating import in_words
from models import aftermath, habilitation, handover, journal, journey, listed, misses, perimeter, undelivered
from models.account import Account, Role
from models.base import db
from models.errors import (
    OFFICER_POSTPONEMENTS,
    OFFICER_REFUSALS,
    AlreadyHandled,
    Closure,
    CounterClosed,
    NotHabilitated,
    Reason,
    RuleBroken,
    Unknown,
)
from models.journal import Action
from models.listed import Listed
from models.procuration import Procuration, Status
from models.reference import clean
from models.territory import Commune, Station

FILE = "officer/file.html"
PASSED_ON = (
    *(Procuration.id, Procuration.reference, Procuration.mandant_birth_name, Procuration.mandant_first_names),
    *(Procuration.checked_by_name, Procuration.checked_at),
)
WITH_RECEIPT = (journey.establish, aftermath.revoke)
ENDED_AT_ONCE = {
    Status.VOID: (
        "procuration établie, mais nulle (article L73) : la personne choisie en a déjà reçu autant que la loi le "
        "permet. Le mandant est devant vous : il peut en choisir une autre, par une nouvelle demande ou un formulaire."
    ),
    Status.INVALIDATED: (
        "procuration établie, mais invalidée aussitôt d'après les listes électorales. Le mandant en est prévenu par un "
        "message, qui lui dit pourquoi : il peut faire une nouvelle demande."
    ),
}
"""What is said at the counter while the mandant is there, of what the law or the register has already undone."""


class OfficerDesk(GuardedTable):
    """The field for a reference, and below it only what this officer handled or revoked."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index_view", "action_view"})
    list_template = "officer/counter.html"
    page_size = 20
    loaded = (joinedload(Procuration.commune, innerjoin=True), lazyload(Procuration.polling_days))
    newest_first = (Procuration.handled_at.desc(), Procuration.id.desc())
    column_list = ("handled_at", "reference", "mandant", "commune", "status", "receipt")
    column_sortable_list = ()
    column_labels = columns.LABELS
    column_formatters = {
        "reference": columns.reference,
        "mandant": columns.mandant,
        "handled_at": lambda view, context, row, name: columns.moment(_acted_at(row, me()), _here()),
        "commune": columns.commune,
        "status": columns.status,
        "receipt": lambda view, context, row, name: columns.receipt(row) if _has_receipt(row) else "",
    }

    def __init__(self) -> None:
        super().__init__(Procuration, db, name="Guichet", endpoint="officer", url="/admin/officer")

    def perimeter(self) -> ColumnElement[bool]:
        return perimeter.visible_to(me())

    def page_of(self, shown: Query[Any], first: int, size: int) -> Sequence[Listed]:
        return listed.lines(perimeter.latest_acts(me(), first, size))

    def count(self, shown: Query[Any], seen: int, is_last: bool) -> int:
        """As many as are met: nobody asks how many acts an officer has done."""
        return seen

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The counter, or with `?reference=` the file it opens. Every opening and every miss is in the journal.

        Without a habilitation in force it explains, and opens nothing.
        """
        typed = request.args.get("reference", "").strip()
        if not typed:
            return self._counter()
        if me().habilitation_at(now()) is None:
            refused(NotHabilitated())
            return self._counter(), 403
        try:
            procuration = misses.look_up(typed, officer=me(), now=now())
        except (CounterClosed, Unknown):
            return self._missed(typed)
        page = self._page(FILE, procuration)
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me())
        db.session.commit()
        return page

    @action("validate", "Établir")
    def establish(self, references: list[str]) -> ResponseReturnValue:
        """« Présent en personne, libre, identité conforme » : the file itself was the confirmation."""
        done = "procuration établie, et transmise {place}."
        return self._handle(references, journey.establish, FILE, done)

    @action("invalidate", "Refuser")
    def refuse(self, references: list[str]) -> ResponseReturnValue:
        """Refuse with a coded reason, after a page that asks for it."""
        done = "refus enregistré. La personne en est prévenue par un message neutre."
        return self._handle(references, journey.refuse, "officer/refuse.html", done, OFFICER_REFUSALS)

    @action("postpone", "Pas aujourd'hui")
    def postpone(self, references: list[str]) -> ResponseReturnValue:
        """Not today: the demande, or the procuration, stays as it is."""
        done = "visite reportée. Rien n'a changé, la référence reste valable."
        return self._handle(references, _postpone, "officer/postpone.html", done, OFFICER_POSTPONEMENTS)

    @action("pass_on", "Transmettre")
    def pass_on(self, references: list[str]) -> ResponseReturnValue:
        """A délégué's « présent en personne, libre, identité conforme » : the officer behind him reads, then acts."""
        done = "identité vérifiée, dossier transmis à l'officier qui doit encore établir."
        return self._handle(references, _pass_on, FILE, done)

    @action("revoke", "Résilier")
    def revoke(self, references: list[str]) -> ResponseReturnValue:
        """« Présent en personne, identité conforme » : asked on line before, or here (L75)."""
        done = "procuration résiliée. La personne en est prévenue."
        return self._handle(references, aftermath.revoke, "officer/revocation.html", done)

    @action("unblock", "Lever le blocage")
    def unblock(self, accounts: list[str]) -> ResponseReturnValue:
        """A responsible of the station opens the counter of one of its accounts again."""
        if len(accounts) != 1:
            abort(400)
        try:
            misses.unblock(number(accounts[0]), manager=me(), now=now())
        except AlreadyHandled:
            flash("Ce guichet n'était plus bloqué.")
        else:
            flash("Guichet débloqué.")
        db.session.commit()
        return redirect(url_for(".index_view"), 303)

    def _handle(
        self,
        references: list[str],
        act: Callable[..., None],
        page: str,
        done: str,
        reasons: Sequence[Reason] = (),
    ) -> ResponseReturnValue:
        """Show `page` until it is confirmed, then act; a second officer or a second click reads who was first."""
        if len(references) != 1:
            abort(400)
        require_habilitation()
        try:
            procuration = misses.look_up(references[0], officer=me(), now=now())
        except CounterClosed:
            return self._missed(references[0])
        except Unknown:
            return self._handled_since(references[0])
        if not self._is_in_capacity(act):
            raise refused(NotHabilitated(), procuration)
        return self._confirm(procuration, act, page, done, reasons)

    def _confirm(
        self, procuration: Procuration, act: Callable[..., None], page: str, done: str, reasons: Sequence[Reason]
    ) -> ResponseReturnValue:
        if act is aftermath.revoke and procuration.status is Status.SUBMITTED:
            abort(400)
        if request.form.get("confirmed") != "yes":
            return self._page(page, procuration, reasons=reasons)
        reason = request.form.get("reason") or None
        if reasons and reason not in reasons and (reason or act is journey.refuse):
            return self._page(page, procuration, reasons=reasons, error="Choisissez un motif dans la liste."), 422
        return self._do(procuration, act, done, **({"reason": Reason(reason) if reason else None} if reasons else {}))

    def _is_in_capacity(self, act: Callable[..., None]) -> bool:
        """Anybody puts off; a délégué passes on, the others establish, refuse and revoke (R72-1 V)."""
        own = me().habilitation_at(now())
        if own is None or act is _postpone:
            return own is not None
        return own.may_establish is not (act is _pass_on)

    def _do(self, procuration: Procuration, act: Callable[..., None], done: str, **why: Any) -> ResponseReturnValue:
        name, place = _name(procuration), in_words("at_desk", procuration.commune)
        is_to_print = act in WITH_RECEIPT and not procuration.email
        during = in_round.opened()
        if act in IN_A_ROUND:
            why["during"] = during
        try:
            with acting(procuration):
                act(procuration, officer=me(), now=now(), **why)
                undone = ENDED_AT_ONCE.get(procuration.status) if act is journey.establish else None
        except AlreadyHandled:
            return self._already(procuration)
        except RuleBroken as broken:
            page = FILE if Reason.DONNEES_INCOMPLETES in broken.reasons else "officer/impossible.html"
            return self._page(page, procuration, reasons=broken.reasons), 422
        flash(f"{name} : {(undone or done).format(place=place)}", "warning" if undone else "message")
        if is_to_print:
            flash("Cette personne n'a pas laissé d'e-mail : ouvrez son récépissé ci-dessous et imprimez-le.")
        return redirect(url_for("rounds.one", id=during.id) if during else url_for(".index_view"), 303)

    def _handled_since(self, reference: str) -> ResponseReturnValue:
        """Only an officer who had the file open learns that somebody acted on it."""
        try:
            procuration = perimeter.find_once_opened(reference, me(), since=now() - wrong_reference.OPEN_AT_MOST)
        except Unknown:
            return self._missed(reference)
        refused(AlreadyHandled(), procuration)
        return self._already(procuration)

    def _already(self, procuration: Procuration) -> ResponseReturnValue:
        """Who was first; a revocation is not the officer's who established."""
        revoked = journal.last(Action.REVOKED, procuration)
        station = db.session.get(Station, revoked.desk) if revoked and revoked.desk else None
        return self._page("officer/already.html", procuration, revoked=revoked, revoked_at=station), 409

    def _counter(self) -> ResponseReturnValue:
        """The field, or why nothing opens for now; and to who manages the station, which counters are blocked."""
        station, at = me().station, now()
        own = me().habilitation_at(at)
        self._template_args.update(
            habilitation=own,
            ends_soon=habilitation.ends_soon(me(), at),
            to_read=self._to_read() if own else (),
            closure=wrong_reference.in_minutes(misses.closure_of(me(), at)),
            blocked=misses.blocked_at(station, at) if station and me().manages_station else [],
        )
        return super().index_view()

    def _to_read(self) -> Sequence[Row[*tuple[Any, ...]]]:
        """What délégués have passed on to this officer and can still be established, the oldest first."""
        waiting = select(*PASSED_ON).where(perimeter.passed_on_to(me()))
        oldest = waiting.order_by(Procuration.checked_at, Procuration.id).limit(self.page_size)
        rows = db.session.execute(oldest).all()
        still = perimeter.still_to_visit([row.id for row in rows], now()) if rows else ()
        return [row for row in rows if row.id in still]

    def _missed(self, typed: str) -> ResponseReturnValue:
        """Count it; one sentence for all that is not, is no longer, or is elsewhere."""
        shown = clean(tidy(typed))[:20]
        closure = misses.count(account=me(), now=now(), block=wrong_reference.block())
        page = self._closed(closure) if closure else self._unknown(shown)
        db.session.commit()
        return page

    def _unknown(self, typed: str) -> ResponseReturnValue:
        shown = {"typed": typed, "may_establish": has_authority(), "during": in_round.opened()}
        return self.render("officer/unknown.html", **shown), 404

    def _closed(self, closure: Closure) -> ResponseReturnValue:
        """The same page whatever was typed, and when to come back."""
        wait = wrong_reference.wait(closure, now())
        shown = {"closure": wrong_reference.in_minutes(closure), "wait": wait, "during": in_round.opened()}
        page = self.render("officer/closed.html", **shown)
        return page, 429, {"Retry-After": str(wait)}

    def _page(self, template: str, procuration: Procuration, **values: Any) -> str:
        if template == FILE and procuration.is_revocation_asked:
            template = "officer/revocation.html"
        at = now()
        return self.render(
            template,
            procuration=procuration,
            today=_today(),
            acted_at=_acted_at(procuration, me()),
            may_print_form=perimeter.can_print_form(procuration, me(), at),
            habilitation=me().habilitation_at(at),
            undelivered=undelivered.of(procuration),
            officer_behind=handover.officer_behind(me(), at) if _is_delegue(at) else None,
            **in_round.asks(procuration, at),
            **values,
        )


def _acted_at(row: columns.Line, officer: Account) -> datetime | None:
    """When this officer handled it, ended it by the revocation of another's act, or passed it on."""
    return row.handled_at if row.officer_id == officer.id else row.closed_at or row.checked_at


def _has_receipt(row: Listed) -> bool:
    """Established by this officer, or revoked: what a délégué passed on is another's to hand over."""
    if not row.established_at or row.purged_at:
        return False
    return row.officer_id == me().id or (row.status is Status.REVOKED and not _is_delegue(now()))


def _today() -> date:
    """The day at the officer's station; an officer without one has no counter."""
    return _here().local_day(now())


def _here() -> Commune:
    """Where the officer's station is, by whose clock the counter tells what was done at it."""
    station = me().station or abort(403)
    return station.commune


def _name(procuration: Procuration) -> str:
    return f"{procuration.mandant.first_names} {procuration.mandant.birth_name}".strip()


def _postpone(procuration: Procuration, **visit: Any) -> None:
    """Put off what the person came for: the demande, or the revocation asked on line."""
    act = aftermath.postpone_revocation if procuration.is_revocation_asked else journey.postpone
    act(procuration, **visit)


def _pass_on(procuration: Procuration, *, officer: Account, **visit: Any) -> None:
    handover.pass_on(procuration, delegue=officer, **visit)


IN_A_ROUND = (journey.establish, _pass_on)
"""The acts that meet the mandant where the round is, and say so."""


def _is_delegue(at: datetime) -> bool:
    """Whether this officer only prepares."""
    own = me().habilitation_at(at)
    return own is not None and not own.may_establish
