"""What stands in a report: tables of tab-separated texts, made of the store as it was at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import from_ms, to_ms
from entrypoints.simulator.orders import Status, StoreLine, StoreOrder
from entrypoints.simulator.people import recipient_json
from entrypoints.simulator.report_desk import ReportOrder
from entrypoints.simulator.stock import StockLevel
from entrypoints.simulator.store import Store

ORDERS_COLUMNS = [
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "url",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
    "is-business-order",
    "purchase-order-number",
    "price-designation",
]
STOCK_COLUMNS = [
    "sku",
    "fnsku",
    "asin",
    "product-name",
    "condition",
    "your-price",
    "mfn-listing-exists",
    "mfn-fulfillable-quantity",
    "afn-listing-exists",
    "afn-warehouse-quantity",
    "afn-fulfillable-quantity",
    "afn-unsellable-quantity",
    "afn-reserved-quantity",
    "afn-total-quantity",
    "per-unit-volume",
    "afn-inbound-working-quantity",
    "afn-inbound-shipped-quantity",
    "afn-inbound-receiving-quantity",
]
LISTINGS_COLUMNS = [
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "image-url",
    "item-is-marketplace",
    "product-id-type",
    "zshop-shipping-fee",
    "item-note",
    "item-condition",
    "zshop-category1",
    "zshop-browse-path",
    "zshop-storefront-feature",
    "asin1",
    "asin2",
    "asin3",
    "will-ship-internationally",
    "expedited-shipping",
    "zshop-boldface",
    "product-id",
    "bid-for-featured-placement",
    "add-delete",
    "pending-quantity",
    "fulfillment-channel",
    "merchant-shipping-group",
    "status",
]
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
Row = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A type of report that can be asked for.

    Attributes:
        windowed: it tells what happened in a time; the others tell what is.
        snapshot: it is not made anew within half an hour.
    """

    columns: Sequence[str]
    rows: Callable[[Store, ReportOrder, int], Iterator[Row]]
    windowed: bool = False
    snapshot: bool = False


def table(kind: Kind, store: Store, order: ReportOrder, at_ms: int) -> str:
    """The report's text as of a moment; empty when there is nothing to tell."""
    lines = [
        "\t".join(row.get(column, "") for column in kind.columns) for row in kind.rows(store, order, at_ms)
    ]
    return "\r\n".join(["\t".join(kind.columns), *lines, ""]) if lines else ""


def _orders_placed(store: Store, order: ReportOrder, at_ms: int) -> Iterator[Row]:
    return _order_rows(store.created_between(order.seller_id, order.start_ms, order.end_ms - 1, at_ms), order)


def _orders_updated(store: Store, order: ReportOrder, at_ms: int) -> Iterator[Row]:
    return _order_rows(store.updated_between(order.seller_id, order.start_ms, order.end_ms - 1, at_ms), order)


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
    told = {column: _decimal(minor, digits) for column, minor in amounts.items()}
    return row | {"currency": order.currency} | told


def _item_word(order: StoreOrder, line: StoreLine) -> str:
    if order.status is Status.PARTIALLY_SHIPPED:
        return "Shipped" if line.quantity_fulfilled == line.quantity else "Unshipped"
    return _ORDER_WORDS[order.status]


def _stock(store: Store, order: ReportOrder, at_ms: int) -> Iterator[Row]:
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
            "your-price": _decimal(product.price_minor(marketplace), marketplace.minor_digits),
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


def _listings(store: Store, order: ReportOrder, _: int) -> Iterator[Row]:
    """The offers in the first marketplace asked for; those that never sold are inactive."""
    marketplace = BY_ID[order.marketplace_ids[0]]
    for product in store.catalogue(order.seller_id).offered_in(marketplace):
        opened = datetime(2024, 1 + product.index % 12, 1 + product.index % 28, tzinfo=UTC)
        yield {
            "item-name": product.title,
            "listing-id": f"{opened:%m%d}Z{product.fnsku[2:]}",
            "seller-sku": product.sku,
            "price": _decimal(product.price_minor(marketplace), marketplace.minor_digits),
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


def _decimal(minor: int, digits: int) -> str:
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


KINDS = {
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": Kind(
        ORDERS_COLUMNS, _orders_placed, windowed=True
    ),
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": Kind(
        ORDERS_COLUMNS, _orders_updated, windowed=True
    ),
    "GET_MERCHANT_LISTINGS_ALL_DATA": Kind(LISTINGS_COLUMNS, _listings),
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": Kind(STOCK_COLUMNS, _stock, snapshot=True),
}
#: Reports of buyers' data; they need a restricted role.
RESTRICTED = frozenset(
    {
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_INVOICING",
        "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_TAX",
        "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_INVOICING",
        "GET_FLAT_FILE_ORDER_REPORT_DATA_TAX",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_SHIPPING",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_INVOICING",
        "GET_FLAT_FILE_ORDERS_RECONCILIATION_DATA_TAX",
        "GET_ORDER_REPORT_DATA_SHIPPING",
        "GET_ORDER_REPORT_DATA_INVOICING",
        "GET_ORDER_REPORT_DATA_TAX",
        "GET_VAT_TRANSACTION_DATA",
    }
)
