"""Processes that are killed at random while they work, and started again."""

import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

Start = Callable[[str], "subprocess.Popen[bytes]"]


class Slot:
    """One place for a process: killed (SIGKILL) somewhere after a few signs of life, then the next takes the place.

    `start` starts one under a name; `signs` counts what that name has done; `most`: how many it may show. `killed`
    holds the names of those that were. Whoever ends by itself is the test's failure.
    """

    def __init__(self, name: str, start: Start, signs: Callable[[str], int], most: int) -> None:
        self.killed: list[str] = []
        self._name, self._start, self._signs, self._most = name, start, signs, most
        self._is_quiet = threading.Event()
        self._fault = ""
        self._thread = threading.Thread(target=self._kill_again_and_again, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.quiet()
        self.process.kill()
        self.process.wait()

    def quiet(self) -> None:
        """Kill no more: the last one started lives on."""
        self._is_quiet.set()
        self._thread.join()

    def can_be_asked_to_end(self) -> bool:
        """Whether the process has got as far as to hear SIGTERM; before that, it would just die of it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def check(self) -> None:
        """Raises AssertionError when a process ended though nobody killed it."""
        assert not self._fault, self._fault

    def _kill_again_and_again(self) -> None:
        while True:
            name = f"{self._name}{len(self.killed)}"
            self.process = self._start(name)
            if not self._lives_a_little(name):
                return
            self.process.kill()
            self.process.wait()
            self.killed.append(name)

    def _lives_a_little(self, name: str) -> bool:
        """Whether it is to be killed now: not when quiet was asked for, nor when it has ended."""
        after = random.randint(1, self._most)
        while not self._is_quiet.is_set():
            if self.process.poll() is not None:
                self._fault = f"{name} ended by itself"
                return False
            if self._signs(name) >= after:
                time.sleep(random.random() / 50)
                return True
            time.sleep(0.005)
        return False


def wait_until(condition: Callable[[], bool], slots: Sequence[Slot], *, seconds: float) -> None:
    """Look again and again, as long as nobody ended by itself. Raises AssertionError."""
    end = time.monotonic() + seconds
    while not condition():
        for slot in slots:
            slot.check()
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)
