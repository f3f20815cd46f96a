"""The elector's session: who FranceConnect said this is, for thirty minutes without a sign of life.

The subject itself is never kept: a keyed hash of issuer and subject links an elector to the procurations. When
SECRET_KEY changes, the hashes of the former keys (SECRET_KEY_FALLBACKS) still find them.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any

from flask import current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.dates import now
from app.security import is_same_origin
from models.identity import Identity, Sex
from models.perimeter import Elector

IDLE_LIMIT = timedelta(minutes=30)
UNDONE = "Votre session était terminée : ce que vous venez de demander n'a pas été fait. Recommencez ici."
ANEW_AFTER = timedelta(minutes=1)
"""Signs of life that come sooner after one another are one: the cookie is signed and sent for the first."""


@dataclass(frozen=True)
class SignedIn:
    """An elector and the civil status that FranceConnect transmitted."""

    elector: Elector
    identity: Identity


def elector_of(issuer: str, subject: str) -> Elector:
    """The elector behind a subject, under the present key and each former one."""
    secrets = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    message = f"{issuer}\n{subject}".encode()
    return Elector(tuple(hmac.new(f"elector:{key}".encode(), message, hashlib.sha256).hexdigest() for key in secrets))


def open_session(elector: Elector, identity: Identity, id_token: str, at: datetime) -> None:
    """Start a session; what a former one held is dropped, but for where the person was going."""
    going, is_undone = session.get("going"), session.get("undone")
    session.clear()
    session.permanent = True
    session["going"] = going
    if is_undone:
        flash(UNDONE, "warning")
    session["id_token"] = id_token
    session["elector"] = {
        "keys": elector.keys,
        "birth_name": identity.birth_name,
        "first_names": identity.first_names,
        "sex": identity.sex,
        "birth_date": identity.birth_date.isoformat(),
    }
    live(at)


def close_session() -> str | None:
    """End the session; the id_token it held, for the provider's own sign-out."""
    id_token = session.get("id_token")
    session.clear()
    return id_token


def signed_in() -> SignedIn | None:
    """The elector of this request, or None when nobody is, or was too long ago."""
    if "signed_in" not in g:
        g.signed_in = _read(now())
    return g.signed_in


def live(at: datetime) -> None:
    """Thirty minutes more from that sign of life."""
    session["until"] = (at + IDLE_LIMIT).timestamp()


def ends_at() -> datetime:
    """When this elector's session ends, unless they give a sign of life before."""
    return datetime.fromtimestamp(session["until"], UTC)


def elector_required(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Give the view its SignedIn first, or send the person to FranceConnect and remember the page."""

    @wraps(view)
    def guarded(**arguments: Any) -> ResponseReturnValue:
        person = signed_in()
        if person is None:
            return to_sign_in()
        return view(person, **arguments)

    guarded.is_electors_only = True  # type: ignore[attr-defined]
    return guarded


def sign_in_first() -> ResponseReturnValue | None:
    """Who is nobody signs in before anything of a post is looked at, its token included."""
    view = current_app.view_functions.get(request.endpoint or "")
    return to_sign_in() if getattr(view, "is_electors_only", False) and signed_in() is None else None


def to_sign_in() -> ResponseReturnValue:
    """To FranceConnect, and back to this page; a post to one procuration leads back to the list, which says so.

    A post without our cookie may be another site's: an answer that set one would replace the elector's own.
    """
    if request.method != "POST" or session or is_same_origin():
        is_act = request.method == "POST" and bool(request.view_args)
        session["going"] = url_for("elector.mine") if is_act else request.path
        session["undone"] = is_act
    return redirect(url_for("france_connect.sign_in"))


def destination() -> str:
    """Where the person was going before signing in; one of our own paths, for we wrote it."""
    return session.pop("going", None) or url_for("elector.request_form")


def _read(at: datetime) -> SignedIn | None:
    kept = session.get("elector")
    if not kept or at.timestamp() > session.get("until", 0):
        return None
    if at + IDLE_LIMIT - ends_at() > ANEW_AFTER:
        live(at)
    return SignedIn(
        Elector(tuple(kept["keys"])),
        Identity(kept["birth_name"], kept["first_names"], Sex(kept["sex"]), date.fromisoformat(kept["birth_date"])),
    )
