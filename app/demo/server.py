"""gunicorn's settings for `make run`: this machine only, enough threads, and the worker beside them.

Sixteen threads, because the simulated FranceConnect answers from the same process while pages wait for it.
"""

import gc
import os
import signal
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
graceful_timeout = 5
control_socket_disable = True
accesslog = "-"
logger_class = "app.access_log.MaskingLogger"


def when_ready(server: Arbiter) -> None:
    """Say where to go."""
    print(f"Ouvrez {environment.public_url} (Ctrl-C pour arrêter).", flush=True)


def post_worker_init(worker: Worker) -> None:
    """Deliver the mail and import rolls beside the pages; elsewhere `deliver-mail` is a process of its own.

    Ctrl-C ends the worker as SIGTERM does: gunicorn's quick stop waits for the lock of its threads, for ever when the
    signal comes while they are given a request.
    """
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, worker.handle_exit)
    threading.Thread(target=deliver_forever, args=(worker.wsgi, stopped), daemon=True).start()


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let the delivery end between two messages, an import between two batches; what dies whole needs no sweeping."""
    stopped.set()
    gc.freeze()
