"""Synthetic rolls: files as the REU exports them, of people who do not exist."""

from collections.abc import Iterable
from io import BytesIO

from models.roll_file import RollLine, SetAside, read

HEADER = (
    *("code du l'ugle", "libellé de l'ugle", "libellé du type de liste", "nom de naissance", "nom d'usage", "prénoms"),
    *("sexe", "date de naissance", "code commune de naissance", "libellé commune de naissance"),
    *("code département de naissance", "pays de naissance", "libellé nationalité", "numéro de voie"),
    *("libellé de voie", "complément 1", "complément 2", "lieu-dit", "code postal", "commune", "pays"),
    *("code du bureau de vote", "libellé du bureau de vote"),
    *("code circonscription législative du bureau de vote", "libellé canton du bureau de vote"),
    *("libellé circonscription métropolitaine du bureau de vote", "numéro d'ordre dans le bureau de vote"),
)
LUCIE = {
    "code du l'ugle": "02408",
    "libellé de l'ugle": "Laon",
    "libellé du type de liste": "Liste principale",
    "nom de naissance": "D'AUBIGNÉ",
    "prénoms": "Lucie Gwenaëlle-Rosalie",
    "sexe": "F",
    "date de naissance": "28/08/1986",
    "libellé commune de naissance": "Vesoul",
    "libellé nationalité": "Française",
    "numéro de voie": "12",
    "libellé de voie": "rue Imaginaire",
    "code postal": "02000",
    "commune": "LAON",
    "pays": "FRANCE",
    "code du bureau de vote": "0003",
    "libellé du bureau de vote": "ÉCOLE DES TILLEULS",
    "numéro d'ordre dans le bureau de vote": "412",
}
NOT_KEPT = ("Vesoul", "Française", "rue Imaginaire", "02000")
ORDER = "numéro d'ordre dans le bureau de vote"


def an_elector(**changes: str) -> dict[str, str]:
    """Lucie's line; `_` in a name stands for a space: `nom_de_naissance="PETIT"`."""
    return LUCIE | {_column(name): value for name, value in changes.items()}


def a_file(
    *electors: dict[str, str],
    header: Iterable[str] = HEADER,
    separator: str = ";",
    encoding: str = "utf-8",
    rename: dict[str, str] | None = None,
) -> bytes:
    """The file: every field between quotes but the last, nothing for an empty one; Lucie's when none is named."""
    header = tuple(header)
    shown = [(rename or {}).get(name, name) for name in header]
    lines = [separator.join(map(_quoted, shown))]
    for elector in electors or (LUCIE,):
        *fields, last = [elector.get(name, "") for name in header]
        lines.append(separator.join([*(_quoted(field) if field else "" for field in fields), last]))
    return ("\n".join(lines) + "\n").encode(encoding)


def many(count: int, commune: str = "02408") -> Iterable[dict[str, str]]:
    """That many electors, each of a name of its own."""
    for number in range(count):
        yield an_elector(nom_de_naissance=f"VOISIN {spelled(number)}") | {"code du l'ugle": commune}


def spelled(number: int) -> str:
    """A number in letters, since names have no digits: 10 is « BA »."""
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in str(number))


def read_all(content: bytes, commune: str | None = "02408") -> list[RollLine | SetAside]:
    return list(read(BytesIO(content), commune))


def the_line(content: bytes) -> RollLine:
    """The one elector of the file, and no line set aside."""
    [line] = read_all(content)
    assert isinstance(line, RollLine), line
    return line


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _column(name: str) -> str:
    words = name.replace("_", " ")
    return {"nom d usage": "nom d'usage", "prenoms": "prénoms", "type de liste": "libellé du type de liste"}.get(
        words, words
    )
