"""What pages are dressed with: style sheet, scripts, picture, each under a name made of what it holds.

They are few and small: read and compressed once, when the application starts, and answered from memory. A name that
changes with its content may be kept for a year; a name without it, or with another release's, is asked for again each
time and answered with what there is: while two machines change versions, a page of one finds its style at the other.
"""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from flask import Flask, Response, abort, request

KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"
DIGEST = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")


def init_assets(app: Flask) -> None:
    """Answer the addresses of Flask's `static`; `url_for` gives the names to be kept."""
    assets = Assets(Path(str(app.static_folder)))
    app.view_functions["static"] = assets.answer
    app.url_defaults(assets.put_digest)


def plain_name(name: str) -> str:
    """The file's own name.

    >>> plain_name("style.0123456789ab.css"), plain_name("style.css")
    ('style.css', 'style.css')
    """
    return DIGEST.sub("", name)


@dataclass(frozen=True)
class Asset:
    """A file, as it is and compressed."""

    content: bytes
    compressed: bytes
    mimetype: str
    digest: str

    @classmethod
    def read(cls, path: Path) -> Self:
        content = path.read_bytes()
        mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return cls(content, gzip.compress(content, mtime=0), mimetype, hashlib.sha256(content).hexdigest()[:12])


class Assets:
    """Those of a folder, by their own names; no path leads out of it."""

    def __init__(self, folder: Path) -> None:
        self._assets = {path.name: Asset.read(path) for path in folder.iterdir()}
        self._kept = {name: f"{Path(name).stem}.{it.digest}{Path(name).suffix}" for name, it in self._assets.items()}

    def put_digest(self, endpoint: str, values: dict[str, Any]) -> None:
        """For `url_for`: the name that may be kept."""
        if endpoint == "static":
            values["filename"] = self._kept.get(values["filename"], values["filename"])

    def answer(self, filename: str) -> Response:
        """The file, or 304 for who has it; 404 for a name that there never was."""
        asset = self._assets.get(plain_name(filename))
        if asset is None:
            abort(404)
        is_compressed = request.accept_encodings["gzip"] > 0
        response = Response(asset.compressed if is_compressed else asset.content, mimetype=asset.mimetype)
        if is_compressed:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.set_etag(asset.digest, weak=True)
        is_current = filename == self._kept[plain_name(filename)]
        response.headers["Cache-Control"] = KEPT if is_current else ASKED_AGAIN
        return response.make_conditional(request)
