"""A machine that cannot lie: random electors, officers, clerks, rolls, elections and days, against the acts themselves.

After each step the journal alone explains every status and every message, each message went where its mandant then
was, no terminal status has been left, no mandataire holds more than article L73 allows, no purged row names anybody
(tests/machine/play.py).
"""

from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from models import journey, lifetime
from models.base import db
from models.errors import DomainError, NotHabilitated
from models.identity import Identity
from models.law import ControlRegime
from models.procuration import Status
from tests.builders import LAON, World, a_mandataire, an_identity
from tests.conftest import empty
from tests.law.people import a_roll
from tests.machine.acts import (
    ACTS,
    BRUSSELS,
    FORBIDDEN,
    IN_FORCE,
    OF_CLERKS,
    OF_ELECTORS,
    OF_OFFICERS,
)
from tests.machine.play import Play
from tests.machine.seen import (
    DayLaw,
    footprint,
    procurations,
)
from tests.sizes import sized

KEY = b"a key for the hashes of erased references"
MANDANTS = [an_identity(birth_name=f"MANDANT {letter}") for letter in "ABCDE"]
COMMUNES = [LAON, LAON, LAON, BRUSSELS, BRUSSELS]
BORN = [date(1986, 8, 28), date(1990, 1, 1)]
SPELLINGS = [
    a_mandataire(birth_date=born, birth_name=name, first_names=first)
    for born in BORN
    for name, first in (("D'Aubigné-Le Brethon", "Gwenaëlle Rosalie"), ("DAUBIGNE LE BRETHON", "gwenaelle-rosalie"))
]
"""Two mandataires, each written in two ways."""
EXAMPLES, STEPS = sized(8, 150), sized(50, 80)


class Machine(Play):
    """Five mandants of two lists, two mandataires, elections under either regime, and a clock that only goes on."""

    @initialize(regime=st.sampled_from(ControlRegime), in_france=st.integers(1, 2), total=st.integers(1, 3))
    def begin(self, regime: ControlRegime, in_france: int, total: int) -> None:
        self.electors = [self.world.an_elector() for _ in MANDANTS]
        self.call_an_election(regime, in_france, total, weeks=3)
        for who in range(len(MANDANTS)):
            self.file(who, SPELLINGS[who % len(SPELLINGS)], {0, 1} if who % 2 else set(), replaces=False)

    @rule(
        regime=st.sampled_from(ControlRegime),
        in_france=st.integers(1, 2),
        total=st.integers(1, 3),
        certified=st.booleans(),
        online=st.booleans(),
        weeks=st.integers(2, 12),
    )
    def call_an_election(
        self,
        regime: ControlRegime,
        in_france: int,
        total: int,
        weeks: int,
        certified: bool = True,
        online: bool = True,
    ) -> None:
        """Two tours, everywhere; the periods that they reach are controlled again."""
        sunday = self._today() + timedelta(days=6 - self._today().weekday(), weeks=weeks)
        days = (sunday, sunday + timedelta(weeks=1))
        if self.laws.keys() & set(days):
            return
        law = DayLaw(max(total, in_france), in_france, max(total, in_france) + 1, certified, online)
        self.world.an_election(
            days=days,
            territories=("FR", "CO"),
            control_regime=regime,
            max_total=law.total,
            max_established_in_france=law.in_france,
            max_total_if_consular=law.with_consular,
            certified_identity=law.certified,
            online_revocation=law.online,
        )
        self.laws |= dict.fromkeys(days, law)
        for one in procurations():
            if one.status in IN_FORCE and one.valid_until and one.valid_until >= days[0]:
                self._control_again(one)

    @rule(
        who=st.integers(0, len(MANDANTS) - 1),
        mandataire=st.sampled_from(SPELLINGS),
        chosen=st.sets(st.integers(0, 2)),
        replaces=st.booleans(),
    )
    def file(self, who: int, mandataire: Identity, chosen: set[int], replaces: bool) -> None:
        """For some of the coming days, or for a period; to replace what this elector gave before, or beside it."""
        self._pass_time()
        elector, coming = self.electors[who], [day for day in self.laws if day >= self._today()]
        days = tuple(coming[n] for n in sorted(chosen) if n < len(coming))
        mine = [p for p in procurations() if p.elector_key == elector.key and p.status in IN_FORCE]
        demande = self.world.a_demande(
            mandant=MANDANTS[who],
            mandataire=mandataire,
            commune_code=COMMUNES[who],
            days=days,
            valid_until=None if days else self._today() + timedelta(days=80),
        )
        filed = journey.submit(
            demande,
            elector=elector,
            submission_key=f"key-{self.world.demandes}",
            replaces=mine if replaces else (),
            now=self.at,
        )
        self.addresses[filed.id] = demande.email
        db.session.commit()

    @rule(name=st.sampled_from(sorted(OF_ELECTORS)), which=st.integers(0, 30))
    def an_elector_acts(self, name: str, which: int) -> None:
        self._act(name, which)

    @rule(name=st.sampled_from(sorted(OF_OFFICERS)), which=st.integers(0, 30))
    def an_officer_acts(self, name: str, which: int) -> None:
        self._act(name, which)

    @rule(name=st.sampled_from(sorted(OF_CLERKS)), which=st.integers(0, 30))
    def a_clerk_acts(self, name: str, which: int) -> None:
        self._act(name, which)

    @rule(name=st.sampled_from([*sorted(ACTS), *sorted(FORBIDDEN)]), which=st.integers(0, 30))
    def act_in_vain(self, name: str, which: int) -> None:
        """By who may not, or from a status that does not allow it: it changes nothing, and says so."""
        if name in FORBIDDEN:
            for one in self._one_of(which, Status):
                self._is_refused(NotHabilitated, FORBIDDEN[name], one)
            return
        function, from_ = ACTS[name]
        for one in self._one_of(which, {*Status} - from_):
            self._is_refused(DomainError, function, one)

    @rule(present=st.sets(st.sampled_from([*MANDANTS, *SPELLINGS[::2]])), commune=st.sampled_from([LAON, BRUSSELS]))
    def import_a_roll(self, present: set[Identity], commune: str) -> None:
        a_roll(*present, commune=commune)

    @rule(days=st.sampled_from([1, 5, 20, 60, 200]), hour=st.integers(0, 23))
    def let_time_act(self, days: int, hour: int) -> None:
        """Both commands, twice: the second time finds nothing left to do."""
        self.at = datetime.combine(self.at.date() + timedelta(days=days), time(hour, 30), self.at.tzinfo)
        for _ in range(2):
            everything = footprint()
            for due, does in self._time_acts():
                for batch in due(self.at):
                    for one in batch:
                        does(one)
                    db.session.commit()
        assert footprint() == everything

    def _time_acts(self) -> list[tuple[object, object]]:
        at, key = self.at, KEY
        return [
            (lifetime.to_remind, partial(lifetime.remind, now=at)),
            (lifetime.to_expire, partial(lifetime.expire, key=key, now=at)),
            (lifetime.to_end, partial(lifetime.end, now=at)),
            (lifetime.to_announce, partial(lifetime.announce_purge, now=at)),
            (lifetime.to_purge, partial(lifetime.purge, key=key, now=at)),
        ]


@pytest.mark.proof
def test_no_play_of_electors_officers_and_clerks_makes_it_lie(world: World) -> None:
    class Played(Machine):
        def __init__(self) -> None:
            empty()
            super().__init__(World(world.app))

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
