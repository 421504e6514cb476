"""Channels, the whole and best sellers, seen from the browser: their shape to the letter, and who gets them."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.shopify.terms import WHY_LIMITED
from domain.channels.model import REVENUE
from domain.connections.model import ConnectionStatus, Provider, Store
from domain.marketplaces import Region
from domain.money import Money
from domain.orders.model import BookedOrder
from domain.sync.model import Progress, Resource
from tests.fakes.things import DE, NOW, US, a_connection, a_level, an_item, an_order

ORDERS = "/api/v1/dashboard/amazon-orders"
TOP = "/api/v1/dashboard/amazon-orders/top"
CHANNELS = "/api/v1/dashboard/channel-performance"
EXECUTIVE = "/api/v1/dashboard/executive"
INVENTORY = "/api/v1/dashboard/amazon-inventory"
STOCK = "/api/v1/dashboard/amazon-inventory/items"
SETUP = "/api/v1/dashboard/setup-status"
SHOP = "acme.myshopify.com"
TODAY = {"from": "2026-03-04", "to": "2026-03-04"}
NOTHING = {"value": None, "previous": None, "change": None}
ACME = Store("Acme", "USD", "America/New_York", ("read_orders",))


def data_of(answer):
    assert (answer.status_code, answer.json["success"]) == (200, True), answer.json
    return answer.json["data"]


def table_of(answer):
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def open_shop(world, user, store=ACME, status=ConnectionStatus.CONNECTED):
    """A store that is connected and was never synced."""
    shop = replace(
        a_connection(user, seller_id=SHOP, status=status),
        provider=Provider.SHOPIFY,
        region=Region.WORLD,
        marketplace_id=SHOP,
        marketplace_ids=(SHOP,),
        store=store,
    )
    with world.work() as work:
        work.connections.add(shop)
        work.sync.ensure(shop.id, user.id, (Resource.SHOPIFY_ORDERS,), world.clock.now())
        work.figures.changed(user.id)
        work.commit()
    return shop


def sell_in(world, shop, *orders, day=date(2026, 3, 4)):
    """These orders of a store are here, as if a sync had brought them."""
    with world.work() as work:
        work.orders.save_page(
            shop.id,
            [BookedOrder(replace(one, marketplace_id=SHOP), SHOP, day, one.total.currency) for one in orders],
        )
        work.figures.changed(shop.user_id)
        work.commit()


def read(world, since):
    """A sync of the store's orders has come to its end."""
    with world.work() as work:
        (task,) = work.sync.claim(NOW, "worker", NOW + timedelta(minutes=1), 1)
        work.sync.finish(task.lease, {}, Progress(), NOW, NOW, NOW, complete_from=since)
        work.figures.changed(world.user.id)
        work.commit()


def of_store(order_id, dollars, units=1, status="SHIPPED", currency="USD"):
    total = Money(100 * dollars, currency)
    return an_order(order_id, an_item(None, units), total=total, status=status)


# Channels


def test_channels_have_exactly_the_promised_figures(browser, world):
    amazon, shop = world.connect(world.user), open_shop(world, world.user)
    world.sell(
        amazon, an_order("O-1", an_item(quantity=2), total=Money(2000, "USD")), an_order("O-2", total=None)
    )
    sell_in(world, shop, of_store("S-1", 10), of_store("S-2", 30, units=4))

    data = data_of(browser.get(CHANNELS, query_string=TODAY))

    assert data == {
        "channels": [
            {
                "channel": "amazon",
                "connected": True,
                "orders": 2,
                "revenue": 20,
                "avgOrderValue": 20,
                "units": 2,
                "percentage": 33.3,
                "dataAsOf": None,
                "completeUntil": None,
                "incompleteBecause": "Its orders have not been read yet.",
            },
            {
                "channel": "shopify",
                "connected": True,
                "orders": 2,
                "revenue": 40,
                "avgOrderValue": 20,
                "units": 5,
                "percentage": 66.7,
                "dataAsOf": None,
                "completeUntil": None,
                "incompleteBecause": f"{SHOP}: Its orders have not been read yet.",
            },
        ],
        "totalRevenue": 60,
        "totalOrders": 4,
        "amazonPercentage": 33.3,
        "shopifyPercentage": 66.7,
        "preferredChannel": "shopify",
        "currency": "USD",
        "byCurrency": [{"currency": "USD", "orders": 4, "revenue": 60, "avgOrderValue": 20, "units": 7}],
        "revenueDefinition": REVENUE,
        "period": TODAY,
        "dataAsOf": None,
        "completeUntil": None,
    }


