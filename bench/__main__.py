"""What acts and pages cost, and how that grows with the country: `python -m bench`, on SQLite and on PostgreSQL."""

import sys
from pathlib import Path

import click

from app.config import INSTANCE
from app.dates import now
from bench import page
from bench.countries import DATABASES
from bench.measure import figures, goals


@click.command()
@click.option("--small", default=10_000, show_default=True)
@click.option("--large", default=1_000_000, show_default=True)
@click.option("--rounds", default=40, show_default=True)
@click.option("--database", "databases", type=click.Choice(DATABASES), multiple=True, default=DATABASES)
@click.option(
    "--directory", type=click.Path(path_type=Path, resolve_path=True), default=INSTANCE / "bench", show_default=True
)
def main(small: int, large: int, rounds: int, databases: tuple[str, ...], directory: Path) -> None:
    """Build the countries that are missing, ask both in turn, write results.html; exit code 1: a goal does not hold."""
    measured = [figures(database, small, large, rounds, directory) for database in databases]
    results = directory / "results.html"
    results.write_text(page.written(measured, small, large, rounds, now().date()), encoding="utf-8")
    missed = [
        f"{of.database}: {goal.what} ×{goal.measured:.2f}" for of in measured for goal in goals(of) if not goal.holds
    ]
    click.echo("\n".join([f"written: {results}", *(f"does not hold: {one}" for one in missed)]))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
