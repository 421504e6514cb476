"""What stands in a report: tables of tab-separated texts, made of the store as it was at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from entrypoints.simulator.catalogue import Product
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import from_ms, to_ms
from entrypoints.simulator.numbering import Numbering
from entrypoints.simulator.order_troubles import REPORTS, ToldOrders
from entrypoints.simulator.orders import Status, StoreLine, StoreOrder
from entrypoints.simulator.people import recipient_json
from entrypoints.simulator.report_columns import ORDERS_COLUMNS
from entrypoints.simulator.report_desk import ReportOrder
from entrypoints.simulator.stock import StockLevel
from entrypoints.simulator.store import Store

_ORDER_WORDS = {
    Status.PENDING_AVAILABILITY: "Pending",
    Status.PENDING: "Pending",
    Status.UNSHIPPED: "Unshipped",
    Status.PARTIALLY_SHIPPED: "Shipping",
    Status.SHIPPED: "Shipped",
    Status.CANCELLED: "Cancelled",
    Status.UNFULFILLABLE: "Unfulfillable",
}
_WAREHOUSES_OF = {"na": "AMAZON_NA", "eu": "AMAZON_EU", "fe": "AMAZON_JP"}
END_OF_LINE = "\r\n"
_AMOUNTS = ORDERS_COLUMNS[16:24]
Row = dict[str, str]


def table(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Rows as lines of texts between tabs, the names of the columns first; nothing when there are no rows."""
    for index, row in enumerate(rows):
        if index == 0:
            yield "\t".join(columns) + END_OF_LINE
        yield "\t".join(row.get(column, "") for column in columns) + END_OF_LINE


def orders_placed(store: Store, order: ReportOrder, at_ms: int) -> Iterator[str]:
    """All orders of a time by their dates."""
    told = ToldOrders(store, order.trouble, REPORTS)
    found = told.created_between(order.seller_id, order.start_ms, order.end_ms - 1, at_ms)
    return _filled_up(_order_rows(found, order), store, order)


def orders_updated(store: Store, order: ReportOrder, at_ms: int) -> Iterator[str]:
    """All orders of a time by their last changes."""
    told = ToldOrders(store, order.trouble, REPORTS)
    found = told.updated_between(order.seller_id, order.start_ms, order.end_ms - 1, at_ms)
    return _filled_up(_order_rows(found, order), store, order)


def _filled_up(rows: Iterator[Row], store: Store, order: ReportOrder) -> Iterator[str]:
    """The true orders, and then as many more as the report shall have lines."""
    if not order.lines:
        yield from table(ORDERS_COLUMNS, rows)
        return
    count = -1
    for count, line in enumerate(table(ORDERS_COLUMNS, rows)):  # noqa: B007 - counted beyond the loop
        yield line
    if count < 0:
        yield "\t".join(ORDERS_COLUMNS) + END_OF_LINE
    yield from _invented(store, order, order.lines - max(0, count))


def _invented(store: Store, order: ReportOrder, count: int) -> Iterator[str]:
    """So many orders of one line, evenly over the report's time, that no other answer tells.

    There is at most one for each millisecond, and its id says which.
    """
    marketplaces = [BY_ID[marketplace_id] for marketplace_id in order.marketplace_ids]
    products = [(each, store.catalogue(order.seller_id).offered_in(each)) for each in marketplaces]
    kinds = [(market.id, product) for market, offered in products for product in offered]
    rests = [_invented_line(*kind) for kind in kinds]
    span_ms = order.end_ms - order.start_ms
    numbering = Numbering(store.config.seed, order.seller_id)
    for index in range(min(count, span_ms)):
        at_ms = order.start_ms + index * span_ms // min(count, span_ms)
        order_id, moment = numbering.invented_id(at_ms), _time(at_ms)
        yield f"{order_id}\t{order_id}\t{moment}\t{moment}{rests[index % len(rests)]}"


def _invented_line(marketplace_id: str, product: Product) -> str:
    """What stands behind the two times in the line of an invented order of a product."""
    marketplace = BY_ID[marketplace_id]
    price = decimal(product.price_minor(marketplace), marketplace.minor_digits)
    zero = decimal(0, marketplace.minor_digits)
    row = dict.fromkeys(_AMOUNTS, zero) | {
        "order-status": "Shipped",
        "fulfillment-channel": "Amazon",
        "sales-channel": marketplace.name,
        "ship-service-level": "Standard",
        "product-name": product.title,
        "sku": product.sku,
        "asin": product.asin,
        "item-status": "Shipped",
        "quantity": "1",
        "currency": marketplace.currency,
        "item-price": price,
        "ship-country": marketplace.country_code,
        "is-business-order": "false",
    }
    return "\t" + "\t".join(row.get(column, "") for column in ORDERS_COLUMNS[4:]) + END_OF_LINE


def _order_rows(found: Iterator[StoreOrder], asked: ReportOrder) -> Iterator[Row]:
    for order in found:
        if order.home_marketplace_id in asked.marketplace_ids:
            for line in order.lines:
                yield _order_row(order, line)


