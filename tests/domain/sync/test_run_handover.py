"""Runs whose seller has gone, whose lease is lost, or whose process has to leave."""

from datetime import timedelta

import pytest

from domain.connections.model import ConnectionStatus, Failure
from domain.errors import (
    RateLimited,
    ReauthorizationRequired,
    Unavailable,
    UpstreamFailed,
    UsagePlanEmpty,
)
from domain.sync.model import Resource, RunStatus
from domain.sync.ports import SyncWork
from tests.domain.sync.bench import Bench
from tests.fakes.things import NOW, an_item, an_order


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.amazon.orders.orders = [an_order(f"O-{number}", an_item()) for number in range(5)]
    bench.amazon.orders.page_size = 2
    return bench


def test_a_revoked_grant_stops_everything_and_asks_for_the_seller(bench: Bench) -> None:
    bench.amazon.orders.trouble.append(ReauthorizationRequired("invalid_grant"))

    task = bench.sync()

    run = bench.run(task)
    assert bench.kept.status is ConnectionStatus.REAUTHORIZATION_REQUIRED
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert run.error.code == "amazon_reauthorization_required"
    assert bench.row().next_run_at is None


def test_a_revoked_grant_is_told_for_each_run_that_it_ended(bench: Bench) -> None:
    bench.amazon.orders.trouble.extend([None, ReauthorizationRequired("invalid_grant")])
    waiting = bench.claim(Resource.INVENTORY)
    bench.amazon.stock.trouble.append(UsagePlanEmpty("plan", NOW + timedelta(hours=1)))
    bench.runner().run(waiting, bench.stopping)
    bench.clock.advance(timedelta(minutes=6))  # the orders' lease, claimed along with it, runs out

    task = bench.sync()

    *_, stock, orders, connection = bench.events
    assert [(event.kind, event.data["run_id"]) for event in (stock, orders)] == [
        ("sync.failed", str(waiting.run.id)),
        ("sync.failed", str(task.run.id)),
    ]
    assert (stock.data["pages"], orders.data["pages"], orders.data["records"]) == (0, 1, 2)
    assert connection.data["status"] == "reauthorization_required"


def test_a_seller_who_came_back_meanwhile_is_not_revoked_again(bench: Bench) -> None:
    task = bench.claim()
    with bench.work() as work:
        # Another worker found the grant revoked; then the seller renewed it.
        work.sync.stop(bench.connection.id, Failure("amazon_reauthorization_required", "gone", NOW))
        work.sync.ensure(bench.connection.id, bench.user.id, (Resource.ORDERS,), NOW)
        work.commit()
    bench.amazon.orders.trouble.append(ReauthorizationRequired("the old grant"))

    bench.runner().run(task, bench.stopping)

    assert bench.kept.status is ConnectionStatus.CONNECTED
    assert bench.row().next_run_at == NOW


def test_a_connection_that_was_erased_ends_its_run_in_silence(bench: Bench) -> None:
    task = bench.claim()
    bench.store.tables.connections.clear()
    bench.store.tables.resources.clear()

    bench.runner().run(task, bench.stopping)

    assert bench.events == []


# Lease lost, process leaving


def test_a_lost_lease_drops_the_page_in_hand(bench: Bench) -> None:
    task = bench.claim()
    bench.clock.advance(timedelta(minutes=6))
    newer = bench.claim(owner="worker-2")

    bench.runner().run(task, bench.stopping)

    assert bench.store.tables.orders == {}
    assert bench.events == []
    assert (bench.row().lease_owner, bench.row().lease_epoch) == ("worker-2", newer.lease.epoch)
    assert bench.run(newer).status is RunStatus.RUNNING


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFailed("503"),
        UsagePlanEmpty("plan", NOW + timedelta(hours=1)),
        RateLimited("plan", 3600.0),
        Unavailable("leaving"),
        ReauthorizationRequired("gone"),
    ],
)
def test_whatever_befalls_a_lost_lease_changes_nothing(bench: Bench, error: Exception) -> None:
    task = bench.claim()
    bench.clock.advance(timedelta(minutes=6))
    bench.claim(owner="worker-2")
    before = bench.store.tables
    bench.amazon.orders.trouble.append(error)

    bench.runner().run(task, bench.stopping)

    assert bench.store.tables == before


def test_a_lease_lost_in_the_middle_keeps_the_pages_before(bench: Bench) -> None:
    task = bench.claim()

    def stolen() -> bool:
        if len(bench.store.tables.orders) == 2 and bench.row().lease_owner == "worker-1":
            bench.clock.advance(timedelta(minutes=6))
            bench.claim(owner="worker-2")
        return False

    bench.runner().run(task, stolen)

    assert len(bench.store.tables.orders) == 2
    assert bench.row().lease_owner == "worker-2"


def test_a_run_prolongs_its_lease_with_every_page(bench: Bench) -> None:
    leases = []

    def slow() -> bool:
        leases.append(bench.row().lease_until)
        bench.clock.advance(timedelta(minutes=4))
        return False

    bench.runner().run(bench.claim(), slow)

    assert leases == [NOW + timedelta(minutes=minutes) for minutes in (5, 9, 13)]


def test_a_leaving_process_hands_the_run_over(bench: Bench) -> None:
    bench.stop_after = 2

    task = bench.sync()

    row, run = bench.row(), bench.run(task)
    assert (run.status, run.progress.pages) == (RunStatus.QUEUED, 2)
    assert (row.lease_owner, row.next_run_at) == (None, NOW)


def test_the_next_process_goes_on_at_once(bench: Bench) -> None:
    bench.stop_after = 2
    first = bench.sync()
    bench.stop_after = None

    second = bench.sync()

    assert (second.run.id, bench.run(second).status) == (first.run.id, RunStatus.SUCCEEDED)
    assert [token for _window, token in bench.amazon.orders.asked] == [None, "page:2", "page:3"]


def test_a_wait_that_is_cut_short_hands_the_run_over(bench: Bench) -> None:
    bench.amazon.orders.trouble.append(Unavailable("Portside is stopping."))

    task = bench.sync()

    assert bench.run(task).status is RunStatus.QUEUED
    assert bench.row().failures == 0


def test_a_page_that_the_database_cannot_keep_now_is_not_fetched_again_at_once(bench: Bench) -> None:
    bench.amazon.orders.trouble.append(Unavailable("The database can't do this at the moment."))

    bench.sync()

    due = bench.row().next_run_at
    assert due is not None
    assert timedelta(seconds=5) <= due - NOW <= timedelta(seconds=30)


def test_a_database_that_is_away_takes_no_worker_along(bench: Bench) -> None:
    def away() -> SyncWork:
        raise Unavailable("The database is away.")

    task = bench.claim()

    bench.runner(work=away).run(task, bench.stopping)

    assert bench.row().lease_until == NOW + timedelta(minutes=5)  # it runs out by itself
