"""What every store outside Amazon does, in memory and over real sockets to a simulated Shopify."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from adapters.http import Outbound
from domain.channels.model import HistoryStage, HistoryState, StorePage, StoreWindow
from domain.channels.ports import StoreAccounts, StoreFeed
from domain.connections.model import Connection, Store
from domain.errors import NotFound, StalePage, WrongAnswer
from domain.money import Money
from domain.orders.model import Order
from entrypoints.simulator.server import SimulatorServer
from tests.adapters.amazon.bench import START
from tests.adapters.shopify.on_simulator import CONFIG, END, StoreBench, true_orders
from tests.fakes.stores import STORE, MemoryStoreFront, a_store_connection, a_store_order
from tests.fakes.things import a_user

DAY = timedelta(days=1)
#: All that ever happened: nothing does after ``END``.
ALWAYS = StoreWindow(START.replace(microsecond=0) - 60 * DAY, START.replace(microsecond=0))


@dataclass
class Shop:
    """A store as its port shows it, and what is true of it."""

    feed: StoreFeed
    accounts: StoreAccounts
    connection: Connection
    orders: dict[str, Order]
    zone: str

    def pages(self, window: StoreWindow = ALWAYS) -> Iterator[StorePage]:
        token = None
        while True:
            page = self.feed.changes(self.connection, window, token)
            yield page
            token = page.next_token
            if token is None:
                return

    def changed(self, window: StoreWindow = ALWAYS) -> dict[str, Order]:
        return {order.order_id: order for page in self.pages(window) for order in page.orders}

    def gathered(self, window: StoreWindow = ALWAYS) -> HistoryState:
        name = self.feed.begin_history(self.connection, window)
        deadline = time.monotonic() + 10
        while (state := self.feed.history(self.connection, name)).stage is HistoryStage.UNDER_WAY:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return state

    def history(self, state: HistoryState) -> list[Order]:
        return [order for batch in self.feed.history_orders(self.connection, state) for order in batch]


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def outbound() -> Outbound:
    return Outbound.with_pool(10, 2)


def _simulated(simulator: SimulatorServer, outbound: Outbound) -> Shop:
    bench = StoreBench(simulator, outbound)
    zone = "America/St_Johns"
    return Shop(bench.feed, bench.accounts, bench.connection, true_orders(simulator), zone)


def _in_memory() -> Shop:
    ages = [timedelta(hours=hours) for hours in (1, 2, 2, 30, 300, 700, 701)]
    orders = [
        a_store_order(
            str(number), created_at=END - 2 * age, updated_at=END - age, total=Money(100 + number, "CAD")
        )
        for number, age in enumerate(ages)
    ]
    front = MemoryStoreFront(orders)
    known = {order.order_id: order for order in orders}
    return Shop(front, front, a_store_connection(a_user()), known, STORE.time_zone)


@pytest.fixture(params=["memory", "simulator"])
def shop(request: pytest.FixtureRequest, simulator: SimulatorServer, outbound: Outbound) -> Shop:
    return _in_memory() if request.param == "memory" else _simulated(simulator, outbound)


def test_all_changes_of_a_window_come_page_by_page_the_oldest_first(shop: Shop) -> None:
    pages = list(shop.pages())

    orders = [order for page in pages for order in page.orders]
    assert len(pages) > 1
    assert {order.order_id: order for order in orders} == shop.orders
    assert [order.updated_at for order in orders] == sorted(order.updated_at for order in orders)


def test_a_page_says_how_far_the_changes_have_come(shop: Shop) -> None:
    pages = list(shop.pages())

    told = [page.changed_until for page in pages if page.changed_until is not None]
    assert told == sorted(told)
    assert all(page.listed >= len(page.orders) for page in pages)
    assert told[-1] <= END


def test_two_windows_side_by_side_hold_what_one_over_both_holds(shop: Shop) -> None:
    middle = _median([order.updated_at for order in shop.orders.values()])

    older = shop.changed(StoreWindow(ALWAYS.after, middle))
    newer = shop.changed(StoreWindow(middle, ALWAYS.before))

    assert older.keys() & newer.keys() == set()
    assert older | newer == shop.orders
    assert all(order.updated_at < middle for order in older.values())


def test_a_window_without_changes_is_one_empty_page(shop: Shop) -> None:
    long_ago = StoreWindow(ALWAYS.after - 90 * DAY, ALWAYS.after - 80 * DAY)

    (page,) = shop.pages(long_ago)

    assert (page.orders, page.next_token, page.changed_until) == ((), None, None)


def test_a_token_of_nowhere_is_a_stale_page(shop: Shop) -> None:
    with pytest.raises(StalePage):
        shop.feed.changes(shop.connection, ALWAYS, "nowhere")


def test_history_holds_the_orders_that_were_placed_in_the_window(shop: Shop) -> None:
    middle = _median([order.created_at for order in shop.orders.values()])

    state = shop.gathered(StoreWindow(ALWAYS.after, middle))

    found = shop.history(state)
    placed = {name: order for name, order in shop.orders.items() if order.created_at < middle}
    assert {order.order_id: order for order in found} == placed
    assert state.records >= len(found) == len(placed)


def test_the_orders_of_a_history_come_in_the_same_order_each_time(shop: Shop) -> None:
    state = shop.gathered()

    assert shop.history(state) == shop.history(state)


def test_the_same_history_is_not_begun_twice(shop: Shop) -> None:
    window = StoreWindow(ALWAYS.after + DAY, ALWAYS.before)

    names = {shop.feed.begin_history(shop.connection, window) for _ in range(3)}
    other = shop.feed.begin_history(shop.connection, StoreWindow(ALWAYS.after + 2 * DAY, ALWAYS.before))

    assert len(names) == 1
    assert other not in names


def test_a_history_without_orders_is_done_and_empty(shop: Shop) -> None:
    state = shop.gathered(StoreWindow(ALWAYS.after - 90 * DAY, ALWAYS.after - 80 * DAY))

    assert state == HistoryState(HistoryStage.DONE)
    assert shop.history(state) == []


def test_work_that_the_store_was_never_asked_for_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.feed.history(shop.connection, "gid://shopify/BulkOperation/1")


def test_orders_other_than_announced_are_a_wrong_answer_at_the_end_at_the_latest(
    simulator: SimulatorServer, outbound: Outbound
) -> None:
    shop = _simulated(simulator, outbound)
    state = shop.gathered()
    simulator.simulator.shopify.levers.switchboard.turn({"bulk_lines_lost": 1})

    try:
        with pytest.raises(WrongAnswer):
            shop.history(state)
    finally:
        simulator.simulator.shopify.levers.switchboard.reset()


def test_a_store_says_what_it_is(shop: Shop) -> None:
    store = shop.accounts.store(shop.connection)

    assert isinstance(store, Store)
    assert (store.currency, store.time_zone) == ("CAD", shop.zone)
    assert {"read_orders", "read_all_orders"} <= set(store.scopes)


def _median(moments: list[datetime]) -> datetime:
    return sorted(moments)[len(moments) // 2].replace(microsecond=0)
