"""The relay: Flask-Mail's connection to it, made trustworthy, and what its refusals mean."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_mail import Connection
from flask_mail import Mail as FlaskMail

from app.mail_relay import MailRelay

logger = logging.getLogger(__name__)

IMPLICIT_TLS_PORT = 465
CLOSING = 421


class RelayConnection(Connection):
    """Flask-Mail's connection with what it lacks: verified certificates, and a time-out on every exchange."""

    timeout = 10.0

    def configure_host(self) -> smtplib.SMTP:
        host = self._connect()
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(self, *error: Any) -> None:
        """Say goodbye; what was accepted stays accepted when the relay no longer listens."""
        try:
            super().__exit__(*error)
        except OSError:
            logger.info("the relay closed the connection first")

    def _connect(self) -> smtplib.SMTP:
        server, port = self.mail.server, self.mail.port
        if self.mail.use_ssl:
            return smtplib.SMTP_SSL(server, port, timeout=self.timeout, context=ssl.create_default_context())
        return smtplib.SMTP(server, port, timeout=self.timeout)


def relay_of(app: Flask, mail: MailRelay) -> Callable[[], RelayConnection]:
    """How to connect to the configured relay; on port 465, TLS comes before the first word."""
    is_implicit = mail.use_tls and mail.port == IMPLICIT_TLS_PORT
    app.config.update(MAIL_USE_SSL=is_implicit, MAIL_USE_TLS=mail.use_tls and not is_implicit)
    relay = FlaskMail(app)
    return lambda: RelayConnection(relay)


def code_of(error: OSError) -> int:
    """The relay's answer in three digits, or 0 when it said nothing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def without_address(error: OSError) -> str:
    """What went wrong: smtplib's words or the system's, never the relay's, which often repeat the address."""
    if code := code_of(error):
        return f"{type(error).__name__} {code}"
    words = str(error) if isinstance(error, smtplib.SMTPException) else error.strerror
    return f"{type(error).__name__} {words or ''}".strip()
