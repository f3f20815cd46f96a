"""A mail relay on loopback that speaks real SMTP, and can refuse, stammer, hang, or lie about who it is."""

import asyncio
import socket
import ssl
import threading
from collections import defaultdict
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.live import HOST, free_port

LONGER_THAN_ANY_TEST = 120


class Relay:
    """Keeps what it accepts in `received`; `answers` gives, for a command, what it says instead of yes.

    Each answer serves once, the last one for ever: {"RCPT": ["451 later", "250 ok"]}, {"DATA": ["hang"]}. An answer
    given for an address serves for that address: {"RCPT eloise@electeurs.test": ["550 unknown"]}.
    """

    def __init__(
        self,
        answers: dict[str, list[str]] | None = None,
        certificate: ssl.SSLContext | None = None,
        is_implicit: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.was_encrypted: list[bool] = []
        self.connections = 0
        self.reached = defaultdict[str, threading.Event](threading.Event)
        self._answers = {command: list(texts) for command, texts in (answers or {}).items()}
        self._login = login
        self._controller = _Controller(
            self,
            hostname=HOST,
            port=self.port,
            ssl_context=certificate if is_implicit else None,
            tls_context=None if is_implicit else certificate,
            require_starttls=bool(certificate and not is_implicit),
            auth_required=login is not None,
            auth_require_tls=certificate is not None,
            authenticator=self._authenticate if login else None,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        self.connections = 0
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = await self._answer("MAIL", address)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = await self._answer("RCPT", address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = await self._answer("DATA", envelope.rcpt_tos[0])
        if answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
            self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return answer

    async def _answer(self, command: str, address: str) -> str:
        texts = self._answers.get(f"{command} {address}") or self._answers.get(command) or ["250 ok"]
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        self.reached[command].set()
        if text == "hang":
            await asyncio.sleep(LONGER_THAN_ANY_TEST)
        return text

    def _authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._login, handled=False)


class _Controller(Controller):
    """Counts the connections."""

    def factory(self) -> SMTP:
        self.handler.connections += 1
        return super().factory()


class SilentRelay:
    """Accepts the connection and never says a word."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()


class Authority:
    """A certificate authority of the tests; whoever reads its file trusts it."""

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA()
        self.file = directory / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def certificate(self, host: str = HOST) -> ssl.SSLContext:
        """A server's side of TLS, for that host."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(host).configure_cert(context)
        return context
