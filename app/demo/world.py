"""The demonstration's fictional world."""

from flask import Flask

from app.config import Config


def init_world(app: Flask, config: Config) -> None: ...
