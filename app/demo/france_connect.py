"""FranceConnect, simulated."""

from flask import Flask

from app.config import Config


def init_simulator(app: Flask, config: Config) -> None: ...
