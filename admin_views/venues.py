"""Supervision corrects where people are told to go, and adds the places that prefects list."""

from datetime import date

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me
from admin_views.venue_form import ListedForm, VenueForm
from app.dates import DESK_ZONE, now
from app.forms import tidy
from models import journal, venue_correction, venue_search
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled
from models.journal import Action
from models.venue import Venue

CORRECTED = "Lieu corrigé. Les prochains imports n'y toucheront pas."
FOLLOWED = "Le prochain import remettra ce que dit le fichier."


class VenueDesk(Guarded, BaseView):
    """The places, found by commune, name or code; each on its page."""

    roles = frozenset({Role.MINISTRY})
    opened = frozenset({"index", "one", "correct", "new"})

    def __init__(self) -> None:
        super().__init__(name="Lieux", endpoint="venues", url="/admin/venues")

    @expose("/")
    def index(self) -> str:
        """What was searched; as long as nothing is, what supervision has changed."""
        asked = tidy(request.args.get("search", ""))[:120]
        found = venue_search.named(asked) if asked else venue_search.changed_by_hand()
        return self.render("venues/index.html", asked=asked, venues=found, most=venue_search.MOST_FOUND)

    @expose("/lieu/")
    def one(self) -> str:
        """One place as the public reads it, in a form."""
        venue = _asked()
        return self._page(venue, VenueForm.of(venue))

    @expose("/lieu/", methods=("POST",))
    def correct(self) -> ResponseReturnValue:
        """Correct it, or let imports say again what they say."""
        venue, form = _asked(), VenueForm(request.form)
        try:
            if request.form.get("act") == "follow_again":
                venue_correction.follow_again(venue, seen=form.version.seen, account=me(), now=now())
                flash(FOLLOWED)
            elif (wanted := form.read()) is None:
                return self._page(venue, form), 422
            else:
                hidden = {"is_hidden": bool(form.is_hidden.data), "seen": form.version.seen}
                done = venue_correction.correct(venue, wanted, **hidden, account=me(), now=now(), today=_today())
                flash(CORRECTED if done else "Rien n'a changé.")
        except AlreadyHandled:
            return self._stale(venue, form)
        db.session.commit()
        return redirect(url_for(".one", code=venue.code), 303)

    @expose("/nouveau/", methods=("GET", "POST"))
    def new(self) -> ResponseReturnValue:
        """A place that a prefect lists for some days."""
        if request.method != "POST":
            return self.render("venues/new.html", form=ListedForm())
        form = ListedForm(request.form)
        wanted = form.read()
        if wanted is None:
            return self.render("venues/new.html", form=form), 422
        added = venue_correction.add_listed(wanted, form.source.data, account=me(), now=now(), today=_today())
        db.session.commit()
        flash("Lieu ajouté. Il est montré jusqu'à son dernier jour.")
        return redirect(url_for(".one", code=added.code), 303)

    def _page(self, venue: Venue, form: VenueForm, *, is_stale: bool = False) -> str:
        return self.render("venues/one.html", venue=venue, form=form, is_stale=is_stale)

    def _stale(self, venue: Venue, form: VenueForm) -> ResponseReturnValue:
        """What was typed, over what somebody else has left meanwhile."""
        db.session.rollback()
        journal.record(Action.DENIED, now=now(), account=me(), desk=venue.code, detail=AlreadyHandled.__name__)
        db.session.commit()
        form.version.data = str(venue.version)
        return self._page(venue, form, is_stale=True), 409


def _asked() -> Venue:
    """The place that the address names (404)."""
    return db.session.get(Venue, request.values.get("code", "")[:20]) or abort(404)


def _today() -> date:
    return now().astimezone(DESK_ZONE).date()
