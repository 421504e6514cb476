"""A seller's first day with Portside, from registering to leaving, in a real browser."""

import re

import pytest
import requests
from playwright.sync_api import expect

from entrypoints.simulator.faults import Fault
from entrypoints.simulator.sellers import Seller
from tests.browser.harbour import Harbour, quiet
from tests.browser.looks import DESKTOP, VIEWS, Look
from tests.browser.reading import shows, table, tile
from tests.browser.visitor import Visitor
from tests.e2e.processes import until

#: As long as everything takes on a machine that is busy with other tests.
pytestmark = pytest.mark.timeout(300)

POINT = 4321
STOCK = (
    ("Units in stock", "totalQuantity"),
    ("Running low", "lowStockItems"),
    ("Out of stock", "outOfStockItems"),
)


def test_a_seller_s_first_day(port: Harbour, visitors, look: Look) -> None:
    visitor, seller, email = visitors(look), port.seller(), port.email()

    visitor.page.goto("/")
    visitor.register(email)
    connect_amazon(visitor, port, seller)
    watch_the_first_sync(visitor, port)
    settled(visitor)
    compare_sales(visitor)
    compare_orders(visitor)
    compare_stock(visitor)
    change_a_reorder_point(visitor)
    connect_shopify(visitor, port)
    connect_advertising(visitor, port.advertiser(seller))
    settled(visitor)
    compare_channels(visitor)
    compare_advertising(visitor)
    make_and_delete_a_key(visitor)
    for path in VIEWS:
        visitor.go(path)
    disconnect(visitor, seller)
    leave_and_come_back(visitor, email)