def _order_row(order: StoreOrder, line: StoreLine) -> Row:
    """One line of an order. Amounts are the line's, and empty while the order has none."""
    address = recipient_json(order)["deliveryAddress"]
    business = "AMAZON_BUSINESS" in order.programs
    row = {
        "amazon-order-id": order.id,
        "merchant-order-id": order.id if order.fulfilled_by == "AMAZON" else f"S{order.id[-7:]}",
        "purchase-date": _time(to_ms(order.created_at)),
        "last-updated-date": _time(to_ms(order.updated_at)),
        "order-status": _ORDER_WORDS[order.status],
        "fulfillment-channel": "Amazon" if order.fulfilled_by == "AMAZON" else "Merchant",
        "sales-channel": "Non-Amazon" if order.marketplace_id is None else BY_ID[order.marketplace_id].name,
        "ship-service-level": order.service_level.title().replace("_", ""),
        "product-name": line.title,
        "sku": line.sku,
        "asin": line.asin,
        "item-status": _item_word(order, line),
        "quantity": str(line.quantity),
        "ship-city": address["city"],
        "ship-postal-code": address["postalCode"],
        "ship-country": address["countryCode"],
        "promotion-ids": line.promotion_id or "",
        "is-business-order": "true" if business else "false",
        "purchase-order-number": f"PO-{order.id[-7:]}" if business else "",
        "price-designation": "Business Price" if business else "",
    }
    if line.amounts is None:
        return row
    digits = BY_ID[order.home_marketplace_id].minor_digits
    amounts = {
        "item-price": line.amounts.item,
        "item-tax": line.amounts.tax,
        "shipping-price": line.amounts.shipping,
        "shipping-tax": 0,
        "gift-wrap-price": line.amounts.gift_wrap,
        "gift-wrap-tax": 0,
        "item-promotion-discount": line.amounts.discount,
        "ship-promotion-discount": 0,
    }
    told = {column: decimal(minor, digits) for column, minor in amounts.items()}
    return row | {"currency": order.currency} | told


def _item_word(order: StoreOrder, line: StoreLine) -> str:
    if order.status is Status.PARTIALLY_SHIPPED:
        return "Shipped" if line.quantity_fulfilled == line.quantity else "Unshipped"
    return _ORDER_WORDS[order.status]


def stock(store: Store, order: ReportOrder, at_ms: int) -> Iterator[Row]:
    """Amazon's stock in the first marketplace asked for."""
    marketplace = BY_ID[order.marketplace_ids[0]]
    levels: list[StockLevel] = store.stock(order.seller_id, marketplace.id, from_ms(at_ms))
    products = store.catalogue(order.seller_id).offered_in(marketplace)
    for product, level in zip(products, levels, strict=True):
        in_warehouses = level.fulfillable + level.unfulfillable + level.reserved
        yield {
            "sku": level.sku,
            "fnsku": level.fnsku,
            "asin": level.asin,
            "product-name": level.title,
            "condition": "New",
            "your-price": decimal(product.price_minor(marketplace), marketplace.minor_digits),
            "mfn-listing-exists": "No",
            "afn-listing-exists": "Yes",
            "afn-warehouse-quantity": str(in_warehouses),
            "afn-fulfillable-quantity": str(level.fulfillable),
            "afn-unsellable-quantity": str(level.unfulfillable),
            "afn-reserved-quantity": str(level.reserved),
            "afn-total-quantity": str(level.total),
            "per-unit-volume": f"{0.02 + product.index % 7 * 0.05:.2f}",
            "afn-inbound-working-quantity": str(level.inbound_working),
            "afn-inbound-shipped-quantity": str(level.inbound_shipped),
            "afn-inbound-receiving-quantity": str(level.inbound_receiving),
        }


def listings(store: Store, order: ReportOrder, _: int) -> Iterator[Row]:
    """The offers in the first marketplace asked for; those that never sold are inactive."""
    marketplace = BY_ID[order.marketplace_ids[0]]
    for product in store.catalogue(order.seller_id).offered_in(marketplace):
        opened = datetime(2024, 1 + product.index % 12, 1 + product.index % 28, tzinfo=UTC)
        yield {
            "item-name": product.title,
            "listing-id": f"{opened:%m%d}Z{product.fnsku[2:]}",
            "seller-sku": product.sku,
            "price": decimal(product.price_minor(marketplace), marketplace.minor_digits),
            "quantity": "" if product.weight else "0",
            "open-date": f"{opened:%Y-%m-%d %H:%M:%S} UTC",
            "item-is-marketplace": "y",
            "product-id-type": "1",
            "item-condition": "11",
            "asin1": product.asin,
            "product-id": product.asin,
            "fulfillment-channel": _WAREHOUSES_OF[marketplace.region] if product.weight else "DEFAULT",
            "status": "Active" if product.weight else "Inactive",
        }


def _time(milliseconds: int) -> str:
    return from_ms(milliseconds).isoformat(timespec="seconds")


def decimal(minor: int, digits: int) -> str:
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)
