"""Threads that carry work out: how many at once, for how long they hold it, and how they end."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, current_thread

from domain.connections.model import Connection
from domain.errors import Unavailable
from domain.sync.model import Cursor, Resource, Run, RunStatus
from domain.sync.run import Runner
from domain.sync.steps import Step, nothing, one_by_one
from entrypoints.logs import bound_ids
from entrypoints.scheduler.workers import Workers, unless_away
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import DE, JP, without_reports
from tests.fakes.world import World

PATIENCE = 5.0


@dataclass
class GatedPuller:
    """Fetches nothing until its gate opens, and is done after ``pages``; remembers who came, in which thread."""

    gate: Event = field(default_factory=Event)
    pages: int = 1
    threads: list[str] = field(default_factory=list)
    ids: list[dict[str, str]] = field(default_factory=list)

    def steps(self, connection: Connection, cursor: Cursor, now: Callable[[], datetime]) -> Iterator[Step]:
        return one_by_one(cursor, self._step)

    def _step(self, cursor: Cursor) -> Step:
        self.threads.append(current_thread().name)
        self.ids.append(bound_ids())
        assert self.gate.wait(PATIENCE)
        number = int(str(cursor.get("step", 0))) + 1
        return Step({"step": number}, 1, nothing, finished=number >= self.pages)

    def after_failure(self, cursor: Cursor, error: Exception) -> Cursor:
        return cursor


class Yard:
    """Three connections with two due resources each, and workers to do them."""

    def __init__(self, places: int, steps: int = 1) -> None:
        self.world = World()
        for marketplace_id, seller_id in (("ATVPDKIKX0DER", "S1"), (DE, "S2"), (JP, "S3")):
            self.world.connect(self.world.user, marketplace_id, seller_id=seller_id)
        without_reports(self.world.store)
        self.puller = GatedPuller(pages=steps)
        self.stopping = Event()
        services = self.world.services
        self.runner: Runner = replace(services.runner, pullers=dict.fromkeys(Resource, self.puller))
        self.workers = Workers(services.shift, self.runner, places, self.stopping, beat_seconds=0)

    def runs(self, status: RunStatus) -> list[Run]:
        return [run for run in self.world.store.tables.runs.values() if run.status is status]

    def leases(self) -> list[datetime]:
        return [row.lease_until for row in self.world.store.tables.resources.values() if row.lease_owner]


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it comes to be so, before patience runs out."""
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.005)
    return is_so()


def test_only_as_much_is_taken_as_there_are_places():
    yard = Yard(places=4)

    yard.workers.tick()

    assert eventually(lambda: len(yard.puller.threads) == 4)
    assert len(yard.runs(RunStatus.RUNNING)) == 4
    yard.puller.gate.set()
    assert yard.workers.wait(PATIENCE)


def test_a_full_house_takes_nothing_more():
    yard = Yard(places=4)
    yard.workers.tick()

    yard.workers.tick()

    assert len(yard.runs(RunStatus.RUNNING)) == 4
    yard.puller.gate.set()
    assert yard.workers.wait(PATIENCE)


def test_a_place_that_has_become_free_is_filled_with_the_next_tick():
    yard = Yard(places=4)
    yard.workers.tick()
    yard.puller.gate.set()
    yard.workers.wait(PATIENCE)

    yard.workers.tick()

    assert yard.workers.wait(PATIENCE)
    assert len(yard.runs(RunStatus.SUCCEEDED)) == 6


def test_each_run_has_a_thread_of_its_own_that_is_named_after_it():
    yard = Yard(places=6)
    yard.puller.gate.set()

    yard.workers.tick()

    assert yard.workers.wait(PATIENCE)
    assert sorted(yard.puller.threads) == sorted(f"run-{run.id}" for run in yard.runs(RunStatus.SUCCEEDED))


def test_leases_of_work_under_way_are_prolonged():
    yard = Yard(places=2)
    yard.workers.tick()
    before = yard.leases()
    yard.world.clock.advance(timedelta(seconds=10))

    yard.workers.tick()

    assert yard.leases() == [until + timedelta(seconds=10) for until in before]
    yard.puller.gate.set()
    assert yard.workers.wait(PATIENCE)


def test_nobody_else_gets_work_whose_lease_is_prolonged_in_time():
    yard = Yard(places=6)
    yard.workers.tick()
    for _ in range(5):
        yard.world.clock.advance(timedelta(seconds=10))
        yard.workers.tick()

    taken = replace(yard.world.services.shift, owner="another process").claim(100)

    assert taken == []
    yard.puller.gate.set()
    assert yard.workers.wait(PATIENCE)
    assert len(yard.runs(RunStatus.SUCCEEDED)) == 6


def test_leases_are_left_alone_between_two_beats():
    yard = Yard(places=2)
    workers = Workers(yard.world.services.shift, yard.runner, 2, yard.stopping, beat_seconds=3600)
    workers.tick()
    before = yard.leases()
    yard.world.clock.advance(timedelta(seconds=10))

    workers.tick()

    assert yard.leases() == before
    yard.puller.gate.set()
    assert workers.wait(PATIENCE)


