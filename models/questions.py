"""Asking another commune's desk about a mandataire whom no roll here can tell, and answering (T20).

An answer changes no finding: it stands beside them, and the clerk who asked decides with it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from models import aftermath, control, desk_settings, journal, perimeter_beside
from models.account import Account
from models.base import change, db
from models.desk_settings import DeskSettings
from models.errors import AlreadyHandled, NotAllowed
from models.findings import Check, Finding
from models.journal import Action
from models.matching import Found
from models.procuration import Procuration
from models.question import Answer, Question
from models.rules import Outcome
from models.territory import Commune

MOST_COUNTED = 1_000
NOBODY_CAN_TELL = frozenset({Found.NO_ROLL, Found.SET_ASIDE, Found.SEVERAL, Found.UNCERTAIN, Found.ELSEWHERE})


def whom_to_ask(procuration: Procuration, findings: Sequence[Finding], clerk: Account) -> Commune | None:
    """The commune that the mandant named for the mandataire, when it is not the clerk's and these findings cannot tell.

    None too once the procuration is decided.
    """
    asked = procuration.mandataire_commune
    if asked is None or not procuration.can_be_decided or asked in clerk.communes:
        return None
    unknown = (one for one in findings if one.check is Check.MANDATAIRE_REGISTERED and one.outcome is Outcome.UNKNOWN)
    return asked if any(one.why in NOBODY_CAN_TELL for one in unknown) else None


def ask(procuration: Procuration, *, clerk: Account, now: datetime) -> Question:
    """Put the question, once. Raises NotHabilitated, NotAllowed (nobody to ask, or nothing to), AlreadyHandled."""
    aftermath.require_clerk(procuration, clerk)
    found = control.control(procuration, procuration.commune.local_day(now))
    commune = whom_to_ask(procuration, found.findings, clerk)
    if commune is None:
        raise NotAllowed
    question = Question(procuration_id=procuration.id, commune_code=commune.code, asked_at=now)
    question.asked_by_id, question.asked_by_name = clerk.id, clerk.name
    try:
        with db.session.begin_nested():
            db.session.add(question)
    except IntegrityError as error:
        raise AlreadyHandled from error
    journal.record(Action.QUESTION_ASKED, now=now, procuration=procuration, account=clerk, detail=commune.code)
    return question


def about(procuration: Procuration) -> Question | None:
    """The question put about it, answered or not: its mandataire has one commune, not the mandant's."""
    if procuration.mandataire_commune_code in (None, procuration.commune_code):
        return None
    return db.session.scalar(select(Question).where(Question.procuration_id == procuration.id))


def line_of(question: Question | None) -> DeskSettings | None:
    """How the desk that has not answered yet is reached by telephone, as it says itself."""
    if question is None or question.answer is not None:
        return None
    own = desk_settings.settings_of([question.commune])[question.commune_code]
    return own if own.telephone else None


def waiting_for(clerk: Account) -> Select[int]:
    """To count: those that wait for an answer of this clerk's communes, one more than MOST_COUNTED at most."""
    waiting = select(Question.id).where(perimeter_beside.questions_visible_to(clerk), perimeter_beside.question_waits())
    return waiting.limit(MOST_COUNTED + 1)


def answer(question: Question, said: Answer, *, clerk: Account, now: datetime) -> None:
    """Answer for one's commune, once, while the procuration still waits for a decision.

    Which question a clerk can find is the perimeter's (find_question). Raises AlreadyHandled.
    """
    key, procuration = question.id, question.procuration
    values = {"answer": said, "answered_at": now, "answered_by_id": clerk.id, "answered_by_name": clerk.name}
    if not change(update(Question).where(Question.id == key, perimeter_beside.question_waits()).values(values)):
        raise AlreadyHandled
    db.session.expire(question)
    desk = question.commune_code
    journal.record(
        Action.QUESTION_ANSWERED, now=now, procuration=procuration, account=clerk, desk=desk, detail=said.value
    )
