"""What the demonstration adds to the application."""

from flask import Flask

from app.config import Config
from app.demo.france_connect import init_simulator
from app.demo.generate import generate
from app.demo.mailbox import init_mailbox
from app.demo.roll import init_sample_roll
from app.demo.storage import make_tables
from app.demo.world import init_world


def init_demo(app: Flask, config: Config) -> None:
    """Mount the simulator, the mailbox, the fictional world and its commands; create their tables."""
    init_simulator(app, config)
    init_mailbox(app, config)
    init_world(app, config)
    init_sample_roll(app)
    app.cli.add_command(generate)
    with app.app_context():
        make_tables()