def test_a_store_of_sixty_days_is_complete_within_them_and_says_why_not_before(browser, world):
    open_shop(world, world.user)
    read(world, since=NOW - timedelta(days=59))

    lately = data_of(browser.get(CHANNELS))
    once = data_of(browser.get(CHANNELS, query_string={"from": "2025-12-01"}))

    assert lately["completeUntil"] == lately["channels"][1]["completeUntil"] == "2026-03-04T12:00:00Z"
    assert lately["channels"][1]["incompleteBecause"] is None
    assert once["completeUntil"] is once["channels"][1]["completeUntil"] is None
    assert once["channels"][1]["incompleteBecause"] == (
        f"{SHOP}: All orders are here from 2026-01-04 on. {WHY_LIMITED}"
    )


def test_with_amazon_alone_the_store_stands_there_with_nothing(browser, world):
    world.sell(world.connect(world.user), an_order("O-1", total=Money(2000, "USD")))

    data = data_of(browser.get(CHANNELS))

    assert [(one["channel"], one["connected"], one["percentage"]) for one in data["channels"]] == [
        ("amazon", True, 100.0),
        ("shopify", False, 0.0),
    ]
    assert data["preferredChannel"] == "amazon"


def test_with_a_store_alone_currency_and_today_are_the_stores(browser, world):
    berlin = open_shop(world, world.user, Store("Acme", "EUR", "Asia/Tokyo", ()))
    world.clock.set(NOW.replace(hour=16))
    sell_in(world, berlin, of_store("S-1", 10, currency="EUR"))

    data = data_of(browser.get(CHANNELS))

    assert (data["currency"], data["totalRevenue"], data["shopifyPercentage"]) == ("EUR", 10, 100.0)
    assert data["period"] == {"from": "2026-02-04", "to": "2026-03-05"}


def test_with_both_the_seller_accounts_marketplace_says_the_currency(browser, world):
    open_shop(world, world.user)
    world.connect(world.user, DE)

    assert data_of(browser.get(CHANNELS))["currency"] == "EUR"


def test_channels_of_other_currencies_are_told_of_and_not_added(browser, world):
    amazon, shop = world.connect(world.user), open_shop(world, world.user)
    world.sell(amazon, an_order("O-1", total=Money(2000, "USD")))
    sell_in(world, shop, of_store("S-1", 90, currency="CHF"))

    dollars = data_of(browser.get(CHANNELS))
    francs = data_of(browser.get(CHANNELS, query_string={"currency": "CHF"}))

    assert (dollars["totalRevenue"], dollars["amazonPercentage"]) == (20, 100.0)
    assert (francs["totalRevenue"], francs["shopifyPercentage"], francs["currency"]) == (90, 100.0, "CHF")
    assert [one["currency"] for one in dollars["byCurrency"]] == ["CHF", "USD"]


@pytest.mark.parametrize("dollars", [0, 25])
def test_on_a_tie_and_at_nothing_no_channel_is_preferred(browser, world, dollars):
    amazon, shop = world.connect(world.user), open_shop(world, world.user)
    if dollars:
        world.sell(amazon, an_order("O-1", total=Money(100 * dollars, "USD")))
        sell_in(world, shop, of_store("S-1", dollars))

    data = data_of(browser.get(CHANNELS))

    assert data["preferredChannel"] is None
    assert data["amazonPercentage"] == data["shopifyPercentage"] == (50.0 if dollars else 0.0)


