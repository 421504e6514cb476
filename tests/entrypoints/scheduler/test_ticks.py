"""The clock of a process: it ticks by itself, until it is stopped."""

import time
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from threading import enumerate as all_threads

import pytest

from domain.credentials.notices import ClientNotices
from domain.errors import NotConfigured
from domain.sync.model import RunStatus
from entrypoints.http.app import create_operations_app
from entrypoints.main import set_to_work
from entrypoints.scheduler.ticks import Scheduler
from entrypoints.scheduler.workers import heard
from tests.fakes.notifications import MemoryQueue
from tests.fakes.things import without_reports
from tests.fakes.world import World

PATIENCE = 8.0


@pytest.fixture
def scheduler(world):
    scheduler = Scheduler(world.services, 4, world.stopping)
    yield scheduler
    scheduler.stop()


def statuses(world: World) -> set[RunStatus]:
    return {run.status for run in world.store.tables.runs.values()}


def test_due_work_is_done_without_anybody_asking(world, scheduler):
    world.connect(world.user)
    without_reports(world.store)

    scheduler.start()

    deadline = time.monotonic() + PATIENCE
    while statuses(world) != {RunStatus.SUCCEEDED} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert scheduler.running
    assert len(world.store.tables.runs) == 2
    assert statuses(world) == {RunStatus.SUCCEEDED}


def test_a_queue_of_notifications_is_read_from_the_start(world):
    queue = MemoryQueue()
    queue.put('{"NotificationType": "ORDER_CHANGE"}')
    notices = ClientNotices(queue, world.work, world.services.credentials.shelf, world.clock)
    scheduler = Scheduler(replace(world.services, notices=notices), 1, world.stopping)

    scheduler.start()

    deadline = time.monotonic() + PATIENCE
    while queue.waiting and time.monotonic() < deadline:
        time.sleep(0.02)
    scheduler.stop()
    assert queue.waiting == {}


def test_a_queue_that_cannot_be_read_is_one_line_in_the_log(caplog):
    def take() -> None:
        raise NotConfigured("The queue does not exist.", ("AMAZON_NOTIFICATIONS_QUEUE_URL",))

    heard(take)()

    assert [record.getMessage() for record in caplog.records] == [
        "the notifications queue could not be read: The queue does not exist."
    ]
    assert caplog.records[0].exc_info is None


def test_a_scheduler_that_was_not_started_does_not_run_and_may_be_stopped(world, scheduler):
    scheduler.stop()

    assert not scheduler.running
    assert not world.stopping.is_set()


def test_stopping_asks_everything_to_end_and_leaves_no_thread_behind(world, scheduler):
    before = set(all_threads())
    scheduler.start()

    scheduler.stop()

    assert not scheduler.running
    assert world.stopping.is_set()
    assert [thread for thread in all_threads() if thread not in before and thread.is_alive()] == []


def test_stopping_twice_is_no_error(world, scheduler):
    scheduler.start()
    scheduler.stop()

    scheduler.stop()

    assert not scheduler.running


@dataclass
class SlowMetering:
    """Takes its time to write down what was counted."""

    written: Event = field(default_factory=Event)

    def flush(self) -> None:
        time.sleep(0.2)
        self.written.set()


def test_who_stops_it_while_another_one_does_waits_until_it_has_stopped(world):
    metering = SlowMetering()
    scheduler = Scheduler(replace(world.services, metering=metering), 1, world.stopping)
    scheduler.start()
    first = Thread(target=scheduler.stop)
    first.start()
    assert world.stopping.wait(PATIENCE)

    scheduler.stop()

    assert metering.written.is_set()
    first.join(PATIENCE)


def test_it_stops_with_the_process_saying_farewell_beside_requests_that_are_still_answered(world, scheduler):
    app = create_operations_app(world.services, world.settings)
    set_to_work(app, scheduler)
    running = scheduler.running

    app.extensions["portside_farewell"]()

    assert running
    assert not scheduler.running
    assert world.stopping.is_set()
