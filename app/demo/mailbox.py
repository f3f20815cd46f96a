"""The demonstration's mailbox: what the relay would have received, for everyone to read."""

from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from flask_mail import Message
from sqlalchemy import CursorResult, Text, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.config import Config
from app.dates import now
from app.demo.storage import DemoBase
from models.base import db

KEPT_FOR = timedelta(days=7)
SHOWN = 100
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint("mailbox", __name__, url_prefix="/demo/courriels")


class DemoMail(DemoBase):
    """A message received; a second copy, under the same Message-ID, is counted and not shown twice."""

    __tablename__ = "demo_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    copies: Mapped[int] = mapped_column(default=1)


class MailboxConnection:
    """Takes the place of the connection to a relay."""

    def __enter__(self) -> "MailboxConnection":
        return self

    def __exit__(self, *error: object) -> None: ...

    def send(self, message: Message) -> None:
        """Keep the message a week."""
        db.session.execute(delete(DemoMail).where(DemoMail.at < now() - KEPT_FOR))
        is_known = DemoMail.message_id == message.msgId
        again = db.session.execute(update(DemoMail).where(is_known).values(copies=DemoMail.copies + 1))
        if not isinstance(again, CursorResult) or not again.rowcount:
            db.session.add(_received(message))
        db.session.commit()


def init_mailbox(app: Flask, config: Config) -> None:
    """The pages; and, when no relay is configured, the transport."""
    app.register_blueprint(blueprint)
    if config.mail.server is None:
        app.extensions["mail_transport"] = MailboxConnection


@blueprint.get("")
def index() -> str:
    """The newest messages first."""
    mails = db.session.scalars(select(DemoMail).order_by(DemoMail.id.desc()).limit(SHOWN)).all()
    return render_template("demo/mailbox.html", mails=mails, has_relay=bool(current_app.config["MAIL_SERVER"]))


@blueprint.get("/<int(max=2147483647):mail_id>")
def message(mail_id: int) -> str:
    """One message: its text part."""
    return render_template("demo/mail.html", mail=_find(mail_id))


@blueprint.get("/<int(max=2147483647):mail_id>/html")
def html_part(mail_id: int) -> Response:
    """The HTML part as a mail reader shows it: its own style, and nothing else runs or loads."""
    return Response(_find(mail_id).html, headers={"Content-Security-Policy": MAIL_POLICY})


def _find(mail_id: int) -> DemoMail:
    return db.session.get(DemoMail, mail_id) or abort(404)


def _received(message: Message) -> DemoMail:
    return DemoMail(
        message_id=message.msgId,
        to=str(message.recipients[0]),
        subject=message.subject,
        text=message.body,
        html=message.html,
        at=now(),
    )
