"""Step 3's checks as explained findings, and who decides: the town hall or the register.

What nobody can tell (no roll, several people, an order that the data do not give) goes to a person.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from models import holdings, naming, rules, scrutin
from models.base import db
from models.errors import Reason
from models.evidence import Evidence
from models.findings import PERHAPS_ONESELF, Check, Control, Finding
from models.holdings import covers
from models.law import ControlRegime, Law
from models.matching import Found, Match
from models.naming import PEOPLE
from models.procuration import LIST_TYPE, Procuration
from models.rules import Outcome
from models.scrutin import Vote
from models.territory import Commune


def at_establishment(procuration: Procuration, today: date) -> Control:
    """What the transaction of establishment needs: L73's count whoever decides, every check where the register does.

    From here on it is counted under the names that the rolls give.
    """
    evidence = _naming(procuration, today)
    votes = _votes(procuration, evidence, today)
    if _regime(procuration, votes, today) is ControlRegime.REGISTER:
        return control(procuration, today, evidence)
    return _ceilings(procuration, evidence, votes, today)


def ceilings(procuration: Procuration, today: date) -> Control:
    """Article L73 alone."""
    evidence = Evidence([procuration], today, ("mandataire",))
    return _ceilings(procuration, evidence, _votes(procuration, evidence, today), today)


def at_entry(procuration: Procuration, today: date) -> Control:
    """The checks on the mandataire, before anything is filed: found, on a list that votes, and free (L72, L73).

    They are all made, with the same look-ups, whatever each says. Of names that the roll gave, the rules say whether
    they are one's own (rules.reasons_against_mandataire).
    """
    evidence = Evidence([procuration], today, ("mandataire",))
    match, votes = evidence.match(procuration, "mandataire"), _votes(procuration, evidence, today)
    counted = _ceilings(procuration, evidence, votes, today)
    findings = (
        _registered(Check.MANDATAIRE_REGISTERED, "L72", match, Reason.MANDATAIRE_NON_INSCRIT),
        *([] if procuration.mandataire_masked else _two_people(procuration, evidence)),
        *_list_type(match, votes),
        *counted.findings,
    )
    return Control(findings, counted.regime, counted.excess)


def control(procuration: Procuration, today: date, evidence: Evidence | None = None) -> Control:
    """Every check of domain 6.4 on an established procuration, for its polling days from today on. Writes nothing.

    `evidence`: what was read for several, when this is one of them.
    """
    evidence = evidence or Evidence([procuration], today)
    named, votes = evidence.named(procuration), _votes(procuration, evidence, today)
    laws = [scrutin.law_on(procuration.commune, day, votes) for day in _days(procuration, votes, today)]
    counted = _ceilings(procuration, evidence, votes, today)
    mandataire = _where_it_may_be(named.mandataire, laws)
    findings = (
        _registered(Check.MANDANT_REGISTERED, "L71", named.mandant, Reason.MANDANT_NON_INSCRIT, votes),
        _registered(Check.MANDATAIRE_REGISTERED, "L72", mandataire, Reason.MANDATAIRE_NON_INSCRIT),
        *_two_people(procuration, evidence),
        *_same_commune(procuration, mandataire, laws),
        *_list_type(mandataire, votes),
        *counted.findings,
        holdings.duplicate(procuration, evidence, today),
    )
    return Control(findings, counted.regime, counted.excess)


def recontrol(procuration: Procuration, today: date) -> Control:
    """Every check, for what follows from it: it keeps the names that the rolls give by now."""
    return control(procuration, today, _naming(procuration, today))


def has_vote(procuration: Procuration, today: date, evidence: Evidence) -> bool:
    """Whether somebody votes there on one of the days chosen and to come (R74, unread); a period waits for votes."""
    if procuration.valid_until is not None:
        return True
    return any(vote.polling_day in procuration.days for vote in evidence.votes_in(procuration.commune, today))


def laws_of(procuration: Procuration, today: date) -> list[Law]:
    """The law of each day on which it serves, from today on."""
    votes = _votes(procuration, Evidence([procuration], today), today)
    return [scrutin.law_on(procuration.commune, day, votes) for day in _days(procuration, votes, today)]


def _naming(procuration: Procuration, today: date) -> Evidence:
    """Look both people up, and count what they give and hold under the names that the rolls give."""
    evidence = Evidence([procuration], today)
    naming.keep(procuration, evidence.named(procuration))
    db.session.flush()
    return evidence


def _ceilings(procuration: Procuration, evidence: Evidence, votes: Sequence[Vote], today: date) -> Control:
    finding, excess = holdings.ceiling(procuration, evidence, votes, today)
    return Control((finding,), _regime(procuration, votes, today), excess)


def _votes(procuration: Procuration, evidence: Evidence, today: date) -> list[Vote]:
    """The elections of the days on which it serves, from today on."""
    votes = evidence.votes_in(procuration.commune, today)
    return [vote for vote in votes if covers(procuration, vote.polling_day)]


def _days(procuration: Procuration, votes: Sequence[Vote], today: date) -> list[date]:
    """The days whose law counts: those chosen and to come, or a period's today and each vote it reaches."""
    if procuration.valid_until is None:
        return [day for day in procuration.days if day >= today] or procuration.days[-1:]
    return sorted({min(today, procuration.valid_until), *(vote.polling_day for vote in votes)})


