"""A store's whole way over real sockets: whatever strikes on it, what is kept is what the store holds."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import requests

from adapters.http import Outbound
from adapters.shopify.terms import ShopifyTerms
from domain.channels.history import StoreHistory
from domain.channels.pull_store_orders import StoreOrderPuller
from domain.errors import AccessDenied, ChannelError, UpstreamFailed, UpstreamRefused, UsagePlanEmpty
from domain.sync.model import Cursor
from entrypoints.simulator.server import SimulatorServer
from tests.adapters.amazon.bench import CLOCK
from tests.adapters.shopify.on_simulator import CONFIG, STORE, StoreBench, true_orders
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import a_user

REACH = timedelta(days=60)
_DESKS = count()


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(CONFIG) as running:
        yield running


@pytest.fixture
def shopify(server: SimulatorServer) -> Iterator[SimulatorServer]:
    """No trouble left over from another test."""
    yield server
    server.simulator.reception.faults.clear()
    server.simulator.shopify.levers.switchboard.reset()


@pytest.fixture(scope="module")
def outbound() -> Outbound:
    return Outbound.with_pool(1, 2)


def strike(shopify: SimulatorServer, **fault: object) -> None:
    answer = requests.post(f"{shopify.base_url}/simulator/faults", json=fault, timeout=30)
    assert answer.status_code < 300, answer.text


def turn(shopify: SimulatorServer, **switches: Any) -> None:
    shopify.simulator.shopify.levers.switchboard.turn(switches)


class AheadClock:
    """Runs like the simulator's, ahead of it as far as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return CLOCK.now() + self.ahead


class Desk:
    """A puller at work on one store, and what it has kept.

    Each has a history of its own reach, so that none finds what another one has had gathered.
    """

    def __init__(self, shopify: SimulatorServer, outbound: Outbound) -> None:
        self.clock = AheadClock()
        self.bench = StoreBench(shopify, outbound, self.clock)
        self.kept = MemoryStore()
        self.cursor: Cursor = {}
        history = StoreHistory(self.bench.feed, ShopifyTerms(), REACH + timedelta(minutes=next(_DESKS)))
        self.puller = StoreOrderPuller(self.bench.feed, self.bench.accounts, history)
        with MemoryWork(self.kept) as work:
            work.users.add(a_user(), None)
            work.connections.add(self.bench.connection)
            work.commit()

    def turn(self, most: int = 1000) -> None:
        """One turn, or so much of it as its worker lives to do."""
        steps = self.puller.steps(self.bench.connection, self.cursor, self.clock.now)
        try:
            for number, step in enumerate(steps):
                if number >= most:
                    return
                with MemoryWork(self.kept) as work:
                    step.save(work)
                    work.commit()
                self.cursor = cast(Cursor, json.loads(json.dumps(step.cursor)))
        except ChannelError as error:
            self.cursor = self.puller.after_failure(self.cursor, error)
            raise

    def settle(self) -> None:
        for _ in range(100):
            self.turn()
            if cast(dict[str, object], self.cursor.get("history", {})).get("done"):
                return
            self.clock.ahead += timedelta(minutes=6)
            time.sleep(0.01)  # the store's own clock runs as slowly as any
        raise AssertionError("the history never came")


def test_what_is_kept_is_what_the_store_has_on_the_stores_own_days(
    shopify: SimulatorServer, outbound: Outbound
) -> None:
    desk = Desk(shopify, outbound)

    desk.settle()

    true = true_orders(shopify)
    booked = {each.order.order_id: each for each in desk.kept.tables.orders.values()}
    assert {name: each.order for name, each in booked.items()} == true
    zone = ZoneInfo(STORE.time_zone)
    assert {name: each.day for name, each in booked.items()} == {
        name: order.created_at.astimezone(zone).date() for name, order in true.items()
    }
    assert {each.currency for each in booked.values()} == {"CAD", "USD"}


def test_kills_and_faults_at_any_place_change_nothing_of_what_is_kept(
    shopify: SimulatorServer, outbound: Outbound
) -> None:
    desk, random = Desk(shopify, outbound), Random(11)
    kinds = ("throttled", "internal_error", "502", "truncated", "max_cost")
    for kind in kinds * 2:
        strike(shopify, operation="shopify.orders", kind=kind, times=1)
        try:
            desk.turn(random.randrange(1, 6))
        except ChannelError:
            desk.clock.ahead += timedelta(minutes=1)
        shopify.simulator.reception.faults.clear()

    desk.settle()

    assert {each.order.order_id: each.order for each in desk.kept.tables.orders.values()} == true_orders(
        shopify
    )


def test_a_dropped_filter_is_noticed(shopify: SimulatorServer, outbound: Outbound) -> None:
    turn(shopify, ignore_filters=True)

    with pytest.raises(UpstreamRefused):
        Desk(shopify, outbound).turn()


def test_a_throttled_store_is_left_alone_until_its_bucket_holds_enough(
    shopify: SimulatorServer, outbound: Outbound
) -> None:
    strike(shopify, operation="shopify.orders", kind="throttled", times=1)

    with pytest.raises(UsagePlanEmpty) as found:
        Desk(shopify, outbound).turn()

    assert found.value.until > CLOCK.now()


def test_a_denied_scope_is_named(shopify: SimulatorServer, outbound: Outbound) -> None:
    strike(shopify, operation="shopify.orders", kind="access_denied", times=1)

    with pytest.raises(AccessDenied) as found:
        Desk(shopify, outbound).turn()

    assert found.value.role == "read_orders"


def test_history_that_fails_at_the_store_is_explained_and_gathered_anew(
    shopify: SimulatorServer, outbound: Outbound
) -> None:
    turn(shopify, bulk_fate="FAILED", bulk_error="TIMEOUT")
    desk = Desk(shopify, outbound)

    with pytest.raises(UpstreamFailed, match="took too long"):
        desk.settle()
    turn(shopify, bulk_fate=None)
    desk.settle()

    assert {each.order.order_id for each in desk.kept.tables.orders.values()} == set(true_orders(shopify))


def test_pages_that_cost_too_much_are_made_smaller(shopify: SimulatorServer, outbound: Outbound) -> None:
    turn(shopify, most_points=120)
    desk = Desk(shopify, outbound)

    desk.settle()

    assert {each.order.order_id for each in desk.kept.tables.orders.values()} == set(true_orders(shopify))