def test_channels_are_as_fresh_as_the_oldest_of_them(browser, world):
    world.connect(world.user)
    for _half_hour in range(3):
        world.sync()
        world.clock.advance(timedelta(minutes=30))
    alone = data_of(browser.get(CHANNELS))

    open_shop(world, world.user)
    both = data_of(browser.get(CHANNELS))

    assert alone["completeUntil"] is not None
    assert both["dataAsOf"] == alone["dataAsOf"]
    assert both["completeUntil"] is None  # nothing is known of the store yet


def test_what_revenue_is_names_all_orders_that_are_left_out(browser, world):
    open_shop(world, world.user)

    for path in (CHANNELS, EXECUTIVE):
        assert (
            "cancelled, never paid and test orders are left out"
            in data_of(browser.get(path))["revenueDefinition"]
        )


# The whole


def test_the_whole_has_exactly_the_promised_figures(browser, world):
    amazon, shop = world.connect(world.user), open_shop(world, world.user)
    world.sell(
        amazon,
        an_order("O-1", an_item(quantity=2), total=Money(3000, "USD"), status="UNSHIPPED"),
        an_order("O-2", an_item(), total=Money(4000, "USD"), created_at=NOW - timedelta(days=1)),
    )
    world.stock(amazon, a_level("OUT", 0), a_level("LOW", 9), a_level("OK", 20))
    sell_in(world, shop, of_store("S-1", 10))

    data = data_of(browser.get(EXECUTIVE, query_string=TODAY))

    def now(value):
        return {"value": value, "previous": None, "change": None}

    assert data == {
        "revenue": {"value": 40, "previous": 40, "change": 0.0},
        "orders": {"value": 2, "previous": 1, "change": 1.0},
        "units": {"value": 3, "previous": 1, "change": 2.0},
        "averageOrderValue": {"value": 20, "previous": 40, "change": -0.5},
        "unshipped": {"value": 1, "previous": 0, "change": None},
        "inventory": {
            "connected": True,
            "totalSKUs": now(3),
            "totalQuantity": now(29),
            "lowStockItems": now(1),
            "outOfStockItems": now(1),
            "dataAsOf": None,
            "previousAsOf": None,
        },
        "advertising": {
            "connected": False,
            "spend": NOTHING,
            "sales": NOTHING,
            "acos": NOTHING,
            "tacos": NOTHING,
            "tacosOf": {"spend": NOTHING, "sales": NOTHING, "marketplaceIds": []},
            "roas": NOTHING,
            "partial": False,
            "previousPartial": False,
            "attributionWindowDays": None,
            "dataAsOf": None,
            "completeUntil": None,
        },
        "channels": [
            {
                "channel": "amazon",
                "connected": True,
                "revenue": {"value": 30, "previous": 40, "change": -0.25},
                "orders": {"value": 1, "previous": 1, "change": 0.0},
                "units": {"value": 2, "previous": 1, "change": 1.0},
                "averageOrderValue": {"value": 30, "previous": 40, "change": -0.25},
                "percentage": {"value": 75.0, "previous": 100.0, "change": -0.25},
                "dataAsOf": None,
                "completeUntil": None,
                "incompleteBecause": "Its orders have not been read yet.",
            },
            {
                "channel": "shopify",
                "connected": True,
                "revenue": {"value": 10, "previous": 0, "change": None},
                "orders": {"value": 1, "previous": 0, "change": None},
                "units": {"value": 1, "previous": 0, "change": None},
                "averageOrderValue": {"value": 10, "previous": 0, "change": None},
                "percentage": {"value": 25.0, "previous": 0.0, "change": None},
                "dataAsOf": None,
                "completeUntil": None,
                "incompleteBecause": f"{SHOP}: Its orders have not been read yet.",
            },
        ],
        "currency": "USD",
        "byCurrency": [{"currency": "USD", "orders": 2, "revenue": 40, "avgOrderValue": 20, "units": 3}],
        "revenueDefinition": REVENUE,
        "period": TODAY,
        "previousPeriod": {"from": "2026-03-03", "to": "2026-03-03", "complete": False},
        "dataAsOf": None,
        "completeUntil": None,
    }


