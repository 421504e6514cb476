"""Amazon's flat files of orders in our words."""

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.amazon.wire.order_report import FlatFileOrders
from domain.errors import UpstreamFailed, WrongAnswer
from domain.marketplaces import MARKETPLACES
from domain.money import Money, exponent
from domain.orders.model import Order, OrderItem, Source
from entrypoints.simulator.report_columns import ORDERS_COLUMNS
from tests.fakes.things import JP, US

HEADER = "\t".join(ORDERS_COLUMNS)
ORDINARY = {
    "amazon-order-id": "112-0000001-0000001",
    "purchase-date": "2026-02-01T10:00:00+00:00",
    "last-updated-date": "2026-02-03T08:30:00+00:00",
    "order-status": "Shipped",
    "fulfillment-channel": "Amazon",
    "sales-channel": "Amazon.com",
    "product-name": "A chair",
    "sku": "CHAIR",
    "asin": "B000000001",
    "item-status": "Shipped",
    "quantity": "2",
    "currency": "USD",
    "item-price": "40.00",
    "item-tax": "3.30",
    "shipping-price": "5.00",
    "shipping-tax": "0.41",
    "gift-wrap-price": "2.00",
    "gift-wrap-tax": "0.16",
    "item-promotion-discount": "-4.00",
    "ship-promotion-discount": "5.00",
}


def line(columns: list[str] = ORDERS_COLUMNS, /, **changes: str) -> str:
    """An ordinary line; names are given with underscores: ``item_price="1.00"``."""
    row = ORDINARY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "\t".join(row.get(column, "") for column in columns)


def read(*lines: str, header: str = HEADER) -> list[Order]:
    return [order for order, _taken in FlatFileOrders().orders(header, lines)]


def only(*lines: str) -> Order:
    (order,) = read(*lines)
    return order


def test_an_order_is_read_as_a_whole() -> None:
    assert only(line()) == Order(
        order_id="112-0000001-0000001",
        marketplace_id=US,
        created_at=datetime(2026, 2, 1, 10, tzinfo=UTC),
        updated_at=datetime(2026, 2, 3, 8, 30, tzinfo=UTC),
        status="SHIPPED",
        fulfilled_by="AMAZON",
        total=Money(4187, "USD"),
        items=(
            OrderItem(
                "CHAIR#1", "CHAIR", "B000000001", "A chair", 2, Money(4187, "USD"), goods=Money(4000, "USD")
            ),
        ),
        source=Source.REPORT,
    )


def test_lines_of_one_order_become_its_items_with_ids_of_their_own() -> None:
    order = only(
        line(), line(sku="TABLE"), line(quantity="1"), line(sku="", asin="B2"), line(sku="", asin="")
    )

    assert [item.order_item_id for item in order.items] == ["CHAIR#1", "TABLE#1", "CHAIR#2", "B2#1", "line#1"]
    assert order.total == Money(5 * 4187, "USD")


def test_it_is_told_how_many_lines_each_order_took() -> None:
    lines = [line(), line(), "", line(amazon_order_id="2"), "\r\n", line(amazon_order_id="3") + "\r\n", ""]

    found = [(order.order_id[-1], taken) for order, taken in FlatFileOrders().orders(HEADER, lines)]

    assert found == [("1", 3), ("2", 2), ("3", 2)]


def test_orders_are_handed_on_before_the_rest_is_read() -> None:
    drawn = 0

    def endless() -> object:
        nonlocal drawn
        while True:
            drawn += 1
            yield line(amazon_order_id=str(drawn))

    next(FlatFileOrders().orders(HEADER, endless()))  # type: ignore[arg-type]

    assert drawn == 2


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Shipped", "SHIPPED"),
        ("Shipped - Delivered to Buyer", "SHIPPED"),
        ("Shipped - Returning to Seller", "SHIPPED"),
        ("Shipping", "PARTIALLY_SHIPPED"),
        ("PartiallyShipped", "PARTIALLY_SHIPPED"),
        ("Partially Shipped", "PARTIALLY_SHIPPED"),
        ("Unshipped", "UNSHIPPED"),
        ("Pending", "PENDING"),
        ("Pending - Waiting for Pick Up", "PENDING"),
        ("Pending availability", "PENDING_AVAILABILITY"),
        ("PendingAvailability", "PENDING_AVAILABILITY"),
        ("Cancelled", "CANCELLED"),
        ("Canceled", "CANCELLED"),
        ("Unfulfillable", "UNFULFILLABLE"),
        ("Waiting for  Rain!", "WAITING_FOR_RAIN"),
    ],
)
def test_statuses_are_told_in_the_words_of_the_orders_api(words: str, status: str) -> None:
    assert only(line(order_status=words)).status == status


def test_a_status_is_no_longer_than_what_can_be_counted_by() -> None:
    assert only(line(order_status="Odd" * 5_000)).status == ("ODD_" * 100)[:100]


