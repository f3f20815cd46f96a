"""Supervision names who answers for stations and communes, and stands in for a manager who is away (M3)."""

from functools import partial

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin_views.base import me, number, refused
from admin_views.manager_form import AddressForm, ManagerForm
from admin_views.over_agents import Suspending, shown_of
from app.proof import proved
from models import delegation, invitation, perimeter_of_agents, undelivered
from models.account import Role
from models.errors import Unknown

TAKEN = (
    "cette adresse a déjà un compte : depuis la page des responsables, ouvrez-le par l'adresse entière, et nommez-y "
    "cette personne responsable"
)
NOBODY = "aucun agent de guichet ou de mairie n'a cette adresse : vérifiez-la, elle doit être entière"


class ManagerDesk(Suspending):
    """The managers, listed; any other agent, by the whole address only."""

    roles = frozenset({Role.MINISTRY})
    opened = frozenset(
        {"index", "find_one", "new", "invite", "one", "appoint", "relieve"}
        | {"resend", "remove", "reset_factor", "suspend", "restore"}
    )
    taken = TAKEN

    def __init__(self) -> None:
        super().__init__(name="Responsables", endpoint="managers", url="/admin/managers")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Those whom supervision has named, the last first; those of one place by its code."""
        return self._list(AddressForm())

    @expose("/find/", methods=("POST",))
    def find_one(self) -> ResponseReturnValue:
        """An agent whose manager is away. The address is posted, so that no address of a page holds it."""
        form = AddressForm(request.form)
        if not form.validate():
            return self._list(form), 422
        try:
            found = perimeter_of_agents.find_agent_by_address(form.email.data, me())
        except Unknown as error:
            refused(error)
            form.email.errors = [NOBODY]
            return self._list(form), 422
        return redirect(self.address_of(found), 303)

    @expose("/new/")
    def new(self) -> ResponseReturnValue:
        """The form that names one."""
        return self.render("supervision/new_manager.html", form=ManagerForm())

    @expose("/new/", methods=("POST",))
    @proved
    def invite(self) -> ResponseReturnValue:
        """Send the link, or show the form again with what is wrong."""
        form = ManagerForm(request.form)
        desk = form.desk()
        if desk is None:
            return self.render("supervision/new_manager.html", form=form), 422
        if wrong := self.send(partial(delegation.invite_manager, desk=desk), form):
            return self.render("supervision/new_manager.html", form=form), *wrong
        return redirect(url_for(".index"), 303)

    @expose("/one/")
    def one(self) -> ResponseReturnValue:
        """One agent: of which desk, and what can be done over the account."""
        agent = self.agent()
        return self.render("supervision/manager.html", one=agent, **shown_of(agent))

    @expose("/appoint/", methods=("POST",))
    @proved
    def appoint(self) -> ResponseReturnValue:
        """Make a manager of who works there already, after a page that asks."""
        return self.ask_before(delegation.appoint, self.agent(), "Cette personne est responsable.")

    @expose("/relieve/", methods=("POST",))
    @proved
    def relieve(self) -> ResponseReturnValue:
        """Take that back, after a page that asks."""
        return self.ask_before(delegation.relieve, self.agent(), "Cette personne n'est plus responsable.")

    def _list(self, form: AddressForm) -> str:
        place, before = request.args.get("place", "").strip().upper()[:20], request.args.get("before", "")
        found = delegation.managers(place, number(before) if before else None)
        managers = found[: delegation.PAGE]
        older = managers[-1].id if len(found) > len(managers) else None
        shown = {"awaited": invitation.awaited(managers), "undelivered": undelivered.to_agents(managers)}
        return self.render("supervision/managers.html", managers=managers, form=form, place=place, older=older, **shown)
