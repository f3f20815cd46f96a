"""Who may act at the counters of a station: its responsible invites the officers; who records designations, and ends
them, is the same or supervision.
"""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin_views.base import me, number, refused
from admin_views.clerk_form import InvitationForm
from admin_views.habilitation_form import HabilitationForm
from admin_views.over_agents import Suspending, shown_of
from app.dates import now
from app.login import current_account
from app.proof import proved
from models import delegation, habilitation, invitation, undelivered
from models.account import Account, Role
from models.base import db
from models.errors import AlreadyHandled, HabilitationRefused, NotHabilitated
from models.territory import Station

TAKEN = (
    "cette adresse a déjà un compte, et une personne n'en a qu'un : si elle vient d'un autre guichet, la personne "
    "responsable là-bas, ou le ministère, l'en retire d'abord ; sinon, demandez à l'exploitant du service"
)


class HabilitationDesk(Suspending):
    """The agents of one station, each on a page of their own: never a procuration."""

    roles = frozenset({Role.OFFICER, Role.MINISTRY})
    opened = frozenset(
        {"index", "invite", "one", "record", "end", "resend", "remove", "reset_factor", "suspend", "restore"}
    )
    taken = TAKEN

    def __init__(self) -> None:
        super().__init__(name="Habilitations", endpoint="habilitations", url="/admin/habilitations")

    def is_accessible(self) -> bool:
        account = current_account()
        return super().is_accessible() and account is not None and self._manages(account)

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The agents of the responsible's station; supervision names a station by its code."""
        asked = request.args.get("station", "").strip().upper()[:20]
        station = me().station if me().role is Role.OFFICER else db.session.get(Station, asked)
        return self._list(station, InvitationForm(), asked), 404 if asked and station is None else 200

    @expose("/", methods=("POST",))
    @proved
    def invite(self) -> ResponseReturnValue:
        """Send a link to an officer of the responsible's own station; supervision invites managers, elsewhere."""
        form = InvitationForm(request.form)
        if not me().manages_station:
            raise refused(NotHabilitated())
        if not form.validate():
            return self._list(me().station, form), 422
        if wrong := self.send(delegation.invite_officer, form):
            return self._list(me().station, form), *wrong
        return redirect(url_for(".index"), 303)

    @expose("/agent/")
    def one(self) -> ResponseReturnValue:
        """One agent's designations, and the form for the next."""
        agent = self.agent()
        return self._page(agent, HabilitationForm.of(_opjs(agent)))

    @expose("/agent/", methods=("POST",))
    @proved
    def record(self) -> ResponseReturnValue:
        """Record a designation, or show the form again with what is wrong."""
        agent = self.agent()
        form = HabilitationForm.of(_opjs(agent), request.form)
        designation = form.read(_opjs(agent))
        if designation is None:
            return self._page(agent, form), 422
        try:
            habilitation.record(designation, agent, manager=me(), now=now())
        except HabilitationRefused as refused:
            form.explain(refused.unfit)
            return self._page(agent, form), 422
        db.session.commit()
        flash("Habilitation enregistrée.")
        return redirect(self.address_of(agent), 303)

    @expose("/end/", methods=("POST",))
    @proved
    def end(self) -> ResponseReturnValue:
        """End one before its time, after a page that asks."""
        agent, key = self.agent(), number(request.form.get("habilitation", ""))
        ended = next((one for one in agent.habilitations if one.id == key), None)
        if ended is not None and request.form.get("confirmed") != "yes":
            return self.render("habilitation/end.html", one=agent, designation=ended)
        try:
            habilitation.end(key, agent, manager=me(), now=now())
        except AlreadyHandled:
            flash("Cette habilitation était déjà retirée.")
        else:
            flash("Habilitation retirée : plus aucun acte n'est possible avec elle.")
        db.session.commit()
        return redirect(self.address_of(agent), 303)

    def find(self, account_id: int) -> Account:
        return habilitation.find_agent(account_id, me())

    def _manages(self, account: Account) -> bool:
        return account.role is Role.MINISTRY or account.manages_station

    def _list(self, station: Station | None, form: InvitationForm, asked: str = "") -> str:
        agents = habilitation.agents_at(station.code) if station else []
        shown = {"awaited": invitation.awaited(agents), "undelivered": undelivered.to_agents(agents), "at": now()}
        return self.render("habilitation/index.html", station=station, agents=agents, form=form, asked=asked, **shown)

    def _page(self, agent: Account, form: HabilitationForm) -> str:
        is_own = not habilitation.may_manage(me(), agent)
        shown = {"one": agent, "form": form, "is_own": is_own, "at": now()}
        return self.render("habilitation/agent.html", **shown, **shown_of(agent))


def _opjs(agent: Account) -> list[Account]:
    """Who may have designated this one as a délégué."""
    return [one for one in habilitation.opjs_at(agent.station_code or "", now()) if one.id != agent.id]
