"""What is done over another agent's account, by who answers for it: the same acts and pages at each desk that does."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me, number, refused
from admin_views.clerk_form import InvitationForm
from app.attempts import retry_after
from app.config import Config
from app.dates import now
from app.proof import proved
from models import delegation, invitation, perimeter_of_agents, second_factor
from models.account import Account, Role
from models.base import db
from models.delegation import Person
from models.errors import AddressTaken, AlreadyHandled, DomainError, TooMany, Unknown
from models.territory import Commune

OVER = "Cela était déjà fait, ou n'est plus possible. Rien n'a changé."
TAKEN = "cette adresse a déjà un compte, et une personne n'en a qu'un : demandez à l'exploitant du service"
HERE = "cette personne travaille déjà pour vous : elle est dans la liste de cette page"
TOO_MANY = "trop d'invitations sont parties de votre compte en vingt-quatre heures : recommencez demain"
FACTOR_RESET = "Double authentification effacée : cette personne en met une autre en place à sa prochaine connexion."


class OverAgents(Guarded, BaseView):
    """Invites, sends the link again, removes, forgets a lost second factor. A desk opens of these what is its own."""

    taken = TAKEN

    def address_of(self, agent: Account) -> str:
        """Where this agent's page is."""
        return url_for(".one", id=agent.id)

    @expose("/resend/", methods=("POST",))
    @proved
    def resend(self) -> ResponseReturnValue:
        """Another link to who has not come in."""
        agent = self.agent()
        return self.do(partial(delegation.resend, key=key()), agent, "Nouvelle invitation envoyée.")

    @expose("/remove/", methods=("POST",))
    @proved
    def remove(self) -> ResponseReturnValue:
        """Out, or the invitation withdrawn, after a page that asks."""
        agent = self.agent()
        done = "Invitation retirée." if invitation.awaited([agent]) else "Agent retiré."
        return self.ask_before(delegation.remove, agent, done)

    @expose("/factor/", methods=("POST",))
    @proved
    def reset_factor(self) -> ResponseReturnValue:
        """Forget the second factor of who has lost it, after a page that asks."""
        return self.ask_before(delegation.reset_factor, self.agent(), FACTOR_RESET)

    def agent(self) -> Account:
        """Whom the request names. Raises Unknown, once written down where something was to be done."""
        try:
            return self.find(number(request.values.get("id", "")))
        except Unknown as error:
            raise refused(error) if request.method == "POST" else error from None

    def find(self, account_id: int) -> Account:
        """Somebody whom this desk shows. Raises Unknown."""
        return perimeter_of_agents.find_agent(account_id, me())

    def ask_before(self, act: Callable[..., Any], agent: Account, done: str) -> ResponseReturnValue:
        """The page that says what the act does; then the act."""
        if request.form.get("confirmed") == "yes":
            return self.do(act, agent, done)
        shown = {"one": agent, "asked": act.__name__, "until": invitation.awaited([agent]).get(agent.id)}
        return self.render("over_agents/confirm.html", back=self.address_of(agent), kept=kept_by(agent), **shown)

    def do(self, act: Callable[..., Any], agent: Account, done: str) -> ResponseReturnValue:
        """Act as the signed-in manager and say `done`, or that it was over; refusals are written down."""
        try:
            act(agent, manager=me(), now=now())
        except DomainError as error:
            db.session.rollback()
            refused(error)
            if not isinstance(error, AlreadyHandled):
                raise
            done = OVER
        db.session.commit()
        flash(done)
        return redirect(self.after(agent), 303)

    def after(self, agent: Account) -> str:
        """Where an act leads: the agent's page, or the list when that page is no more."""
        is_there = (
            db.session.query(Account.id).filter(Account.id == agent.id, perimeter_of_agents.agents_of(me())).first()
        )
        return self.address_of(agent) if is_there else url_for(".index")

    def send(self, invite: Callable[..., Any], form: InvitationForm) -> tuple[int, dict[str, str]] | None:
        """Invite the person of this form; what is wrong is said at its fields, and how that is answered given back."""
        try:
            invite(Person(form.email.data, form.name.data), manager=me(), key=key(), now=now())
        except (AddressTaken, AlreadyHandled, TooMany) as error:
            db.session.rollback()
            refused(error)
            form.email.errors = [{AddressTaken: self.taken, AlreadyHandled: HERE, TooMany: TOO_MANY}[type(error)]]
            return (429, retry_after(error)) if isinstance(error, TooMany) else (422, {})
        except DomainError as error:
            db.session.rollback()
            raise refused(error) from None
        db.session.commit()
        flash("Invitation envoyée, pour sept jours.")
        return None


class Suspending(OverAgents):
    """Closes an account and opens it again, besides."""

    @expose("/suspend/", methods=("POST",))
    @proved
    def suspend(self) -> ResponseReturnValue:
        """Close an account at once, after a page that asks."""
        return self.ask_before(delegation.suspend, self.agent(), "Compte suspendu : ses sessions sont fermées.")

    @expose("/restore/", methods=("POST",))
    @proved
    def restore(self) -> ResponseReturnValue:
        """Open it again."""
        return self.do(delegation.restore, self.agent(), "Compte rouvert.")


def shown_of(agent: Account) -> dict[str, Any]:
    """What an agent's page says of the account, for templates/over_agents/acts.html."""
    until = invitation.awaited([agent]).get(agent.id)
    return {
        "until": until,
        "is_late": until is not None and until <= now(),
        "has_factor": second_factor.is_set_up(agent),
    }


def kept_by(agent: Account) -> list[Commune]:
    """The communes that the agent keeps once removed by this manager: those of other managers."""
    return [] if me().role is Role.MINISTRY else [one for one in agent.communes if one not in me().communes]


def key() -> bytes:
    """What the links of invitations are made with."""
    config: Config = current_app.extensions["procurations"]
    return config.secret_key.encode()
