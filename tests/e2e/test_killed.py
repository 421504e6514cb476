"""A server that is killed in the middle of a first sync, started again, and nothing is lost or doubled.

All lives are lived at the same time, since each of them waits for the dead process's lease to run out.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests import databases, servers
from tests.e2e import recount
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

US = "ATVPDKIKX0DER"
ORDERS, STOCK = "searchOrders", "getInventorySummaries"
PAGE = 100
#: How long a page takes: long enough to be hit.
PAGE_MS = 300


@dataclass(frozen=True)
class Moment:
    """When the server is killed: so many calls of an operation have come in, and then some milliseconds."""

    database: str
    operation: str
    calls: int
    then_ms: int

    def __str__(self) -> str:
        return f"{self.database}-{self.operation}-{self.calls}-{self.then_ms}ms"


#: Within ``PAGE_MS`` the page is on its way; a little later it is being written down, or the next one is asked for.
MOMENTS = (
    Moment("sqlite", ORDERS, 1, 0),
    Moment("sqlite", ORDERS, 2, 305),
    Moment("sqlite", ORDERS, 3, 310),
    Moment("sqlite", ORDERS, 4, 320),
    Moment("sqlite", ORDERS, 6, 150),
    Moment("sqlite", ORDERS, 8, 315),
    Moment("sqlite", STOCK, 1, 305),
    Moment("sqlite", STOCK, 2, 310),
    Moment("sqlite", STOCK, 3, 20),
    Moment("sqlite", STOCK, 4, 312),
    Moment("postgresql", ORDERS, 2, 308),
    Moment("postgresql", ORDERS, 5, 0),
    Moment("postgresql", STOCK, 3, 306),
)


@dataclass(frozen=True)
class Life:
    """How a killed and revived Portside ended, and what it should have come to."""

    status_when_killed: str
    calls: dict[str, int]
    orders: list[tuple[object, ...]]
    lines: list[tuple[object, ...]]
    stock: list[tuple[object, ...]]
    told: dict[str, Any]
    true_orders: list[StoreOrder]
    store: Store


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Moment, Future[Life]]]:
    """All lives, under way."""
    urls: dict[Moment, tuple[Path, str]] = {}
    for moment in MOMENTS:
        home = tmp_path_factory.mktemp("life")
        on_sqlite = moment.database == "sqlite"
        urls[moment] = home, databases.sqlite_database(home) if on_sqlite else databases.postgres_database()
    store = _drawn(Store(_amazon()))
    with ThreadPoolExecutor(len(MOMENTS)) as pool:
        yield {moment: pool.submit(_lived, moment, store, *place) for moment, place in urls.items()}
    for moment, (_home, url) in urls.items():
        if moment.database == "postgresql":
            servers.postgres().drop_database(url)


@pytest.fixture(params=MOMENTS, ids=str)
def life(request: pytest.FixtureRequest, lives: dict[Moment, Future[Life]]) -> Life:
    """One life, over."""
    return lives[request.param].result()


def test_the_kill_came_in_the_middle(life: Life) -> None:
    assert life.status_when_killed in ("running", "waiting")


def test_every_order_is_there_once_and_as_amazon_has_it(life: Life) -> None:
    expected = [
        (order.id, order.status.value, order.grand_total_minor, order.units) for order in life.true_orders
    ]

    assert life.orders == sorted(expected)


def test_every_line_is_there_once_and_as_amazon_has_it(life: Life) -> None:
    expected = [
        (order.id, line.item_id, line.sku, line.quantity, line.amounts.total if line.amounts else None)
        for order in life.true_orders
        for line in order.lines
    ]

    assert life.lines == sorted(expected)


def test_every_stock_level_is_there_once_and_as_amazon_has_it(life: Life) -> None:
    seller = life.store.sellers[0]
    expected = [
        (marketplace_id, level.sku, level.total, level.fulfillable, True)
        for marketplace_id in seller.marketplace_ids
        for level in life.store.stock(seller.id, marketplace_id, datetime.now(UTC))
    ]

    assert life.stock == sorted(expected)


def test_the_figures_are_those_of_an_undisturbed_sync(life: Life) -> None:
    told = recount.told_orders(life.told)

    span = date.fromisoformat(told["period"]["from"]), date.fromisoformat(told["period"]["to"])
    assert told == recount.expected_orders(recount.booked(life.true_orders, US), "USD", span)


def test_no_page_that_was_kept_is_fetched_again(life: Life) -> None:
    pages = -(-len(life.true_orders) // PAGE)

    assert pages >= 9
    assert life.calls[ORDERS] <= pages + 1  # the one that was on its way


def _amazon() -> SimulatorConfig:
    """One busy seller, all of whose orders are young enough to come by the search."""
    return SimulatorConfig(
        orders_per_day=900,
        history_days=1,
        rate_factor=20,
        data_until=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6),
        seller_count=1,
        report_seconds=0.3,
    )


def _drawn(store: Store) -> Store:
    """The store with its data drawn, once for all lives instead of by each of them."""
    (seller,) = store.sellers
    until_now = store.config.visible_until()
    store.orders(seller.id, until_now)
    for marketplace_id in seller.marketplace_ids:
        store.stock(seller.id, marketplace_id, until_now)
    return store


def _lived(moment: Moment, store: Store, home: Path, url: str) -> Life:
    config = store.config
    still = config.visible_until()
    seller = config.sellers[0]
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config, store=store))
        true_orders = store.orders(seller.id, still)
        for operation in (ORDERS, STOCK):
            amazon.simulator.reception.faults.order(Fault(operation, "slow", times=None, delay_ms=PAGE_MS))
        server = stack.enter_context(Served(environment(amazon, url, home, BACKFILL_DAYS="1"), home))
        person = stack.enter_context(Person(server.url))
        person.register()
        person.connect(US, seller.id)
        until(lambda: _calls(amazon, moment.operation) >= moment.calls, 60, server.tail, pause=0.002)
        until(_later(moment.then_ms), 1, server.tail, pause=0.001)
        server.kill()
        status = _status(url, "orders" if moment.operation == ORDERS else "inventory")
        amazon.simulator.reception.faults.clear()
        server.start()
        person.wait_for_first_sync()
        return Life(
            status_when_killed=status,
            calls=amazon.simulator.reception.calls.as_json()["calls"],
            orders=_rows(url, select(*(tables.orders.c[name] for name in _ORDER))),
            lines=_rows(url, select(*(tables.order_items.c[name] for name in _LINE))),
            stock=_rows(url, select(*(tables.inventory_items.c[name] for name in _LEVEL))),
            told=person.dashboard("amazon-orders", {}),
            true_orders=true_orders,
            store=amazon.simulator.store,
        )


_ORDER = ("order_id", "status", "total_minor", "units")
_LINE = ("order_id", "order_item_id", "sku", "quantity", "total_minor")
_LEVEL = ("marketplace_id", "sku", "total", "fulfillable", "listed")


def _calls(amazon: SimulatorServer, operation: str) -> int:
    found: int = amazon.simulator.reception.calls.as_json()["calls"].get(operation, 0)
    return found


def _later(milliseconds: int) -> Any:
    moment = datetime.now(UTC) + timedelta(milliseconds=milliseconds)
    return lambda: datetime.now(UTC) >= moment


def _status(url: str, resource: str) -> str:
    run = tables.sync_runs.c
    ((status,),) = _rows(url, select(run.status).where(run.resource == resource))
    return str(status)


def _rows(url: str, question: Select[Any]) -> list[tuple[object, ...]]:
    """All rows, in order; ``None`` nowhere decides it, since the first columns are the key."""
    engine = make_engine(url)
    try:
        with reading(engine, owning=True) as connection:
            return sorted(tuple(row) for row in connection.execute(question))
    finally:
        engine.dispose()
