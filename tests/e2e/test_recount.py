"""Everything that the dashboards say of a real first sync, recounted from Amazon's own data."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.stores import ShopifyStore
from entrypoints.simulator.store import Store
from tests import databases, servers
from tests.e2e import recount, recount_stores, recount_whole
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

#: Long enough for both changes of the clock, wherever there are any, in a period and in the one before.
DAYS = 400
SELLERS = {"na": 0, "eu": 1, "fe": 2}


@dataclass(frozen=True)
class Synced:
    """A seller whose first sync is over, and the data that it should be made of."""

    person: Person
    seller: Seller
    store: Store
    until: datetime
    shop: ShopifyStore
    shops: Shops

    @property
    def home(self) -> str:
        return self.seller.marketplace_ids[0]

    def channels(self) -> dict[str, list[recount.Sale]]:
        """What was sold, by channel, in the order in which they are shown."""
        orders = self.store.orders(self.seller.id, self.until)
        sold = recount_stores.sales(self.shops.orders(self.shop, self.until), self.shop)
        return {"amazon": recount.sales(orders, self.home), "shopify": sold}

    def wait_for_the_store(self) -> None:
        """Wait until as many orders of it are there as count."""
        expected = len(self.channels()["shopify"])
        last = self.until.date() + timedelta(days=1)
        span = {"from": (last - timedelta(days=DAYS + 3)).isoformat(), "to": last.isoformat()}

        def there() -> int:
            told = [
                self.person.dashboard("channel-performance", span | {"currency": currency})
                for currency in {self.shop.currency, self.shop.other_currency or self.shop.currency}
            ]
            return sum(each["channels"][1]["orders"] for each in told)

        until(lambda: there() == expected, 60, lambda: f"{there()} of {expected} orders are there")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sellers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Synced]]:
    """The three sellers, each of them a user of the same Portside, with all their data there."""
    home = tmp_path_factory.mktemp("recount")
    url = databases.sqlite_database(home) if request.param == "sqlite" else databases.postgres_database()
    data_until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=5,
        history_days=DAYS,
        rate_factor=50,
        data_until=data_until,
        report_seconds=0.3,
        stores=recount_stores.STORES,
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        server = stack.enter_context(
            Served(
                environment(amazon, url, home, BACKFILL_DAYS=str(DAYS + 2), SHOPIFY_URL=amazon.base_url),
                home,
            )
        )
        found = [
            Synced(
                stack.enter_context(Person(server.url)),
                seller,
                amazon.simulator.store,
                data_until,
                shop,
                Shops(config),
            )
            for seller, shop in zip(config.sellers, config.stores, strict=True)
        ]
        for each in found:
            each.person.register(f"{each.seller.region}@portside.example")
            each.person.connect(each.home, each.seller.id)
            each.person.bring_store(each.shop.shop, each.shop.access_token)
        for each in found:
            each.person.wait_for_first_sync()
            each.wait_for_the_store()
        yield found
    if request.param == "postgresql":
        servers.postgres().drop_database(url)


@pytest.fixture(params=SELLERS)
def synced(request: pytest.FixtureRequest, sellers: list[Synced]) -> Synced:
    """One seller after the other."""
    return sellers[SELLERS[request.param]]


@pytest.mark.parametrize("days", [None, 7, DAYS])
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
        assert recount.told_statuses(told) == recount.expected_statuses(
            orders, synced.home, wanted, (first, last), only
        ), choice


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


@pytest.mark.parametrize(("by", "ranking"), [("sku", "revenue"), ("asin", "units")])
def test_every_best_seller_equals_a_recount(synced: Synced, by: str, ranking: str) -> None:
    orders = synced.store.orders(synced.seller.id, synced.until)

    for only, days in itertools.product((None, *synced.seller.marketplace_ids), (30, DAYS)):
        currency = recount.STORE_FRONTS[only or synced.home][1]
        choice = _named(marketplaceId=only, currency=currency, by=by, sort=ranking, limit="200")
        last, told = _on_one_day(only or synced.home, partial(_best_sellers, synced.person, choice, days))

        span = (last - timedelta(days=days - 1), last)
        expected = recount_whole.expected_products(orders, synced.home, by, currency, span, only)
        whole = sum(revenue for _orders, _units, revenue in expected.values())
        assert recount_whole.told_products(told, by) == expected, choice
        assert [each[by] for each in told["items"]] == recount_whole.ranked(expected, ranking), choice
        assert told["products"] == len(expected)
        assert recount.minor(told["totalRevenue"], currency) == whole
        for each in told["items"]:
            exact = Fraction(expected[each[by]][2], whole) if whole else None
            assert recount_whole.near(each["share"], exact), (choice, each)


def test_every_item_in_stock_equals_a_recount(synced: Synced) -> None:
    orders = synced.store.orders(synced.seller.id, synced.until)

    for only in (None, *synced.seller.marketplace_ids):
        last, told = _on_one_day(
            only or synced.home, partial(_items, synced.person, _named(marketplaceId=only))
        )

        sold = recount.demand(orders, synced.home, last - timedelta(days=29), last)
        expected = recount_whole.expected_items(synced.store, synced.seller, synced.until, sold, only)
        places = [(recount.STORE_FRONTS[each["marketplaceId"]][2], each["sku"]) for each in told["items"]]
        assert len(places) == len(set(places))
        assert set(places) == set(expected)
        for place, each in zip(places, told["items"], strict=True):
            assert {name: each[name] for name in expected[place]} == expected[place], only
        assert all(only in (None, each["marketplaceId"]) for each in told["items"])


@pytest.mark.parametrize("days", [30, 200])
def test_channels_and_the_whole_equal_a_recount(synced: Synced, days: int) -> None:
    channels = synced.channels()
    currencies = sorted({sale.currency for sales in channels.values() for sale in sales})

    for currency in currencies:
        choice = {"currency": currency}
        last, told = _on_one_day(synced.home, partial(_whole, synced.person, choice, days))

        first = last - timedelta(days=days - 1)
        sold = recount.demand(
            synced.store.orders(synced.seller.id, synced.until), synced.home, last - timedelta(days=29), last
        )
        stock = recount.expected_stock(synced.store, synced.seller, synced.until, sold, None)
        expected = recount_whole.expected_executive(channels, stock, currency, first, last)
        assert recount_whole.told_channels(told["channel-performance"]) == recount_whole.expected_channels(
            channels, currency, first, last
        )
        assert recount_whole.told_executive(told["executive"], expected) == expected


def test_the_setup_counts_what_a_recount_counts(synced: Synced) -> None:
    channels = synced.channels()
    stock = recount.expected_stock(synced.store, synced.seller, synced.until, {}, None)

    told = synced.person.dashboard("setup-status", {})["integrations"]

    amazon = told["amazon"]
    assert (amazon["connected"], amazon["orderCount"]) == (True, len(channels["amazon"]))
    assert amazon["inventoryCount"] == stock["totalSKUs"]
    shopify = told["shopify"]
    assert (shopify["connected"], shopify["orderCount"]) == (True, len(channels["shopify"]))


def test_days_of_23_and_of_25_hours_are_among_those_recounted(sellers: list[Synced]) -> None:
    sold_for = set()
    for synced in sellers:
        last = recount.today(synced.home, synced.until)
        fronts = {each: recount.STORE_FRONTS[each][0] for each in synced.seller.marketplace_ids}
        for zone in set(fronts.values()):
            lengths = {recount.hours_of(last - timedelta(days=number), zone) for number in range(DAYS)}
            assert lengths == ({24} if zone == "Asia/Tokyo" else {23, 24, 25}), zone
        sold_for |= {
            recount.hours_of(sale.day, fronts[sale.marketplace_id]) for sale in synced.channels()["amazon"]
        }

    assert sold_for == {23, 24, 25}


def test_the_recount_has_something_to_count(synced: Synced) -> None:
    orders = synced.store.orders(synced.seller.id, synced.until)
    stock = recount.expected_stock(synced.store, synced.seller, synced.until, {}, None)

    states = {order.status.value for order in orders}
    assert {"UNSHIPPED", "SHIPPED", "CANCELLED"} <= states
    assert any(order.marketplace_id is None for order in orders)
    assert all(stock.values())
    sold = synced.channels()["shopify"]
    assert {sale.currency for sale in sold} == {synced.shop.currency, synced.shop.other_currency} - {None}
    assert any(sale.waiting for sale in sold)
    assert len(recount_stores.kept(synced.shops.orders(synced.shop, synced.until))) > len(sold)


def _named(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _orders(person: Person, choice: dict[str, str], days: int | None, today: date) -> dict[str, Any]:
    return person.dashboard("amazon-orders", choice | _asked(days, today))


def _stock(person: Person, choice: dict[str, str], _today: date) -> dict[str, Any]:
    return person.dashboard("amazon-inventory", choice)


def _best_sellers(person: Person, choice: dict[str, str], days: int, today: date) -> dict[str, Any]:
    return person.dashboard("amazon-orders/top", choice | _asked(days, today))


def _items(person: Person, choice: dict[str, str], _today: date) -> dict[str, Any]:
    """All pages together."""
    items: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = person.dashboard(
            "amazon-inventory/items", choice | {"limit": "100", **_named(cursor=cursor or None)}
        )
        items, cursor = [*items, *page["items"]], page["nextCursor"]
    return {"items": items}


def _whole(person: Person, choice: dict[str, str], days: int, today: date) -> dict[str, Any]:
    return {
        name: person.dashboard(name, choice | _asked(days, today))
        for name in ("channel-performance", "executive")
    }


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