def test_without_a_seller_account_nothing_is_known_of_stock(browser, world):
    open_shop(world, world.user)

    inventory = data_of(browser.get(EXECUTIVE))["inventory"]

    assert inventory == {
        "connected": False,
        **dict.fromkeys(("totalSKUs", "totalQuantity", "lowStockItems", "outOfStockItems"), NOTHING),
        "dataAsOf": None,
        "previousAsOf": None,
    }


def test_stock_is_compared_with_what_it_was_when_the_period_began(browser, world):
    world.connect(world.user, US)
    world.amazon.stock.levels = {US: [a_level("A", 50), a_level("B", 4), a_level("C", 0)]}
    world.sync()
    world.clock.advance(timedelta(days=7))
    world.amazon.stock.levels = {US: [a_level("A", 25), a_level("B", 2), a_level("C", 0), a_level("D", 0)]}
    world.sync()

    week = data_of(browser.get(EXECUTIVE, query_string={"from": "2026-03-05"}))["inventory"]
    month = data_of(browser.get(EXECUTIVE))["inventory"]

    assert week == {
        "connected": True,
        "totalSKUs": {"value": 4, "previous": 3, "change": 0.3333},
        "totalQuantity": {"value": 27, "previous": 54, "change": -0.5},
        "lowStockItems": {"value": 1, "previous": 1, "change": 0.0},
        "outOfStockItems": {"value": 2, "previous": 1, "change": 1.0},
        "dataAsOf": "2026-03-11T12:00:00Z",
        "previousAsOf": "2026-03-04T12:00:00Z",
    }
    assert month["totalQuantity"] == {"value": 27, "previous": None, "change": None}
    assert month["previousAsOf"] is None


def test_the_longest_period_is_compared_with_the_one_before_it(browser, world):
    world.connect(world.user)

    data = data_of(browser.get(EXECUTIVE, query_string={"from": "2023-12-26", "to": "2026-03-04"}))

    assert data["previousPeriod"] == {"from": "2021-10-17", "to": "2023-12-25", "complete": False}


def test_the_whole_as_csv_has_a_line_for_each_figure(browser, world):
    world.sell(world.connect(world.user), an_order("O-1", total=Money(3050, "USD")))

    lines = table_of(browser.get(EXECUTIVE, query_string=TODAY, headers={"Accept": "text/csv"}))

    assert lines[0] == {
        "figure": "revenue",
        "value": "30.5",
        "previous": "0",
        "change": "",
        "currency": "USD",
    }
    assert [line["figure"] for line in lines][:6] == [
        "revenue",
        "orders",
        "units",
        "averageOrderValue",
        "unshipped",
        "inventory.totalSKUs",
    ]
    assert {"advertising.acos", "channels.amazon.revenue", "channels.shopify.percentage"} <= {
        line["figure"] for line in lines
    }
    assert {line["figure"] for line in lines if line["currency"] == "USD"} == {
        "revenue",
        "averageOrderValue",
        "advertising.spend",
        "advertising.sales",
        "advertising.tacosOf.spend",
        "advertising.tacosOf.sales",
        *(
            f"channels.{each}.{name}"
            for each in ("amazon", "shopify")
            for name in ("revenue", "averageOrderValue")
        ),
    }
    assert {line["currency"] for line in lines} == {"USD", ""}


# Best sellers


