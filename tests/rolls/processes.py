"""The commands in processes of their own, that can be watched and killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from app.config import Config
from tests.rolls.files import a_file

PATIENCE_SECONDS = 60


def start(config: Config, *arguments: str) -> subprocess.Popen[str]:
    """`flask --app wsgi …` on that database."""
    environ = {**os.environ, "DEMO": "1", "DATABASE_URL": config.database_url, "PUBLIC_URL": config.public_url}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    project = Path(__file__).parents[2]
    return subprocess.Popen(
        command, env=environ, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; fail after a long while."""
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * 100):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it never happened")


def write_roll(file: Path, electors: Iterable[dict[str, str]]) -> Path:
    """A file of any size, written line by line."""
    with file.open("wb") as written:
        for number, elector in enumerate(electors):
            lines = a_file(elector).splitlines(keepends=True)
            written.writelines(lines if number == 0 else lines[1:])
    return file
