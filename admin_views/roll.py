"""The town hall's electoral roll: give a new one, follow its import, read what came of it. Never an elector."""

from typing import Any

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Guarded, me, number
from app.dates import now
from app.login import current_account
from app.templating import in_words
from models import perimeter_beside, register, roll_upload
from models.account import Role
from models.base import db
from models.csv_lines import Refused
from models.register import RollUpload
from models.roll_file import read

LARGEST_FILE = 300 * 1024 * 1024
"""A million lines of an REU export; elsewhere in the application a form is a thousand times smaller."""
SHOWN = 10


class RollDesk(Guarded, BaseView):
    """The current roll of each of the clerk's communes, and the form that gives a new one."""

    roles = frozenset({Role.TOWN_HALL})
    opened = frozenset({"index", "receive", "follow"})

    def __init__(self) -> None:
        super().__init__(name="Liste électorale", endpoint="roll", url="/admin/roll")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Date and size of each current roll, the last files, the form."""
        return self._page(_only_commune())

    @expose("/upload/", methods=("POST",))
    def receive(self) -> ResponseReturnValue:
        """Read the file as it arrives; what is no whole roll of that commune is refused here, and nothing changes."""
        code, given = request.form.get("commune") or _only_commune(), request.files.get("file")
        if not code:
            return self._page(code, problem="Choisissez la commune de cette liste.", target="commune"), 422
        if not given or not given.filename:
            return self._page(code, problem="Choisissez un fichier sur votre ordinateur."), 422
        try:
            items = read(given.stream, code)
            key = roll_upload.receive(items, commune_code=code, account=me(), clock=now)
        except Refused as refusal:
            return self._page(code, problem=in_words("roll_refusal", refusal.code, refusal.detail)), 422
        return redirect(url_for(".follow", id=key), 303)

    @expose("/upload/")
    def follow(self) -> ResponseReturnValue:
        """How far one import is, or what came of it."""
        upload = perimeter_beside.find_upload(number(request.args.get("id", "")), me())
        return self.render("roll/upload.html", upload=upload)

    def _page(self, chosen: str | None, problem: str | None = None, target: str = "file") -> str:
        communes = me().communes
        return self.render(
            "roll/index.html",
            communes=communes,
            chosen=chosen,
            problem=problem,
            target=target,
            rolls=register.summaries([commune.code for commune in communes]),
            uploads=_last_uploads(),
        )


def init_roll_desk(app: Flask) -> None:
    """Let a clerk's file in: before CSRF reads the form, and for nobody else."""
    app.url_value_preprocessor(_allow_a_large_file)


def _allow_a_large_file(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if endpoint != "roll.receive":
        return
    account = current_account()
    if account is not None and account.role is Role.TOWN_HALL:
        request.max_content_length = LARGEST_FILE


def _only_commune() -> str | None:
    """The commune that is not asked for, because there is no other."""
    codes = [commune.code for commune in me().communes]
    return codes[0] if len(codes) == 1 else None


def _last_uploads() -> list[RollUpload]:
    mine = select(RollUpload).where(perimeter_beside.uploads_visible_to(me())).options(joinedload(RollUpload.commune))
    return list(db.session.scalars(mine.order_by(RollUpload.id.desc()).limit(SHOWN)))