@pytest.mark.parametrize(
    ("word", "fulfilled_by"),
    [("Merchant", "MERCHANT"), ("amazon", "AMAZON"), ("Seller", "MERCHANT"), ("", None)],
)
def test_who_fulfils_is_told_in_the_words_of_the_orders_api(word: str, fulfilled_by: str | None) -> None:
    assert only(line(fulfillment_channel=word)).fulfilled_by == fulfilled_by


def test_what_no_database_keeps_is_left_out() -> None:
    order = only(line(fulfillment_channel="Ama\0zon", sku="S\0KU"))

    assert order.items[0].sku == "SKU"
    assert order.fulfilled_by == "AMAZON"


@pytest.mark.parametrize("channel", ["Non-Amazon", "Non-Amazon US", "Amazon.example", ""])
def test_what_was_sold_elsewhere_has_no_marketplace(channel: str) -> None:
    assert only(line(sales_channel=channel)).marketplace_id is None


def test_every_marketplace_is_known_by_its_name_in_any_letters() -> None:
    for marketplace in MARKETPLACES.values():
        assert only(line(sales_channel=marketplace.name.upper())).marketplace_id == marketplace.id


def test_times_of_other_zones_are_kept_in_utc() -> None:
    order = only(line(purchase_date="2026-02-01T10:00:00-08:00", last_updated_date="2026-02-03T08:30:00Z"))

    assert order.created_at == datetime(2026, 2, 1, 18, tzinfo=UTC)
    assert order.created_at.tzinfo is order.updated_at.tzinfo is UTC


def test_an_order_is_as_new_as_its_newest_line() -> None:
    order = only(line(), line(last_updated_date="2026-02-04T00:00:00+00:00"), line())

    assert order.updated_at == datetime(2026, 2, 4, tzinfo=UTC)


# Money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12,50", "EUR", 1250),
        ("1.234,50", "EUR", 123450),
        ("1,234.50", "USD", 123450),
        ("1,234", "USD", 123400),
        ("1,234,567", "JPY", 1234567),
        ("1980", "JPY", 1980),
        ("1980.00", "JPY", 1980),
        ("1,234", "KWD", 1234),
        ("0.00", "USD", 0),
        ("-5.00", "USD", -500),
        (" 7 ", "USD", 700),
        ("1 234,50", "EUR", 123450),
    ],
)
def test_amounts_are_exact_with_a_point_or_a_comma(text: str, currency: str, minor: int) -> None:
    columns = [*ORDINARY][:13]

    (order,) = read(line(columns, item_price=text, currency=currency), header="\t".join(columns))

    assert order.items[0].goods == order.items[0].total == order.total == Money(minor, currency)


def test_without_a_price_there_is_no_total_whatever_else_is_named() -> None:
    order = only(line(order_status="Pending", item_price="", currency=""), line())

    assert [item.total for item in order.items] == [None, Money(4187, "USD")]
    assert order.total is None


def test_a_cancelled_line_without_a_price_does_not_take_the_total_away() -> None:
    order = only(line(), line(item_status="Cancelled", quantity="0", item_price="", currency=""))

    assert order.items[1].total is None
    assert order.total == Money(4187, "USD")


def test_a_cancelled_order_without_prices_has_no_total() -> None:
    cancelled = line(order_status="Cancelled", item_status="Cancelled", quantity="0", item_price="")

    assert only(cancelled, cancelled).total is None


def test_a_price_without_a_currency_is_in_the_marketplaces() -> None:
    order = only(line(currency="", sales_channel="Amazon.co.jp", item_price="1980"))

    assert order.items[0].goods == Money(1980, "JPY")
    assert order.marketplace_id == JP


def test_a_price_of_nothing_needs_no_currency() -> None:
    order = only(line(currency="", sales_channel="Non-Amazon US", item_price="0.00"))

    assert (order.items[0].goods, order.total) == (None, None)


def test_an_order_in_two_currencies_has_no_total() -> None:
    assert only(line(), line(currency="EUR")).total is None


# What can't be right


@pytest.mark.parametrize(
    "column", ["amazon-order-id", "purchase-date", "last-updated-date", "order-status", "quantity"]
)
def test_without_a_column_that_is_needed_nothing_is_read(column: str) -> None:
    columns = [name for name in ORDERS_COLUMNS if name != column]

    with pytest.raises(UpstreamFailed, match=column):
        read(line(columns), header="\t".join(columns))


def test_an_empty_header_is_no_report() -> None:
    with pytest.raises(UpstreamFailed):
        read(header="")


@pytest.mark.parametrize(
    "changes",
    [
        {"amazon_order_id": ""},
        {"amazon_order_id": "1" * 400},
        {"sku": "S" * 400},
        {"purchase_date": ""},
        {"purchase_date": "yesterday"},
        {"last_updated_date": "0001-01-01T00:00:00+14:00"},
        {"order_status": "", "item_status": ""},
        {"quantity": "two"},
        {"quantity": "-1"},
        {"quantity": str(2**31)},
        {"item_price": "free"},
        {"item_price": "NaN"},
        {"shipping_price": "1e30"},
        {"ship_promotion_discount": "--1"},
        {"currency": "dollars"},
        {"currency": "", "sales_channel": "Non-Amazon"},
    ],
    ids=str,
)
def test_a_line_that_cannot_be_right_is_a_failure_that_names_the_order(changes: Mapping[str, str]) -> None:
    with pytest.raises(WrongAnswer, match=r"can't be right.* of order '"):
        read(line(**changes))


