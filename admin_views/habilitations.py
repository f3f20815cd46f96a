"""Who may act at the counters of a station: its responsible, or supervision, records designations and ends them."""

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import over_agents
from admin_views.base import Guarded, me, number
from admin_views.habilitation_form import HabilitationForm
from app.dates import now
from app.login import current_account
from app.proof import proved
from models import habilitation, second_factor, undelivered
from models.account import Account, Role
from models.base import db
from models.errors import AlreadyHandled, HabilitationRefused
from models.territory import Station

OVER = "Cela était déjà fait, ou n'est plus possible. Rien n'a changé."


class HabilitationDesk(Guarded, BaseView):
    """The agents of one station, each on a page of their own: never a procuration."""

    roles = frozenset({Role.OFFICER, Role.MINISTRY})
    opened = frozenset({"index", "agent", "record", "end", "reset_factor", "suspend", "restore"})

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
        agents = habilitation.agents_at(station.code) if station else []
        shown = {"agents": agents, "undelivered": undelivered.to_agents(agents), "asked": asked, "at": now()}
        page = self.render("habilitation/index.html", station=station, **shown)
        return page, 404 if asked and station is None else 200

    @expose("/agent/")
    def agent(self) -> ResponseReturnValue:
        """One agent's designations, and the form for the next."""
        agent = self._agent()
        return self._page(agent, HabilitationForm.of(_opjs(agent)))

    @expose("/agent/", methods=("POST",))
    @proved
    def record(self) -> ResponseReturnValue:
        """Record a designation, or show the form again with what is wrong."""
        agent = self._agent()
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
        return redirect(url_for(".agent", id=agent.id), 303)

    @expose("/end/", methods=("POST",))
    @proved
    def end(self) -> ResponseReturnValue:
        """End one before its time, after a page that asks."""
        agent, key = self._agent(), number(request.form.get("habilitation", ""))
        ended = next((one for one in agent.habilitations if one.id == key), None)
        if ended is not None and request.form.get("confirmed") != "yes":
            return self.render("habilitation/end.html", agent_account=agent, one=ended)
        try:
            habilitation.end(key, agent, manager=me(), now=now())
        except AlreadyHandled:
            flash("Cette habilitation était déjà retirée.")
        else:
            flash("Habilitation retirée : plus aucun acte n'est possible avec elle.")
        db.session.commit()
        return redirect(url_for(".agent", id=agent.id), 303)

    @expose("/factor/", methods=("POST",))
    @proved
    def reset_factor(self) -> ResponseReturnValue:
        """Forget the second factor of who has lost it, after a page that asks."""
        agent = self._agent()
        if request.form.get("confirmed") != "yes":
            return self.render("habilitation/factor.html", agent_account=agent)
        return self._do(partial(habilitation.reset_factor, agent), agent, over_agents.FACTOR_RESET)

    @expose("/suspend/", methods=("POST",))
    @proved
    def suspend(self) -> ResponseReturnValue:
        """Close an account at once, after a page that asks."""
        agent = self._agent()
        if request.form.get("confirmed") != "yes":
            return self.render("habilitation/suspend.html", agent_account=agent)
        return self._do(partial(habilitation.suspend, agent), agent, "Compte suspendu : ses sessions sont fermées.")

    @expose("/restore/", methods=("POST",))
    @proved
    def restore(self) -> ResponseReturnValue:
        """Open it again."""
        agent = self._agent()
        return self._do(partial(habilitation.restore, agent), agent, "Compte rouvert.")

    def _do(self, act: Callable[..., None], agent: Account, done: str) -> ResponseReturnValue:
        return over_agents.do(act, done, over=OVER, back_to=url_for(".agent", id=agent.id))

    def _manages(self, account: Account) -> bool:
        return account.role is Role.MINISTRY or account.manages_station

    def _agent(self) -> Account:
        return habilitation.find_agent(number(request.values.get("id", "")), me())

    def _page(self, agent: Account, form: HabilitationForm) -> str:
        is_own = not habilitation.may_manage(me(), agent)
        shown = {"agent_account": agent, "form": form, "is_own": is_own, "at": now()}
        return self.render("habilitation/agent.html", has_factor=second_factor.is_set_up(agent), **shown)


def _opjs(agent: Account) -> list[Account]:
    """Who may have designated this one as a délégué."""
    return [one for one in habilitation.opjs_at(agent.station_code or "", now()) if one.id != agent.id]