def test_best_sellers_have_exactly_the_promised_figures(browser, world):
    world.sell(
        world.connect(world.user),
        an_order("O-1", an_item("A", 2, Money(1000, "USD")), an_item("B", 1, Money(3050, "USD"), "2")),
        an_order("O-2", an_item("A", 3, Money(1000, "USD"))),
    )

    data = data_of(browser.get(TOP, query_string=TODAY))

    assert data == {
        "by": "sku",
        "sort": "revenue",
        "currency": "USD",
        "items": [
            {"sku": "B", "asin": "B000000001", "orders": 1, "units": 1, "revenue": 30.5, "share": 0.604},
            {"sku": "A", "asin": "B000000001", "orders": 2, "units": 5, "revenue": 20, "share": 0.396},
        ],
        "products": 2,
        "totalRevenue": 50.5,
        "period": TODAY,
        "dataAsOf": None,
        "completeUntil": None,
    }


def test_best_sellers_can_be_asked_for_by_asin_by_units_and_some_of_them(browser, world):
    world.sell(
        world.connect(world.user),
        an_order("O-1", an_item("A", 2, Money(1000, "USD")), an_item("B", 1, Money(3050, "USD"), "2")),
    )

    asins = data_of(browser.get(TOP, query_string={"by": "asin"}))
    one = data_of(browser.get(TOP, query_string={"sort": "units", "limit": 1}))

    assert [(row["sku"], row["asin"], row["revenue"]) for row in asins["items"]] == [
        (None, "B000000001", 40.5)
    ]
    assert ([row["sku"] for row in one["items"]], one["products"]) == (["A"], 2)


def test_products_without_revenue_have_no_share(browser, world):
    world.sell(world.connect(world.user), an_order("O-1", an_item("A", 2, None)))

    data = data_of(browser.get(TOP))

    assert [(row["revenue"], row["share"]) for row in data["items"]] == [(0, None)]


def test_a_stores_orders_are_no_sales_of_amazon(browser, world):
    world.connect(world.user)
    sell_in(world, open_shop(world, world.user), of_store("S-1", 10))

    assert data_of(browser.get(ORDERS))["byCurrency"] == []
    assert data_of(browser.get(TOP))["items"] == []


# All of them


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        *((path, "from", value) for path in (TOP, CHANNELS, EXECUTIVE) for value in ("x", "2023-12-25", "")),
        *((path, "to", "1999-12-31") for path in (TOP, CHANNELS, EXECUTIVE)),
        *(
            (path, "currency", value)
            for path in (TOP, CHANNELS, EXECUTIVE)
            for value in ("XXX", "usd", "", "None")
        ),
        (TOP, "marketplaceId", "MARS"),
        (TOP, "by", "title"),
        (TOP, "sort", "-revenue"),
        (TOP, "limit", "0"),
        (TOP, "limit", "10000"),
        (TOP, "limit", "many"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_bad_field(browser, world, path, name, value):
    world.connect(world.user)
    browser.get(path)

    answer = browser.get(path, query_string={name: value})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {name}


@pytest.mark.parametrize("path", [TOP, CHANNELS, EXECUTIVE])
def test_a_period_that_ends_before_it_begins_is_refused(browser, world, path):
    world.connect(world.user)

    answer = browser.get(path, query_string={"from": "2026-03-02", "to": "2026-03-01"})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"from"})


@pytest.mark.parametrize("path", [TOP, CHANNELS, EXECUTIVE])
def test_figures_need_a_connection(browser, world, path):
    world.connect(world.stranger)
    open_shop(world, world.stranger)

    answer = browser.get(path)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_best_sellers_need_a_seller_account(browser, world):
    open_shop(world, world.user)

    assert browser.get(TOP).json["error"] == "amazon_not_connected"


@pytest.mark.parametrize("path", [CHANNELS, EXECUTIVE])
def test_figures_outlive_their_connections(browser, world, path):
    open_shop(world, world.user, status=ConnectionStatus.DISCONNECTED)

    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", [CHANNELS, EXECUTIVE])
