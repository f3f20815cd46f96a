"""What several tests of the back office stand on."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.config import Config
from models.base import db
from tests.back_office.factors import demanding
from tests.builders import World


@pytest.fixture
def strict(app: Flask, config: Config) -> Iterator[World]:
    """The same database, where a second factor is demanded."""
    strict = World(demanding(config))
    yield strict
    with strict.app.app_context():
        db.engine.dispose()
