"""One run: page by page, until it ends, waits, fails, or has to leave."""

from datetime import timedelta

import pytest

from domain.connections.model import ConnectionStatus, Failure
from domain.errors import (
    AccessDenied,
    KeyUnavailable,
    NotConfigured,
    NotFound,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.sync.model import Progress, Resource, RunStatus
from domain.sync.ports import SyncWork
from domain.sync.schedule import next_run, phase
from tests.domain.sync.bench import INTERVAL, Bench
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_level, an_item, an_order


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.amazon.orders.orders = [an_order(f"O-{number}", an_item()) for number in range(5)]
    bench.amazon.orders.page_size = 2
    return bench


# Ending well


def test_a_run_keeps_every_page_and_succeeds(bench: Bench) -> None:
    task = bench.sync()

    run = bench.run(task)
    assert len(bench.store.tables.orders) == 5
    assert (run.status, run.progress) == (RunStatus.SUCCEEDED, Progress(3, 5, 5, changed=5))
    assert (run.started_at, run.finished_at, run.error) == (NOW, NOW, None)


def test_after_a_success_the_next_run_is_due_within_the_interval_at_the_sellers_own_place(
    bench: Bench,
) -> None:
    bench.sync()

    row = bench.row()
    own = next_run(NOW, INTERVAL, phase(bench.connection.id, Resource.ORDERS))
    assert (row.next_run_at, row.lease_owner, row.failures) == (own, None, 0)
    assert (row.synced_at, row.complete_until) == (NOW, NOW - timedelta(minutes=3))


def test_stock_is_synced_the_same_way(bench: Bench) -> None:
    bench.amazon.stock.levels = {bench.connection.marketplace_id: [a_level("A"), a_level("B")]}

    task = bench.sync(Resource.INVENTORY)

    assert bench.run(task).status is RunStatus.SUCCEEDED
    assert len(bench.store.tables.stock) == 2


def test_every_page_is_told_and_so_is_the_end(bench: Bench) -> None:
    task = bench.sync()

    assert [event.kind for event in bench.events] == ["sync.progress", "sync.progress", "sync.completed"]
    assert bench.events[-1].data == {
        "run_id": str(task.run.id),
        "connection_id": str(bench.connection.id),
        "resource": "orders",
        "pages": 3,
        "records": 5,
        "total_estimate": 5,
    }


def test_a_success_is_noted_on_the_connection(bench: Bench) -> None:
    bench.sync()

    assert (bench.kept.last_used_at, bench.kept.last_synced_at) == (NOW, NOW)


def test_a_success_heals_a_degraded_connection(bench: Bench) -> None:
    with bench.work() as work:
        work.connections.degraded(bench.connection.id, Failure("amazon_error", "x", NOW))
        work.commit()

    bench.sync()

    assert (bench.kept.status, bench.kept.last_error) == (ConnectionStatus.CONNECTED, None)


def test_a_connection_stays_degraded_while_its_other_resource_fails(bench: Bench) -> None:
    bench.amazon.stock.trouble.append(UpstreamFailed("503"))
    stock = bench.claim(Resource.INVENTORY)
    bench.runner().run(stock, bench.stopping)
    bench.clock.advance(timedelta(minutes=6))  # the orders' lease, claimed along with it, runs out

    bench.sync()

    assert bench.kept.status is ConnectionStatus.DEGRADED


def test_orders_ask_for_the_marketplaces_once_a_day(bench: Bench) -> None:
    bench.clock.advance(timedelta(days=1))

    bench.sync()

    assert bench.amazon.accounts.asked == 1


# Waiting


@pytest.mark.parametrize(
    ("error", "until"),
    [
        (UsagePlanEmpty("plan", NOW + timedelta(seconds=90)), NOW + timedelta(seconds=90)),
        (RateLimited("LWA", retry_after=30.0), NOW + timedelta(seconds=30)),
    ],
)
def test_an_empty_plan_parks_the_run_and_frees_the_worker(
    bench: Bench, error: PortsideError, until: object
) -> None:
    bench.amazon.orders.trouble.extend([None, error])

    task = bench.sync()

    run, row = bench.run(task), bench.row()
    assert (run.status, run.waiting_until, row.next_run_at) == (RunStatus.WAITING, until, until)
    assert (row.lease_owner, run.progress.pages) == (None, 1)
    assert bench.kept.status is ConnectionStatus.CONNECTED


def test_a_parked_run_goes_on_where_it_stopped(bench: Bench) -> None:
    bench.amazon.orders.trouble.extend([None, UsagePlanEmpty("plan", NOW + timedelta(seconds=90))])
    first = bench.sync()
    bench.clock.advance(timedelta(seconds=90))

    second = bench.sync()

    assert second.run.id == first.run.id
    assert [token for _window, token in bench.amazon.orders.asked] == [None, "page:2", "page:2", "page:3"]
    assert bench.run(second).progress == Progress(3, 5, 5, changed=5)
    assert len({window for window, _token in bench.amazon.orders.asked}) == 1


# Failing


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamFailed("503", request_id="r-1"), "amazon_error"),
        (UpstreamRefused("400", request_id="r-1"), "amazon_error"),
        (UpstreamTimedOut("slow", request_id="r-1"), "amazon_timeout"),
        (AccessDenied("role", request_id="r-1"), "amazon_access_denied"),
        (NotFound("404"), "amazon_error"),
        (NotConfigured("client", ("X",)), "configuration_error"),
        (KeyUnavailable("key"), "configuration_error"),
        (ZeroDivisionError("a secret cause"), "internal_error"),
    ],
)
def test_a_failure_ends_the_run_and_degrades_the_connection(
    bench: Bench, error: Exception, code: str
) -> None:
    bench.amazon.orders.trouble.append(error)

    task = bench.sync()

    run, row = bench.run(task), bench.row()
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert (run.error.code, run.error.at) == (code, NOW)
    assert "secret cause" not in run.error.message
    assert run.error.request_id == getattr(error, "request_id", None)
    assert (row.failures, row.lease_owner) == (1, None)
    assert (bench.kept.status, bench.kept.last_error) == (ConnectionStatus.DEGRADED, run.error)
    assert bench.events[-1].kind == "sync.failed"