def test_who_is_asked_to_stop_finishes_the_page_and_gives_the_rest_back():
    yard = Yard(places=6, steps=100)
    yard.workers.tick()
    assert eventually(lambda: len(yard.puller.threads) == 6)

    yard.stopping.set()
    yard.puller.gate.set()

    assert yard.workers.wait(PATIENCE)
    queued = yard.runs(RunStatus.QUEUED)
    assert [run.progress.pages for run in queued] == [1] * 6
    assert yard.leases() == []


def test_another_process_goes_on_at_once_where_the_first_one_stopped():
    yard = Yard(places=6, steps=2)
    yard.workers.tick()
    assert eventually(lambda: len(yard.puller.threads) == 6)
    yard.stopping.set()
    yard.puller.gate.set()
    yard.workers.wait(PATIENCE)

    others = Workers(replace(yard.world.services.shift, owner="another process"), yard.runner, 6, Event())
    others.tick()

    assert others.wait(PATIENCE)
    assert [run.progress.pages for run in yard.runs(RunStatus.SUCCEEDED)] == [2] * 6


def test_who_is_stopping_takes_nothing_new():
    yard = Yard(places=6)
    yard.stopping.set()

    yard.workers.tick()

    assert yard.workers.wait(PATIENCE)
    assert yard.world.store.tables.runs == {}


def test_waiting_ends_in_time_and_says_that_somebody_is_still_at_work():
    yard = Yard(places=1)
    yard.workers.tick()

    assert not yard.workers.wait(0.05)
    yard.puller.gate.set()
    assert yard.workers.wait(PATIENCE)


def test_lines_in_the_log_belong_to_their_run():
    yard = Yard(places=6)
    yard.puller.gate.set()

    yard.workers.tick()

    assert yard.workers.wait(PATIENCE)
    assert sorted(yard.puller.ids, key=lambda ids: ids["run_id"]) == [
        {
            "run_id": str(run.id),
            "connection_id": str(run.connection_id),
            "user_id": str(yard.world.user.id),
        }
        for run in sorted(yard.runs(RunStatus.SUCCEEDED), key=lambda run: str(run.id))
    ]


def test_a_failing_tick_is_logged_and_the_next_one_works(caplog):
    yard = Yard(places=6)
    yard.puller.gate.set()
    trouble = [Unavailable("The database is away.")]

    def work() -> MemoryWork:
        if trouble:
            raise trouble.pop()
        return yard.world.work()

    workers = Workers(replace(yard.world.services.shift, work=work), yard.runner, 6, yard.stopping)
    job = unless_away(workers.tick)

    job()
    before = list(yard.puller.threads)
    job()

    assert workers.wait(PATIENCE)
    assert (before, len(yard.runs(RunStatus.SUCCEEDED))) == ([], 6)
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [Unavailable]


def test_work_that_no_thread_can_be_had_for_is_left_to_others():
    yard = Yard(places=1)
    usual = threading.stack_size(1 << 46)  # more than any machine has: no thread can be started
    try:
        unless_away(yard.workers.tick)()
    finally:
        threading.stack_size(usual)
    (lost,) = yard.leases()

    yard.puller.gate.set()
    yard.workers.tick()  # the place is free again

    assert eventually(lambda: len(yard.runs(RunStatus.SUCCEEDED)) == 1)
    assert yard.leases() == [lost]  # and nobody prolongs it


def test_who_is_asked_to_end_while_it_takes_work_gives_that_back_too():
    yard = Yard(places=1)
    yard.puller.gate.set()
    claiming, claimable = Event(), Event()

    def slow_work() -> MemoryWork:
        claiming.set()
        assert claimable.wait(PATIENCE)
        return MemoryWork(yard.world.store)

    shift = replace(yard.world.services.shift, work=slow_work)
    workers = Workers(shift, yard.runner, 1, yard.stopping)
    tick = threading.Thread(target=workers.tick)
    tick.start()
    assert claiming.wait(PATIENCE)

    yard.stopping.set()
    threading.Timer(0.1, claimable.set).start()
    ended = workers.wait(PATIENCE)

    assert (ended, claimable.is_set(), yard.leases()) == (True, True, [])
    tick.join()


def test_while_more_is_due_than_there_is_place_for_a_free_place_waits_for_no_tick():
    yard = Yard(places=1)
    yard.puller.gate.set()

    yard.workers.tick()

    assert eventually(lambda: len(yard.runs(RunStatus.SUCCEEDED)) == 6)
    assert yard.workers.wait(PATIENCE)


def test_who_has_no_more_to_do_does_not_look_for_it_before_the_next_tick():
    yard = Yard(places=7)
    yard.puller.gate.set()
    looks = []

    def work() -> MemoryWork:
        looks.append(1)
        return yard.world.work()

    workers = Workers(replace(yard.world.services.shift, work=work), yard.runner, 7, yard.stopping)
    workers.tick()

    assert workers.wait(PATIENCE)
    assert len(looks) == 1
