"""How a load generator drives the product: `load.py --target bench/target.py --db sqlite|pg --size 10k|1m`.

`flask generate` draws the country: on SQLite in `instance/bench/<procurations>.db`, on the PostgreSQL server that is
measured in the database `country_<procurations>`. Each operation goes through the pages as its user does, and ends on
the page that tells the outcome.
"""

import os
import re
import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

NAME = "procurations"
PROJECT = Path(__file__).resolve().parent.parent
SIZES = {"10k": 30_000, "100k": 120_000, "1m": 1_000_000, "4m": 4_000_000}
"""How many procurations each holds: the smallest too has the large commune's twenty thousand."""
PORT = os.environ.get("PGPORT", "54329")
ROLE = os.environ.get("PGUSER", "bench")
PASSWORD = "demo"  # noqa: S105 printed on the demonstration's page
AS_INSTALLED = {"MALLOC_ARENA_MAX": "1"}
"""What the unit of the pages sets for its process, beside the configuration (deploy/systemd)."""
LARGE, SMALL = "02408", "02824"
AGENTS = {"officer": "opj", "clerk_big": "laon", "clerk_small": "vorges", "clerk_largest": "toulouse"}
CITIZENS = ("eloise", "mai", "jean", "niall")
SIGN_IN, COUNTER, TOWN_HALL = "/agents/connexion", "/admin/officer/", "/admin/town-hall/"
PENDING = f"{TOWN_HALL}?status=established"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
DRAFT = re.compile(r'name="draft" value="([^"]+)"')
OWNER = re.compile(r'name="owner" value="([^"]+)"')
DAY = re.compile(r'name="scrutins" value="([^"]+)"')
REFERENCE = re.compile(r'class="reference"[^>]*>\s*([0-9A-Z ]{6,11})\s*<')
READ_AT = re.compile(r'name="read_at" value="([^"]+)"')
PER_PAGE = 50


def server(db: str, size: str, mode: str) -> tuple[str, str, dict[str, str]]:
    """The application's address for gunicorn, the directory to start it in, and its environment; one mode only."""
    environ = {"DEMO": "1", "DATABASE_URL": _url(db, size), "SECRET_KEY": "bench only, bench only, bench only"}
    return "wsgi:application", str(PROJECT), environ | AS_INSTALLED


def connect(db: str, size: str) -> Any:
    """A DB-API connection of its own to the same database."""
    if db == "sqlite":
        connection = sqlite3.connect(_file(size), isolation_level=None, timeout=30)
        connection.execute("PRAGMA cache_size=-65536")
        return connection
    import psycopg

    return psycopg.connect(host="127.0.0.1", port=PORT, user=ROLE, dbname=_database(size), autocommit=True)


def submitted_refs(connection: Any, most: int) -> list[str]:
    """References that a counter can open, of demandes filed elsewhere than in the communes that are measured."""
    waiting = "select reference from procuration where status = 'submitted' and commune_code not in (?, ?) limit ?"
    return [reference for (reference,) in _rows(connection, waiting, (LARGE, SMALL, most))]


def pending_ids(connection: Any, most: int) -> list[int]:
    """What awaits the decision of the large commune, the newest first, of who holds no other: that asks for no note."""
    pending = "select id from procuration p where status = 'established' and commune_code = ?"
    other = "select 1 from procuration o where o.mandataire_key = p.mandataire_key and o.id <> p.id"
    alone = f"{pending} and not exists ({other}) order by established_at desc, id desc limit ?"
    return [key for (key,) in _rows(connection, alone, (LARGE, most))]


def reset(connection: Any, references: Collection[str] = (), keys: Collection[int] = ()) -> None:
    """Take these back to where they stood, so that each repetition meets the same rows; the journal keeps its lines."""
    to_demande = "status = 'submitted', officer_id = null, handled_at = null, established_at = null, findings = null"
    _take_back(connection, to_demande, "reference", list(references))
    to_decide = "status = 'established', decided_by_id = null, decided_at = null, findings = null, note = null"
    _take_back(connection, to_decide, "id", list(keys))


def counts(connection: Any) -> dict[str, int]:
    """Of each kind of row that an act leaves: one demande and its message, one entry of the journal an act."""
    acts = "select count(*) from journal_entry where action in ('submitted', 'established', 'validated')"
    mails = "select count(*) from outbox_mail where kind in ('submitted', 'validated')"
    tables = {"audit": acts, "outbox": mails, "rows": "select count(*) from procuration"}
    return {name: _rows(connection, query)[0][0] for name, query in tables.items()}


def login(client: Any, role: str, number: int) -> None:
    """An elector through the simulated provider; an agent by password. Four of each kind."""
    if role == "elector":
        _sign_in_by_provider(client, CITIZENS[number % len(CITIZENS)])
        return
    page = client.get(SIGN_IN)
    email = f"{AGENTS[role]}.{number}@generated.test"
    answer = client.post(SIGN_IN, {"csrf_token": _found(TOKEN, page), "email": email, "password": PASSWORD})
    _must_tell("Se déconnecter", answer)


def landing(client: Any) -> None:
    """The first page of all."""
    _must_tell("Donnez procuration", client.get("/", label="landing"))


