"""What mutmut's last run says against what is asked of it: `python -m tests.mutants`, after `mutmut run`.

Of models/rules.py every mutant is killed, or explained in docs/mutants.md, where its changed line stands; of
control.py, decision.py and journey.py at least 85 % are killed. One that is explained must live: in a run whose tests
fail for another reason all of them would be killed.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

KILLED = {1, 3, 24, -24, 36, 152, 255}
"""mutmut's codes of a test that failed, of a run that broke, and of one that did not end in time."""
AT_LEAST = {"rules": 100, "control": 85, "decision": 85, "journey": 85}
EXPLAINED = re.compile(r"^\| `(\w+)\.\w+` \| `(.+?)` \|", re.MULTILINE)


def codes_of(module: str) -> dict[str, int | None]:
    """How the tests ended for each mutant of a module."""
    return json.loads(Path(f"mutants/models/{module}.py.meta").read_text(encoding="utf-8"))["exit_code_by_key"]


def change_of(mutant: str) -> str:
    """The line that the mutant writes, or what it leaves out."""
    mutmut = Path(sys.executable).with_name("mutmut")
    shown = subprocess.run([mutmut, "show", mutant], capture_output=True, text=True, check=True).stdout.splitlines()
    new, old = (" ".join(line[1:].strip() for line in shown if line[:1] == sign != line[1:2]) for sign in "+-")
    return new or f"without {old}"


def faults() -> Iterator[str]:
    """A line for each target that is missed; the figures are printed on the way."""
    explained = set(EXPLAINED.findall(Path("docs/mutants.md").read_text(encoding="utf-8")))
    for module, at_least in AT_LEAST.items():
        codes, known = codes_of(module), {change for of, change in explained if of == module}
        alive = {name: change_of(name) for name, code in codes.items() if code not in KILLED}
        unexplained = {name: change for name, change in alive.items() if change not in known}
        killed, reached = len(codes) - len(alive), len(codes) - len(unexplained)
        print(f"{module}.py: {killed} of {len(codes)} killed ({100 * killed / len(codes):.1f} %)")
        print(f"    {reached - killed} more explained, {len(unexplained)} left")
        if 100 * (reached if at_least == 100 else killed) < at_least * len(codes):
            yield from (f"{name}: {change}" for name, change in unexplained.items())
        yield from (f"{module}.py, explained but not alive: {change}" for change in known - set(alive.values()))


if __name__ == "__main__":
    missed = list(faults())
    print(*missed, sep="\n")
    sys.exit(bool(missed))
