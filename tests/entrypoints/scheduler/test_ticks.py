"""The clock of a process: it ticks by itself, until it is stopped."""

import time
from threading import enumerate as all_threads

import pytest

from domain.sync.model import RunStatus
from entrypoints.scheduler.ticks import Scheduler
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

    scheduler.start()

    deadline = time.monotonic() + PATIENCE
    while statuses(world) != {RunStatus.SUCCEEDED} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert scheduler.running
    assert len(world.store.tables.runs) == 2
    assert statuses(world) == {RunStatus.SUCCEEDED}


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
