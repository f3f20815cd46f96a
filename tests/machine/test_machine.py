"""A machine that cannot lie: random electors, officers, clerks, rolls and days, against the acts themselves.

After each step the journal alone explains every status and every message, no terminal status has been left, and no
mandataire holds more than article L73 allows.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.dates import now
from models import journey
from models.base import db
from models.errors import AlreadyHandled, DomainError, NotHabilitated
from models.identity import Identity
from models.journal import Entry
from models.law import ControlRegime
from models.outbox import OutboxMail
from models.procuration import IN_FORCE, Procuration, Source, Status
from tests.builders import World, a_mandataire, an_identity
from tests.conftest import empty
from tests.law.people import a_roll
from tests.machine.acts import ACTS, FORBIDDEN, Act, Cast
from tests.machine.told import mails_by, statuses_by
from tests.sizes import sized

OPEN = {Status.SUBMITTED, *IN_FORCE}
MANDANTS = [an_identity(birth_name=f"MANDANT {letter}") for letter in "ABCDE"]
MANDATAIRES = [a_mandataire(birth_name=f"CONFIANCE {letter}") for letter in "AB"]
EXAMPLES, STEPS = sized(6, 150), sized(25, 60)


class Machine(RuleBasedStateMachine):
    """Five mandants, two mandataires, a commune under each regime in turn, and a clock that only goes on."""

    world: World

    @initialize(regime=st.sampled_from(ControlRegime), in_france=st.integers(1, 2))
    def begin(self, regime: ControlRegime, in_france: int) -> None:
        self.at, self.in_france, self.ended = now(), in_france, {}
        self.days = (self.world.a_sunday(3), self.world.a_sunday(4))
        self.world.an_election(days=self.days, control_regime=regime, max_established_in_france=in_france)
        self.cast = Cast.of(self.world)
        self.electors = [self.world.an_elector() for _ in MANDANTS]

    @rule(
        who=st.integers(0, len(MANDANTS) - 1),
        mandataire=st.sampled_from(MANDATAIRES),
        chosen=st.sets(st.integers(0, 1)),
        replaces=st.booleans(),
    )
    def file(self, who: int, mandataire: Identity, chosen: set[int], replaces: bool) -> None:
        elector, days = self.electors[who], tuple(self.days[n] for n in sorted(chosen))
        mine = [p for p in procurations() if p.elector_key == elector.key and p.is_in_force]
        demande = self.world.a_demande(
            mandant=MANDANTS[who],
            mandataire=mandataire,
            days=days,
            valid_until=None if days else self.days[1] + timedelta(days=1),
        )
        key = f"key-{self.world.demandes}"
        self._pass_time()
        if not journey.reasons_against(demande, now=self.at):
            journey.submit(demande, elector=elector, submission_key=key, replaces=mine if replaces else (), now=self.at)
        db.session.commit()

    @rule(name=st.sampled_from(sorted(ACTS)), which=st.integers(0, 30))
    def act(self, name: str, which: int) -> None:
        """On any row: from a status that does not allow the act it changes nothing, and says so."""
        function, from_ = ACTS[name]
        for one in self._any(which):
            before, before_all = one.status, statuses()
            if before not in from_:
                with pytest.raises(AlreadyHandled):
                    function(one, self.cast, self.at)
                db.session.rollback()
                assert statuses() == before_all
            elif not _done(function, one, self.cast, self.at):
                assert statuses() == before_all

    @rule(name=st.sampled_from(sorted(FORBIDDEN)), which=st.integers(0, 30))
    def act_of_who_may_not(self, name: str, which: int) -> None:
        for one in self._any(which):
            before = statuses()
            with pytest.raises(NotHabilitated):
                FORBIDDEN[name](one, self.cast, self.at)
            db.session.rollback()
            assert statuses() == before

    @rule(present=st.sets(st.sampled_from([*MANDANTS, *MANDATAIRES])))
    def import_a_roll(self, present: set[Identity]) -> None:
        a_roll(*present)

    @rule(hours=st.integers(1, 120))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @invariant()
    def the_journal_alone_explains_every_status(self) -> None:
        assert statuses_by(entries()) == statuses()

    @invariant()
    def no_terminal_status_is_left(self) -> None:
        present, ended = statuses(), getattr(self, "ended", {})
        assert {id_: present[id_] for id_ in ended} == ended
        self.ended = {id_: status for id_, status in present.items() if status not in OPEN}

    @invariant()
    def nobody_holds_more_than_the_ceiling(self) -> None:
        for day in getattr(self, "days", ()):
            held = [p for p in procurations() if p.is_in_force and serves(p, day)]
            in_france = Counter(p.mandataire for p in held if p.established_in_france)
            assert all(count <= self.in_france for count in in_france.values())
            assert all(count <= 2 for count in Counter(p.mandataire for p in held).values())

    @invariant()
    def every_transition_is_told_once(self) -> None:
        sent = Counter((mail.procuration_id, mail.kind) for mail in db.session.scalars(select(OutboxMail)))
        on_paper = {p.id for p in procurations() if p.source is Source.PAPER}
        assert sent == mails_by(entries(), without_address=on_paper)

    def _any(self, which: int) -> Iterator[Procuration]:
        """One of the rows that are there, if any, a moment later."""
        self._pass_time()
        if everything := procurations():
            yield everything[which % len(everything)]

    def _pass_time(self) -> None:
        self.at += timedelta(seconds=1)


def _done(act: Act, one: Procuration, cast: Cast, at: datetime) -> bool:
    """Commit the act, or undo it when the law or a missing note forbids it."""
    try:
        act(one, cast, at)
    except DomainError:
        db.session.rollback()
        return False
    db.session.commit()
    return True


def procurations() -> list[Procuration]:
    return list(db.session.scalars(select(Procuration).order_by(Procuration.id)))


def statuses() -> dict[int, Status]:
    return {row.id: row.status for row in db.session.execute(select(Procuration.id, Procuration.status))}


def entries() -> list[Entry]:
    return list(db.session.scalars(select(Entry).order_by(Entry.id)))


def serves(procuration: Procuration, day: date) -> bool:
    """Chosen, or inside the period; written anew, so that it does not repeat an error of the domain."""
    return day in procuration.days or bool(procuration.valid_until and day <= procuration.valid_until)


@pytest.mark.proof
def test_no_play_of_electors_officers_and_clerks_makes_it_lie(world: World) -> None:
    class Played(Machine):
        def __init__(self) -> None:
            super().__init__()
            empty()
            self.world = World(world.app)

    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=EXAMPLES < 100,
        ),
    )
