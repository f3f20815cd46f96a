"""Tables of the demonstration only: apart from the product's, made when the demonstration starts."""

from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from app.database import or_cannot_run
from models.base import UtcDateTime, db


class DemoBase(DeclarativeBase):
    """Parent of the demonstration's tables; never in a migration, never in a real installation."""

    metadata = MetaData()
    type_annotation_map = {datetime: UtcDateTime}


@or_cannot_run
def make_tables() -> None:
    """Create what is missing. Raises CannotRun."""
    DemoBase.metadata.create_all(db.engine)
