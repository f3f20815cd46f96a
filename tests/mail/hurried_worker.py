"""The real `deliver-mail` in a process of its own, with shorter delays and a name that the relay hears.

python -m tests.mail.hurried_worker NAME
"""

import socket
import sys
from datetime import timedelta

from app import mailer, worker
from app.config import Config
from app.factory import create_app
from app.relay import RelayConnection
from models import outbox

TIMEOUT_SECONDS = 5.0
LEASE = timedelta(seconds=24)


def hurry(name: str) -> None:
    """The same discipline in seconds: a dialogue still ends well before its lease."""
    socket.getfqdn = lambda *_: f"{name}.test"  # smtplib says it only if it looks whole
    RelayConnection.timeout = TIMEOUT_SECONDS
    mailer.LEASE, mailer.LONGEST_DIALOGUE = LEASE, LEASE / 2
    outbox.BACK_OFF = (timedelta(seconds=0.2),) * len(outbox.BACK_OFF)
    worker.POLL_SECONDS, worker.PAUSE_SECONDS = 0.05, 0.2


if __name__ == "__main__":
    hurry(sys.argv[1])
    with create_app(Config.from_environ()).app_context():
        worker.deliver_mail(args=[])
