"""QR codes: as a picture that a page carries in itself, and as the squares of a mail, whose readers refuse SVG."""

import re
from base64 import b64encode

import segno

SHORT, ITS_MASK = 8, 2
"""A reference makes the smallest code there is, which readers take under any mask; comparing the eight masks would cost
more than all else on its page."""
QUIET = 4
"""The zone that readers need around the code, in squares."""
DARK = re.compile(rb"\x01+")


def picture(content: str) -> str:
    """An address that is the picture itself: one stroke a run of dark squares (SVG), on white."""
    rows = _code(content).matrix
    side = len(rows) + 2 * QUIET
    strokes = "".join(
        f"M{run.start() + QUIET} {y}.5h{len(run[0])}" for y, row in enumerate(rows, QUIET) for run in DARK.finditer(row)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path stroke="#000" d="{strokes}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def squares(content: str) -> list[list[bool]]:
    """Its rows, without the quiet zone: True is dark."""
    return [[bool(module) for module in row] for row in _code(content).matrix]


def _code(content: str) -> segno.QRCode:
    return segno.make_qr(content, error="m", mask=ITS_MASK if len(content) <= SHORT else None)
