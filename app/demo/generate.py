"""The command `generate`; what draws a country weighs on a start, and is loaded when one is asked for."""

import click
from flask.cli import with_appcontext

from app.database import or_cannot_run
from app.dates import now


@click.command("generate")
@click.option("--procurations", type=click.IntRange(min=1), required=True, help="How many to add.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws other people.")
@with_appcontext
@or_cannot_run
def generate(procurations: int, seed: int) -> None:
    """Add a synthetic country to the demonstration's database, to measure against.

    Of its communes, Vorges (02824) has 50 procurations, 30 of which await its decision; Laon (02408) 20,000 and 12,000
    from 25,000 on; Toulouse (31555) 160,000 and 96,000 from a million on. opj.0@generated.test to opj.3 and further,
    laon.0@generated.test to laon.3, toulouse.0 to .3 and vorges.0 to .3 sign in with the demonstration's password.
    """
    from app.demo import country

    added = country.add(procurations, seed, now())
    click.echo(f"added: {procurations} procurations, {len(added.officers)} officers")
