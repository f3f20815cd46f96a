"""QR codes: as a picture that a page carries in itself, and as the squares of a mail, whose readers refuse SVG."""

import segno

SHORT, ITS_MASK = 8, 2
"""A reference makes the smallest code there is, which readers take under any mask; comparing the eight masks would cost
more than all else on its page."""


def picture(content: str) -> str:
    """An address that is the picture itself (SVG), with the quiet zone that readers need."""
    return _code(content).svg_data_uri(border=4, light="#fff", omitsize=True)


def squares(content: str) -> list[list[bool]]:
    """Its rows, without the quiet zone: True is dark."""
    return [[bool(module) for module in row] for row in _code(content).matrix]


def _code(content: str) -> segno.QRCode:
    return segno.make_qr(content, error="m", mask=ITS_MASK if len(content) <= SHORT else None)
