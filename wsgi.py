"""What a production server loads: `gunicorn wsgi:application`."""

import gc

from flask import Flask


def assembled() -> Flask:
    """The application that the environment asks for. Raises ConfigError.

    Nothing of what is loaded for it is ever thrown away: looking through it for garbage would cost a fifth of the
    start, and again whenever the server looks for garbage later.
    """
    gc.disable()
    try:
        from app.config import Config
        from app.factory import create_app

        return create_app(Config.from_environ())
    finally:
        gc.freeze()
        gc.enable()


application = assembled()
