"""Markup and a formula in every text that the database keeps, whichever form or file it came through."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Enum, String, Table, select, update
from sqlalchemy.exc import DatabaseError

from models.base import Base, db
from tests.database import REFERENCE_DATA

TAG = "<kanarimark"
MARK = f"=1+1\"'>{TAG}>"
KEYS = ("_key", "_hash", "_search", "_mark", "_secret", "time_zone", "asked", "answer", "rules_version", "last_error")
"""Ends of the columns that no page shows: hashes, folded texts, codes of ours."""


def mark_everything() -> set[str]:
    """Write the mark as every text of every row, absent ones too; the columns where it now stands."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in REFERENCE_DATA
        for column in _texts(table)
        if _mark(table, column)
    }


def _texts(table: Table) -> Iterator[Column[Any]]:
    """Columns of words: no key, no code of a list, and room for the mark."""
    for column in table.columns:
        is_words = isinstance(column.type, String) and not isinstance(column.type, Enum)
        is_key = column.primary_key or column.foreign_keys or column.name.endswith(KEYS) or column.name == "code"
        if is_words and not is_key and (column.type.length or 999) >= len(MARK) + 4:
            yield column


def _mark(table: Table, column: Column[Any]) -> bool:
    """Each row by itself; where the database itself refuses such a text, its promise is the answer."""
    marked = False
    keys = list(table.primary_key.columns)
    for number, row in enumerate(db.session.execute(select(*keys)).all()):
        its = [key == value for key, value in zip(keys, row, strict=True)]
        try:
            with db.session.begin_nested():
                db.session.execute(update(table).where(*its).values({column.name: f"{MARK}{number}"}))
            marked = True
        except DatabaseError:
            continue
    db.session.commit()
    return marked


def marked_facts(facts: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The facts of a mail, with the mark in the place of one text after the other."""
    for name, value in facts.items():
        if isinstance(value, str) and name != "to":
            yield name, facts | {name: f"{MARK}\r\nBcc: c@d.test\r\n"}
        elif isinstance(value, list | dict) and value:
            inside = json.loads(json.dumps(value), object_hook=_mark_words)
            yield name, facts | {name: inside}


def _mark_words(values: dict[str, Any]) -> dict[str, Any]:
    return {name: MARK if isinstance(value, str) else value for name, value in values.items()}