def _regime(procuration: Procuration, votes: Sequence[Vote], today: date) -> ControlRegime:
    """The town hall decides as soon as it does for one of the days."""
    laws = (scrutin.law_on(procuration.commune, day, votes) for day in _days(procuration, votes, today))
    decides = any(law.control_regime is ControlRegime.TOWN_HALL for law in laws)
    return ControlRegime.TOWN_HALL if decides else ControlRegime.REGISTER


def _where_it_may_be(mandataire: Match, laws: Sequence[Law]) -> Match:
    """Before 2022 (L72) there is no other roll to be on than that of the commune named, the mandant's own."""
    is_here_only = any(law.same_commune_required for law in laws)
    return replace(mandataire, found=Found.NONE) if is_here_only and mandataire.found is Found.ELSEWHERE else mandataire


def _registered(check: Check, article: str, match: Match, reason: Reason, votes: Sequence[Vote] = ()) -> Finding:
    """On the roll of that commune; the mandant, also on a list that votes."""
    inputs = {"commune": match.commune_code, "found": match.found, "lists": sorted(match.list_types)}
    if match.found is Found.ONE:
        outcome = rules.list_outcome(match.list_types, [vote.election.list_types for vote in votes])
        return Finding(check, article, outcome, reason, inputs, None if outcome is Outcome.PASSED else LIST_TYPE)
    if match.found is Found.NONE:
        return Finding(check, article, Outcome.FAILED, reason, inputs)
    return Finding(check, article, Outcome.UNKNOWN, reason, inputs, match.found)


def _two_people(procuration: Procuration, evidence: Evidence) -> list[Finding]:
    """One votes through somebody else (L71): told when the rolls, or the names, may give one person."""
    if procuration.mandant.birth_date != procuration.mandataire.birth_date:
        return []
    mandant, mandataire = (evidence.known(procuration, who) for who in PEOPLE)
    is_oneself = naming.is_oneself(mandant, mandataire)
    if is_oneself is False:
        return []
    inputs = {"are_on_roll": bool(mandant.in_roll and mandataire.in_roll)}
    outcome, why = (Outcome.FAILED, None) if is_oneself else (Outcome.UNKNOWN, PERHAPS_ONESELF)
    return [Finding(Check.TWO_PEOPLE, "L71", outcome, Reason.MANDANT_EST_MANDATAIRE, inputs, why)]


def _same_commune(procuration: Procuration, mandataire: Match, laws: Sequence[Law]) -> list[Finding]:
    """Only where the law of one of the days asks for it (June 2021); a roll knows better than the mandant."""
    if not any(law.same_commune_required for law in laws):
        return []
    code = mandataire.commune_code or procuration.mandataire_commune_code
    theirs = db.session.get(Commune, code) if code else None
    inputs = {"mandant": procuration.commune_code, "mandataire": code}
    reason, article = Reason.MANDATAIRE_AUTRE_COMMUNE, "L72 avant 2022"
    if theirs is None:
        return [Finding(Check.SAME_COMMUNE, article, Outcome.UNKNOWN, reason, inputs, "commune_unknown")]
    is_same = rules.is_same_commune(procuration.commune, theirs)
    return [Finding(Check.SAME_COMMUNE, article, Outcome.PASSED if is_same else Outcome.FAILED, reason, inputs)]


def _list_type(match: Match, votes: Sequence[Vote]) -> list[Finding]:
    """The mandataire on a list that votes; nothing to check for a period that reaches no election yet."""
    if not votes or match.found in (Found.NONE, Found.ELSEWHERE):
        return []
    reason = Reason.MANDATAIRE_NON_ELECTEUR_SCRUTIN
    voting = sorted({code for vote in votes for code in vote.election.list_types})
    inputs = {"lists": sorted(match.list_types), "voting": voting}
    if match.found is not Found.ONE:
        return [Finding(Check.LIST_TYPE, "L72", Outcome.UNKNOWN, reason, inputs, match.found)]
    outcome = rules.list_outcome(match.list_types, [vote.election.list_types for vote in votes])
    why = "some_votes" if outcome is Outcome.UNKNOWN else None
    return [Finding(Check.LIST_TYPE, "L72", outcome, reason, inputs, why)]
