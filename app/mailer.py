"""Delivery of the outbox."""

from flask import Flask

from app.config import Config


def init_mailer(app: Flask, config: Config) -> None:
    pass
