"""Whom supervision names as manager, and of which station or communes."""

import re
from collections.abc import Collection

from wtforms import StringField
from wtforms.fields.choices import SelectChoice

from admin_views.clerk_form import InvitationForm
from admin_views.paper_form import short
from app.forms import ChoiceField, FrenchForm, email_address, required
from models.account import Role
from models.base import db
from models.territory import Commune, Station, parts_of

MOST_COMMUNES = 50
DESKS = [
    SelectChoice(Role.OFFICER, "Un guichet : brigade, commissariat ou consulat"),
    SelectChoice(Role.TOWN_HALL, "Une ou plusieurs communes, ou la liste d'un consulat"),
]


class AddressForm(FrenchForm):
    """The whole address of an agent."""

    email = StringField("Adresse e-mail entière de l'agent", [required("écrivez son adresse"), email_address])


class ManagerForm(InvitationForm):
    """A person, and the codes of the place that this person will answer for."""

    role = ChoiceField("Responsable de quoi\u00a0?", choices=DESKS, validators=[required("choisissez une réponse")])
    places = StringField("Code du lieu", [required("écrivez le code du lieu"), short(400)])

    def desk(self) -> Station | Collection[Commune] | None:
        """Where, once everything is right; each error is said at its field."""
        if not self.validate():
            return None
        codes = [code for code in re.split(r"[\s,;]+", self.places.data.upper()) if code]
        return self._station(codes) if self.role.data == Role.OFFICER else self._communes(codes)

    def _station(self, codes: list[str]) -> Station | None:
        found = db.session.get(Station, codes[0]) if len(codes) == 1 else None
        if found is None:
            self.places.errors = [
                f"aucun guichet n'a le code {' '.join(codes)} : écrivez un code, celui de /admin/venues/"
            ]
        return found

    def _communes(self, codes: list[str]) -> list[Commune] | None:
        """Of Paris, Lyon or Marseille, every arrondissement."""
        found = {code: db.session.get(Commune, code) for code in codes[: MOST_COMMUNES + 1]}
        if len(found) > MOST_COMMUNES:
            self.places.errors = [f"écrivez {MOST_COMMUNES} codes au plus"]
        elif unknown := [code for code, commune in found.items() if commune is None]:
            self.places.errors = [f"aucune commune n'a le code {', '.join(unknown)} : écrivez le code INSEE"]
        else:
            return list(dict.fromkeys(part for commune in found.values() if commune for part in parts_of(commune)))
        return None
