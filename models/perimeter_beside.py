"""What a desk keeps beside its procurations, and who sees it: the rest of models/perimeter.py, of other rows."""

from sqlalchemy import ColumnElement, and_, false, or_, select

from models.account import Account, Role
from models.base import db
from models.errors import must_exist
from models.procuration import IN_FORCE, Procuration, Status
from models.question import Question
from models.register import RollUpload, UploadState
from models.register_pdf import RegisterPdf
from models.statement import RevocationStatement
from models.visit import Round, Visit


def find_upload(key: int, clerk: Account) -> RollUpload:
    """A roll given for one of the clerk's communes. Raises Unknown."""
    return must_exist(db.session.scalar(select(RollUpload).where(RollUpload.id == key, uploads_visible_to(clerk))))


def uploads_visible_to(clerk: Account) -> ColumnElement[bool]:
    """The rolls given for a town hall's communes; those that are still arriving are nobody's yet."""
    if clerk.role is not Role.TOWN_HALL:
        return false()
    codes = [commune.code for commune in clerk.communes]
    return and_(RollUpload.commune_code.in_(codes), RollUpload.state != UploadState.ARRIVING)


def find_register_pdf(key: int, clerk: Account) -> RegisterPdf:
    """A register drawn for one of the clerk's communes. Raises Unknown."""
    codes = [commune.code for commune in clerk.communes] if clerk.role is Role.TOWN_HALL else []
    return must_exist(
        db.session.scalar(select(RegisterPdf).where(RegisterPdf.id == key, RegisterPdf.commune_code.in_(codes)))
    )


def find_statement(key: int, clerk: Account) -> RevocationStatement:
    """A revocation stated for one of the clerk's communes. Raises Unknown."""
    return must_exist(
        db.session.scalar(
            select(RevocationStatement).where(RevocationStatement.id == key, statements_visible_to(clerk))
        )
    )


def statements_visible_to(clerk: Account) -> ColumnElement[bool]:
    """The revocations stated before officers for a town hall's communes; the officers see none, not even their own."""
    if clerk.role is not Role.TOWN_HALL:
        return false()
    return RevocationStatement.commune_code.in_([commune.code for commune in clerk.communes])


def find_question(key: int, clerk: Account) -> Question:
    """A question put to one of the clerk's communes. Raises Unknown."""
    return must_exist(db.session.scalar(select(Question).where(Question.id == key, questions_visible_to(clerk))))


def questions_visible_to(clerk: Account) -> ColumnElement[bool]:
    """Those put to a town hall's communes. Who asked reads the answer with the procuration."""
    if clerk.role is not Role.TOWN_HALL:
        return false()
    return Question.commune_code.in_([commune.code for commune in clerk.communes])


def question_waits() -> ColumnElement[bool]:
    """Not answered, about a procuration that somebody has still to decide: after that, nobody reads it any more."""
    to_decide = or_(Procuration.status == Status.ESTABLISHED, Procuration.doubted_at.is_not(None))
    undecided = select(Procuration.id).where(
        Procuration.id == Question.procuration_id, Procuration.status.in_(IN_FORCE), to_decide
    )
    return and_(Question.answered_at.is_(None), undecided.exists())


def find_round(key: int, officer: Account) -> Round:
    """A round of this officer's station. Raises Unknown."""
    return must_exist(db.session.scalar(select(Round).where(Round.id == key, rounds_visible_to(officer))))


def rounds_visible_to(officer: Account) -> ColumnElement[bool]:
    """Those of the station."""
    return Round.station_code == officer.station_code if officer.role is Role.OFFICER else false()


def papers_visible_to(officer: Account) -> ColumnElement[bool]:
    """The papers of the rounds this officer led (R73); who answers for the station reads those of all its rounds."""
    is_kept = and_(rounds_visible_to(officer), Visit.requested_on.is_not(None))
    return is_kept if officer.manages_station else and_(is_kept, Round.officer_id == officer.id)
