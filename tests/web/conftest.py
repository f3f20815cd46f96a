"""Applications besides the common one, for tests whose configuration differs."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.config import Config
from app.factory import create_app
from models.base import db


@pytest.fixture
def another_app() -> Iterator[Callable[[Config], Flask]]:
    """Build an application of another configuration; its pool is closed afterwards."""
    made: list[Flask] = []

    def make(config: Config) -> Flask:
        made.append(create_app(config))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()
