"""What a town hall decides for itself: its hours, who is on duty, from when an arrival is late."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me
from admin_views.settings_form import SettingsForm
from app.dates import now
from models import desk_settings, late_arrivals, perimeter
from models.account import Role
from models.base import db
from models.territory import Commune


class SettingsDesk(Guarded, BaseView):
    """One form a commune; a clerk of several chooses which."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "save"})

    def __init__(self) -> None:
        super().__init__(name="Réglages", endpoint="settings", url="/admin/settings")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The settings of a commune; or, of several, which one."""
        commune = _commune()
        if commune is None:
            return self.render("settings/choose.html", communes=me().communes)
        return self._page(commune, _form(commune))

    @expose("/", methods=("POST",))
    def save(self) -> ResponseReturnValue:
        """Keep them, or show the form again with what is wrong."""
        commune = _commune()
        if commune is None:
            return redirect(url_for(".index"), 303)
        form = _form(commune, request.form)
        wanted = form.read()
        if wanted is None:
            return self._page(commune, form), 422
        has_changed = desk_settings.save(commune, wanted, clerk=me(), now=now())
        if has_changed:
            late_arrivals.tell_whom_it_now_is(commune, now=now())
        db.session.commit()
        flash(f"Réglages enregistrés pour {commune.name}." if has_changed else "Rien n'a changé.")
        return redirect(url_for(".index", commune=commune.code), 303)

    def _page(self, commune: Commune, form: SettingsForm) -> str:
        return self.render("settings/commune.html", commune=commune, form=form, several=len(me().communes) > 1)


def _commune() -> Commune | None:
    """The one that is named, among the clerk's (404), or the only one."""
    if code := request.values.get("commune"):
        return perimeter.find_commune(code, me())
    communes = me().communes
    return communes[0] if len(communes) == 1 else None


def _form(commune: Commune, posted: object = None) -> SettingsForm:
    kept = desk_settings.settings_of([commune])[commune.code]
    return SettingsForm.of(kept, desk_settings.clerks_of(commune), posted)
