"""The dashboards' data, seen from the browser: its shape to the letter, and who gets it."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from adapters.shopify.terms import WHY_LIMITED
from domain.channels.limits import HistoryLimits
from domain.connections.model import ConnectionStatus, Provider
from domain.errors import UpstreamFailed
from domain.kpis.dashboards import ChannelSetup
from domain.kpis.model import Volume
from domain.money import Money
from entrypoints.http.dashboard_shapes import setup_json
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.stores import STORE, a_store_connection
from tests.fakes.things import DE, JP, NOW, a_connection, a_level, a_user, an_item, an_order
from tests.fakes.world import World

SETUP = "/api/v1/dashboard/setup-status"
INVENTORY = "/api/v1/dashboard/amazon-inventory"
EXECUTIVE = "/api/v1/dashboard/executive"
ORDERS = "/api/v1/dashboard/amazon-orders"
TOP = "/api/v1/dashboard/amazon-orders/top"
CHANNELS = "/api/v1/dashboard/channel-performance"
ADS_MISSING = ["AMAZON_ADS_CLIENT_ID", "AMAZON_ADS_CLIENT_SECRET"]


def data_of(answer):
    assert (answer.status_code, answer.json["success"]) == (200, True)
    assert set(answer.json) == {"success", "data"}
    return answer.json["data"]


def test_setup_before_anything_is_connected(browser):
    integrations = data_of(browser.get(SETUP))["integrations"]

    assert set(integrations) == {"amazon", "amazonAds", "shopify"}
    assert integrations["amazon"] == {
        "connected": False,
        "status": "disconnected",
        "lastSync": None,
        "inventoryCount": 0,
        "orderCount": 0,
    }


def test_setup_without_an_application_names_the_missing_settings():
    world = World(missing_settings=("AMAZON_APP_ID", "AMAZON_LWA_APP_ID"))
    browser = logged_in(app_of(world), world.user)

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert (amazon["connected"], amazon["status"]) == (False, "configuration_error")
    assert amazon["details"] == {"missing": ["AMAZON_APP_ID", "AMAZON_LWA_APP_ID"]}
    assert "AMAZON_LWA_APP_ID" in amazon["message"]


def test_setup_names_what_the_other_channels_lack(browser):
    ads = data_of(browser.get(SETUP))["integrations"]["amazonAds"]

    assert (ads["connected"], ads["status"]) == (False, "configuration_error")
    assert ads["details"]["missing"] == ADS_MISSING


def test_a_channel_whose_settings_are_there_is_merely_disconnected():
    world = World(AMAZON_ADS_CLIENT_ID="amzn1.application-oa2-client.1", AMAZON_ADS_CLIENT_SECRET="s")
    browser = logged_in(app_of(world), world.user)

    ads = data_of(browser.get(SETUP))["integrations"]["amazonAds"]

    assert ads == {"connected": False, "status": "disconnected", "lastSync": None}


def test_setup_with_a_seller_tells_how_much_is_here_and_since_when(browser, world):
    world.connect(world.user)
    world.amazon.orders.orders = [an_order("O-1"), an_order("O-2", status="CANCELLED")]
    world.sync()

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert amazon == {
        "connected": True,
        "status": "connected",
        "lastSync": "2026-03-04T12:00:00Z",
        "inventoryCount": 0,
        "orderCount": 1,
    }


def test_setup_says_how_fresh_the_orders_and_the_stock_are(browser, world):
    before = data_of(browser.get(SETUP))
    world.connect(world.user)
    unsynced = data_of(browser.get(SETUP))
    world.sync()
    orders, stock = data_of(browser.get(ORDERS)), data_of(browser.get(INVENTORY))

    synced = data_of(browser.get(SETUP))

    for empty in (before, unsynced):
        assert (empty["dataAsOf"], empty["completeUntil"]) == (None, None)
    assert synced["dataAsOf"] == orders["dataAsOf"] == stock["dataAsOf"] == "2026-03-04T12:00:00Z"
    assert synced["completeUntil"] == "2026-03-04T11:57:00Z"  # the orders; the stock is complete until now


def test_setup_as_csv_has_a_line_for_each_channel(browser, world):
    world.connect(world.user)
    world.sync()

    answer = browser.get(SETUP, headers={"Accept": "text/csv"})

    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    amazon, ads, store = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
    assert (amazon["integration"], amazon["connected"], amazon["status"]) == ("amazon", "true", "connected")
    assert (amazon["lastSync"], amazon["orderCount"]) == ("2026-03-04T12:00:00Z", "0")
    assert (ads["integration"], ads["details.missing"]) == ("amazonAds", ";".join(ADS_MISSING))
    assert (store["integration"], store["connected"]) == ("shopify", "false")


def test_a_connected_seller_stays_connected_when_settings_go_missing():
    world = World(missing_settings=("AMAZON_APP_ID",))
    world.connect(world.user)
    browser = logged_in(app_of(world), world.user)

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert (amazon["connected"], amazon["status"]) == (True, "connected")


def test_setup_tells_what_went_wrong_last(browser, world):
    world.connect(world.user)
    world.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 500."))
    world.sync()

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert (amazon["connected"], amazon["status"]) == (True, "degraded")
    assert amazon["message"] == "Amazon answered 500."


def test_setup_is_as_the_worst_off_of_several_sellers_is_and_says_which(browser, world):
    connect = partial(world.connect, world.user)
    connect(seller_id="GOOD")
    connect(seller_id="BAD", status=ConnectionStatus.REAUTHORIZATION_REQUIRED)
    connect(seller_id="GONE", status=ConnectionStatus.DISCONNECTED)
    connect(seller_id="POOR", status=ConnectionStatus.DEGRADED)

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert (amazon["connected"], amazon["status"]) == (True, "reauthorization_required")


def test_setup_is_of_those_who_are_still_there_when_the_default_seller_has_left(browser, world):
    world.connect(world.user, seller_id="GONE", status=ConnectionStatus.DISCONNECTED)
    world.connect(world.user, seller_id="HERE")

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert (amazon["connected"], amazon["status"]) == (True, "connected")


def test_setup_asks_for_a_renewal_whichever_seller_it_is_of(browser, world):
    world.connect(world.user, seller_id="NEW")
    old = replace(
        a_connection(world.user, seller_id="OLD"), authorized_at=NOW - timedelta(days=363), is_default=False
    )
    with world.work() as work:
        work.connections.add(old)
        work.figures.changed(world.user.id)
        work.commit()

    amazon = data_of(browser.get(SETUP))["integrations"]["amazon"]

    assert (amazon["connected"], amazon["status"]) == (True, "connected")
    assert amazon["message"].startswith("OLD: Amazon's authorization runs out on ")


def test_setup_tells_of_a_second_store_of_sixty_days(browser, world):
    world.connect_store(world.user)
    limited = replace(STORE, scopes=("read_orders",))
    with world.work() as work:
        for minutes, shop in enumerate(("second.myshopify.com", "third.myshopify.com"), start=1):
            one = a_store_connection(world.user, shop=shop, store=limited)
            since = one.connected_at + timedelta(minutes=minutes)
            work.connections.add(replace(one, is_default=False, connected_at=since))
        work.figures.changed(world.user.id)
        work.commit()

    store = data_of(browser.get(SETUP))["integrations"]["shopify"]

    assert (store["connected"], store["status"]) == (True, "connected")
    assert store["message"] == (
        f"second.myshopify.com: {WHY_LIMITED} (There is a word on 1 more of its connections.)"
    )


def test_setup_was_synced_when_the_seller_was_who_was_synced_longest_ago():
    moments = (NOW, NOW - timedelta(minutes=5), None)
    sellers = [replace(a_connection(a_user()), last_synced_at=moment) for moment in moments]
    setup = ChannelSetup(Provider.AMAZON_SP, sellers, Volume(0, 0))

    assert setup_json(setup, (), NOW, HistoryLimits({}))["lastSync"] == "2026-03-04T11:55:00Z"


def test_inventory_has_exactly_the_promised_figures(browser, world):
    connection = world.connect(world.user)
    world.sync()
    world.stock(
        connection, a_level("OUT", 0), a_level("LOW", 9), a_level("OK", 10), a_level("MORE", 20, total=26)
    )

    data = data_of(browser.get(INVENTORY))

    assert data == {
        "totalSKUs": 4,
        "totalQuantity": 45,
        "lowStockItems": 1,
        "outOfStockItems": 1,
        "lastSynced": "2026-03-04T12:00:00Z",
        "dataAsOf": "2026-03-04T12:00:00Z",
        "completeUntil": data["completeUntil"],
    }


def test_inventory_of_one_marketplace_leaves_the_others_out(browser, world):
    world.stock(world.connect(world.user), a_level("US-1"), a_level("US-2"))
    world.stock(world.connect(world.user, DE, seller_id="SELLER2"), a_level("DE-1"))

    data = data_of(browser.get(INVENTORY, query_string={"marketplaceId": DE}))

    assert data["totalSKUs"] == 1


def test_orders_have_exactly_the_promised_figures(browser, world):
    connection = world.connect(world.user)
    world.sync()
    world.sell(
        connection,
        an_order("O-1", an_item(quantity=2), total=Money(2550, "USD")),
        an_order("O-2", total=Money(1000, "USD"), status="UNSHIPPED"),
        an_order("O-3", total=Money(9900, "USD"), status="CANCELLED"),
        an_order("O-4", total=Money(500, "USD"), created_at=NOW - timedelta(days=2)),
    )

    data = data_of(browser.get(ORDERS, query_string={"from": "2026-03-04", "to": "2026-03-04"}))

    assert data == {
        "totalOrders": 2,
        "totalRevenue": 35.5,
        "avgOrderValue": 17.75,
        "unshippedOrders": 1,
        "units": 2,
        "currency": "USD",
        "byCurrency": [{"currency": "USD", "orders": 2, "revenue": 35.5, "avgOrderValue": 17.75, "units": 2}],
        "byStatus": [
            {"status": "PENDING_AVAILABILITY", "orders": 0},
            {"status": "PENDING", "orders": 0},
            {"status": "UNSHIPPED", "orders": 1},
            {"status": "PARTIALLY_SHIPPED", "orders": 0},
            {"status": "SHIPPED", "orders": 1},
            {"status": "UNFULFILLABLE", "orders": 0},
            {"status": "CANCELLED", "orders": 1},
        ],
        "series": [{"date": "2026-03-04", "orders": 2, "revenue": 35.5}],
        "period": {
            "from": "2026-03-04",
            "to": "2026-03-04",
            "totalOrders": 2,
            "totalRevenue": 35.5,
            "avgOrderValue": 17.75,
            "unshippedOrders": 1,
            "units": 2,
        },
        "previousPeriod": {
            "from": "2026-03-03",
            "to": "2026-03-03",
            "totalOrders": 0,
            "totalRevenue": 0,
            "avgOrderValue": 0,
            "unshippedOrders": 0,
            "units": 0,
            "complete": False,
        },
        "lastSynced": "2026-03-04T12:00:00Z",
        "dataAsOf": "2026-03-04T12:00:00Z",
        "completeUntil": data["completeUntil"],
        "gaps": [],
    }


def test_orders_without_a_period_are_those_of_thirty_days_each_day_with_its_point(browser, world):
    world.connect(world.user)

    data = data_of(browser.get(ORDERS))

    assert (data["period"]["from"], data["period"]["to"]) == ("2026-02-03", "2026-03-04")
    assert (data["previousPeriod"]["from"], data["previousPeriod"]["to"]) == ("2026-01-04", "2026-02-02")
    assert len(data["series"]) == 30
    assert data["series"][0] == {"date": "2026-02-03", "orders": 0, "revenue": 0}


def test_today_is_the_marketplaces_day(browser, world):
    world.connect(world.user, JP)
    world.clock.set(NOW.replace(hour=16))

    data = data_of(browser.get(ORDERS))

    assert (data["period"]["to"], data["currency"]) == ("2026-03-05", "JPY")


def test_amounts_of_currencies_without_a_minor_unit_are_whole_numbers(browser, world):
    world.sell(
        world.connect(world.user, JP),
        an_order("O-1", marketplace_id=JP, total=Money(1999, "JPY")),
        an_order("O-2", marketplace_id=JP, total=Money(1000, "JPY")),
    )

    data = data_of(browser.get(ORDERS))

    assert (data["totalRevenue"], data["avgOrderValue"]) == (2999, 1500)
    assert isinstance(data["totalRevenue"], int)


def test_currencies_are_never_added(browser, world):
    world.sell(world.connect(world.user), an_order("O-1", total=Money(1000, "USD")))
    world.sell(
        world.connect(world.user, DE, seller_id="SELLER2"),
        an_order("O-2", marketplace_id=DE, total=Money(2000, "EUR")),
    )

    data = data_of(browser.get(ORDERS))
    euros = data_of(browser.get(ORDERS, query_string={"currency": "EUR"}))
    german = data_of(browser.get(ORDERS, query_string={"marketplaceId": DE}))

    assert (data["currency"], data["totalRevenue"], data["totalOrders"]) == ("USD", 10, 1)
    assert [(one["currency"], one["revenue"]) for one in data["byCurrency"]] == [("EUR", 20), ("USD", 10)]
    assert (euros["currency"], euros["totalRevenue"]) == ("EUR", 20)
    assert (german["currency"], german["totalRevenue"]) == ("EUR", 20)


def test_orders_still_pending_have_no_say_in_the_average(browser, world):
    world.sell(
        world.connect(world.user),
        an_order("O-1", total=Money(1000, "USD")),
        an_order("O-2", total=None, status="PENDING"),
    )

    data = data_of(browser.get(ORDERS))

    assert (data["totalOrders"], data["totalRevenue"], data["avgOrderValue"]) == (2, 10, 10)


def test_orders_by_status_add_up_to_those_that_count_and_those_that_were_cancelled(browser, world):
    page = [
        an_order(f"O-{number}", status=status, total=total, created_at=NOW - timedelta(days=days))
        for number, (status, total, days) in enumerate(
            [
                ("PENDING", None, 0),
                ("UNSHIPPED", Money(100, "USD"), 0),
                ("PARTIALLY_SHIPPED", Money(100, "USD"), 1),
                ("SHIPPED", Money(100, "EUR"), 1),
                ("SENT_BY_DRONE", Money(100, "USD"), 2),
                ("CANCELLED", None, 2),
                ("SHIPPED", Money(100, "USD"), 40),
            ]
        )
    ]
    world.sell(world.connect(world.user), *page)

    data = data_of(browser.get(ORDERS))

    counted = {row["status"]: row["orders"] for row in data["byStatus"]}
    assert counted == {
        "PENDING_AVAILABILITY": 0,
        "PENDING": 1,
        "UNSHIPPED": 1,
        "PARTIALLY_SHIPPED": 1,
        "SHIPPED": 0,
        "UNFULFILLABLE": 0,
        "CANCELLED": 1,
        "SENT_BY_DRONE": 1,
    }
    assert sum(counted.values()) - counted["CANCELLED"] == data["totalOrders"]
    assert counted["UNSHIPPED"] + counted["PARTIALLY_SHIPPED"] == data["unshippedOrders"]


def test_orders_by_status_are_of_the_marketplace_and_currency_that_are_asked_for(browser, world):
    connection = world.connect(world.user)
    world.sell(
        connection,
        an_order("O-1", total=Money(100, "USD")),
        an_order("O-2", total=Money(100, "EUR"), marketplace_id=DE),
        an_order("O-3", total=None, status="PENDING", marketplace_id=DE),
    )

    german = data_of(browser.get(ORDERS, query_string={"marketplaceId": DE}))
    dollars = data_of(browser.get(ORDERS, query_string={"currency": "USD"}))

    def some(data):
        return {row["status"]: row["orders"] for row in data["byStatus"] if row["orders"]}

    assert some(german) == {"PENDING": 1, "SHIPPED": 1}
    assert some(dollars) == {"SHIPPED": 1}


def test_before_the_first_sync_the_figures_admit_that_nothing_is_known(browser, world):
    world.connect(world.user)

    stock, sales = data_of(browser.get(INVENTORY)), data_of(browser.get(ORDERS))

    assert (stock["lastSynced"], stock["dataAsOf"], stock["completeUntil"]) == (None, None, None)
    assert (sales["lastSynced"], sales["dataAsOf"], sales["completeUntil"]) == (None, None, None)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (ORDERS, "from", "yesterday"),
        (ORDERS, "from", "2026-02-30"),
        (ORDERS, "from", "1767225600"),
        (ORDERS, "to", "2026-3-4"),
        (ORDERS, "to", ""),
        (ORDERS, "to", "1999-12-31"),
        (ORDERS, "to", "9999-12-31"),
        (ORDERS, "from", "0001-01-01"),
        (ORDERS, "from", "2020-01-01"),
        (ORDERS, "currency", "usd"),
        (ORDERS, "currency", "XXX"),
        (ORDERS, "marketplaceId", "MARS"),
        (INVENTORY, "marketplaceId", "MARS"),
    ],
)
def test_a_question_that_makes_no_sense_names_the_bad_field(browser, world, path, name, value):
    world.connect(world.user)

    answer = browser.get(path, query_string={name: value})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert set(answer.json["details"]["fields"]) == {name}


def test_a_period_that_ends_before_it_begins_is_refused(browser, world):
    world.connect(world.user)

    answer = browser.get(ORDERS, query_string={"from": "2026-03-02", "to": "2026-03-01"})

    assert (answer.status_code, set(answer.json["details"]["fields"])) == (400, {"from"})


@pytest.mark.parametrize("path", [INVENTORY, ORDERS])
def test_figures_need_a_connection(browser, world, path):
    world.connect(world.stranger)

    answer = browser.get(path)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


@pytest.mark.parametrize("path", [INVENTORY, ORDERS])
def test_figures_outlive_the_connection(browser, world, path):
    world.connect(world.user, status=ConnectionStatus.DISCONNECTED)

    assert browser.get(path).status_code == 200


def test_nobody_sees_another_users_figures(browser, world):
    world.connect(world.user)
    theirs = world.connect(world.stranger, seller_id="SELLER2")
    world.sell(theirs, an_order("O-1"))
    world.stock(theirs, a_level())

    assert data_of(browser.get(ORDERS))["totalOrders"] == 0
    assert data_of(browser.get(INVENTORY))["totalSKUs"] == 0
    assert data_of(browser.get(SETUP))["integrations"]["amazon"]["orderCount"] == 0


@pytest.mark.parametrize("path", [SETUP, INVENTORY, ORDERS])
def test_who_has_the_answer_already_is_told_so(browser, world, path):
    world.connect(world.user)
    first = browser.get(path)

    again = browser.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "X-Request-Id" in again.headers


@pytest.mark.parametrize("path", [SETUP, ORDERS])
def test_an_answer_that_has_changed_is_given_in_full(browser, world, path):
    connection = world.connect(world.user)
    first = browser.get(path)
    world.sell(connection, an_order("O-1"))

    again = browser.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("path", [SETUP, INVENTORY, ORDERS])
def test_no_shared_cache_may_keep_figures(browser, world, path):
    world.connect(world.user)

    answer = browser.get(path)

    assert answer.cache_control.private
    assert "Cookie" in answer.headers["Vary"]


def test_the_period_before_is_compared_with_only_where_its_orders_have_been_fetched(browser, world):
    world.connect(world.user)
    of_last_month = {"from": "2026-02-03", "to": "2026-03-04"}
    new = data_of(browser.get(ORDERS, query_string=of_last_month))["previousPeriod"]
    for _half_hour in range(6):
        world.sync()
        world.clock.advance(timedelta(minutes=30))

    month = data_of(browser.get(ORDERS, query_string=of_last_month))["previousPeriod"]
    quarter = data_of(browser.get(ORDERS, query_string={"from": "2025-12-05", "to": "2026-03-04"}))[
        "previousPeriod"
    ]
    whole = data_of(browser.get(EXECUTIVE, query_string=of_last_month))["previousPeriod"]

    assert (new["complete"], month["complete"], whole["complete"]) == (False, True, True)
    assert (quarter["from"], quarter["complete"]) == ("2025-09-06", False)  # history begins 90 days ago


@pytest.mark.parametrize("days", [{"from": "2025-01-01", "to": "2025-06-30"}, {"from": "2025-12-03"}])
def test_what_lies_before_the_history_that_was_fetched_is_never_called_complete(browser, world, days):
    world.connect(world.user)
    for _half_hour in range(6):
        world.sync()
        world.clock.advance(timedelta(minutes=30))

    screens = {
        path: data_of(browser.get(path, query_string=days)) for path in (ORDERS, TOP, CHANNELS, EXECUTIVE)
    }
    reached = data_of(browser.get(CHANNELS, query_string={"from": "2025-12-05"}))

    assert {path: data["completeUntil"] for path, data in screens.items()} == dict.fromkeys(screens)
    for path in (CHANNELS, EXECUTIVE):
        amazon = screens[path]["channels"][0]
        assert amazon["completeUntil"] is None
        # History begins ninety days before the connection, at noon.
        assert amazon["incompleteBecause"].startswith(
            "Orders are fetched from 2025-12-05 on: a larger BACKFILL_DAYS"
        )
    assert reached["completeUntil"] is not None
    assert reached["channels"][0]["incompleteBecause"] is None


def test_days_that_lack_orders_are_named_and_end_what_is_known_to_be_complete(browser, world):
    connection = world.connect(world.user)
    world.sales.also.append(an_order("LOST", created_at=NOW + timedelta(hours=6)))
    for _half_hour in range(60):
        world.sync()
        world.clock.advance(timedelta(minutes=30))

    data = data_of(browser.get(ORDERS, query_string={"from": "2026-03-03", "to": "2026-03-05"}))
    from_there = data_of(browser.get(ORDERS, query_string={"from": "2026-03-04", "to": "2026-03-05"}))
    others = data_of(browser.get(ORDERS, query_string={"marketplaceId": DE}))

    gap = {"date": "2026-03-04", "amazonOrders": 1, "ourOrders": 0, "verdict": "gap"}
    assert data["gaps"] == [{"marketplaceId": connection.marketplace_id, **gap}]
    assert (data["completeUntil"], from_there["completeUntil"]) == ("2026-03-04T08:00:00Z", None)
    assert others["gaps"] == []
    assert [line.amazon.day for line in world.services.ledger.gaps(world.user.id)] == [date(2026, 3, 4)]
    assert world.services.ledger.gaps(world.stranger.id) == []
