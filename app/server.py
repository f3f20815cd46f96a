"""gunicorn's settings for a real installation; what the command line says wins.

    gunicorn --config python:app.server --workers 4 wsgi:application

A start that cannot go well ends in one line and exit 2, before a socket is open. The workers count together for
/metrics, in a directory that goes with the server.

No garbage is looked for among what a start loads, which stays: each search would go through a hundred and sixty
thousand objects, a tenth of what five hundred decisions cost, and make each worker's own what they share.
"""

import gc
import os
import shutil
import sys
import tempfile

import click
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from app.logs import LOGGING, structure

COUNTED_IN = "PROMETHEUS_MULTIPROC_DIR"

bind = "127.0.0.1:8000"
workers = 2
worker_class = "gthread"
threads = 8
graceful_timeout = 30
control_socket_disable = True
logger_class = "app.access_log.MaskingLogger"
logconfig_dict = LOGGING


def on_starting(server: Arbiter) -> None:
    """Choose where the workers count together, which the figures' library reads at its import; then refuse or go on."""
    structure()
    if COUNTED_IN not in os.environ:
        server.counted_in = os.environ[COUNTED_IN] = tempfile.mkdtemp(prefix="procurations-figures-")
    try:
        _check(has_unix_socket=any(isinstance(address, str) for address in server.cfg.address))
    except click.ClickException as refusal:
        server.log.critical("%s", refusal.format_message())
        on_exit(server)
        sys.exit(refusal.exit_code)
    gc.freeze()


def post_worker_init(worker: Worker) -> None:
    """Its application is loaded."""
    gc.freeze()


def on_exit(server: Arbiter) -> None:
    """Forget the counts."""
    if hasattr(server, "counted_in"):
        shutil.rmtree(server.counted_in, ignore_errors=True)


def _check(*, has_unix_socket: bool) -> None:
    """Raises ClickException: a variable is missing or unsafe, the database is unavailable, or of another version.

    A Unix socket tells no address: only what its proxy forwards tells one visitor's attempts from another's.
    """
    from app.config import Config
    from app.database import must_be_ready
    from app.environ import ConfigError
    from app.factory import create_app

    config = Config.from_environ()
    if has_unix_socket and not config.trusted_proxies:
        raise ConfigError("TRUSTED_PROXIES must be 1 or more behind a Unix socket, where visitors have no address")
    with create_app(config).app_context():
        must_be_ready()
