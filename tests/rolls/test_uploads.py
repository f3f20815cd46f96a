"""The worker imports what town halls gave: once, in order, whoever dies meanwhile, and the mail goes on."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.config import Config
from app.dates import now
from app.roll import import_waiting
from app.worker import deliver_forever
from models import roll_upload
from models.account import Account, Role
from models.base import db
from models.errors import NotHabilitated, Unknown
from models.journal import Action
from models.register import CurrentRoll, RollEdition, RollElector, RollUpload, RollUploadPart, UploadState
from models.roll_file import read
from models.roll_import import BATCH, FEW
from models.roll_upload import LEASE, LONGEST_ARRIVAL, MOST_ATTEMPTS, Claimed
from tests.back_office.desks import entries
from tests.builders import LAON, SOISSONS, World
from tests.mail.outbox import the_mail
from tests.page import read as read_page
from tests.rolls.files import a_file, an_elector, many
from tests.rolls.processes import start, wait_until
from tests.sizes import sized

NEVER = threading.Event()


def given(clerk: Account, content: bytes) -> int:
    return roll_upload.receive(read(BytesIO(content), LAON), commune_code=LAON, account=clerk, clock=now)


def the_upload() -> RollUpload:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(RollUpload)).one()


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def names() -> list[str]:
    db.session.rollback()
    current = select(RollElector.birth_name).join(CurrentRoll, CurrentRoll.edition_id == RollElector.edition_id)
    return list(db.session.scalars(current.order_by(RollElector.id)))


def test_what_was_given_comes_back_as_it_was_read(world: World) -> None:
    uncertain = an_elector(date_de_naissance="00/00/1953", nom_d_usage="PETIT")
    given(world.a_clerk(), a_file(an_elector(), uncertain, an_elector(sexe="")))
    assert import_waiting(NEVER) == 1
    lucie, other = db.session.scalars(select(RollElector).order_by(RollElector.id))
    assert (lucie.birth_name, lucie.birth_date.isoformat(), lucie.name_key) == ("D'AUBIGNÉ", "1986-08-28", "daubigne")
    assert (other.birth_date, other.birth_text, other.usual_key) == (None, "00/00/1953", "petit")
    assert the_upload().report == {"kept": 2, "set_aside": 1, "told": [[4, "sex"]]}


def test_a_roll_is_taken_from_a_town_hall_only_and_for_its_own_communes(world: World) -> None:
    with pytest.raises(NotHabilitated):
        given(world.an_account(Role.MINISTRY), a_file())
    with pytest.raises(Unknown):
        given(world.a_clerk(SOISSONS), a_file())
    assert (count(RollUpload), entries()) == (0, [])


def test_two_workers_never_hold_the_same_upload(world: World, app: Flask) -> None:
    clerk = world.a_clerk()
    given(clerk, a_file())
    start_together, held = threading.Barrier(4), list[Claimed]()

    def work() -> None:
        with app.app_context():
            start_together.wait()
            if claimed := roll_upload.claim(now()):
                held.append(claimed)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(held) == 1


def test_the_files_of_a_commune_are_imported_in_the_order_they_came(world: World) -> None:
    clerk = world.a_clerk()
    first = given(clerk, a_file(an_elector(nom_de_naissance="FORMER")))
    given(clerk, a_file(an_elector(nom_de_naissance="NEWER")))
    held = roll_upload.claim(now())
    assert held
    assert held.id == first
    assert roll_upload.claim(now()) is None, "the newer one waits for the older one"
    assert roll_upload.import_claimed(held, clock=now, is_stopped=NEVER.is_set)
    assert import_waiting(NEVER) == 1
    assert names() == ["NEWER"]


@pytest.mark.proof
def test_a_worker_killed_in_the_middle_is_replaced_after_the_lease(world: World, config: Config) -> None:
    size = sized(30_000, 200_000)
    given(world.a_clerk(), a_file(*many(size)))
    killed = start(config, "deliver-mail")
    wait_until(lambda: count(RollElector) > BATCH)
    killed.kill()
    killed.communicate()
    assert the_upload().state is UploadState.RUNNING
    assert 0 < the_upload().rows_read < size
    assert not names()
    assert roll_upload.claim(now()) is None, "still held"
    claimed = roll_upload.claim(now() + LEASE)
    assert claimed
    assert claimed.attempts == 2
    assert roll_upload.import_claimed(claimed, clock=lambda: now() + LEASE, is_stopped=NEVER.is_set)
    assert (count(RollElector), count(RollEdition), count(RollUploadPart)) == (size, 1, 0)
    assert the_upload().state is UploadState.DONE


def test_a_worker_that_was_slow_does_not_undo_what_the_next_one_did(world: World) -> None:
    given(world.a_clerk(), a_file())
    instant = now()
    slow, next_one = roll_upload.claim(instant), roll_upload.claim(instant + LEASE)
    assert slow
    assert next_one
    assert not roll_upload.import_claimed(slow, clock=now, is_stopped=NEVER.is_set)
    assert (count(RollElector), count(RollEdition)) == (0, 0)
    assert roll_upload.import_claimed(next_one, clock=lambda: instant + LEASE, is_stopped=NEVER.is_set)
    assert len(names()) == 1


def test_an_upload_that_kills_its_workers_is_given_up(world: World) -> None:
    given(world.a_clerk(), a_file())
    instant = now()
    for attempt in range(MOST_ATTEMPTS):
        assert roll_upload.claim(instant + LEASE * attempt)
    last = roll_upload.claim(instant + LEASE * MOST_ATTEMPTS)
    assert last
    assert not roll_upload.import_claimed(last, clock=now, is_stopped=NEVER.is_set)
    assert (the_upload().state, the_upload().report) == (UploadState.REFUSED, {"refusal": "not_done", "detail": ""})
    assert entries()[-1].action is Action.ROLL_REFUSED
    assert (count(RollUploadPart), count(RollElector)) == (0, 0)


def test_a_worker_that_is_stopped_gives_the_upload_back_without_counting_it(world: World) -> None:
    given(world.a_clerk(), a_file())
    claimed = roll_upload.claim(now())
    assert claimed
    assert not roll_upload.import_claimed(claimed, clock=now, is_stopped=lambda: True)
    assert (the_upload().state, the_upload().attempts, the_upload().claimed_until) == (UploadState.WAITING, 0, None)
    assert (count(RollElector), count(RollEdition)) == (0, 0)
    assert import_waiting(NEVER) == 1


def test_a_file_whose_arrival_was_cut_is_never_imported_and_goes(world: World) -> None:
    clerk = world.a_clerk()
    given(clerk, a_file())
    upload = the_upload()
    upload.state = UploadState.ARRIVING
    db.session.commit()
    assert import_waiting(NEVER) == 0
    roll_upload.drop_unfinished(now())
    assert count(RollUploadPart) == 1, "it may still be arriving"
    roll_upload.drop_unfinished(now() + LONGEST_ARRIVAL + timedelta(seconds=1))
    assert (count(RollUpload), count(RollUploadPart)) == (0, 0)


def test_the_mail_does_not_wait_for_an_import(world: World, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    given(world.a_clerk(), a_file())
    begun, may_end, stop = threading.Event(), threading.Event(), threading.Event()
    real = roll_upload.import_roll

    def slow(*arguments: object, **options: object) -> object:
        begun.set()
        may_end.wait(60)
        return real(*arguments, **options)

    monkeypatch.setattr(roll_upload, "import_roll", slow)
    worker = threading.Thread(target=deliver_forever, args=(app, stop))
    worker.start()
    try:
        assert begun.wait(60)
        world.submitted()
        wait_until(lambda: the_mail().sent_at is not None)
        assert the_upload().state is UploadState.RUNNING
        may_end.set()
        wait_until(lambda: the_upload().state is UploadState.DONE)
    finally:
        may_end.set()
        stop.set()
        worker.join(60)
    assert not worker.is_alive()


def test_what_would_lose_most_of_the_electors_is_refused_once_and_taken_when_it_is_sent_again(world: World) -> None:
    clerk, short = world.a_clerk(), a_file(*many(FEW // 2 - 1))
    for content, imported, electors in (
        (a_file(*many(FEW)), 1, FEW),
        (short, 0, FEW),
        (short, 1, FEW // 2 - 1),
        (a_file(*many(FEW)), 1, FEW),
        (short, 0, FEW),
    ):
        given(clerk, content)
        assert import_waiting(NEVER) == imported
        assert len(names()) == electors
    last = db.session.scalars(select(func.max(RollUpload.id))).one()
    page = read_page(world.as_agent(clerk).get(f"/admin/roll/upload/?id={last}"))
    assert f"({LAON} : {FEW // 2 - 1} sur {FEW})" in page.text
    assert "Envoyez-le encore une fois" in page.text


@pytest.mark.parametrize(("before", "after"), [(FEW, FEW // 2), (FEW - 1, 1)])
def test_half_of_the_electors_or_most_of_a_few_may_go(world: World, before: int, after: int) -> None:
    clerk = world.a_clerk()
    for size in (before, after):
        given(clerk, a_file(*many(size)))
        assert import_waiting(NEVER) == 1
    assert len(names()) == after
