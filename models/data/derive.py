"""Write communes.tsv.gz, and inhabitants.tsv.gz beside it, from the official code, once a year.

    python models/data/derive.py communes.csv departements.csv [OUTPUT]

`communes.csv` has the columns code_insee, nom, departement, codes_postaux, population, commune_parente;
`departements.csv` has code, nom. The same input always gives the same bytes.
"""

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

OUTPUT = Path(__file__).with_name("communes.tsv.gz")
ATTRIBUTION = "# Source : Etalab, découpage administratif 2026, Licence Ouverte 2.0"
COLUMNS = ("code", "name", "department", "department_name", "parent", "time_zone", "elects", "postal_codes")

ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
    "989": "Etc/GMT+8",
}
ZONES_OF_ISLANDS = {"98719": "Pacific/Gambier", "98414": "Antarctica/DumontDUrville"} | dict.fromkeys(
    ("98718", "98723", "98731", "98746", "98756", "98757"), "Pacific/Marquesas"
)


def lines(communes: Iterable[dict[str, str]], departments: Iterable[dict[str, str]]) -> Iterator[str]:
    """The attribution, the names of the columns, then a line a commune, in the order of the codes."""
    names = {row["code"]: row["nom"] for row in departments}
    rows = sorted(communes, key=lambda row: row["code_insee"])
    divided = {row["commune_parente"] for row in rows}
    yield ATTRIBUTION
    yield "\t".join(COLUMNS)
    for row in rows:
        yield "\t".join(_fields(row, names, divided))


def inhabitants(communes: Iterable[dict[str, str]]) -> Iterator[str]:
    """The attribution, then code and number of inhabitants of each commune that has any."""
    yield ATTRIBUTION
    yield from (f"{row['code_insee']}\t{row['population']}" for row in communes if int(row["population"] or 0))


def _fields(row: dict[str, str], names: dict[str, str], divided: set[str]) -> tuple[str, ...]:
    code, department = row["code_insee"], row["departement"]
    return (
        code,
        row["nom"],
        department,
        names[department],
        row["commune_parente"],
        ZONES_OF_ISLANDS.get(code) or ZONES.get(department, "Europe/Paris"),
        "1" if _elects(row, divided) else "0",
        row["codes_postaux"],
    )


def _elects(row: dict[str, str], divided: set[str]) -> bool:
    """Nobody is registered where nobody lives, nor in a commune whose arrondissements keep the roll."""
    return row["code_insee"] not in divided and int(row["population"] or 0) > 0


def _read(path: str) -> Iterator[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def main(communes: str, departments: str, output: str | None = None) -> None:
    written = Path(output or OUTPUT)
    _write(written, lines(_read(communes), _read(departments)))
    _write(written.with_name("inhabitants.tsv.gz"), inhabitants(_read(communes)))


def _write(file: Path, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    file.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python models/data/derive.py communes.csv departements.csv [OUTPUT]")
    main(*sys.argv[1:])
