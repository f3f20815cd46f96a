"""What a production server loads: `gunicorn wsgi:application`."""

from app.config import Config
from app.factory import create_app

application = create_app(Config.from_environ())
