"""Public pages."""

from flask import Blueprint, Flask

from app.config import Config

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    return "accueil"


def init_pages(app: Flask, config: Config) -> None:
    app.register_blueprint(blueprint)
