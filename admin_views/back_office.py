"""The desks, opened: `/admin/` leads each role to its own."""

from typing import Any

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.theme import Theme

from admin_views.audit import JournalTable
from admin_views.base import Guarded, is_habilitated, me, reads_the_register
from admin_views.clerks import ClerkDesk
from admin_views.counter_form import FormDesk
from admin_views.editions import EditionDesk
from admin_views.ends import EndDesk
from admin_views.habilitations import HabilitationDesk
from admin_views.late import LateDesk
from admin_views.managers import ManagerDesk
from admin_views.officer import OfficerDesk
from admin_views.paper import PaperDesk
from admin_views.polling_day import PollingDayDesk
from admin_views.questions import QuestionDesk
from admin_views.reason_texts import ReasonTextDesk
from admin_views.receipt import ReceiptDesk
from admin_views.register import RegisterDesk
from admin_views.roll import RollDesk, init_roll_desk
from admin_views.rounds import RoundDesk
from admin_views.settings import SettingsDesk
from admin_views.special_register import SpecialRegister
from admin_views.statements import StatementDesk, StatementsReceived
from admin_views.supervision import ElectionTable
from admin_views.town_hall import TownHallDesk
from admin_views.venues import VenueDesk
from models.account import Role
from models.procuration import Status

DESKS: dict[Role, tuple[str, dict[str, str]]] = {
    Role.OFFICER: ("officer.index_view", {}),
    Role.TOWN_HALL: ("town_hall.index_view", {"status": Status.ESTABLISHED}),
    Role.MINISTRY: ("supervision.index_view", {}),
    Role.AUDITOR: ("journal.index_view", {}),
}
"""Where a role begins; a town hall, with what awaits its decision."""


def init_back_office(app: Flask) -> None:
    """Open the desks; views are made here, once an application, never at import."""
    app.jinja_env.globals |= {"reads_the_register": reads_the_register, "is_habilitated": is_habilitated}
    back_office = BackOffice(
        app,
        name="Procurations",
        index_view=Desks(),
        theme=Theme(folder="bootstrap4", base_template="desk.html"),
    )
    officers = (OfficerDesk(), FormDesk(), ReceiptDesk(), StatementDesk(), RoundDesk())
    stations = (SpecialRegister(), HabilitationDesk())
    town_halls = (
        TownHallDesk(),
        StatementsReceived(),
        EndDesk(),
        QuestionDesk(),
        PaperDesk(),
        RollDesk(),
        RegisterDesk(),
        EditionDesk(),
        LateDesk(),
        PollingDayDesk(),
        ClerkDesk(),
        SettingsDesk(),
    )
    supervision = (ElectionTable(), ManagerDesk(), VenueDesk(), ReasonTextDesk())
    for desk in (*officers, *stations, *town_halls, *supervision, JournalTable()):
        back_office.add_view(desk)
    init_roll_desk(app)


class Desks(Guarded, AdminIndexView):
    """`/admin/` leads each role to its desk."""

    roles = frozenset(Role)
    opened = frozenset({"index"})

    def __init__(self) -> None:
        super().__init__(url="/admin")
        self.static_folder = None  # Flask-Admin's scripts and styles, which no page of ours uses

    @expose("/")
    def index(self) -> ResponseReturnValue:
        desk, asks = DESKS[me().role]
        return redirect(url_for(desk, **asks))


class BackOffice(Admin):
    """Flask-Admin, refusing a view that is not guarded."""

    def add_view(self, view: Any) -> None:
        if not isinstance(view, Guarded):
            raise TypeError(f"{type(view).__name__} is not Guarded")
        super().add_view(view)