def submit(client: Any, number: int) -> str:
    """Step 1: the form, the recap, the confirmation, the receipt; the reference that it gives."""
    form = client.get("/demande", label="form")
    recap = client.post("/demande", _answers(form, number), label="post")
    sent = {"csrf_token": _found(TOKEN, recap), "draft": _found(DRAFT, recap), "sworn": "y"}
    receipt = client.post("/demande/recapitulatif", sent, label="confirm")
    return _found(REFERENCE, receipt).replace(" ", "")


def officer_open(client: Any, reference: str) -> Any:
    """Step 2, its first half: type the reference, and see what to compare."""
    opened = client.get(f"{COUNTER}?reference={reference}", label="open")
    _must_tell(f'data-reference="{reference}"', opened)
    return opened


def officer_validate(client: Any, reference: str) -> None:
    """Step 2: type the reference, compare, establish; the counter says whom it was."""
    opened = officer_open(client, reference)
    told = client.post(f"{COUNTER}action/", _act(opened, [reference], confirmed="yes"), label="establish")
    _must_tell("procuration établie", told)


def list_pending(client: Any, page: int = 1, expect: int | None = None) -> Any:
    """The first page of what awaits a decision, or a later one."""
    answer = client.get(PENDING + (f"&page={page - 1}" if page > 1 else ""), label="list")
    if answer.text.count('class="tick"') != (expect or PER_PAGE):
        raise RuntimeError(f"page {page}: {answer.status}, another number of rows")
    client.state["list"] = answer
    return answer


def open_file(client: Any, key: int) -> None:
    """Step 3, by the file of one, whose reading is itself an entry of the journal."""
    _must_tell('data-status="established"', client.get(f"{TOWN_HALL}details/?id={key}", label="open"))


def clerk_validate(client: Any, keys: Sequence[int]) -> None:
    """Step 3: tick, « Valider… », read the message that will leave, confirm; the list says how many."""
    if "list" not in client.state:
        list_pending(client)
        client.steps.clear()
    asked = client.post(f"{TOWN_HALL}action/", _act(client.state["list"], keys), label="ask")
    _must_tell('name="confirmed" value="yes"', asked)
    told = client.post(f"{TOWN_HALL}action/", _act(asked, keys, confirmed="yes"), label="validate")
    _must_tell("validée", told)


def export_csv(client: Any) -> tuple[int, int]:
    """Everything of the large commune, as CSV: its rows, and its bytes."""
    listed = list_pending(client)
    client.steps.clear()
    answer = client.post(f"{TOWN_HALL}export/", {"csrf_token": _found(TOKEN, listed), "format": "csv"}, label="export")
    _must_tell("Mandant", answer)
    return answer.body.count(b"\n") - 1, len(answer.body)


def _must_tell(words: str, answer: Any) -> None:
    """Raises RuntimeError: the page does not tell the outcome."""
    if answer.status != 200 or words not in answer.text:
        raise RuntimeError(f"{answer.path}: {answer.status}, without « {words} »")


def _sign_in_by_provider(client: Any, citizen: str) -> None:
    page = client.get("/connexion")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    address = page.path.partition("?")[0]
    _must_tell("Se déconnecter", client.post(address, hidden | {"citizen": citizen, "choice": "continue"}))


def _answers(form: Any, number: int) -> dict[str, Any]:
    return {
        "csrf_token": _found(TOKEN, form),
        "owner": _found(OWNER, form),
        "commune_search": "Laon",
        "mandataire_birth_date": "02/01/1975",
        "mandataire_birth_name": f"Confiance{_letters(number)}",
        "mandataire_first_names": "Dominique",
        "mandataire_sex": "F",
        "mandataire_commune_search": "Soissons",
        "validity": "scrutins",
        "scrutins": DAY.findall(form.text)[:1],
        "email": f"elector.{number}@electeurs.test",
    }


def _letters(number: int) -> str:
    """A name holds no digit."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _act(page: Any, rows: Sequence[object], **more: str) -> dict[str, Any]:
    read_at = READ_AT.search(page.text)
    when = {"read_at": read_at[1]} if read_at else {}
    return {"csrf_token": _found(TOKEN, page), "action": "validate", "rowid": list(rows), **when, **more}


def _found(pattern: re.Pattern[str], page: Any) -> str:
    """What the page says there. Raises RuntimeError: nothing."""
    found = pattern.search(page.text)
    if found is None:
        raise RuntimeError(f"{page.path}: {page.status}, without {pattern.pattern}")
    return found[1]


def _take_back(connection: Any, values: str, column: str, keys: Sequence[object]) -> None:
    for first in range(0, len(keys), 500):
        some = keys[first : first + 500]
        marks = ", ".join("?" * len(some))
        _run(connection, f"update procuration set {values} where {column} in ({marks})", some)  # noqa: S608


def _rows(connection: Any, query: str, values: Sequence[object] = ()) -> Any:
    return _run(connection, query, values).fetchall()


def _run(connection: Any, query: str, values: Sequence[object]) -> Any:
    is_sqlite = isinstance(connection, sqlite3.Connection)
    return connection.execute(query if is_sqlite else query.replace("?", "%s"), values)


def _url(db: str, size: str) -> str:
    if db == "sqlite":
        return f"sqlite:///{_file(size)}"
    return f"postgresql+psycopg://{ROLE}@127.0.0.1:{PORT}/{_database(size)}"


def _file(size: str) -> Path:
    return PROJECT / "instance" / "bench" / f"{SIZES[size]}.db"


def _database(size: str) -> str:
    return f"country_{SIZES[size]}"
