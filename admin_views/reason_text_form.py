"""The three parts of a text, as supervision types them, and what is wrong with each."""

from collections.abc import Mapping

from wtforms import TextAreaField

from app.forms import FrenchForm, VersionField, tidy
from models.reason_text import LONGEST, Words
from models.reason_words import Flaw

SENTENCES = {
    Flaw.MISSING: "écrivez cette partie : l'électeur doit savoir ce qui s'est passé, que faire et à qui demander",
    Flaw.TOO_LONG: f"écrivez {LONGEST} caractères au plus",
    Flaw.PLACEHOLDER: "une accolade ne sert qu'à écrire {commune} : récrivez-le ainsi, ou ôtez-la",
    Flaw.UNCHANGED: "ce texte est déjà celui de l'élection : changez-le, ou quittez cette page",
}


class ReasonTextForm(FrenchForm):
    """`version` is the one that was read."""

    version = VersionField()
    sentence = TextAreaField("Ce qui s'est passé")
    to_do = TextAreaField("Que faire maintenant")
    whom_to_ask = TextAreaField("À qui demander")

    @property
    def words(self) -> Words:
        return Words(*(tidy(self[name].data or "") for name in Words._fields))

    def explain(self, flaws: Mapping[str, Flaw]) -> None:
        """Tell each flaw at its part."""
        for name, flaw in flaws.items():
            self[name].errors = [*self[name].errors, SENTENCES[flaw]]
