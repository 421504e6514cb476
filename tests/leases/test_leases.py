"""Five processes work on one connection while they are stopped, killed and born again: no lease is ever broken.

A longer time, and another course of things, with: ``PORTSIDE_LEASES_SECONDS=120 PORTSIDE_LEASES_SEED=1 python3 dev.py
test tests/leases --timeout=600``. What happened is printed, with the seed (``-s``).
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests import databases, servers
from tests.leases.checker import (
    lease_violations,
    page_violations,
    reading_violations,
    token_violations,
)
from tests.leases.history import TOKENS, CarelessBook
from tests.leases.nemesis import SLEEP
from tests.leases.trial import HISTORY_DAYS, RESOURCES, Course, Outcome, Trial, seconds_wanted, tried

#: A trial goes on until enough has happened in it, which takes long on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(300)


def _found_out(course: Course) -> bool:
    """Whether something was committed under an old lease."""
    leases = [each for resource in RESOURCES for each in lease_violations(course.of(resource))]
    return any("after epoch" in each for each in leases)


#: How long a page of orders takes: long enough to be hit.
_PAGE_MS = 250
_SEED = int(os.environ.get("PORTSIDE_LEASES_SEED", "20260217"))
_TRIALS = (
    Trial("sqlite", _SEED, seconds_wanted(10)),
    Trial("postgresql", _SEED + 1, seconds_wanted(10)),
    Trial("careless", _SEED + 2, 3, 4, SLEEP, _found_out, CarelessBook, to_the_end=False),
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    """All trials, under way at the same time."""
    still = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=260,
        history_days=HISTORY_DAYS,
        rate_factor=3000,
        data_until=still,
        seller_count=3 * len(_TRIALS),
        sku_count=30,
        report_seconds=0.3,
    )
    american = [seller for seller in config.sellers if seller.region == "na"]
    homes = {trial: tmp_path_factory.mktemp(trial.name) for trial in _TRIALS}
    postgres_url = databases.postgres_database()
    urls = {
        trial: postgres_url if trial.name == "postgresql" else databases.sqlite_database(home)
        for trial, home in homes.items()
    }
    with SimulatorServer(config) as amazon:
        amazon.simulator.reception.faults.order(Fault("searchOrders", "slow", times=None, delay_ms=_PAGE_MS))
        for seller in american:
            amazon.simulator.store.orders(
                seller.id, still
            )  # drawn once; the first who asks would wait for it
        with ThreadPoolExecutor(len(_TRIALS)) as pool:
            yield {
                trial.name: pool.submit(tried, trial, amazon, seller, urls[trial], homes[trial])
                for trial, seller in zip(_TRIALS, american, strict=True)
            }
    servers.postgres().drop_database(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def outcome(request: pytest.FixtureRequest, outcomes: dict[str, Future[Outcome]]) -> Outcome:
    """A trial of the real books, over."""
    return outcomes[request.param].result()


@pytest.fixture
def careless(outcomes: dict[str, Future[Outcome]]) -> Outcome:
    """A trial of books that let everybody write who ever had a lease."""
    return outcomes["careless"].result()


def test_the_processes_were_harmed_in_the_middle_of_their_work(outcome: Outcome) -> None:
    assert min(outcome.harm["stop"], outcome.harm["kill"]) >= 1, outcome.told
    assert outcome.harm.total() >= 8, outcome.told
    assert sum(outcome.taken_over.values()) >= 5, outcome.told
    assert outcome.refused >= 2, outcome.told


def test_the_tokens_were_renewed_again_and_again(outcome: Outcome) -> None:
    assert len(outcome.renewals) >= 2, outcome.told


@pytest.mark.parametrize("resource", RESOURCES)
def test_nothing_is_committed_under_an_old_lease(outcome: Outcome, resource: str) -> None:
    assert lease_violations(outcome.of(resource)) == [], outcome.told


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_page_is_committed_once_and_follows_the_one_before(outcome: Outcome, resource: str) -> None:
    assert page_violations(outcome.of(resource)) == [], outcome.told


@pytest.mark.parametrize("resource", RESOURCES)
def test_what_is_there_at_the_end_is_what_was_committed_last(outcome: Outcome, resource: str) -> None:
    entries = outcome.of(resource)
    last = [entry.detail["cursor"] for entry in entries if entry.kind in ("page", "finish", "fail")][-1]

    assert outcome.resources[resource] == (max(entry.epoch for entry in entries), last), outcome.told


def test_every_order_is_there_once_and_as_amazon_has_it(outcome: Outcome) -> None:
    expected = [
        (order.id, _told(order.status.value), order.grand_total_minor, order.units)
        for order in outcome.true_orders
    ]
    kept = [(order_id, _told(str(status)), *rest) for order_id, status, *rest in outcome.orders]

    assert kept == sorted(expected), outcome.told


def _told(status: str) -> str:
    """A status as reports tell it: they know one kind of pending orders only."""
    return "PENDING" if status == "PENDING_AVAILABILITY" else status


def test_no_renewal_is_lost_and_nobody_asks_without_a_claim(outcome: Outcome) -> None:
    assert token_violations(outcome.of(TOKENS), outcome.asked, outcome.first) == [], outcome.told


def test_the_refresh_token_at_the_end_is_the_one_that_was_kept_last(outcome: Outcome) -> None:
    last = outcome.renewals[-1].detail

    assert outcome.last == (last["version"] + 1, last["refresh_token"]), outcome.told
    assert outcome.status == "connected", outcome.told


def test_no_process_ever_reads_an_older_token_than_another_before_it(outcome: Outcome) -> None:
    assert len(outcome.reads) >= 100, outcome.told
    assert reading_violations(outcome.reads) == [], outcome.told


def test_books_that_ignore_leases_are_found_out(careless: Outcome) -> None:
    assert _found_out(careless), careless.told
