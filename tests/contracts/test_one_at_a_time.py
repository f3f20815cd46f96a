"""What time does is done by one process at a time on a database, however many machines have it in their timers."""

import threading

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.one_at_a_time import OURS, alone
from models.base import db


def said(app: Flask, command: str) -> str:
    """As another machine: its own connections, nothing of this thread's."""
    told: list[str] = []

    def run() -> None:
        done = app.test_cli_runner().invoke(args=[command])
        assert done.exit_code == 0, done.output
        told.append(done.output)

    other = threading.Thread(target=run)
    other.start()
    other.join()
    return told[0]


@pytest.mark.parametrize("command", ["close-scrutins", "purge"])
def test_who_comes_second_does_nothing_and_says_why(app: Flask, command: str) -> None:
    refused = f"{command}: another process is doing it\n"
    with alone(command) as is_alone:
        assert is_alone
        assert said(app, command) == refused
    assert said(app, command) != refused


def test_different_commands_do_not_wait_for_each_other(app: Flask) -> None:
    with alone("purge"):
        assert "another process" not in said(app, "close-scrutins")


def test_who_fails_lets_go(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), alone("purge"):
        raise ZeroDivisionError
    assert "another process" not in said(app, "purge")


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_lock_is_given_back_before_the_session_ends(app: Flask) -> None:
    """Whoever comes right after would be refused while the server has not seen the end of a session yet."""
    held: list[int] = []
    ours = text("select count(*) from pg_locks where locktype = 'advisory' and classid = :ours")

    def look(*_: object) -> None:
        with db.engine.connect() as beside:
            held.append(beside.scalar(ours, {"ours": OURS}) or 0)

    event.listen(db.engine, "invalidate", look)
    try:
        with alone("purge"):
            look()
    finally:
        event.remove(db.engine, "invalidate", look)
    assert held == [1, 0]
