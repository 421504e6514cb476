"""Amazon's orders in our words."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.amazon.wire.orders import order_page
from domain.errors import UpstreamFailed
from domain.money import Money
from domain.orders.model import Order, OrderItem
from tests.adapters.amazon.samples import sample
from tests.fakes.things import JP, US

Spoil = Callable[[dict[str, Any]], object]


def a_page() -> dict[str, Any]:
    return sample("search_orders", "shipped_and_pending")


def first_of(page: dict[str, Any]) -> dict[str, Any]:
    order: dict[str, Any] = page["orders"][0]
    return order


def test_a_shipped_order_is_read_as_a_whole() -> None:
    order = order_page(a_page()).orders[0]

    assert order == Order(
        order_id="114-1111111-2222222",
        marketplace_id=US,
        created_at=datetime(2026, 3, 1, 22, 15, 7, 123_000, tzinfo=UTC),
        updated_at=datetime(2026, 3, 3, 8, 0, tzinfo=UTC),
        status="SHIPPED",
        fulfilled_by="AMAZON",
        total=Money(5347, "USD"),
        items=(
            OrderItem(
                "60000000000001",
                "MUG/BLUE 2+1",
                "B0PORTSID1",
                "Mug, blue – set of 2",
                2,
                Money(4347, "USD"),
                Money(4000, "USD"),
            ),
            OrderItem("60000000000002", "TRAY-OAK", "B0PORTSID2", "Tray, oak", 1, Money(1000, "USD")),
        ),
    )


def test_a_pending_order_has_no_total_yet() -> None:
    order = order_page(a_page()).orders[1]

    assert (order.status, order.total) == ("PENDING", None)
    assert [(item.quantity, item.total) for item in order.items] == [(3, None)]


@pytest.mark.parametrize(
    "breakdowns", [None, [], [{"type": "TAX", "subtotal": {"amount": "1.00", "currencyCode": "USD"}}]]
)
def test_what_the_goods_cost_is_not_guessed(breakdowns: object) -> None:
    page = a_page()
    first_of(page)["orderItems"][0]["proceeds"]["breakdowns"] = breakdowns

    goods = [item.goods for item in order_page(page).orders[0].items]

    assert goods == [None, None]  # the second line of the sample names none at all


def test_a_page_says_how_to_go_on_and_up_to_when_it_looked() -> None:
    page = order_page(a_page())

    assert page.next_token == "2YgYW55IGNhcm5hbCBwbGVhc3VyZS4"
    assert page.window_end == datetime(2026, 3, 4, 11, 58, tzinfo=UTC)


def test_the_last_page_has_no_way_on() -> None:
    page = order_page(sample("search_orders", "nothing"))

    assert (page.orders, page.next_token) == ((), None)


@pytest.mark.parametrize("sign", ["-", ""], ids=["taken off", "positive"])
def test_discounts_and_other_parts_do_not_change_the_grand_total(sign: str) -> None:
    page = a_page()
    for node in (first_of(page), first_of(page)["orderItems"][0]):
        discount = next(part for part in node["proceeds"]["breakdowns"] if part["type"] == "DISCOUNT")
        discount["subtotal"]["amount"] = f"{sign}5.00"

    order = order_page(page).orders[0]

    assert (order.total, order.items[0].total) == (Money(5347, "USD"), Money(4347, "USD"))


def test_yen_have_no_decimal_places() -> None:
    order = order_page(sample("search_orders", "japan_and_outside_amazon")).orders[0]

    assert order.marketplace_id == JP
    assert (order.total, order.items[0].total) == (Money(3980, "JPY"), Money(3980, "JPY"))


def test_times_of_another_zone_become_utc() -> None:
    order = order_page(sample("search_orders", "japan_and_outside_amazon")).orders[0]

    assert order.created_at == datetime(2026, 3, 3, 15, 30, tzinfo=UTC)
    assert order.created_at.tzinfo is UTC


def test_a_title_loses_what_no_database_keeps() -> None:
    page = sample("search_orders", "japan_and_outside_amazon")
    page["orders"][1]["orderItems"][0]["product"]["title"] = "a \ud83d tray"

    first, second = order_page(page).orders

    assert first.items[0].title == "手作り マグカップ"
    assert second.items[0].title == "a ? tray"


def test_an_order_from_outside_amazon_has_no_marketplace() -> None:
    order = order_page(sample("search_orders", "japan_and_outside_amazon")).orders[1]

    assert (order.marketplace_id, order.total, order.fulfilled_by) == (None, None, None)
    assert (order.items[0].asin, order.items[0].title) == (None, None)


def test_a_status_is_no_longer_than_what_can_be_counted_by() -> None:
    page = a_page()
    first_of(page)["fulfillment"]["fulfillmentStatus"] = "ODD" * 5_000

    assert order_page(page).orders[0].status == ("ODD" * 100)[:100]


def test_a_status_that_nobody_knows_is_kept() -> None:
    order = order_page(sample("search_orders", "japan_and_outside_amazon")).orders[1]

    assert order.status == "RETURN_REQUESTED_BY_DRONE"


def test_a_marketplace_that_nobody_knows_is_kept() -> None:
    page = a_page()
    first_of(page)["salesChannel"]["marketplaceId"] = "A1MQXOICRS2Z7M"

    assert order_page(page).orders[0].marketplace_id == "A1MQXOICRS2Z7M"


@pytest.mark.parametrize(
    ("amount", "minor"), [("0", 0), ("-1.50", -150), (12, 1200), (Decimal("12.345"), 1234), ("1e2", 10_000)]
)
def test_an_amount_may_be_a_text_or_a_number(amount: object, minor: int) -> None:
    page = a_page()
    first_of(page)["proceeds"]["grandTotal"]["amount"] = amount

    assert order_page(page).orders[0].total == Money(minor, "USD")


@pytest.mark.parametrize("window_end", ["", None])
def test_a_page_need_not_say_up_to_when_it_looked(window_end: str | None) -> None:
    assert order_page({**a_page(), "lastUpdatedBefore": window_end}).window_end is None


MALFORMED: dict[str, Spoil] = {
    "no list": lambda page: page.pop("orders"),
    "null for the list": lambda page: page.update(orders=None),
    "an object for the list": lambda page: page.update(orders={}),
    "texts in the list": lambda page: page.update(orders=["114-1111111-2222222"]),
    "a list for the pagination": lambda page: page.update(pagination=[]),
    "a number for the token": lambda page: page.update(pagination={"nextToken": 7}),
    "a window's end that is none": lambda page: page.update(lastUpdatedBefore="soon"),
    "no order id": lambda page: first_of(page).pop("orderId"),
    "an empty order id": lambda page: first_of(page).update(orderId="\x00"),
    "a number for the order id": lambda page: first_of(page).update(orderId=7),
    "no creation": lambda page: first_of(page).pop("createdTime"),
    "an empty change": lambda page: first_of(page).update(lastUpdatedTime=""),
    "a change that is no moment": lambda page: first_of(page).update(lastUpdatedTime="2026-02-30T00:00:00Z"),
    "a change before all time": lambda page: first_of(page).update(
        lastUpdatedTime="0001-01-01T00:00:00+23:59"
    ),
    "a number for a moment": lambda page: first_of(page).update(createdTime=1772366400),
    "no fulfillment": lambda page: first_of(page).pop("fulfillment"),
    "no status": lambda page: first_of(page)["fulfillment"].pop("fulfillmentStatus"),
    "a text for the channel": lambda page: first_of(page).update(salesChannel="AMAZON"),
    "a list for the proceeds": lambda page: first_of(page).update(proceeds=[]),
    "a total without a currency": lambda page: first_of(page)["proceeds"]["grandTotal"].pop("currencyCode"),
    "an amount in words": lambda page: first_of(page)["proceeds"]["grandTotal"].update(amount="ten"),
    "an amount that is not finite": lambda page: first_of(page)["proceeds"]["grandTotal"].update(
        amount="NaN"
    ),
    "an amount without measure": lambda page: first_of(page)["proceeds"]["grandTotal"].update(
        amount="1e999999"
    ),
    "truth for an amount": lambda page: first_of(page)["proceeds"]["grandTotal"].update(amount=True),
    "a float for an amount": lambda page: first_of(page)["proceeds"]["grandTotal"].update(amount=1.5),
    "a currency that is none": lambda page: first_of(page)["proceeds"]["grandTotal"].update(
        currencyCode="dollars"
    ),
    "no lines": lambda page: first_of(page).pop("orderItems"),
    "an object for the lines": lambda page: first_of(page).update(orderItems={}),
    "a line without an id": lambda page: first_of(page)["orderItems"][0].pop("orderItemId"),
    "a text for a quantity": lambda page: first_of(page)["orderItems"][0].update(quantityOrdered="2"),
    "half a unit": lambda page: first_of(page)["orderItems"][0].update(quantityOrdered=Decimal("0.5")),
    "truth for a quantity": lambda page: first_of(page)["orderItems"][0].update(quantityOrdered=True),
    "an object for the breakdowns": lambda page: first_of(page)["orderItems"][0]["proceeds"].update(
        breakdowns={}
    ),
    "a list for a SKU": lambda page: first_of(page)["orderItems"][0]["product"].update(sellerSku=["A"]),
}


def test_a_total_whose_amount_is_not_known_yet_is_no_total() -> None:
    page = a_page()
    first_of(page)["proceeds"]["grandTotal"].pop("amount")

    orders = order_page(page).orders

    assert orders[0].total is None


@pytest.mark.parametrize("spoil", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_order_that_is_not_as_promised_fails_the_page(spoil: Spoil) -> None:
    page = a_page()
    spoil(page)

    with pytest.raises(UpstreamFailed, match="not as promised"):
        order_page(page)
