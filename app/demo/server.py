"""gunicorn's settings for `make run`: this machine only, enough threads, and the worker beside them.

Sixteen threads, because the simulated FranceConnect answers from the same process while pages wait for it.
"""

import os
import threading

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from app.config import Config
from app.worker import deliver_forever

environment = Config.from_environ()
stopped = threading.Event()

bind = f"127.0.0.1:{os.environ.get('PORT') or 5000}"
workers = 1
worker_class = "gthread"
threads = 16
control_socket_disable = True
accesslog = "-"
logger_class = "app.access_log.MaskingLogger"


def when_ready(server: Arbiter) -> None:
    """Say where to go."""
    print(f"Ouvrez {environment.public_url} (Ctrl-C pour arrêter).", flush=True)


def post_worker_init(worker: Worker) -> None:
    """Deliver the mail and import rolls beside the pages; elsewhere `deliver-mail` is a process of its own."""
    threading.Thread(target=deliver_forever, args=(worker.wsgi, stopped), daemon=True).start()


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let the delivery end between two messages, an import between two batches."""
    stopped.set()
