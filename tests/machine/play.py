"""What is played with, what must hold after each step, and how one act is tried."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant

from app.dates import now
from models import lost_days, recontrol, roll_names
from models.base import db
from models.errors import DomainError
from models.outbox import MailKind
from models.procuration import Procuration, Source, Status
from tests.builders import LAON, World
from tests.machine.acts import ESTABLISHED, IN_FORCE, Act, Cast
from tests.machine.seen import (
    DayLaw,
    beyond_a_ceiling,
    controls,
    entries,
    footprint,
    mails,
    persons_left,
    procurations,
    sent,
    statuses,
    verdicts,
    wrongly_told_of_days,
)
from tests.machine.told import mails_by, statuses_by

OPEN = {Status.SUBMITTED, *IN_FORCE}


def is_ready(one: Procuration, from_: Collection[Status]) -> bool:
    """In one of these statuses; what is in doubt is decided on again, and nobody can open what is purged."""
    return one.purged_at is None and (one.status in from_ or (from_ == ESTABLISHED and one.is_in_doubt))


class Play(RuleBasedStateMachine):
    """The state of one play: its clock, the law of each day called, each mandant's address, and what was seen."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.cast, self.at, self.seen = world, Cast.of(world), now(), 0
        self.home = world.commune(LAON)
        self.called: dict[int, tuple[tuple[date, ...], DayLaw]] = {}
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
        self._read_new_mail()

    @invariant()
    def a_purged_row_names_nobody(self) -> None:
        assert list(persons_left()) == []

    def _read_new_mail(self) -> None:
        new = mails()[self.seen :]
        self.seen += len(new)
        assert all(mail.facts is None or mail.facts["to"] == self.addresses[mail.procuration_id] for mail in new)

    def _today(self) -> date:
        return self.home.local_day(self.at)

    def _pass_time(self) -> None:
        self.at += timedelta(seconds=1)

    def _is_any(self, from_: Collection[Status]) -> bool:
        return any(is_ready(one, from_) for one in procurations())

    def _one_of(self, which: int, from_: Collection[Status]) -> Iterator[Procuration]:
        """A row in one of these statuses, if any, a moment later; nobody can open one that is purged."""
        self._pass_time()
        if there := [one for one in procurations() if is_ready(one, from_)]:
            yield there[which % len(there)]

    def _are_refused(self, error: type[DomainError], acts: Iterable[Act], one: Procuration) -> None:
        everything = footprint()
        for act in acts:
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

    @property
    def laws(self) -> dict[date, DayLaw]:
        """By day, of all its elections together."""
        laws: dict[date, DayLaw] = {}
        for days, law in self.called.values():
            laws |= {day: law.beside(laws.get(day, law)) for day in days}
        return dict(sorted(laws.items()))

    def _control_again(self) -> None:
        """As the worker does, a few minutes after an election was changed; who chose a day that moved is told."""
        self.at += timedelta(minutes=5)
        self._walk(recontrol.walk(self.at), is_of_roll=False)
        for _ in lost_days.walk(self.at):
            db.session.commit()
        db.session.commit()
        assert wrongly_told_of_days(set(self.laws), self.at) == []

    def _name_again(self) -> None:
        """As the worker does, a few minutes after a roll came."""
        self.at += timedelta(minutes=5)
        self._walk(roll_names.walk(self.at), is_of_roll=True)

    def _walk(self, walk: Iterator[int | None], *, is_of_roll: bool) -> None:
        """Step by step; a mandant is told when what fails was not known, of a roll only once somebody has decided."""
        while True:
            before = {one.id: (one.findings, one.status, controls(one)) for one in procurations()}
            if next(walk, db) is db:
                break
            db.session.commit()
            for one in procurations():
                known, status, count = before[one.id]
                fails = any(finding["outcome"] == "failed" for finding in one.findings or ())
                is_told = one.email and not (is_of_roll and status is Status.ESTABLISHED)
                is_new = controls(one) > count and fails and verdicts(one.findings) != verdicts(known)
                if is_told and is_new and one.status in IN_FORCE:
                    self.told_again[one.id, MailKind.RECONTROLLED] += 1
        db.session.commit()
