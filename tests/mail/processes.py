"""The modules of this directory that run as processes: started under a name, what each says kept under that name."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from app.config import PROJECT, Config
from tests.killing import Start
from tests.live import HOST


def starting(config: Config, outputs: Path, port: int | None = None) -> Callable[[str], Start]:
    """How one of a module is started on that database, and with a relay at that port of this machine."""
    relay = {"MAIL_SERVER": HOST, "MAIL_PORT": str(port), "MAIL_USE_TLS": "0"} if port else {}
    environ = {
        **os.environ,
        "DEMO": "1",
        "DATABASE_URL": config.database_url,
        "JOURNAL_KEY": b64encode(config.journal_key).decode(),
        "PUBLIC_URL": config.public_url,
        **relay,
    }

    def of(module: str) -> Start:
        def start(name: str) -> subprocess.Popen[bytes]:
            with (outputs / name).open("wb") as output:
                command = [sys.executable, "-m", f"tests.mail.{module}", name]
                return subprocess.Popen(command, env=environ, cwd=PROJECT, stdout=output)

        return start

    return of


def told(outputs: Path, prefix: str = "a") -> list[tuple[str, ...]]:
    """What those whose names begin so said that they had done, word by word."""
    lines = [line for output in outputs.glob(f"{prefix}*") for line in output.read_text().splitlines()]
    return [tuple(line.split()) for line in lines]
