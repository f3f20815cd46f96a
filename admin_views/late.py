"""What arrived after the last edition, in all of a secretary's communes at once (T14)."""

from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me
from app.dates import now
from models import journal
from models.account import Role
from models.base import db
from models.journal import Action
from models.since_edition import MOST_SHOWN, since_edition
from models.waiting_changes import waiting_changes


class LateDesk(Guarded, BaseView):
    """What is to be decided, added or removed, and whether somebody has seen it."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index"})

    def __init__(self) -> None:
        super().__init__(name="Tardives", endpoint="late", url="/admin/late")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The next vote of each commune; the reading is recorded, a line a commune that has something."""
        found = since_edition(me(), now())
        waiting = waiting_changes([(one.commune, one.day) for one in found])
        page = self.render("late/index.html", found=found, waiting=waiting, most=MOST_SHOWN)
        opened = {"now": now(), "account": me(), "detail": "late"}
        journal.record_all([journal.line(Action.OPENED, desk=one.commune.code, **opened) for one in found if one])
        db.session.commit()
        return page
