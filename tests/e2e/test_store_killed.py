"""A server is killed as it asks a store for its history, and as it takes it in; the rows are what the store has."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from domain.sync.model import Resource
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.moments import from_ms
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.stores import ShopifyStore
from tests import databases
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

STORE = ShopifyStore(
    "acme.myshopify.com", "Acme", "CAD", "America/St_Johns", orders_per_day=60, other_currency="USD"
)
ASKED_FOR, PAGES = "shopify.bulkOperationRunQuery", "shopify.orders"


@dataclass(frozen=True)
class Life:
    """What a Portside came to that was killed twice."""

    orders_at_kills: list[int]
    calls: Counter[str]
    orders: dict[str, tuple[object, ...]]
    days: dict[tuple[object, ...], tuple[object, ...]]
    true_orders: list[StoreOrder]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """That life, over."""
    home = tmp_path_factory.mktemp("store")
    url = databases.sqlite_database(home)
    config = SimulatorConfig(
        history_days=60,
        rate_factor=1_000,
        data_until=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1),
        seller_count=1,
        stores=(STORE,),
        bulk_seconds=0.5,
    )
    with ExitStack() as stack:
        shopify = stack.enter_context(SimulatorServer(config))
        for operation in (PAGES, "shopify.bulkDownload", ASKED_FOR):
            shopify.simulator.reception.faults.order(Fault(operation, "slow", times=None, delay_ms=150))
        engine = make_engine(url)
        stack.callback(engine.dispose)
        variables = environment(shopify, url, home, BACKFILL_DAYS="90", SHOPIFY_URL=shopify.base_url)
        server = stack.enter_context(Served(variables, home))
        person = stack.enter_context(Person(server.url))
        person.register()
        brought = {"shop": STORE.shop, "access_token": STORE.access_token}
        answer = person.ask("POST", "/api/v1/shopify/connection", json=brought)
        assert answer.status_code == 201, answer.text
        kills = [_killed(engine, server, lambda: _calls(shopify)[ASKED_FOR] > 0)]
        kills.append(_killed(engine, server, lambda: _orders(engine) >= 1_500))
        until(lambda: _is_over(engine), 60, server.tail)
        true_orders = shopify.simulator.shopify.levers.shops.orders(STORE, config.visible_until())
        yield Life(kills, _calls(shopify), _kept(engine), _days(engine), true_orders)


def test_the_blows_fell_while_it_was_at_work(life: Life) -> None:
    assert life.orders_at_kills == sorted(life.orders_at_kills)
    assert 0 < life.orders_at_kills[-1] < len(life.orders)


def test_every_order_is_kept_as_the_store_has_it_and_no_test_order(life: Life) -> None:
    words = {"FULFILLED": "SHIPPED", "PARTIALLY_FULFILLED": "PARTIALLY_SHIPPED", "UNFULFILLED": "UNSHIPPED"}
    true = {
        str(order.plan.id): (
            words.get(order.fulfillment, order.fulfillment) if order.counts else "CANCELLED",
            order.total,
            order.plan.currency,
            order.units,
            _day(order),
        )
        for order in life.true_orders
        if not order.plan.test
    }

    assert len(true) > 2_500
    assert life.orders == true


def test_the_daily_sums_are_those_of_the_stores_own_days(life: Life) -> None:
    true: dict[tuple[object, ...], list[int]] = {}
    for order in life.true_orders:
        if order.counts:
            sums = true.setdefault(("shopify", STORE.shop, _day(order), order.plan.currency), [0, 0, 0])
            sums[0] += 1
            sums[1] += order.total
            sums[2] += order.units

    assert life.days == {key: tuple(sums) for key, sums in true.items()}


def test_the_store_was_asked_for_its_history_once(life: Life) -> None:
    assert life.calls[ASKED_FOR] == 1


def _day(order: StoreOrder) -> date:
    return from_ms(order.plan.created_ms).astimezone(STORE.zone).date()


def _killed(engine: Engine, server: Served, reached: Callable[[], bool]) -> int:
    """Kill it when that is reached, and start it anew; returns how many orders were kept then."""
    until(reached, 60, server.tail, pause=0.004)
    server.kill()
    # As if the dead process's leases had run out by themselves, which takes a quarter of a minute.
    with writing(engine, owning=True) as database:
        database.execute(update(tables.sync_resources).values(lease_until=datetime.now(UTC)))
    count = _orders(engine)
    server.start()
    return count


def _orders(engine: Engine) -> int:
    with reading(engine, owning=True) as database:
        return database.scalar(select(func.count()).select_from(tables.orders)) or 0


def _calls(shopify: SimulatorServer) -> Counter[str]:
    calls: dict[str, int] = shopify.simulator.reception.calls.as_json()["calls"]
    return Counter(calls)


def _is_over(engine: Engine) -> bool:
    """Whether the history is all here, and changes were read after it."""
    row = tables.sync_resources.c
    question = select(row.cursor).where(row.resource == Resource.SHOPIFY_ORDERS.value)
    with reading(engine, owning=True) as database:
        cursor = database.scalar(question)
    return bool(cursor and (cursor.get("history") or {}).get("done") and "done_until" in cursor)


def _kept(engine: Engine) -> dict[str, tuple[object, ...]]:
    row = tables.orders.c
    question = select(row.order_id, row.status, row.total_minor, row.currency, row.units, row.day)
    with reading(engine, owning=True) as database:
        return {found[0]: tuple(found[1:]) for found in database.execute(question)}


def _days(engine: Engine) -> dict[tuple[object, ...], tuple[object, ...]]:
    row = tables.daily_sales.c
    key = (row.channel, row.marketplace_id, row.day, row.currency)
    with reading(engine, owning=True) as database:
        found = database.execute(select(*key, row.orders, row.revenue_minor, row.units))
        return {tuple(each[:4]): tuple(each[4:]) for each in found}
