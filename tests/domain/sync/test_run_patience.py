"""How often a resource is asked: less when nothing moves, and not at all when its work can't be done."""

from datetime import datetime, timedelta

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import (
    AccessDenied,
    KeyUnavailable,
    NotConfigured,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnreachable,
    WrongAnswer,
)
from domain.sync.desk import SyncDesk
from domain.sync.model import Resource, RunStatus
from domain.sync.schedule import next_run, phase
from tests.domain.sync.bench import INTERVAL, Bench
from tests.fakes.things import NOW, an_order

ORDERS = Resource.ORDERS


@pytest.fixture
def bench() -> Bench:
    return Bench()


def desk(bench: Bench) -> SyncDesk:
    return SyncDesk(bench.work, bench.look, bench.clock)


def due(bench: Bench) -> datetime:
    at = bench.row().next_run_at
    assert at is not None
    return at


def turns(bench: Bench, number: int) -> list[float]:
    """Sync so many times, each time when it is due; returns the pauses, in intervals."""
    pauses = []
    for _ in range(number):
        bench.sync()
        pauses.append((due(bench) - bench.clock.now()) / INTERVAL)
        bench.clock.set(due(bench))
    return pauses


def fail(bench: Bench, error: Exception, times: int = 1) -> None:
    for _ in range(times):
        bench.amazon.orders.trouble.append(error)
        bench.sync()
        at = bench.row().next_run_at
        if at is not None:
            bench.clock.set(at)


# Quiet sellers


def test_a_quiet_seller_is_asked_less_and_less_often(bench: Bench) -> None:
    turns(bench, 1)

    pauses = turns(bench, 9)

    # What changes the pace goes to the next place in the new one.
    assert (pauses[0], pauses[2:4], pauses[5:]) == (1, [2, 2], [4, 4, 4, 4])
    assert (pauses[1] <= 2, pauses[4] <= 4) == (True, True)
    assert bench.row().quiet == 10


def test_as_soon_as_something_moves_the_seller_is_asked_every_interval_again(bench: Bench) -> None:
    turns(bench, 8)
    bench.amazon.orders.orders = [an_order("O-1", updated_at=bench.clock.now() - timedelta(minutes=5))]

    bench.sync()

    assert bench.row().quiet == 0
    assert due(bench) - bench.clock.now() <= INTERVAL


def test_who_asks_for_a_sync_is_asked_every_interval_again(bench: Bench) -> None:
    turns(bench, 8)
    bench.clock.advance(timedelta(seconds=-30))
    desk(bench).request(bench.user.id, bench.connection.id, [ORDERS])

    bench.sync()

    assert (bench.row().quiet, due(bench) - bench.clock.now() <= INTERVAL) == (1, True)


def test_a_failure_says_nothing_of_how_quiet_a_seller_is(bench: Bench) -> None:
    turns(bench, 4)

    fail(bench, UpstreamFailed("503"))

    assert bench.row().quiet == 4


# Work that can't be done


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("a defect"), UpstreamRefused("400"), WrongAnswer("`orders` is missing")]
)
def test_work_that_fails_of_its_own_again_and_again_is_set_aside(bench: Bench, error: Exception) -> None:
    fail(bench, error, times=7)
    assert bench.row().next_run_at is not None

    fail(bench, error)

    (state,) = (state for state in desk(bench).states(bench.user.id) if state.resource is ORDERS)
    assert (state.next_run_at, state.status) == (None, RunStatus.FAILED)
    assert state.set_aside is not None
    assert (state.set_aside.at, bench.row().set_aside_at) == (bench.clock.now(), bench.clock.now())
    assert bench.kept.status is ConnectionStatus.DEGRADED
    assert bench.kept.last_error == state.set_aside
    assert bench.events[-1].kind == "sync.failed"


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFailed("503"),
        UpstreamUnreachable("no route"),
        UpstreamTimedOut("slow"),
        AccessDenied("role"),
        NotConfigured("client", ("X",)),
        KeyUnavailable("key"),
    ],
)
def test_what_passes_by_itself_or_with_help_is_tried_for_ever(bench: Bench, error: Exception) -> None:
    fail(bench, error, times=12)

    assert bench.row().next_run_at is not None


