"""What step 3 says of a procuration, and what became of it."""

from models import control
from models.errors import Reason
from models.findings import Check, Finding
from models.procuration import Procuration, Status
from models.rules import Outcome
from tests.back_office.desks import status_of
from tests.builders import World


def finding(world: World, procuration: Procuration, check: Check) -> Finding:
    """What one check says today of an established procuration."""
    return next(one for one in control.control(procuration, world.today).findings if one.check is check)


def outcome(world: World, procuration: Procuration, check: Check) -> Outcome:
    return finding(world, procuration, check).outcome


def decided(procuration: Procuration) -> tuple[Status, Reason | None]:
    return status_of(procuration), procuration.reason
