"""PostgreSQL: its own programs, pg_dump, pg_restore and psql, which must be as new as the server."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import IO

from sqlalchemy import URL

from app.database import CannotRun

MAGIC = b"PGDMP"
REVISION = re.compile(rb"^COPY \S*alembic_version \(version_num\) FROM stdin;\n(\w+)$", re.MULTILINE)
EMPTIED = b"""BEGIN;
SET client_min_messages = warning;
SET lock_timeout = '30s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
CLIENTS = "install PostgreSQL's client programs, as new as the server (Debian: postgresql-client)"


def write(url: URL, file: Path) -> None:
    """Copy what is committed now, in one snapshot. Raises CannotRun."""
    where, environ = _whereabouts(url)
    done = _run("pg_dump", "--format=custom", "--no-owner", f"--file={file}", f"--dbname={where}", environ=environ)
    if done.returncode:
        raise CannotRun(_first_line(done.stderr))


def fault(file: Path) -> bool:
    """Whether the copy cannot be read to its end."""
    return bool(_run("pg_restore", f"--file={os.devnull}", str(file)).returncode)


def revision(file: Path) -> str | None:
    """Which migration made its tables; none for a database that is not ours."""
    told = _run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file)).stdout
    found = REVISION.search(told)
    return found[1].decode() if found else None


def restore(url: URL, file: Path) -> None:
    """Empty the schema and fill it again in one transaction, which ends well only if the copy did. Raises CannotRun."""
    where, environ = _whereabouts(url)
    command = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={where}", "--file=-"]
    reading = [_program("pg_restore"), "--no-owner", "--file=-", str(file)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with (
        subprocess.Popen(command, stdin=pipe, stdout=nothing, stderr=pipe, env=environ) as filling,  # noqa: S603
        subprocess.Popen(reading, stdout=pipe, stderr=nothing) as copy,  # noqa: S603
    ):
        is_whole = _pour(copy.stdout, filling.stdin) and copy.wait() == 0
        _end(filling.stdin, b"COMMIT;\n" if is_whole else b"ROLLBACK;\n")
        said = filling.stderr.read()
    if filling.returncode or not is_whole:
        raise CannotRun(f"nothing was changed: {_first_line(said) or 'the copy could not be read to its end'}")


def _pour(copy: IO[bytes], into: IO[bytes]) -> bool:
    """Everything, unless the other side stops listening."""
    try:
        into.write(EMPTIED)
        shutil.copyfileobj(copy, into)
    except BrokenPipeError:
        return False
    return True


def _end(into: IO[bytes], word: bytes) -> None:
    try:
        into.write(word)
        into.close()
    except BrokenPipeError:
        return


def _whereabouts(url: URL) -> tuple[str, dict[str, str]]:
    """The address for PostgreSQL's programs, the password apart: a command line is read by everybody."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # weighs on a start, and beside SQLite nobody needs it

    parts = conninfo_to_dict(url.set(drivername="postgresql").render_as_string(hide_password=False))
    password = parts.pop("password", None)
    return make_conninfo("", **parts), {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _run(name: str, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [_program(name), *arguments]
    return subprocess.run(command, capture_output=True, env=environ, check=False)  # noqa: S603 no shell


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CannotRun(f"{name} is not on the PATH: {CLIENTS}")
    return found


def _first_line(said: bytes) -> str:
    """What a program says first; what follows may quote a row."""
    return said.decode(errors="replace").strip().partition("\n")[0]