def test_an_outage_is_no_fault_of_the_work(bench: Bench) -> None:
    fail(bench, UpstreamFailed("503"), times=7)

    fail(bench, UpstreamRefused("400"))

    assert (bench.row().set_aside_at, bench.row().failures, bench.row().faults) == (None, 8, 1)


def test_a_good_run_in_between_begins_the_count_anew(bench: Bench) -> None:
    fail(bench, UpstreamRefused("400"), times=7)
    turns(bench, 1)

    fail(bench, UpstreamRefused("400"), times=7)

    assert bench.row().set_aside_at is None


def test_what_was_set_aside_is_not_worked_on(bench: Bench) -> None:
    fail(bench, UpstreamRefused("400"), times=8)
    bench.clock.advance(timedelta(days=30))

    with bench.work() as work:
        tasks = work.sync.claim(bench.clock.now(), "w", bench.clock.now(), 10)

    assert [task.lease.resource for task in tasks] == [Resource.INVENTORY]


def test_on_demand_what_was_set_aside_is_tried_again_and_heals(bench: Bench) -> None:
    fail(bench, UpstreamRefused("400"), times=8)

    (run,) = desk(bench).request(bench.user.id, bench.connection.id, [ORDERS])
    task = bench.sync()

    assert (task.run.id, bench.run(task).status) == (run.id, RunStatus.SUCCEEDED)
    assert (task.failures, task.faults, bench.row().set_aside_at) == (0, 0, None)
    assert bench.kept.status is ConnectionStatus.CONNECTED


def test_a_trial_on_demand_that_fails_again_begins_the_count_anew(bench: Bench) -> None:
    fail(bench, UpstreamRefused("400"), times=8)
    desk(bench).request(bench.user.id, bench.connection.id, [ORDERS])

    fail(bench, UpstreamRefused("400"))

    assert (bench.row().faults, bench.row().next_run_at is None) == (1, False)


def die(bench: Bench, times: int) -> None:
    """Claim, and never be heard of again."""
    for _ in range(times):
        bench.claim()
        bench.clock.advance(timedelta(minutes=6))


def test_work_that_ends_its_process_each_time_is_set_aside(bench: Bench) -> None:
    die(bench, 4)

    task = bench.sync()

    run = bench.run(task)
    assert run.error is not None
    assert "begun 4 times" in run.error.message
    assert (bench.row().next_run_at, bench.row().set_aside_at) == (None, bench.clock.now())
    assert (bench.kept.status, bench.events[-1].kind) == (ConnectionStatus.DEGRADED, "sync.failed")
    assert bench.amazon.orders.asked == []


def test_work_that_was_cut_short_a_few_times_is_still_tried(bench: Bench) -> None:
    die(bench, 3)

    task = bench.sync()

    assert (task.attempts, bench.run(task).status) == (4, RunStatus.SUCCEEDED)


def test_what_ended_its_processes_is_tried_again_on_demand(bench: Bench) -> None:
    die(bench, 4)
    bench.sync()
    desk(bench).request(bench.user.id, bench.connection.id, [ORDERS])

    task = bench.sync()

    assert (task.attempts, bench.run(task).status) == (1, RunStatus.SUCCEEDED)


def test_a_seller_keeps_the_place_of_its_own_after_an_outage(bench: Bench) -> None:
    place = phase(bench.connection.id, ORDERS)
    fail(bench, UpstreamFailed("503"), times=5)

    bench.sync()

    assert due(bench) == next_run(bench.clock.now(), INTERVAL, place)
    assert bench.clock.now() > NOW
