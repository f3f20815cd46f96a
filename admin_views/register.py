"""What a town hall prints for a polling day: the register of R76-1, the mentions for the list that voters sign, and the
editions of what changed since.
"""

from collections.abc import Callable
from datetime import date

from flask import Response, abort, flash, get_template_attribute, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views import columns, download
from admin_views.base import Guarded, me, number
from admin_views.spreadsheet import BEGINNING, line
from app.dates import now, short_day
from models import editions, journal, perimeter, signing_list
from models.account import Role
from models.base import db
from models.journal import Action
from models.signing_list import Line
from models.territory import Commune

REGISTER = (
    "Nom du mandant",
    "Prénoms du mandant",
    "Nom du mandataire",
    "Prénoms du mandataire",
    "Nom et prénom de l'autorité",
    "Qualité de l'autorité",
    "Date d'établissement",
    "Lieu d'établissement",
    "Durée de validité",
)
"""Article R76-1: these, and nothing else: no birth date, no address, no reference."""
MENTIONS = (
    "code du bureau de vote",
    "libellé du bureau de vote",
    "numéro d'ordre dans le bureau de vote",
    "nom de naissance",
    "prénoms",
    "date de naissance",
    "mandataire : nom de naissance",
    "mandataire : prénoms",
    "mandataire : date de naissance",
    "validité",
)
"""Keyed as the roll is, so that a spreadsheet or the printer's program joins them (R76, unread since 2022)."""


class RegisterDesk(Guarded, BaseView):
    """Choose a polling day, read what each bureau will have, print it or take it as CSV."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset(
        {"index", "day", "register", "mentions", "export_register", "export_mentions", "edition", "make_edition"}
    )

    def __init__(self) -> None:
        super().__init__(name="Registre et listes", endpoint="register", url="/admin/register")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The polling days of each commune."""
        days = [(commune, signing_list.polling_days(commune, now())) for commune in me().communes]
        return self.render("register/index.html", days=days)

    @expose("/day/")
    def day(self) -> ResponseReturnValue:
        """The bureaux of one polling day, and how many procurations each has."""
        commune, day = asked()
        found = signing_list.lines(commune, day)
        return self.render(
            "register/day.html",
            commune=commune,
            day=day,
            bureaux=signing_list.bureaux(found),
            count=len(found),
            undecided=signing_list.undecided(commune, day),
            editions=editions.editions_of(commune, day),
            changes=editions.changes(commune, day),
        )

    @expose("/public/")
    def register(self) -> ResponseReturnValue:
        """The register, for any elector who asks (R76-1)."""
        return self._sheet("register/register.html", "register", REGISTER, _register_cells)

    @expose("/mentions/")
    def mentions(self) -> ResponseReturnValue:
        """The mentions to copy or paste opposite the mandants (R76, unread since 2022)."""
        return self._sheet("register/mentions.html", "mentions", MENTIONS, _mention_cells)

    @expose("/public/export/", methods=("POST",))
    def export_register(self) -> ResponseReturnValue:
        """The register as CSV."""
        return _exported("register", "registre", REGISTER, _register_cells)

    @expose("/mentions/export/", methods=("POST",))
    def export_mentions(self) -> ResponseReturnValue:
        """The mentions as CSV."""
        return _exported("mentions", "mentions", MENTIONS, _mention_cells)

    @expose("/edition/", methods=("POST",))
    def make_edition(self) -> ResponseReturnValue:
        """Print what changed since the last edition; a double click makes one."""
        commune, day = asked()
        after = number(request.form.get("after", ""))
        if not after and day not in signing_list.polling_days(commune, now()):
            abort(404)
        made = editions.make(commune, day, after=after, clerk=me(), now=now())
        db.session.commit()
        if not made:
            abort(404)
        if made == after:
            flash("Rien n'a changé depuis cette édition : la liste affichée est à jour.")
        return redirect(url_for(".edition", commune=commune.code, day=day, number=made), 303)

    @expose("/edition/")
    def edition(self) -> ResponseReturnValue:
        """One edition, or its page for one bureau: additions and removals, the same each time."""
        commune, day = asked()
        bureau, wanted = request.args.get("bureau"), number(request.args.get("number", ""))
        known = {edition.number: edition for edition in editions.editions_of(commune, day)}
        if wanted not in known:
            abort(404)
        lines = editions.content(known[wanted], bureau)
        page = self.render(
            "register/edition.html",
            commune=commune,
            day=day,
            bureau=bureau,
            edition=known[wanted],
            former=known.get(wanted - 1),
            added=[one for one in lines if one.is_added],
            removed=[one for one in lines if not one.is_added],
        )
        _record(Action.OPENED, commune, "edition")
        return page

    def _sheet(
        self, template: str, detail: str, headings: tuple[str, ...], cells: Callable[[Line], list[str]]
    ) -> ResponseReturnValue:
        commune, day = asked()
        bureau = request.args.get("bureau")
        lines = signing_list.lines(commune, day, bureau)
        page = self.render(
            template,
            commune=commune,
            day=day,
            bureau=bureau,
            headings=headings,
            rows=[cells(one) for one in lines],
            lines=lines,
            printed_at=now(),
        )
        _record(Action.OPENED, commune, detail)
        return page


def asked() -> tuple[Commune, date]:
    """The commune, one of the clerk's, and the polling day that the address or the form names (404)."""
    commune = perimeter.find_commune(request.values.get("commune", ""), me())
    try:
        return commune, date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        abort(404)


def _exported(
    detail: str, name: str, headings: tuple[str, ...], cells: Callable[[Line], list[str]]
) -> ResponseReturnValue:
    """Recorded before the first line leaves."""
    commune, day = asked()
    bureau = request.form.get("bureau")
    _record(Action.EXPORTED, commune, detail)
    lines = [line(cells(one)) for one in signing_list.lines(commune, day, bureau)]
    answer = Response([BEGINNING + line(headings), *lines], mimetype="text/csv")
    return download.attached(answer, f"{name}-{commune.code}-{day}.csv")


def _record(action: Action, commune: Commune, detail: str) -> None:
    journal.record(action, now=now(), account=me(), desk=commune.code, detail=detail)
    db.session.commit()


def _register_cells(one: Line) -> list[str]:
    row = one.procuration
    place, at = row.established_commune or row.commune, row.established_at or abort(500)
    capacity = get_template_attribute("components/words.html", "capacity_label")
    return [
        *(row.mandant.birth_name, row.mandant.first_names, row.mandataire.birth_name, row.mandataire.first_names),
        row.officer_name or "",
        str(capacity(row.officer_capacity)) if row.officer_capacity else row.authority_capacity or "",
        short_day(row.commune.local_day(at)),
        place.name,
        columns.days(None, None, row, "days"),
    ]


def _mention_cells(one: Line) -> list[str]:
    row, place = one.procuration, one.place
    people = (row.mandant, row.mandataire)
    named = [cell for who in people for cell in (who.birth_name, who.first_names, short_day(who.birth_date))]
    return [place.bureau, place.bureau_name, place.order_number, *named, columns.days(None, None, row, "days")]
