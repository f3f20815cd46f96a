"""SQLite: the file of one instant by VACUUM INTO, back by the online backup, both beside who reads and writes."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL

from app.database import CannotRun

MAGIC = b"SQLite format 3\0"


def write(url: URL, file: Path) -> None:
    """Copy what is committed now. Raises CannotRun."""
    try:
        with closing(_open(Path(url.database or ""), "rw")) as database:
            database.execute("VACUUM INTO ?", (str(file),))
    except sqlite3.Error as error:
        raise CannotRun(f"the database is unavailable: {error}") from error


def fault(file: Path) -> bool:
    """Whether the copy is not whole: a page, an index or a reference does not hold."""
    try:
        with closing(_open(file, "ro")) as copy:
            pages = copy.execute("PRAGMA integrity_check(1)").fetchall()
            return pages != [("ok",)] or copy.execute("PRAGMA foreign_key_check").fetchone() is not None
    except sqlite3.Error:
        return True


def revision(file: Path) -> str | None:
    """Which migration made its tables; none for a database that is not ours."""
    try:
        with closing(_open(file, "ro")) as copy:
            found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(found[0]) if found else None
    except sqlite3.Error:
        return None


def restore(url: URL, file: Path) -> None:
    """Write every page of the copy over the database, in one transaction of its. Raises CannotRun."""
    try:
        with closing(_open(file, "ro")) as copy, closing(_open(Path(url.database or ""), "rwc")) as database:
            copy.backup(database)
    except sqlite3.Error as error:
        raise CannotRun(f"nothing was changed: {error}") from error


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=30)