@pytest.fixture(params=[DESKTOP, Look("phone", "dark")], ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    found: Look = request.param
    return found


def connect_amazon(visitor: Visitor, port: Harbour, seller: Seller) -> None:
    visitor.see("Bring your store into port")
    # Amazon is slow today, so that the first sync can be seen under way.
    port.faults.order(Fault("searchOrders", "hang", times=None, seconds=20))
    visitor.press("Connect Amazon")
    expect(visitor.page.get_by_role("heading", name="Authorize Portside?")).to_be_visible()
    visitor.page.locator(f'input[value="{seller.id}"]').check()
    visitor.press("Confirm")
    visitor.see("Amazon is connected")
    visitor.see("Your first figures are on their way")


def watch_the_first_sync(visitor: Visitor, port: Harbour) -> None:
    visitor.press("See the overview")
    visitor.see("Sync under way")
    expect(visitor.main.get_by_role("progressbar", name="Orders, sync progress")).to_be_visible()
    port.faults.clear()
    visitor.see("Sync finished")
    # By itself, without a reload: something was sold.
    revenue = visitor.main.locator(".tile-value").first
    expect(revenue).to_have_text(re.compile(r"\$[1-9]"))


def settled(visitor: Visitor) -> None:
    """Until nothing is under way any more: then figures stay what they are."""
    until(lambda: quiet(visitor.get), 60, lambda: str(visitor.get("/api/v1/sync/runs")))


def compare_sales(visitor: Visitor) -> None:
    visitor.open("/")
    told = visitor.get("/api/v1/dashboard/executive")["data"]
    sales = visitor.main.get_by_role("region", name="Sales")

    assert told["revenue"]["value"] > 0
    for label, name in (("Revenue", "revenue"), ("Orders", "orders"), ("Units", "units")):
        assert shows(tile(sales, label), told[name]["value"]), label
    assert shows(tile(sales, "Average order"), told["averageOrderValue"]["value"])
    stock = visitor.main.get_by_role("region", name="Stock and shipping")
    assert shows(tile(stock, "Unshipped orders"), told["unshipped"]["value"])
    for label, name in STOCK:
        assert shows(tile(stock, label), told["inventory"][name]["value"]), label


def compare_orders(visitor: Visitor) -> None:
    visitor.go("/orders")
    told = visitor.get("/api/v1/dashboard/amazon-orders")["data"]

    for label, name in (
        ("Orders", "totalOrders"),
        ("Revenue", "totalRevenue"),
        ("Average order", "avgOrderValue"),
        ("Units", "units"),
        ("Unshipped", "unshippedOrders"),
    ):
        assert shows(tile(visitor.main, label), told[name]), label
    visitor.main.get_by_text("Show the days as a table").click()
    days = table(visitor.main, "Orders per day")
    assert len(days) == len(told["series"]) == 30
    for row, day in zip(days, reversed(told["series"]), strict=True):
        assert shows(row["Orders"], day["orders"]), row
        assert shows(row["Revenue"], day["revenue"]), row
    top = visitor.get("/api/v1/dashboard/amazon-orders/top", limit="10")["data"]["items"]
    best = table(visitor.main, "Best sellers")
    assert len(best) == len(top) > 3
    for row, item in zip(best, top, strict=True):
        assert shows(row["Revenue"], item["revenue"]), row
        assert shows(row["Units"], item["units"]), row


def compare_stock(visitor: Visitor) -> None:
    visitor.go("/stock")
    sums = visitor.get("/api/v1/dashboard/amazon-inventory")["data"]
    items = visitor.get("/api/v1/dashboard/amazon-inventory/items", limit="50", sort="sku")["data"]["items"]

    for label, name in STOCK:
        assert shows(tile(visitor.main, label), sums[name]), label
    rows = table(visitor.main, "Items")
    assert len(rows) == len(items) > 20
    for row, item in zip(rows, items, strict=True):
        assert item["sku"] in row["SKU"]
        for title, name in (
            ("Sellable", "fulfillable"),
            ("Inbound", "inbound"),
            ("Reserved", "reserved"),
            ("Sold, 30 days", "unitsLast30Days"),
            ("Days of cover", "daysOfCover"),
        ):
            assert shows(row[title], item[name]), (title, row)
        assert row["Reorder point"].startswith(f"{item['reorderPoint']:,} {item['reorderPointSource']}")


def change_a_reorder_point(visitor: Visitor) -> None:
    sku = table(visitor.main, "Items")[0]["SKU"].split()[0]
    visitor.main.get_by_role("button", name=f"reorder point of {sku}: change it").first.click()
    field = visitor.main.get_by_label(f"Reorder point of {sku}").first
    field.fill(str(POINT))
    field.press("Enter")
    expect(visitor.main.get_by_text(f"The reorder point of {sku} is {POINT} now.")).to_be_attached()

    items = visitor.get("/api/v1/dashboard/amazon-inventory/items", search=sku, sort="sku")["data"]["items"]
    assert (POINT, "own") in [(item["reorderPoint"], item["reorderPointSource"]) for item in items]
    visitor.open("/stock")
    rows = [row for row in table(visitor.main, "Items") if row["SKU"].split()[0] == sku]
    assert f"{POINT:,} own" in " ".join(row["Reorder point"] for row in rows)


def connect_shopify(visitor: Visitor, port: Harbour) -> None:
    visitor.go("/settings")
    store = port.shop()
    visitor.main.get_by_label("Your store").fill(store.shop)
    visitor.press("Connect Shopify")
    visitor.press("Install")
    visitor.see("Shopify is connected")
    visitor.see(store.shop)


def connect_advertising(visitor: Visitor, advertiser: str) -> None:
    visitor.press("Connect Amazon Ads")
    visitor.page.locator(f'input[value="{advertiser}"]').check()
    visitor.press("Allow")
    visitor.see("Amazon Ads is connected")


def compare_channels(visitor: Visitor) -> None:
    visitor.open("/")
    told = visitor.get("/api/v1/dashboard/executive")["data"]
    lines = visitor.main.locator(".shares .share-line").all_inner_texts()

    assert [each["channel"] for each in told["channels"]] == ["amazon", "shopify"]
    for words, each in zip(lines, told["channels"], strict=True):
        assert shows(re.findall(r"([\d.]+)%", words)[0], each["percentage"]["value"]), words
        assert shows(re.findall(r"(\S+) from", words)[0], each["revenue"]["value"]), words
    ads = visitor.main.get_by_role("region", name="Advertising")
    assert shows(tile(ads, "Ad spend"), told["advertising"]["spend"]["value"])
    assert shows(tile(ads, "ACoS"), told["advertising"]["acos"]["value"], times=100)
    assert shows(tile(ads, "TACoS"), told["advertising"]["tacos"]["value"], times=100)
    assert shows(tile(ads, "ROAS"), told["advertising"]["roas"]["value"])


def compare_advertising(visitor: Visitor) -> None:
    visitor.go("/advertising")
    told = visitor.get("/api/v1/ads/performance")

    for label, name in (("Spend", "spend"), ("Ad sales", "sales"), ("Clicks", "clicks"), ("ROAS", "roas")):
        assert shows(tile(visitor.main, label), told["totals"][name]), label
    rows = table(visitor.main, "Campaigns")
    assert len(rows) == len(told["campaigns"]) > 0
    for row, each in zip(rows, sorted(told["campaigns"], key=lambda one: -one["spend"]), strict=True):
        assert shows(row["Spend"], each["spend"]), row


def make_and_delete_a_key(visitor: Visitor) -> None:
    visitor.go("/settings")
    visitor.main.get_by_label("Name of a new key").fill("price tool")
    visitor.press("Make a key")
    key = visitor.main.get_by_label("The key price tool", exact=True).input_value()

    def let_in() -> int:
        answer = requests.get(
            f"{visitor.url}/api/v1/amazon/connection", headers={"Authorization": f"Bearer {key}"}, timeout=10
        )
        return answer.status_code

    assert let_in() == 200
    visitor.press("I have kept it")
    visitor.open("/settings")
    visitor.see("price tool")
    assert key not in visitor.page.content()
    visitor.press("Delete the key price tool")
    visitor.press("Delete", within=visitor.page.get_by_role("dialog"))
    visitor.see("The key price tool is deleted.")
    assert let_in() == 401


def disconnect(visitor: Visitor, seller: Seller) -> None:
    visitor.go("/settings")
    card = visitor.main.get_by_role("article", name=f"seller {seller.id}")
    visitor.press("Disconnect", within=card)
    visitor.press("Disconnect", within=visitor.page.get_by_role("dialog"))
    visitor.see(f"Seller {seller.id} is disconnected.")

    assert visitor.get("/api/v1/amazon/connection")["connected"] is False


def leave_and_come_back(visitor: Visitor, email: str) -> None:
    visitor.log_out()
    visitor.page.goto("/stock")
    expect(visitor.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    visitor.log_in(email)
    visitor.see_all("/stock")
    visitor.go("/")
    visitor.see("Your seller account is disconnected")