def test_a_line_with_more_cells_than_columns_is_a_failure() -> None:
    with pytest.raises(UpstreamFailed, match="more cells"):
        read(line() + "\tsomething")


# Headers


def test_columns_are_known_by_name_wherever_they_stand_and_however_they_are_spelt() -> None:
    columns = ["\ufeffSKU", "Something New", *reversed([name for name in ORDINARY if name != "sku"])]
    cells = ["CHAIR", "?", *reversed([value for name, value in ORDINARY.items() if name != "sku"])]
    header = "\t".join(columns).upper().replace("-", "_")

    assert read("\t".join(cells), header=header) == read(line())


def test_the_columns_that_are_needed_are_enough() -> None:
    columns = ["amazon-order-id", "purchase-date", "last-updated-date", "order-status", "quantity"]

    (order,) = read(line(columns), header="\t".join(columns))

    assert (order.order_id, order.total, order.marketplace_id) == (ORDINARY["amazon-order-id"], None, None)


def test_a_short_line_is_filled_up_and_a_nul_is_left_out() -> None:
    columns = [*[name for name in ORDINARY if name != "product-name"], "product-name", "promotion-ids"]
    cells = [ORDINARY.get(name, "") for name in columns[:-1]]

    (order,) = read("\t".join(cells).replace("A chair", "A\0 chair"), header="\t".join(columns))

    assert order.items[0].title == "A chair"


# There and back

names = st.text(
    st.characters(blacklist_characters="\t\r\n\0", blacklist_categories=["Cs"]), min_size=1, max_size=9
)
moments = st.integers(1_577_836_800, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    marketplace = draw(st.sampled_from(list(MARKETPLACES.values())))
    priced, seen = draw(st.booleans()), dict[str, int]()
    items = []
    for sku in draw(st.lists(st.sampled_from(["A", "B", "C'\" "]), min_size=1, max_size=4)):
        seen[sku] = seen.get(sku, 0) + 1
        minor = draw(st.integers(0, 10**7))
        goods = Money(minor, marketplace.currency) if priced else None
        total = Money(minor + draw(st.integers(-minor, 10**6)), marketplace.currency) if priced else None
        title, quantity = draw(st.none() | names), draw(st.integers(0, 99))
        items.append(OrderItem(f"{sku}#{seen[sku]}", sku, "B1", title, quantity, total, goods))
    return Order(
        order_id=draw(st.uuids()).hex,
        marketplace_id=marketplace.id,
        created_at=draw(moments),
        updated_at=draw(moments),
        status=draw(st.sampled_from(["SHIPPED", "PENDING", "CANCELLED", "UNSHIPPED"])),
        fulfilled_by=draw(st.sampled_from(["AMAZON", "MERCHANT"])),
        total=Money(sum(item.total.minor for item in items if item.total), marketplace.currency)
        if priced
        else None,
        items=tuple(items),
        source=Source.REPORT,
    )


def rendered(order: Order) -> list[str]:
    zone = timezone(timedelta(hours=-8))
    return [_row(order, item, zone) for item in order.items]


def _row(order: Order, item: OrderItem, zone: timezone) -> str:
    row = {
        "amazon-order-id": order.order_id,
        "purchase-date": order.created_at.astimezone(zone).isoformat(),
        "last-updated-date": order.updated_at.isoformat(),
        "order-status": order.status.title(),
        "sales-channel": MARKETPLACES[order.marketplace_id or ""].name,
        "fulfillment-channel": (order.fulfilled_by or "").title(),
        "product-name": item.title or "",
        "sku": item.sku or "",
        "asin": item.asin or "",
        "quantity": str(item.quantity),
    }
    if item.goods and item.total:
        beside = item.total.minor - item.goods.minor
        row |= {"currency": item.goods.currency, "item-price": str(item.goods.amount)}
        row |= {
            "item-tax" if beside > 0 else "item-promotion-discount": str(
                Money(beside, item.goods.currency).amount
            )
        }
    return "\t".join(row.get(column, "") for column in ORDERS_COLUMNS)


@settings(max_examples=100, deadline=None)
@given(st.lists(orders(), max_size=6))
def test_what_is_written_in_a_report_is_read_out_of_it(written: list[Order]) -> None:
    found = read(*(row for order in written for row in rendered(order)))

    assert found == written
    assert all(exponent(order.total.currency) in (0, 2) for order in found if order.total)


def test_a_hundred_thousand_lines_take_a_few_seconds_at_most() -> None:
    dice = random.Random(1)
    lines = [
        line(amazon_order_id=str(number), item_price=f"{dice.randrange(500, 90_000) / 100:.2f}")
        for number in range(100_000)
    ]
    began = time.process_time()

    found = sum(taken for _order, taken in FlatFileOrders().orders(HEADER, lines))

    assert found == 100_000
    assert time.process_time() - began < 5
