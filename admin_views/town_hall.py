"""Step 3, the town hall: the procurations of its communes, validated or invalidated, one or many."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy import ColumnElement, and_, func, literal, not_, or_, select
from sqlalchemy.orm import Query, joinedload, lazyload, load_only
from sqlalchemy.sql.base import ExecutableOption

from admin_views import columns
from admin_views.base import MOST_COUNTED, me, number, record_refusal, record_refusals
from admin_views.town_hall_after import AfterEstablishment
from admin_views.town_hall_export import ListExport
from admin_views.town_hall_filter import IN_DOUBT, NAMES, SHOWN, asked, elections, read_at, waiting
from app.dates import now
from app.forms import tidy
from app.message import words
from models import (
    aftermath,
    bureau,
    control,
    decision,
    journal,
    listed,
    majority,
    perimeter,
    questions,
    reason_words,
    undelivered,
)
from models.account import Role
from models.base import db
from models.errors import TOWN_HALL_REFUSALS, AlreadyHandled, DomainError, NoteRequired, Reason, RuleBroken, Unknown
from models.findings import RULES_VERSION, Control, Finding
from models.journal import Action
from models.listed import Listed
from models.procuration import Procuration, Status
from models.rules import Outcome
from models.territory import Commune

EVERYTHING_SHOWN = "*"
MOST_AT_ONCE = 500
LONGEST_NOTE = 500
STILL_OPEN = timedelta(minutes=10)
"""For how long a file that a clerk opened is told to the others as open."""
DECIDED = {"validate": Status.VALIDATED, "invalidate": Status.INVALIDATED}
WHY_VALIDATE = "Un contrôle s'y oppose, ou ne peut pas conclure : écrivez pourquoi vous validez."
WHY_INVALIDATE = "Tous les contrôles sont conformes : écrivez pourquoi vous invalidez."
TOO_LONG = f"Écrivez {LONGEST_NOTE} caractères au plus."
TO_HOLD = (load_only(Procuration.id, Procuration.commune_code, raiseload=True), lazyload(Procuration.polling_days))
"""Of rows about to be decided: who decides them reads them whole, once they are held."""


class TownHallDesk(ListExport, AfterEstablishment):
    """The table of its communes, visible the moment an officer has established."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index_view", "details_view", "action_view", "letter_view", "export_all"})
    list_template = "town_hall/list.html"
    details_template = "town_hall/details.html"
    newest_first = (Procuration.established_at.desc(), Procuration.id.desc())
    filter_names = NAMES
    loaded = (joinedload(Procuration.polling_days),)
    """Their communes are those of the desk, which the session holds already."""
    loaded_alone = tuple(
        joinedload(one)
        for one in (Procuration.commune, Procuration.mandataire_commune, Procuration.established_commune)
    )
    column_list = ("reference", "mandant", "mandataire", "days", "established_at", "commune", "status")
    column_sortable_list = ()
    column_labels = columns.LABELS
    column_formatters = {
        "reference": columns.reference,
        "mandant": columns.mandant_link,
        "mandataire": columns.mandataire,
        "days": columns.days,
        "established_at": columns.instant,
        "commune": columns.commune,
        "status": columns.decision,
    }

    def __init__(self) -> None:
        super().__init__(Procuration, db, name="Procurations", endpoint="town_hall", url="/admin/town-hall")

    def perimeter(self) -> ColumnElement[bool]:
        return perimeter.visible_to(me())

    def foreign(self, keys: list[str]) -> None:
        """Keep in the journal that this clerk named rows outside the perimeter; each that there is, or one for none."""
        wanted = {number(key) for key in keys[:MOST_AT_ONCE]}
        is_outside = not_(perimeter.visible_to(me()))
        outside = db.session.scalars(select(Procuration).where(Procuration.id.in_(wanted), is_outside)).all()
        for row in outside or [None]:
            record_refusal(row, Unknown())
        db.session.commit()

    def filters(self) -> list[ColumnElement[bool]]:
        return asked().criteria()

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The list, with its filters."""
        self._template_args.update(asked=asked(), statuses=SHOWN, elections=elections(), read_at=now().isoformat())
        return super().index_view()

    def counted_in(self) -> tuple[ColumnElement[Any], ...]:
        """The rows of one commune lie in its index in the order of the list."""
        return self.newest_first if len(me().communes) == 1 else ()

    def page_of(self, shown: Query[Any], first: int, size: int) -> Sequence[Listed]:
        return listed.lines_among(self.keys_of(shown, first, size), self.newest_first)

    def count(self, shown: Query[Any], seen: int, is_last: bool) -> int:
        """With it, in one query: what is to be looked at again, what is asked, and whether a roll gives the bureaus."""
        one = literal(1).label("one")
        doubts = self.get_query().filter(IN_DOUBT).with_entities(one)
        to_count = [doubts.limit(MOST_COUNTED + 1), questions.waiting_for(me())]
        if not is_last and seen <= MOST_COUNTED:
            to_count.append(self.capped(shown))
        counts = [select(func.count()).select_from(rows.subquery()).scalar_subquery() for rows in to_count]
        has_bureaus, doubtful, asking, *counted = db.session.execute(
            select(bureau.has_any(me().communes), *counts)
        ).one()
        self._template_args.update(doubts=doubtful, questions=asking, has_bureaus=has_bureaus)
        return int(counted[0]) if counted else seen

    def _nothing_chosen(self, problem: str) -> ResponseReturnValue:
        """The list again, with what to do before an act."""
        self._template_args.update(problem=problem)
        return self.index_view(), 422

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """One file: mandant, mandataire, officer, history. The reading itself is recorded."""
        procuration = self.get_one(request.args.get("id", ""))
        findings, history = _findings(procuration), journal.history([procuration])[procuration.id]
        question = questions.about(procuration)
        page = self.render(
            self.details_template,
            procuration=procuration,
            asked=asked(),
            history=history,
            readings=journal.readings(history, besides=me(), since=now() - STILL_OPEN),
            findings=findings,
            is_failed=any(finding.outcome is Outcome.FAILED for finding in findings),
            places=_places(findings),
            question=question,
            line=questions.line_of(question),
            whom_to_ask=questions.whom_to_ask(procuration, findings, me()),
            letters=aftermath.letters(procuration),
            undelivered=undelivered.of(procuration),
            version=RULES_VERSION if procuration.can_be_decided else procuration.rules_version,
        )
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me())
        db.session.commit()
        return page

    @action("validate", "Valider")
    def validate(self, keys: list[str]) -> ResponseReturnValue:
        """Validate one or many, after a page that asks; against a failed check, with a note."""
        note = _note()
        wrong = _wrong_note(note) if _is_confirmed() else {}
        acts = _is_confirmed() and not wrong
        rows = self._rows(keys, TO_HOLD if acts else self.loaded)
        if problem := _what_is_wrong(rows, keys):
            return self._nothing_chosen(problem)
        if not acts:
            return self._confirm("validate", rows, note=note, **wrong), 422 if wrong else 200
        not_done = self._decide(rows, decision.validate, note=note if len(rows) == 1 else None)
        if _only_lacks_a_note(rows, not_done):
            return self._confirm("validate", rows, note=note, note_error=WHY_VALIDATE), 422
        return self._report(rows, not_done, "validée")

    @action("invalidate", "Invalider")
    def invalidate(self, keys: list[str]) -> ResponseReturnValue:
        """Invalidate one or many for one coded reason, after a page that asks for it."""
        given = {"reason": request.form.get("reason", ""), "note": _note()}
        wrong = _wrong_of_invalidation(**given) if _is_confirmed() or _is_previewed() else {}
        acts = _is_confirmed() and not _is_previewed() and not wrong
        rows = self._rows(keys, TO_HOLD if acts else self.loaded)
        if problem := _what_is_wrong(rows, keys):
            return self._nothing_chosen(problem)
        if not acts:
            return self._confirm("invalidate", rows, **given, **wrong), 422 if wrong else 200
        not_done = self._decide(rows, decision.invalidate, reason=Reason(given["reason"]), note=given["note"])
        if _only_lacks_a_note(rows, not_done):
            return self._confirm("invalidate", rows, **given, note_error=WHY_INVALIDATE), 422
        return self._report(rows, not_done, "invalidée")

    def _rows(self, keys: list[str], read: Sequence[ExecutableOption]) -> list[Procuration]:
        """The rows ticked, or all that the filter shows and that still wait, five hundred at most."""
        ticked = [key for key in keys if key != EVERYTHING_SHOWN]
        rows = self.get_several(ticked, read) if ticked else []
        if EVERYTHING_SHOWN not in keys:
            return rows
        shown = self.rows(read).filter(*self.filters(), waiting(read_at()))
        return shown.order_by(*self.newest_first).limit(MOST_AT_ONCE).all()

    def _confirm(self, name: str, rows: list[Procuration], **given: Any) -> str:
        """The page that asks; for one row, with what the control says against the act, and reasons it gives first."""
        found = _control(rows[0]) if len(rows) == 1 and rows[0].can_be_decided else None
        objections = found.objections if found else []
        first = [finding.reason for finding in objections if finding.reason in TOWN_HALL_REFUSALS]
        return self.render(
            f"town_hall/confirm_{name}.html",
            action=name,
            rows=rows,
            asked=asked(),
            objections=objections,
            is_failed=bool(found and found.failures),
            places=_places(objections),
            has_passed=bool(found and found.has_passed),
            reasons=dict.fromkeys([*first, *TOWN_HALL_REFUSALS]),
            told=_told(rows, name, given.get("reason")),
            goes_on=_goes_on(),
            **given,
        )

    def _decide(
        self, rows: list[Procuration], act: Callable[..., Mapping[int, DomainError]], **why: Any
    ) -> Mapping[int, DomainError]:
        """Act on all in one transaction; those not so decided, by key, and why: a note is missing, nobody votes…"""
        left = act(rows, clerk=me(), now=now(), **why)
        record_refusals([(row, left[row.id]) for row in rows if row.id in left])
        not_done = {row.id: AlreadyHandled() for row in rows if row.status is Status.VOID} | dict(left)
        db.session.commit()
        return not_done

    def _report(self, rows: list[Procuration], not_done: Mapping[int, DomainError], done: str) -> ResponseReturnValue:
        """All done: on to the next file, or back to the list. Otherwise each row that was not, and why."""
        count = len(rows) - len(not_done)
        if not_done:
            page = self.render(
                "town_hall/report.html",
                not_done=self.get_several([str(key) for key in not_done]),
                against={key: error.against for key, error in not_done.items() if isinstance(error, NoteRequired)},
                without_vote={key for key, error in not_done.items() if isinstance(error, RuleBroken)},
                count=count,
                done=done,
                asked=asked(),
            )
            return page, 200 if count else 409
        flash(f"{count} procurations {done}s." if count > 1 else f"Procuration {done}.")
        following = self._following(rows[0]) if _goes_on() else None
        if following is None:
            return redirect(url_for(".index_view", **asked().given), 303)
        return redirect(url_for(".details_view", id=following.id, **asked().given), 303)

    def _following(self, row: Procuration) -> Procuration | None:
        """The next file to decide of the same filter: the next older, otherwise the newest."""
        shown = self.get_query().filter(*self.filters(), waiting(now())).order_by(*self.newest_first)
        same_instant = and_(Procuration.established_at == row.established_at, Procuration.id < row.id)
        older = or_(Procuration.established_at < row.established_at, same_instant)
        return shown.filter(older).first() or shown.first()


def _control(procuration: Procuration) -> Control:
    return control.control(procuration, procuration.commune.local_day(now()))


def _findings(procuration: Procuration) -> Sequence[Finding]:
    """Those of this moment while it awaits a decision, or another; afterwards, those that the decision was taken on."""
    if procuration.can_be_decided:
        return _control(procuration).findings
    return [Finding.from_json(stored) for stored in procuration.findings or ()]


def _places(findings: Iterable[Finding]) -> dict[str, str]:
    """The names of the communes that the findings quote by their codes."""
    quoted = {finding.inputs.get(name) for finding in findings for name in ("commune", "mandant", "mandataire")}
    return {code: db.session.get_one(Commune, code).label for code in quoted if code}


def _note() -> str:
    return str(tidy(request.form.get("note", "")))


def _is_confirmed() -> bool:
    return request.form.get("confirmed") == "yes"


def _wrong_of_invalidation(reason: str, note: str) -> dict[str, str]:
    """What keeps it from being done or previewed, by what the page calls it."""
    wrong = {} if reason in TOWN_HALL_REFUSALS else {"error": "Choisissez un motif dans la liste."}
    return wrong | _wrong_note(note)


def _wrong_note(note: str) -> dict[str, str]:
    return {"note_error": TOO_LONG} if len(note) > LONGEST_NOTE else {}


def _is_previewed() -> bool:
    """The message is asked for, before the act."""
    return request.form.get("preview") == "yes"


def _goes_on() -> bool:
    """The act comes from a file, and leads to the next one."""
    return request.form.get("then") == "next"


def _told(rows: Sequence[Procuration], name: str, reason: str | None) -> dict[str, Any] | None:
    """The message that will leave: its first addressee's, and to how many; none without a reason to tell yet."""
    reached = [row for row in rows if row.email is not None and row.can_be_decided]
    if not reached or (name == "invalidate" and reason not in TOWN_HALL_REFUSALS):
        return None
    first, why = reached[0], Reason(reason) if reason else None
    own = reason_words.of(first, why, first.commune.local_day(now())) if why else None
    subject, text = words(*decision.message(first, DECIDED[name], why, own, majority.unserved(first, now())))
    return {"subject": subject, "text": text, "to": first, "count": len(reached)}


def _only_lacks_a_note(rows: list[Procuration], not_done: Mapping[int, DomainError]) -> bool:
    return len(rows) == 1 and any(isinstance(error, NoteRequired) for error in not_done.values())


def _what_is_wrong(rows: list[Procuration], keys: list[str]) -> str | None:
    """Why there is nothing to confirm."""
    if not keys:
        return "Cochez d'abord une procuration, ou plusieurs, dans la liste."
    if not rows:
        return "Ce filtre ne montre aucune procuration à décider."
    if len(rows) > MOST_AT_ONCE:
        return f"Choisissez {MOST_AT_ONCE} procurations au plus à la fois."
    return None
