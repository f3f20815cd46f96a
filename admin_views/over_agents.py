"""What is done over another agent's account, by who answers for it: once, told, and back to a page."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from admin_views.base import me
from app.dates import now
from models.base import db
from models.errors import AlreadyHandled

FACTOR_RESET = "Double authentification effacée : cette personne en met une autre en place à sa prochaine connexion."


def do(act: Callable[..., Any], done: str, *, over: str, back_to: str) -> ResponseReturnValue:
    """Act as the signed-in manager and say `done`, or `over` when somebody was first; then lead to `back_to`."""
    try:
        act(manager=me(), now=now())
    except AlreadyHandled:
        db.session.rollback()
        done = over
    db.session.commit()
    flash(done)
    return redirect(back_to, 303)
