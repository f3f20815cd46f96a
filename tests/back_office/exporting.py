"""Take the town hall's CSV in a process of its own, and say how many lines it had and what it cost in memory.

python -m tests.back_office.exporting EMAIL PASSWORD
"""

import re
import sys
from pathlib import Path

from flask.testing import FlaskClient

from app.config import Config
from app.factory import create_app
from tests.builders import csrf_token

EXPORT = "/admin/town-hall/export/"
NOBODY = "zz"


def main(email: str, password: str) -> None:
    """Lines, then KiB above what the same process held after a first, empty export."""
    client = create_app(Config.from_environ()).test_client()
    token = csrf_token(client.get("/agents/connexion").text)
    client.post("/agents/connexion", data={"email": email, "password": password, "csrf_token": token})
    _lines(client, search=NOBODY)
    Path("/proc/self/clear_refs").write_text("5")
    before = _kib("VmRSS")
    lines = _lines(client)
    print(lines, _kib("VmHWM") - before)


def _lines(client: FlaskClient, **asked: str) -> int:
    """Read the file as it comes, and keep nothing of it."""
    token = csrf_token(client.get("/admin/town-hall/").text)
    answer = client.post(EXPORT, data={"format": "csv", "csrf_token": token, **asked})
    if answer.status_code != 200:
        raise RuntimeError(answer.status)
    return sum(chunk.count(b"\r\n") for chunk in answer.iter_encoded())


def _kib(name: str) -> int:
    """What the system says of this process: VmRSS, held now; VmHWM, the most since it was last cleared."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
