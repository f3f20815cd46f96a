"""The application of a relay of ours, and an authority that this machine trusts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.config import Config
from app.factory import create_app
from app.mail_relay import MailRelay
from app.relay import RelayConnection
from models.base import db
from tests.live import HOST
from tests.mail.outbox import Sending
from tests.mail.smtp import Authority, Relay, SilentRelay


@pytest.fixture
def sending(app: Flask, config: Config) -> Sending:
    """`with sending(relay):` is the application of that relay, over the same database."""

    @contextmanager
    def sending(relay: Relay | SilentRelay | int, **changes: Any) -> Iterator[Flask]:
        port = relay if isinstance(relay, int) else relay.port
        values: dict[str, Any] = {"server": HOST, "port": port, "use_tls": False}
        other = create_app(replace(config, mail=MailRelay(**(values | changes))))
        with other.app_context():
            try:
                yield other
            finally:
                db.session.remove()
                db.engine.dispose()

    return sending


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RelayConnection, "timeout", 0.5)
