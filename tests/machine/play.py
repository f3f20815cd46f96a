"""What is played with, what must hold after each step, and how one act is tried."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, timedelta

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant

from app.dates import now
from models import settlement
from models.base import db
from models.errors import DomainError
from models.outbox import MailKind
from models.procuration import Procuration, Source, Status
from tests.builders import LAON, World
from tests.machine.acts import ACTS, IN_FORCE, NEW_ADDRESS, ONLY_WHERE, Act, Cast
from tests.machine.seen import (
    DayLaw,
    beyond_a_ceiling,
    entries,
    footprint,
    laws_of,
    mails,
    persons_left,
    procurations,
    sent,
    statuses,
)
from tests.machine.told import mails_by, statuses_by

OPEN = {Status.SUBMITTED, *IN_FORCE}


class Play(RuleBasedStateMachine):
    """The state of one play: its clock, the law of each day called, each mandant's address, and what was seen."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.cast, self.at, self.seen = world, Cast.of(world), now(), 0
        self.home = world.commune(LAON)
        self.laws: dict[date, DayLaw] = {}
        self.addresses: dict[int, str] = {}
        self.ended: dict[int, Status] = {}
        self.told_again: Counter[tuple[int, MailKind]] = Counter()

    @invariant()
    def the_journal_alone_explains_every_status(self) -> None:
        assert statuses_by(entries()) == statuses()

    @invariant()
    def no_terminal_status_is_left(self) -> None:
        present = statuses()
        assert {id_: present[id_] for id_ in self.ended} == self.ended
        self.ended = {id_: status for id_, status in present.items() if status not in OPEN}

    @invariant()
    def nobody_holds_more_than_the_ceiling(self) -> None:
        today = self._today()
        for day in {today, *(day for day in self.laws if day > today)}:
            assert beyond_a_ceiling(day, self.laws.get(day, DayLaw())) == []

    @invariant()
    def every_transition_is_told_once_to_its_mandant(self) -> None:
        on_paper = {p.id for p in procurations() if p.source is Source.PAPER}
        assert sent() == mails_by(entries(), without_address=on_paper) + self.told_again
        new = mails()[self.seen :]
        self.seen += len(new)
        assert all(mail.facts is None or mail.facts["to"] == self.addresses[mail.procuration_id] for mail in new)

    @invariant()
    def a_purged_row_names_nobody(self) -> None:
        assert list(persons_left()) == []

    def _today(self) -> date:
        return self.home.local_day(self.at)

    def _pass_time(self) -> None:
        self.at += timedelta(seconds=1)

    def _one_of(self, which: int, from_: Collection[Status]) -> Iterator[Procuration]:
        """A row in one of these statuses, if any, a moment later; nobody can open one that is purged."""
        self._pass_time()
        if there := [one for one in procurations() if one.purged_at is None and one.status in from_]:
            yield there[which % len(there)]

    def _is_refused(self, error: type[DomainError], act: Act, one: Procuration) -> None:
        everything = footprint()
        with pytest.raises(error):
            act(one, self.cast, self.at)
        db.session.rollback()
        assert footprint() == everything

    def _is_done(self, act: Act, one: Procuration) -> bool:
        """Commit the act, or undo it when the law or a missing note forbids it."""
        try:
            act(one, self.cast, self.at)
        except DomainError:
            db.session.rollback()
            return False
        db.session.commit()
        return True

    def _control_again(self, one: Procuration) -> None:
        """The mandant is told when what fails is not what was known."""
        self._pass_time()
        known = one.findings
        settlement.recontrol(one, now=self.at)
        db.session.commit()
        fails = any(finding["outcome"] == "failed" for finding in one.findings or ())
        if one.status in IN_FORCE and fails and one.findings != known:
            self.told_again[one.id, MailKind.RECONTROLLED] += 1

    def _act(self, name: str, which: int) -> None:
        """Done, or refused by the law or for want of a note, and then nothing has changed."""
        function, from_ = ACTS[name]
        for one in self._one_of(which, from_):
            everything, laws = footprint(), laws_of(one, self.laws, self._today())
            if self._is_done(function, one):
                assert footprint() != everything
                assert all(getattr(law, ONLY_WHERE[name]) for law in laws if name in ONLY_WHERE)
                self.addresses |= {one.id: NEW_ADDRESS} if name == "correct the e-mail" else {}
            else:
                assert footprint() == everything