@pytest.mark.parametrize("status", list(ConnectionStatus))
def test_a_channel_is_called_connected_by_all_dashboards_alike_and_keeps_its_figures(
    browser, world, path, status
):
    shop = open_shop(world, world.user, status=status)
    sell_in(world, shop, of_store("S-1", 10))
    setup = data_of(browser.get(SETUP))["integrations"]

    amazon, store = data_of(browser.get(path))["channels"]

    assert store["connected"] is setup["shopify"]["connected"] is status.usable
    assert amazon["connected"] is setup["amazon"]["connected"] is False
    assert store["orders"] in (1, {"value": 1, "previous": 0, "change": None})


@pytest.mark.parametrize("status", list(ConnectionStatus))
def test_stock_and_advertising_are_called_connected_as_channels_are_and_keep_their_figures(
    browser, world, status
):
    world.stock(world.connect(world.user, status=status), a_level("A", 20))
    world.connect_ads(world.user, status=status)
    setup = data_of(browser.get(SETUP))["integrations"]

    whole = data_of(browser.get(EXECUTIVE))

    stock, ads, (amazon, _store) = whole["inventory"], whole["advertising"], whole["channels"]
    assert stock["connected"] is setup["amazon"]["connected"] is amazon["connected"] is status.usable
    assert ads["connected"] is setup["amazonAds"]["connected"] is status.usable
    assert (stock["totalQuantity"]["value"], ads["spend"]["value"]) == (20, 0)


def test_stock_and_advertising_are_connected_as_long_as_any_of_their_accounts_is(browser, world):
    world.connect(world.user, seller_id="GONE", status=ConnectionStatus.DISCONNECTED)
    world.connect(world.user, seller_id="HERE")
    world.connect_ads(world.user, status=ConnectionStatus.REAUTHORIZATION_REQUIRED)

    whole = data_of(browser.get(EXECUTIVE))

    assert (whole["inventory"]["connected"], whole["advertising"]["connected"]) == (True, False)


def test_who_disconnects_advertising_is_told_so_by_the_whole_at_once(browser, world):
    world.connect(world.user)
    world.connect_ads(world.user)
    before = browser.get(EXECUTIVE)

    browser.delete("/api/v1/ads/disconnect")
    after = browser.get(EXECUTIVE, headers={"If-None-Match": before.headers["ETag"]})

    assert data_of(before)["advertising"]["connected"] is True
    assert data_of(after)["advertising"]["connected"] is False


def test_a_channel_is_connected_as_long_as_any_of_its_connections_is(browser, world):
    open_shop(world, world.user, status=ConnectionStatus.DISCONNECTED)
    world.connect(world.user, seller_id="GONE", status=ConnectionStatus.DISCONNECTED)
    world.connect(world.user, seller_id="HERE")

    assert [each["connected"] for each in data_of(browser.get(CHANNELS))["channels"]] == [True, False]


def test_nobody_sees_another_users_channels(browser, world):
    world.connect(world.user)
    world.sell(world.connect(world.stranger, seller_id="SELLER2"), an_order("O-1", an_item("A")))
    sell_in(world, open_shop(world, world.stranger), of_store("S-1", 10))

    assert data_of(browser.get(CHANNELS))["byCurrency"] == []
    assert data_of(browser.get(EXECUTIVE))["orders"]["value"] == 0
    assert data_of(browser.get(TOP))["items"] == []


