"""The polling station's page: a name, and whether somebody votes for somebody else that day (T15). On a telephone.

The name goes by POST, so that no address holds it. Nobody records who has voted.
"""

from datetime import date

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me
from app.dates import now
from app.forms import tidy
from models import desk_settings, journal, polling_answers, search
from models.account import Role
from models.base import db
from models.coming_days import coming_days
from models.journal import Action
from models.polling_answers import Answers
from models.territory import Commune
from models.waiting_changes import waiting_changes

LONGEST = 120
TOO_SHORT = "Écrivez au moins deux lettres du nom."


class PollingDayDesk(Guarded, BaseView):
    """One field, the answer in words, and the next person."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "answer"})

    def __init__(self) -> None:
        super().__init__(name="Jour du vote", endpoint="polling_day", url="/admin/polling-day")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The field, for today's vote or else the next; `?day=` chooses another coming one."""
        days = _days()
        return self._ask(days, _chosen(days))

    @expose("/", methods=("POST",))
    def answer(self) -> ResponseReturnValue:
        """What the station may say of that name. Each procuration shown is recorded as read."""
        days, typed = _days(), str(tidy(request.form.get("name", "")))[:LONGEST]
        day = _chosen(days)
        if day is None:
            return self._ask(days, day)
        if not search.is_long_enough(typed):
            return self._ask(days, day, typed=typed, problem=TOO_SHORT), 422
        found = polling_answers.answers(typed, day, _voting(days, day), me())
        if found.are_too_many or not found.shown:
            return self._ask(days, day, typed=typed, found=found)
        page = self.render("polling_day/answer.html", day=day, typed=typed, found=found, **_clock(days, day))
        _record(found)
        return page

    def _ask(
        self,
        days: dict[str, list[date]],
        day: date | None,
        typed: str = "",
        problem: str = "",
        found: Answers | None = None,
    ) -> str:
        lists = [(commune, day) for commune in _voting(days, day)] if day and not typed else []
        waiting = waiting_changes(lists)
        asked = {"day": day, "typed": typed, "problem": problem, "found": found, "waiting": waiting}
        return self.render("polling_day/index.html", **asked, **_clock(days, day))


def _days() -> dict[str, list[date]]:
    """The coming polling days of each of the clerk's communes, today's included."""
    return coming_days(me().communes, now())


def _chosen(days: dict[str, list[date]]) -> date | None:
    """The day that the address or the form names (404 when nobody of these communes votes then), or the first one."""
    offered = sorted({day for own in days.values() for day in own})
    asked = request.values.get("day")
    if not asked:
        return offered[0] if offered else None
    return next((day for day in offered if day.isoformat() == asked), None) or abort(404)


def _voting(days: dict[str, list[date]], day: date) -> list[Commune]:
    """Those of the clerk's communes that vote that day."""
    return [commune for commune in me().communes if day in days[commune.code]]


def _clock(days: dict[str, list[date]], day: date | None) -> dict[str, object]:
    """Where it is voted, whether that is today there, and the other days that may be asked about."""
    communes = _voting(days, day) if day else []
    return {
        "communes": communes,
        "desks": desk_settings.settings_of(communes),
        "is_today": any(commune.local_day(now()) == day for commune in communes),
        "other_days": sorted({other for own in days.values() for other in own} - {day}),
    }


def _record(found: Answers) -> None:
    opened = {"now": now(), "account": me(), "detail": "polling_day"}
    journal.record_all([journal.line(Action.OPENED, procuration=one.procuration, **opened) for one in found.shown])
    db.session.commit()
