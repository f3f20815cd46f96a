"""The demonstration's mailbox."""

from flask import Flask

from app.config import Config


def init_mailbox(app: Flask, config: Config) -> None: ...
