"""What a runner tells those who count: what became of each turn, after it was kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ReauthorizationRequired, UpstreamFailed, UsagePlanEmpty, WrongAnswer
from domain.sync.model import Lease, Resource
from domain.sync.schedule import ATTEMPTS_AT_MOST, FAULTS_AT_MOST
from tests.domain.sync.bench import Bench
from tests.fakes.things import NOW, an_order


@pytest.fixture
def bench() -> Bench:
    return Bench()


def counted(bench: Bench, **changes: int) -> list[tuple[Resource, str]]:
    """What is told of one turn at the orders."""
    told: list[tuple[Resource, str]] = []
    runner = replace(bench.runner(), ended=lambda resource, outcome: told.append((resource, outcome)))
    task = replace(bench.claim(), **changes)  # type: ignore[arg-type] # callers name fields of Task
    runner.run(task, bench.stopping)
    return told


def test_a_run_of_many_pages_is_told_once(bench: Bench) -> None:
    bench.amazon.orders.orders = [an_order(f"O-{number}") for number in range(5)]
    bench.amazon.orders.page_size = 2

    assert counted(bench) == [(Resource.ORDERS, "succeeded")]


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (UsagePlanEmpty("Empty.", NOW + timedelta(minutes=1)), "waiting"),
        (UpstreamFailed("Amazon answered 500."), "failed"),
        (ReauthorizationRequired("Revoked."), "given_back"),
    ],
)
def test_a_turn_is_told_by_what_became_of_it(bench: Bench, trouble: Exception, outcome: str) -> None:
    bench.amazon.orders.trouble.append(trouble)

    assert counted(bench) == [(Resource.ORDERS, outcome)]


def test_what_is_not_tried_any_more_is_no_mere_failure(bench: Bench) -> None:
    bench.amazon.orders.trouble.append(WrongAnswer("Nonsense."))

    assert counted(bench, faults=FAULTS_AT_MOST - 1) == [(Resource.ORDERS, "set_aside")]


def test_what_was_begun_too_often_is_set_aside(bench: Bench) -> None:
    assert counted(bench, attempts=ATTEMPTS_AT_MOST + 1) == [(Resource.ORDERS, "set_aside")]


def test_a_process_that_leaves_gives_its_turn_back(bench: Bench) -> None:
    bench.stop_after = 0

    assert counted(bench) == [(Resource.ORDERS, "given_back")]


def test_a_lease_that_was_lost_is_told_as_lost(bench: Bench) -> None:
    task = bench.claim()
    told: list[str] = []
    runner = replace(bench.runner(), ended=lambda _resource, outcome: told.append(outcome))
    stale = Lease(task.lease.connection_id, task.lease.resource, "somebody else", task.lease.epoch)

    runner.run(replace(task, lease=stale), bench.stopping)

    assert told == ["lost"]