@pytest.mark.parametrize("path", [TOP, CHANNELS, EXECUTIVE])
def test_who_has_the_answer_is_told_so_until_something_is_sold(browser, world, path):
    connection = world.connect(world.user)
    tag = browser.get(path).headers["ETag"]

    again = browser.get(path, headers={"If-None-Match": tag})
    world.sell(connection, an_order("O-1", an_item("A")))
    changed = browser.get(path, headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize(
    ("path", "header", "lines"),
    [
        (ORDERS, ["date", "orders", "revenue", "currency"], 30),
        (TOP, ["sku", "asin", "orders", "units", "revenue", "share", "currency"], 1),
        (
            CHANNELS,
            [
                "channel",
                "connected",
                "orders",
                "revenue",
                "avgOrderValue",
                "units",
                "percentage",
                "dataAsOf",
                "completeUntil",
                "incompleteBecause",
                "currency",
            ],
            2,
        ),
        (EXECUTIVE, ["figure", "value", "previous", "change", "currency"], 26),
    ],
)
def test_the_same_rows_are_there_as_csv(browser, world, path, header, lines):
    world.sell(world.connect(world.user, US), an_order("O-1", an_item("A", total=Money(500, "USD"))))

    found = table_of(browser.get(path, headers={"Accept": "text/csv"}))

    assert (list(found[0]), len(found)) == (header, lines)


@pytest.mark.parametrize("path", [ORDERS, TOP, CHANNELS])
def test_each_row_of_a_table_with_amounts_says_their_currency(browser, world, path):
    berlin = world.connect(world.user, DE)
    euros = Money(500, "EUR")
    world.sell(berlin, an_order("O-1", an_item("A", total=euros), marketplace_id=DE, total=euros))

    found = table_of(browser.get(path, headers={"Accept": "text/csv"}))

    assert {row["currency"] for row in found} == {"EUR"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (ORDERS, "amazon-orders"),
        (TOP, "amazon-orders-top"),
        (CHANNELS, "channel-performance"),
        (EXECUTIVE, "executive"),
    ],
)
def test_a_table_is_saved_under_the_name_of_its_days_and_currency(browser, world, path, name):
    world.connect(world.user, US)
    asked = {"from": "2026-02-01", "to": "2026-02-28", "currency": "CAD"}

    usual = browser.get(path, headers={"Accept": "text/csv"})
    chosen = browser.get(path, query_string=asked, headers={"Accept": "text/csv"})

    assert usual.headers["Content-Disposition"] == (
        f"attachment; filename={name}-2026-02-03-2026-03-04-USD.csv"
    )
    assert chosen.headers["Content-Disposition"] == (
        f"attachment; filename={name}-2026-02-01-2026-02-28-CAD.csv"
    )


@pytest.mark.parametrize("form", ["application/json", "text/csv"])
@pytest.mark.parametrize("path", [SETUP, INVENTORY, STOCK, ORDERS, TOP, CHANNELS, EXECUTIVE])
def test_how_fresh_the_figures_are_stands_in_the_headers_of_each_form(browser, world, path, form):
    world.connect(world.user, US)
    before = browser.get(path, headers={"Accept": form})
    for _half_hour in range(6):
        world.sync()
        world.clock.advance(timedelta(minutes=30))

    data = data_of(browser.get(path))
    first, kept = (browser.get(path, headers={"Accept": form}) for _ in range(2))

    known = (data["dataAsOf"], data["completeUntil"])
    assert None not in known
    assert "X-Data-As-Of" not in before.headers
    assert "X-Complete-Until" not in before.headers
    for answer in (first, kept):
        assert (answer.headers["X-Data-As-Of"], answer.headers["X-Complete-Until"]) == known


def test_what_is_not_complete_has_no_header_that_says_up_to_when(browser, world):
    world.connect(world.user, US)
    for _half_hour in range(6):
        world.sync()
        world.clock.advance(timedelta(minutes=30))

    answer = browser.get(
        ORDERS, query_string={"from": "2025-01-01", "to": "2025-06-30"}, headers={"Accept": "text/csv"}
    )

    assert ("X-Data-As-Of" in answer.headers, "X-Complete-Until" in answer.headers) == (True, False)


@pytest.mark.parametrize(
    ("path", "first"),
    [(ORDERS, "date,"), (TOP, "sku,"), (CHANNELS, "channel,"), (EXECUTIVE, "figure,"), (STOCK, "sku,")],
)
def test_csv_has_its_line_of_names_where_nothing_was_ever_sold(browser, world, path, first):
    world.connect(world.user, US)

    found = browser.get(path, headers={"Accept": "text/csv"}).get_data(as_text=True)

    assert found.startswith(first)
