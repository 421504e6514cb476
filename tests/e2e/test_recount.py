"""Everything that the dashboards say of a real first sync, recounted from Amazon's own data."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests import databases, servers
from tests.e2e import recount
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment

SELLERS = {"na": 0, "eu": 1, "fe": 2}


@dataclass(frozen=True)
class Synced:
    """A seller whose first sync is over, and the data that it should be made of."""

    person: Person
    seller: Seller
    store: Store
    until: datetime

    @property
    def home(self) -> str:
        return self.seller.marketplace_ids[0]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sellers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Synced]]:
    """The three sellers, each of them a user of the same Portside, with all their data there."""
    home = tmp_path_factory.mktemp("recount")
    url = databases.sqlite_database(home) if request.param == "sqlite" else databases.postgres_database()
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=5, history_days=190, rate_factor=50, data_until=until, report_seconds=0.3
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        server = stack.enter_context(Served(environment(amazon, url, home, BACKFILL_DAYS="365"), home))
        people = [stack.enter_context(Person(server.url)) for _ in SELLERS]
        for person, seller in zip(people, config.sellers, strict=True):
            person.register(f"{seller.region}@portside.example")
            person.connect(seller.marketplace_ids[0], seller.id)
        for person in people:
            person.wait_for_first_sync()
        yield [
            Synced(person, seller, amazon.simulator.store, until)
            for person, seller in zip(people, config.sellers, strict=True)
        ]
    if request.param == "postgresql":
        servers.postgres().drop_database(url)


@pytest.fixture(params=SELLERS)
def synced(request: pytest.FixtureRequest, sellers: list[Synced]) -> Synced:
    """One seller after the other."""
    return sellers[SELLERS[request.param]]


@pytest.mark.parametrize("days", [None, 7, 90])
def test_every_figure_of_the_orders_dashboard_equals_a_recount(synced: Synced, days: int | None) -> None:
    orders = synced.store.orders(synced.seller.id, synced.until)
    sales = recount.sales(orders, synced.home)
    currencies = sorted({recount.STORE_FRONTS[each][1] for each in synced.seller.marketplace_ids})

    for only, currency in itertools.product((None, *synced.seller.marketplace_ids), (None, *currencies)):
        front = only or synced.home
        choice = _named(marketplaceId=only, currency=currency)
        last, told = _on_one_day(front, partial(_orders, synced.person, choice, days))

        chosen = [sale for sale in sales if only in (None, sale.marketplace_id)]
        wanted = currency or recount.STORE_FRONTS[front][1]
        first = last - timedelta(days=(days or 30) - 1)
        assert recount.told_orders(told) == recount.expected_orders(chosen, wanted, first, last), choice


def test_every_figure_of_the_inventory_dashboard_equals_a_recount(synced: Synced) -> None:
    orders = synced.store.orders(synced.seller.id, synced.until)

    for only in (None, *synced.seller.marketplace_ids):
        choice = _named(marketplaceId=only)
        last, told = _on_one_day(
            only or synced.home,
            partial(_stock, synced.person, choice),
        )

        sold = recount.demand(orders, synced.home, last - timedelta(days=29), last)
        expected = recount.expected_stock(synced.store, synced.seller, synced.until, sold, only)
        assert {name: told[name] for name in expected} == expected, only


def test_the_recount_has_something_to_count(synced: Synced) -> None:
    orders = synced.store.orders(synced.seller.id, synced.until)
    stock = recount.expected_stock(synced.store, synced.seller, synced.until, {}, None)

    states = {order.status.value for order in orders}
    assert {"UNSHIPPED", "SHIPPED", "CANCELLED"} <= states
    assert any(order.marketplace_id is None for order in orders)
    assert all(stock.values())


def _named(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _orders(person: Person, choice: dict[str, str], days: int | None, today: date) -> dict[str, Any]:
    return person.dashboard("amazon-orders", choice | _asked(days, today))


def _stock(person: Person, choice: dict[str, str], _today: date) -> dict[str, Any]:
    return person.dashboard("amazon-inventory", choice)


def _asked(days: int | None, today: date) -> dict[str, str]:
    """How to ask for so many days; the last thirty need no words."""
    if days is None:
        return {}
    return {"from": (today - timedelta(days=days - 1)).isoformat(), "to": today.isoformat()}


def _on_one_day(marketplace_id: str, ask: Callable[[date], dict[str, Any]]) -> tuple[date, dict[str, Any]]:
    """An answer and the day it was given on; asked for once more when midnight came in between."""
    today = recount.today(marketplace_id, datetime.now(UTC))
    told = ask(today)
    if recount.today(marketplace_id, datetime.now(UTC)) != today:
        return _on_one_day(marketplace_id, ask)
    return today, told
