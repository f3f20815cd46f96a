"""Who works at a town hall: its manager invites, limits and removes, never oneself (T3, T19)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import over_agents
from admin_views.base import Guarded, me, number
from admin_views.clerk_form import CommunesForm, InvitationForm
from app.config import Config
from app.dates import now
from app.login import current_account
from app.proof import proved
from models import delegation, perimeter, second_factor, undelivered
from models.account import Account, Role
from models.base import db
from models.errors import AddressTaken
from models.territory import Commune

TAKEN = "cette adresse a déjà un compte : demandez à l'exploitant du service d'y ajouter votre commune"
OVER = "Cela n'est plus possible : quelqu'un d'autre s'en est occupé. Rien n'a changé."


class ClerkDesk(Guarded, BaseView):
    """The clerks of the manager's communes: accounts only, never a procuration."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "invite", "one", "limit", "remove", "resend", "reset_factor"})

    def __init__(self) -> None:
        super().__init__(name="Agents", endpoint="clerks", url="/admin/clerks")

    def is_accessible(self) -> bool:
        account = current_account()
        return super().is_accessible() and account is not None and account.manages_communes

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Who works here, and the form that invites somebody."""
        return self._page(InvitationForm.of(me().communes))

    @expose("/", methods=("POST",))
    @proved
    def invite(self) -> ResponseReturnValue:
        """Send the link, or show the form again with what is wrong."""
        form = InvitationForm.of(me().communes, request.form)
        if not form.validate():
            return self._page(form), 422
        try:
            delegation.invite(form.email.data, form.name.data, form.chosen, manager=me(), key=_key(), now=now())
        except AddressTaken:
            db.session.rollback()
            form.email.errors = [TAKEN]
            return self._page(form), 422
        db.session.commit()
        flash("Invitation envoyée. Le lien sert une fois, pendant sept jours.")
        return redirect(url_for(".index"), 303)

    @expose("/one/")
    def one(self) -> ResponseReturnValue:
        """One clerk: for which communes, and out."""
        clerk = self._clerk()
        return self._one(clerk, CommunesForm.of(me().communes, communes=[one.code for one in clerk.communes]))

    @expose("/one/", methods=("POST",))
    @proved
    def limit(self) -> ResponseReturnValue:
        """Keep the communes that are ticked; those of other managers are not shown, and stay."""
        clerk, form = self._clerk(), CommunesForm.of(me().communes, request.form)
        if not form.validate():
            return self._one(clerk, form), 422
        return self._do(partial(delegation.limit, clerk, form.chosen), "Communes enregistrées.")

    @expose("/remove/", methods=("POST",))
    @proved
    def remove(self) -> ResponseReturnValue:
        """Out, after a page that asks."""
        clerk = self._clerk()
        if request.form.get("confirmed") != "yes":
            return self.render("town_hall/clerk_remove.html", clerk=clerk, others=_others(clerk))
        return self._do(partial(delegation.remove, clerk), "Agent retiré.")

    @expose("/resend/", methods=("POST",))
    @proved
    def resend(self) -> ResponseReturnValue:
        """Another link to who has not chosen a password."""
        return self._do(partial(delegation.resend, self._clerk(), key=_key()), "Nouvelle invitation envoyée.")

    @expose("/factor/", methods=("POST",))
    @proved
    def reset_factor(self) -> ResponseReturnValue:
        """Forget the second factor of who has lost it, after a page that asks."""
        clerk = self._clerk()
        if request.form.get("confirmed") != "yes":
            return self.render("town_hall/clerk_factor.html", clerk=clerk)
        return self._do(partial(delegation.reset_factor, clerk), over_agents.FACTOR_RESET)

    def _do(self, act: Callable[..., Any], done: str) -> ResponseReturnValue:
        return over_agents.do(act, done, over=OVER, back_to=url_for(".index"))

    def _clerk(self) -> Account:
        return perimeter.find_clerk(number(request.values.get("id", "")), me())

    def _page(self, form: InvitationForm) -> str:
        clerks = delegation.clerks_of(me())
        shown = {"awaited": delegation.awaited(clerks), "undelivered": undelivered.to_agents(clerks)}
        return self.render("town_hall/clerks.html", clerks=clerks, form=form, **shown)

    def _one(self, clerk: Account, form: CommunesForm) -> str:
        until = delegation.awaited([clerk]).get(clerk.id)
        has_factor = second_factor.is_set_up(clerk)
        shown = {"clerk": clerk, "form": form, "until": until, "others": _others(clerk), "has_factor": has_factor}
        return self.render("town_hall/clerk.html", **shown)


def _others(clerk: Account) -> list[Commune]:
    """The communes for which this clerk has other managers."""
    return [commune for commune in clerk.communes if commune not in me().communes]


def _key() -> bytes:
    config: Config = current_app.extensions["procurations"]
    return config.secret_key.encode()
