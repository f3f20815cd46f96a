"""A machine that cannot lie: random electors, officers, clerks, rolls, elections and days, against the acts themselves.

After each step the journal alone explains every status and every message, each message went where its mandant then
was, no terminal status has been left, no mandataire holds more than article L73 allows, no purged row names anybody
(tests/machine/play.py).
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from models import counter_form, elections, journey, lifetime, paper
from models.base import db
from models.errors import AlreadyHandled, DomainError, NotHabilitated
from models.identity import Identity
from models.law import ControlRegime
from models.plan import Tour, plan_of
from models.procuration import Procuration, Status
from models.scrutin import Election
from tests.builders import LAON, World, a_mandataire, an_identity
from tests.conftest import empty
from tests.elections.ministry import a_plan
from tests.law.people import a_roll, a_roll_of
from tests.machine.acts import (
    ACTS,
    BRUSSELS,
    FORBIDDEN,
    IN_FORCE,
    NEW_ADDRESS,
    OF_CLERKS,
    OF_ELECTORS,
    OF_OFFICERS,
    ONLY_WHERE,
)
from tests.machine.play import Play, is_ready
from tests.machine.seen import (
    USUAL_NAME,
    DayLaw,
    footprint,
    is_by_usual_name_alone,
    laws_of,
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
ARMELLE = a_mandataire(birth_name="LE GOFF", first_names="Armelle", birth_date=date(1975, 5, 5))
WRITTEN = [replace(ARMELLE, birth_name=USUAL_NAME), *SPELLINGS, ARMELLE]
"""And a third, by birth name or by a usual name that only a roll can tell."""
LAWS = st.builds(
    lambda total, in_france, *rest: DayLaw(max(total, in_france), in_france, max(total, in_france) + 1, *rest),
    st.integers(1, 3),
    st.integers(1, 2),
    st.booleans(),
    st.booleans(),
)
EXAMPLES, STEPS = sized(8, 150), sized(50, 80)


class Machine(Play):
    """Five mandants of two lists, three mandataires, elections that move, rolls, and a clock that only goes on."""

    @initialize(regime=st.sampled_from(ControlRegime), law=LAWS)
    def begin(self, regime: ControlRegime, law: DayLaw) -> None:
        self.electors = [self.world.an_elector() for _ in MANDANTS]
        self.call_an_election(regime, law, weeks=3)
        for who in range(len(MANDANTS)):
            self.file(who, WRITTEN[who % len(WRITTEN)], {0, 1} if who % 2 else set(), replaces=False)

    @rule(regime=st.sampled_from(ControlRegime), law=LAWS, weeks=st.integers(2, 12))
    def call_an_election(self, regime: ControlRegime, law: DayLaw, weeks: int) -> None:
        """Two tours, everywhere; what serves on their days is controlled again."""
        self._pass_time()
        sunday = self._today() + timedelta(days=6 - self._today().weekday(), weeks=weeks)
        days = (sunday, sunday + timedelta(weeks=1))
        plan = a_plan(self.world, *days, territories={"FR": None, "CO": None})
        plan = replace(plan, law=law.as_law(regime))
        election = elections.create(plan, account=self.cast.ministry, now=self.at)
        db.session.commit()
        self.called[election.id] = days, law
        self._control_again()

    @rule(which=st.integers(0, 5), regime=st.sampled_from(ControlRegime), law=LAWS)
    def correct_an_election(self, which: int, regime: ControlRegime, law: DayLaw) -> None:
        """Refused when it is over, or when nothing changes."""
        self._pass_time()
        id_ = sorted(self.called)[which % len(self.called)]
        election = db.session.get_one(Election, id_)
        plan = replace(plan_of(election), law=law.as_law(regime))
        try:
            elections.correct(election, plan, seen=election.version, account=self.cast.ministry, now=self.at)
        except DomainError:
            db.session.rollback()
            return
        db.session.commit()
        self.called[id_] = self.called[id_][0], law
        self._control_again()

    @rule(which=st.integers(0, 5), weeks=st.integers(1, 4))
    def move_an_election(self, which: int, weeks: int) -> None:
        """To later weeks; refused when it has begun. Who chose its days is told."""
        self._pass_time()
        id_ = sorted(self.called)[which % len(self.called)]
        election, later = db.session.get_one(Election, id_), timedelta(weeks=weeks)
        before = plan_of(election)
        plan = replace(before, tours=tuple(Tour(tour.day + later) for tour in before.tours))
        try:
            elections.correct(election, plan, seen=election.version, account=self.cast.ministry, now=self.at)
        except DomainError:
            db.session.rollback()
            return
        db.session.commit()
        self.called[id_] = tuple(tour.day for tour in plan.tours), self.called[id_][1]
        self._control_again()

    @rule(
        who=st.integers(0, len(MANDANTS) - 1),
        mandataire=st.sampled_from(WRITTEN),
        chosen=st.sets(st.integers(0, 2)),
        replaces=st.booleans(),
    )
    def file(self, who: int, mandataire: Identity, chosen: set[int], replaces: bool) -> None:
        """For some of the coming days, or for a period; to replace what this elector gave before, or beside it."""
        self._pass_time()
        elector, days = self.electors[who], self._days(chosen)
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
        self._read_new_mail()

    @rule(
        who=st.integers(0, len(MANDANTS) - 1),
        mandataire=st.sampled_from(SPELLINGS),
        days_ago=st.integers(0, 3),
        is_consular=st.booleans(),
        chosen=st.sets(st.integers(0, 2)),
    )
    def type_a_form(self, who: int, mandataire: Identity, days_ago: int, is_consular: bool, chosen: set[int]) -> None:
        """On paper, established some days ago, with both electors' numbers; nobody is written to."""
        self._pass_time()
        days, established_on = self._days(chosen), self._today() - timedelta(days=days_ago)
        form = paper.Form(
            commune=self.world.commune(COMMUNES[who]),
            mandant=MANDANTS[who],
            mandant_nne=f"10{who}",
            mandataire=mandataire,
            mandataire_nne=f"20{BORN.index(mandataire.birth_date)}",
            authority_name="Jeanne LEROY",
            authority_capacity="juge",
            place=self.cast.abroad if is_consular else self.cast.here,
            established_on=established_on,
            received_on=self._today(),
            days=days,
            valid_until=None if days else established_on + timedelta(days=80),
        )
        self.world.demandes += 1
        try:
            paper.enter(form, clerk=self.cast.clerk, submission_key=f"paper-{self.world.demandes}", now=self.at)
        except AlreadyHandled:  # A counter filled it, or it was asked on line: `a_paper_comes`, not this.
            db.session.rollback()
        db.session.commit()

    @rule(
        who=st.integers(0, len(MANDANTS) - 1),
        mandataire=st.sampled_from(SPELLINGS),
        is_consular=st.booleans(),
        chosen=st.sets(st.integers(0, 2)),
    )
    def fill_a_form(self, who: int, mandataire: Identity, is_consular: bool, chosen: set[int]) -> None:
        """On paper, by the officer with the person there; nobody is written to, and nobody decides before the paper."""
        self._pass_time()
        days, commune = self._days(chosen), self.world.commune(COMMUNES[who])
        officer = self.cast.consul if is_consular else self.cast.officer
        form = paper.Form(
            commune=commune,
            mandant=MANDANTS[who],
            mandant_nne=f"10{who}",
            mandataire=mandataire,
            mandataire_nne=f"20{BORN.index(mandataire.birth_date)}",
            days=days,
            valid_until=None if days else self._today() + timedelta(days=80),
            **counter_form.filled_by(officer, commune, self.at),
        )
        self.world.demandes += 1
        counter_form.establish(form, officer=officer, submission_key=f"form-{self.world.demandes}", now=self.at)
        db.session.commit()

    @rule(which=st.integers(0, 30))
    def a_paper_comes(self, which: int) -> None:
        """Of what was filled at a counter: received once, by its town hall alone."""
        self._pass_time()
        if awaited := [one for one in procurations() if self._is_awaited(one)]:
            one = awaited[which % len(awaited)]
            comes = partial(counter_form.receive, received_on=self._today(), now=self.at)
            stranger, clerk = self.cast.clerk_elsewhere, self.cast.clerk
            self._are_refused(NotHabilitated, [lambda one, cast, at: comes(one, clerk=stranger)], one)
            assert self._is_done(lambda one, cast, at: comes(one, clerk=clerk), one)
            self._are_refused(AlreadyHandled, [lambda one, cast, at: comes(one, clerk=clerk)], one)

    def _is_awaited(self, one: Procuration) -> bool:
        is_held = one.held_until_paper and one.status is Status.ESTABLISHED
        return is_held and one.last_day >= one.commune.local_day(self.at)

    def _days(self, chosen: set[int]) -> tuple[date, ...]:
        coming = [day for day in self.laws if day >= self._today()]
        return tuple(coming[n] for n in sorted(chosen) if n < len(coming))

    @rule(name=st.sampled_from(sorted(OF_ELECTORS)), which=st.integers(0, 30))
    def an_elector_acts(self, name: str, which: int) -> None:
        self._act(name, which)

    @rule(name=st.sampled_from(sorted(OF_OFFICERS)), which=st.integers(0, 30))
    def an_officer_acts(self, name: str, which: int) -> None:
        self._act(name, which)

    @rule(name=st.sampled_from(sorted(OF_CLERKS)), which=st.integers(0, 30))
    def a_clerk_acts(self, name: str, which: int) -> None:
        self._act(name, which)

    @rule(which=st.integers(0, 30))
    def act_in_vain(self, which: int) -> None:
        """By who may not, or from a status that does not allow it: it changes nothing, and says so."""
        for one in self._one_of(which, Status):
            out_of_turn = [act for act, from_ in ACTS.values() if not is_ready(one, from_)]
            for error, acts in ((NotHabilitated, FORBIDDEN.values()), (DomainError, out_of_turn)):
                self._are_refused(error, acts, one)

    @rule(
        present=st.sets(st.sampled_from([*MANDANTS, *SPELLINGS[::2]])),
        commune=st.sampled_from([LAON, BRUSSELS]),
        knows_armelle=st.booleans(),
    )
    def import_a_roll(self, present: set[Identity], commune: str, knows_armelle: bool) -> None:
        """Another edition; whoever it names is counted under that name a few minutes later."""
        if knows_armelle:
            self._give_to_armelle()
            a_roll_of(*present, ARMELLE, usual_name=USUAL_NAME, commune=commune)
        else:
            a_roll(*present, commune=commune)
        self._name_again()
        here = [one for one in procurations() if one.status in IN_FORCE and one.mandataire_commune_code == commune]
        assert not (
            knows_armelle and any(is_by_usual_name_alone(one) and one.last_day >= self._today() for one in here)
        )

    def _give_to_armelle(self) -> None:
        """One more under her usual name, when its law lets it be: the roll that comes has something to tell."""
        who = len(procurations()) % len(MANDANTS)
        self.file(who, WRITTEN[0], set(), replaces=False)
        self._pass_time()
        (filed,) = [one for one in procurations() if one.submission_key == f"key-{self.world.demandes}"]
        self._is_done(ACTS["establish"][0], filed)

    @rule(days=st.sampled_from([1, 1, 2, 5, 20, 60, 200]), hour=st.integers(0, 23))
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

    def _act(self, name: str, which: int) -> None:
        """Done, or refused by the law or for want of a note, and then nothing has changed.

        When there is nothing to do it on, somebody files a demande, or an officer establishes one.
        """
        function, from_ = ACTS[name]
        if not self._is_any({Status.SUBMITTED}):
            self.file(which % len(MANDANTS), WRITTEN[which % len(WRITTEN)], {which % 4}, replaces=False)
        if not self._is_any(from_):
            self._act("establish", which)
        for one in self._one_of(which, from_):
            everything, laws = footprint(), laws_of(one, self.laws, self._today())
            was_held = one.is_held
            if self._is_done(function, one):
                assert footprint() != everything
                assert not (was_held and name in OF_CLERKS)
                assert all(getattr(law, ONLY_WHERE[name]) for law in laws if name in ONLY_WHERE)
                self.addresses |= {one.id: NEW_ADDRESS} if name == "correct the e-mail" else {}
            else:
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
