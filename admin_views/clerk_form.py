"""Whom a manager invites, and a clerk's for which of the manager's communes."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectMultipleField, StringField

from admin_views.paper_form import short
from app.forms import FrenchForm, email_address, required
from models.territory import Commune

CHOOSE = "cochez une commune au moins"


class InvitationForm(FrenchForm):
    """A person, by the address that receives the link."""

    name = StringField("Prénom et nom", [required("écrivez son prénom et son nom"), short(120)])
    email = StringField("Adresse e-mail", [required("écrivez son adresse professionnelle"), email_address])


class CommunesForm(FrenchForm):
    """Some of the communes that are offered; one alone needs no answer."""

    communes = SelectMultipleField("Communes que vous lui ouvrez", [required(CHOOSE)])

    @classmethod
    def of(cls, offered: Sequence[Commune], posted: Any = None, **given: Any) -> Any:
        """The form over these communes, all ticked unless `communes` says which."""
        form = cls(posted, **({"communes": [one.code for one in offered]} | given))
        form.offered = offered
        form.communes.choices = [(one.code, one.label) for one in offered]
        if len(offered) == 1:
            form.communes.data = [offered[0].code]
        return form

    offered: Sequence[Commune] = ()

    @property
    def chosen(self) -> list[Commune]:
        """Once it is valid."""
        return [one for one in self.offered if one.code in self.communes.data]


class ClerkForm(InvitationForm, CommunesForm):
    """Who is to work for these communes."""