def test_failures_are_repeated_later_and_later(bench: Bench) -> None:
    waits = []
    for _ in range(8):
        bench.amazon.orders.trouble.append(UpstreamFailed("503"))
        before = bench.clock.now()
        bench.sync()
        due = bench.row().next_run_at
        assert due is not None
        waits.append((due - before).total_seconds() / 60 / 1.05)
        bench.clock.set(due)

    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])


def test_a_failure_keeps_the_pages_before_it(bench: Bench) -> None:
    bench.amazon.orders.trouble.extend([None, UpstreamFailed("503")])
    bench.sync()
    bench.clock.advance(timedelta(minutes=2))

    again = bench.sync()

    assert [token for _window, token in bench.amazon.orders.asked] == [None, "page:2", "page:2", "page:3"]
    assert bench.run(again).status is RunStatus.SUCCEEDED
    assert len(bench.store.tables.orders) == 5


def test_a_failure_tells_how_far_the_run_came(bench: Bench) -> None:
    bench.amazon.orders.trouble.extend([None, UpstreamFailed("503")])

    bench.sync()

    assert (bench.events[-1].data["pages"], bench.events[-1].data["records"]) == (1, 2)


class BreakingWork(MemoryWork):
    """A transaction that a defect of ours ends just before its commit."""

    def commit(self) -> None:
        raise ArithmeticError("a total that no column holds")


def test_a_page_that_could_not_be_kept_is_fetched_again(bench: Bench) -> None:
    works = iter([bench.work, lambda: BreakingWork(bench.store)])

    def work() -> SyncWork:
        return next(works, bench.work)()

    task = bench.claim()
    bench.runner(work=work).run(task, bench.stopping)
    bench.clock.advance(timedelta(minutes=2))

    again = bench.sync()

    assert bench.run(task).status is RunStatus.FAILED
    assert bench.run(again).status is RunStatus.SUCCEEDED
    assert sorted(order_id for _connection, order_id in bench.store.tables.orders) == [
        "O-0",
        "O-1",
        "O-2",
        "O-3",
        "O-4",
    ]


def test_a_defect_of_ours_is_in_the_log_with_its_cause(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.amazon.orders.trouble.append(ZeroDivisionError("the cause"))

    bench.sync()

    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert line.exc_info is not None
    assert "the cause" in str(line.exc_info[1])


def test_an_expected_failure_is_one_line_in_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 503."))

    bench.sync()

    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert (line.exc_info, "Amazon answered 503." in line.getMessage()) == (None, True)
