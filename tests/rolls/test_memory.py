"""However long the roll, the import needs no more memory: measured on the real command, in a process of its own."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from app.config import Config
from tests.rolls.files import many
from tests.rolls.processes import start, write_roll
from tests.sizes import sized

ALLOWED_KIB = 100 * 1024


@pytest.mark.proof
def test_half_a_million_electors_are_imported_within_a_hundred_megabytes_above_idle(
    app: Flask, config: Config, tmp_path: Path
) -> None:
    size = sized(10_000, 500_000)
    idle, _ = _peak(config, write_roll(tmp_path / "one.csv", many(1)))
    peak, output = _peak(config, write_roll(tmp_path / "many.csv", many(size)))
    assert output.endswith(f"{size} electors kept, 0 lines set aside, 1 commune\n")
    assert size < 20_000 or "20000 lines read\n" in output
    assert peak - idle < ALLOWED_KIB, f"{(peak - idle) // 1024} MiB above idle"
    print(f"{size} electors: {(peak - idle) / 1024:.1f} MiB above idle ({idle / 1024:.1f} MiB)")


def _peak(config: Config, file: Path) -> tuple[int, str]:
    """The most memory that the import of this file ever held, in KiB, and what the command said."""
    process = start(config, "import-roll", str(file))
    with _watched(process) as seen:
        output, _ = process.communicate()
    assert process.returncode == 0, output
    return max(seen), output


@contextmanager
def _watched(process: subprocess.Popen[str]) -> Iterator[list[int]]:
    """The high-water marks that the system shows of a process, as long as it lives."""
    seen: list[int] = []
    thread = threading.Thread(target=_watch, args=(process, seen))
    thread.start()
    yield seen
    thread.join()


def _watch(process: subprocess.Popen[str], seen: list[int]) -> None:
    status, pause = Path(f"/proc/{process.pid}/status"), threading.Event()
    with suppress(OSError):
        while process.poll() is None:
            marks = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            seen.extend(map(int, marks))
            pause.wait(0.02)
