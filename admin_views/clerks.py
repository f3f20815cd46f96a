"""Who works at a town hall: its manager invites, limits and removes, never oneself (T3, T19)."""

from functools import partial

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin_views.base import me, number, refused
from admin_views.clerk_form import ClerkForm, CommunesForm
from admin_views.over_agents import OverAgents, kept_by, shown_of
from app.dates import now
from app.login import current_account
from app.proof import proved
from models import delegation, desk_offer, invitation, undelivered
from models.account import Account, Role
from models.errors import Unknown


class ClerkDesk(OverAgents):
    """The clerks of the manager's communes: accounts only, never a procuration."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "invite", "one", "limit", "remove", "resend", "reset_factor", "withdraw"})

    def __init__(self) -> None:
        super().__init__(name="Agents", endpoint="clerks", url="/admin/clerks")

    def is_accessible(self) -> bool:
        account = current_account()
        return super().is_accessible() and account is not None and account.manages_communes

    def after(self, agent: Account) -> str:
        return url_for(".index")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Who works here, and the form that invites somebody."""
        return self._page(ClerkForm.of(me().communes))

    @expose("/", methods=("POST",))
    @proved
    def invite(self) -> ResponseReturnValue:
        """Send the link, or show the form again with what is wrong."""
        form = ClerkForm.of(me().communes, request.form)
        if not form.validate():
            return self._page(form), 422
        if wrong := self.send(partial(delegation.invite_clerk, communes=form.chosen), form):
            return self._page(form), *wrong
        return redirect(url_for(".index"), 303)

    @expose("/one/")
    def one(self) -> ResponseReturnValue:
        """One clerk: for which communes, and out."""
        clerk = self.agent()
        return self._one(clerk, CommunesForm.of(me().communes, communes=[one.code for one in clerk.communes]))

    @expose("/one/", methods=("POST",))
    @proved
    def limit(self) -> ResponseReturnValue:
        """Keep the communes that are ticked; those of other managers are not shown, and stay."""
        clerk, form = self.agent(), CommunesForm.of(me().communes, request.form)
        if not form.validate():
            return self._one(clerk, form), 422
        return self.do(partial(delegation.limit, communes=form.chosen), clerk, "Communes enregistrées.")

    @expose("/withdraw/", methods=("POST",))
    @proved
    def withdraw(self) -> ResponseReturnValue:
        """Take back what a clerk of other communes has not answered."""
        offered = {one.account_id: one.account for one in desk_offer.made_by(me(), now())}
        clerk = offered.get(number(request.form.get("id", "")))
        if clerk is None:
            raise refused(Unknown())
        return self.do(delegation.withdraw_offer, clerk, "Invitation retirée.")

    def _page(self, form: ClerkForm) -> str:
        clerks = delegation.clerks_of(me())
        offers = desk_offer.made_by(me(), now())
        told = undelivered.to_agents([*clerks, *(one.account for one in offers)])
        shown = {"awaited": invitation.awaited(clerks), "undelivered": told, "offers": offers}
        return self.render("town_hall/clerks.html", clerks=clerks, form=form, **shown)

    def _one(self, clerk: Account, form: CommunesForm) -> str:
        return self.render("town_hall/clerk.html", one=clerk, form=form, others=kept_by(clerk), **shown_of(clerk))
