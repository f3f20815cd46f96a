"""What nobody types by mistake: values, bodies and content types of an attacker, drawn by hypothesis."""

import re
from typing import NamedTuple
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

MARK = "kanarimark"
MARKUP = f"\"'><{MARK} onload=alert(1)>{{{{7*7}}}}"
HOSTILE = (
    b"",
    b"\0",
    b"a\0b",
    b"\xff\xfe",
    b"\xc0\xaf",
    "\ud800".encode("utf-8", "surrogatepass"),
    "\U0001d49c\U0001f600".encode(),
    "e\u0301".encode() * 50,
    "\u202e\u200b\ufeff".encode(),
    "\u0130\u00df\u01f0\u0149".encode(),
    "\u0663\u00b2\u2460".encode(),
    b"9" * 5_000,
    b"-1",
    b"0",
    b"1_000",
    b"+1",
    b"2147483648",
    b"9223372036854775808",
    b"1e309",
    b"NaN",
    b"0000-01-01",
    b"0001-01-01",
    b"9999-12-31",
    b"10000-01-01",
    b"31/12/9999",
    b"1/1/0000",
    b"2026-02-30",
    b"29 f\xc3\xa9vrier 0001",
    b"24:60",
    b"' OR 1=1 --",
    b"%25%s%n%00",
    b"../../../../etc/passwd",
    b"x\r\nX-Kanari: 1\r\n\r\n",
    b"//evil.test/",
    b"https://evil.test",
    b"=HYPERLINK(1)",
    b"a@b.test\r\nBcc: c@d.test",
    b"*",
    b"yes",
    b"[]",
    b"A" * 70_000,
    MARKUP.encode(),
)
BOUNDARY = "kanariboundary"
FORM, PARTS = "application/x-www-form-urlencoded", f"multipart/form-data; boundary={BOUNDARY}"
WRONG = (
    "application/json",
    "text/plain",
    "multipart/form-data",
    "application/x-www-form-urlencoded; charset=utf-7",
    "",
)
ARGUMENT = re.compile(r"<(?:[^:>]+:)?(\w+)>")
Pairs = list[tuple[str, bytes]]


class Target(NamedTuple):
    """Where, and with which true values: its rule, its method, the names in it, the keys met elsewhere."""

    rule: str
    method: str
    named: dict[str, str]
    known: dict[str, list[str]]
    keys: list[str]
    token: str


class Shot(NamedTuple):
    """One request: what its address and its body say."""

    path: str
    query: str
    body: bytes
    content_type: str


def values(true: list[str], keys: list[str]) -> st.SearchStrategy[bytes]:
    """A true value twice as often as a false one; sometimes the key of somebody else's row."""
    wrong = st.one_of(
        st.sampled_from(HOSTILE),
        st.sampled_from(keys or ["1"]).map(str.encode),
        st.text(max_size=40).map(str.encode),
        st.integers(-(2**70), 2**70).map(lambda number: str(number).encode()),
        st.binary(max_size=20),
    )
    met = st.sampled_from(true).map(lambda value: value.encode("utf-8", "surrogatepass"))
    return st.one_of(met, met, wrong) if true else wrong


@st.composite
def pairs(draw: st.DrawFn, known: dict[str, list[str]], keys: list[str]) -> Pairs:
    """Each name once, mostly; now and then absent or repeated."""
    drawn: Pairs = []
    for name, true in known.items():
        for _ in range(draw(st.sampled_from((1, 1, 1, 1, 0, 2)))):
            drawn.append((name, draw(values(true, keys))))
    return draw(st.permutations(drawn)) if draw(st.booleans()) else drawn


def encoded(drawn: Pairs) -> str:
    """As a browser writes them in an address."""
    return "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in drawn)


def in_parts(drawn: Pairs, files: set[str]) -> bytes:
    """As a browser sends them with files; those of `files` are files, of a name that leads elsewhere."""
    written = []
    for name, value in drawn:
        file = '; filename="../../x.csv\0"' if name in files else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        written.append(head.encode() + value + b"\r\n")
    return b"".join(written) + f"--{BOUNDARY}--\r\n".encode()


@st.composite
def paths(draw: st.DrawFn, target: Target) -> str:
    """The address, with true or false values where its rule takes one."""

    def value(found: re.Match[str]) -> str:
        return quote_from_bytes(draw(values([target.named[found[1]]], target.keys)), safe="") or "%00"

    return ARGUMENT.sub(value, target.rule)


@st.composite
def shots(draw: st.DrawFn, target: Target) -> Shot:
    """A request of that method with these names."""
    path: str = draw(paths(target))
    drawn: Pairs = draw(pairs(target.known, target.keys))
    if target.method == "GET":
        return Shot(path, encoded(drawn), b"", "")
    drawn = [("csrf_token", target.token.encode()), *drawn]
    way = draw(st.sampled_from(("form", "form", "form", "parts", "query", "wrong")))
    if way == "parts":
        names = sorted(target.known)
        files = draw(st.sets(st.sampled_from(names), max_size=2)) if names else set()
        return Shot(path, "", in_parts(drawn, files), PARTS)
    if way == "query":
        return Shot(path, encoded(drawn), encoded(drawn[:1]).encode(), FORM)
    kind = FORM if way == "form" else draw(st.sampled_from(WRONG))
    return Shot(path, "", encoded(drawn).encode(), kind)
