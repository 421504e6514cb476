"""An order in the JSON of the Orders API 2026-01-01; each dataset appears only when it was asked for.

Times, parcels and payments that the store does not keep are derived from the order itself, so that the same
order is always told the same way.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from entrypoints.simulator.dice import number
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import DAY, HOUR, iso, to_ms
from entrypoints.simulator.orders import OPEN, WITHOUT_PRICES, Amounts, Status, StoreLine, StoreOrder
from entrypoints.simulator.people import buyer_json, recipient_json
from entrypoints.simulator.sp_api import Body

DATASETS = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
)
_PARTS = ("ITEM", "SHIPPING", "GIFT_WRAP", "TAX", "DISCOUNT")
_CARRIERS = ("UPS", "DHL", "FedEx", "Royal Mail", "Yamato", "GLS")


def order_json(order: StoreOrder, datasets: AbstractSet[str]) -> Body:
    """The order with the datasets asked for."""
    body: Body = {
        "orderId": order.id,
        "createdTime": iso(to_ms(order.created_at)),
        "lastUpdatedTime": iso(to_ms(order.updated_at)),
        "programs": list(order.programs),
        "salesChannel": _sales_channel(order),
        "orderItems": [_item(order, line, datasets) for line in order.lines],
    }
    if order.fulfilled_by == "MERCHANT":
        body["orderAliases"] = [{"aliasId": f"S{order.id[-7:]}", "aliasType": "SELLER_ORDER_ID"}]
    if order.replaces is not None:
        body["associatedOrders"] = [{"orderId": order.replaces, "associationType": "REPLACEMENT_ORIGINAL_ID"}]
    if "PROCEEDS" in datasets and order.grand_total_minor is not None:
        body["proceeds"] = _proceeds(order)
    if "FULFILLMENT" in datasets:
        body["fulfillment"] = _fulfillment(order)
    if "PAYMENT" in datasets and order.grand_total_minor:
        body["payment"] = _payment(order)
    if "TAX" in datasets:
        body["tax"] = {
            "taxInvoicing": {"buyerInvoicePreference": _invoice_kind(order), "invoiceStatus": "NOT_REQUIRED"}
        }
    if "PACKAGES" in datasets and order.fulfilled_by == "MERCHANT":
        body["packages"] = _packages(order)
    if "FULFILLMENT_ORDERS" in datasets and order.channel == "NON_AMAZON":
        body["fulfillmentOrders"] = [{"fulfillmentOrderId": f"MCF-{order.id[-7:]}"}]
    if "BUYER" in datasets:
        body["buyer"] = buyer_json(order)
    if "RECIPIENT" in datasets:
        body["recipient"] = recipient_json(order)
    return body


def money(minor: int, currency: str, minor_digits: int) -> Body:
    """An amount as Amazon writes it here: a decimal text and the currency."""
    if minor_digits == 0:
        return {"amount": str(minor), "currencyCode": currency}
    whole, part = divmod(abs(minor), 10**minor_digits)
    sign = "-" if minor < 0 else ""
    return {"amount": f"{sign}{whole}.{part:0{minor_digits}d}", "currencyCode": currency}


def _money(order: StoreOrder, minor: int) -> Body:
    return money(minor, order.currency, BY_ID[order.home_marketplace_id].minor_digits)


def _sales_channel(order: StoreOrder) -> Body:
    if order.marketplace_id is None:
        return {"channelName": order.channel}
    name = BY_ID[order.marketplace_id].name
    return {"channelName": order.channel, "marketplaceId": order.marketplace_id, "marketplaceName": name}


def _parts(amounts: Amounts) -> dict[str, int]:
    parts = (amounts.item, amounts.shipping, amounts.gift_wrap, amounts.tax, amounts.discount)
    return dict(zip(_PARTS, parts, strict=True))


def _proceeds(order: StoreOrder) -> Body:
    """The grand total and what it is made of; a discount is a positive amount that was taken off."""
    sums = dict.fromkeys(_PARTS, 0)
    for line in order.lines:
        if line.amounts is not None:
            for part, minor in _parts(line.amounts).items():
                sums[part] += minor
    return {
        "grandTotal": _money(order, order.grand_total_minor or 0),
        "breakdowns": [
            {"type": part, "subtotal": _money(order, minor)}
            for part, minor in sums.items()
            if minor or part == "ITEM"
        ],
    }


def _item(order: StoreOrder, line: StoreLine, datasets: AbstractSet[str]) -> Body:
    product: Body = {
        "asin": line.asin,
        "title": line.title,
        "sellerSku": line.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    item: Body = {"orderItemId": line.item_id, "quantityOrdered": line.quantity, "product": product}
    if line.amounts is not None:
        designation = {"priceDesignation": "BUSINESS_PRICE"} if "AMAZON_BUSINESS" in order.programs else {}
        product["price"] = {"unitPrice": _money(order, line.amounts.unit_price), **designation}
        if "PROCEEDS" in datasets:
            item["proceeds"] = _item_proceeds(order, line.amounts)
        if "EXPENSE" in datasets and order.currency == "JPY":
            points = line.amounts.item // 100
            granted = {"pointsNumber": points, "pointsMonetaryValue": _money(order, points)}
            item["expense"] = {"pointsCost": {"pointsGranted": granted}}
    if "PROMOTION" in datasets and line.promotion_id is not None:
        item["promotion"] = {"breakdowns": [{"promotionId": line.promotion_id}]}
    if "CANCELLATION" in datasets and order.cancelled_by is not None:
        item["cancellation"] = _cancellation(order.cancelled_by)
    if "FULFILLMENT" in datasets:
        waiting = line.quantity - line.quantity_fulfilled if order.status in OPEN else 0
        item["fulfillment"] = {"quantityFulfilled": line.quantity_fulfilled, "quantityUnfulfilled": waiting}
    if "TAX" in datasets and BY_ID[order.home_marketplace_id].added_tax:
        collection = {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}
        item["tax"] = {"taxCollections": [collection]}
    return item


def _item_proceeds(order: StoreOrder, amounts: Amounts) -> Body:
    breakdowns: list[Body] = []
    for part, minor in _parts(amounts).items():
        if not minor and part != "ITEM":
            continue
        breakdown: Body = {"type": part, "subtotal": _money(order, minor)}
        if part in ("TAX", "DISCOUNT"):
            breakdown["detailedBreakdowns"] = [{"subtype": "ITEM", "value": _money(order, minor)}]
        breakdowns.append(breakdown)
    return {"proceedsTotal": _money(order, amounts.total), "breakdowns": breakdowns}


def _cancellation(cancelled_by: str) -> Body:
    reason = {"BUYER": "Ordered by mistake", "MERCHANT": "Out of stock", "AMAZON": "Payment not completed"}
    cancellation: Body = {
        "cancellationExecution": {"cancelledBy": cancelled_by, "cancelReason": reason[cancelled_by]}
    }
    if cancelled_by == "BUYER":
        cancellation["cancellationRequest"] = {"requester": "BUYER", "cancelReason": reason["BUYER"]}
    return cancellation


def _fulfillment(order: StoreOrder) -> Body:
    fulfillment: Body = {
        "fulfillmentStatus": str(order.status),
        "fulfilledBy": order.fulfilled_by,
        "fulfillmentServiceLevel": order.service_level,
    }
    if order.status not in WITHOUT_PRICES:
        created_ms = to_ms(order.created_at)
        deliver_days = {"NEXT_DAY": 2, "SECOND_DAY": 3, "EXPEDITED": 4}.get(order.service_level, 7)
        fulfillment["shipByWindow"] = _window(created_ms + 8 * HOUR, created_ms + 2 * DAY)
        fulfillment["deliverByWindow"] = _window(created_ms + DAY, created_ms + deliver_days * DAY)
    return fulfillment


def _window(start_ms: int, end_ms: int) -> Body:
    return {"earliestDateTime": iso(start_ms), "latestDateTime": iso(end_ms)}


def _payment(order: StoreOrder) -> Body:
    method = "INVOICE" if "AMAZON_BUSINESS" in order.programs else "STANDARD"
    paid = {"paymentMethod": method, "paymentAmount": _money(order, order.grand_total_minor or 0)}
    return {"paymentExecutions": [paid]}


def _invoice_kind(order: StoreOrder) -> str:
    return "BUSINESS" if "AMAZON_BUSINESS" in order.programs else "INDIVIDUAL"


def _packages(order: StoreOrder) -> list[Body]:
    """One parcel with what has been sent, if anything has."""
    sent = [
        {"orderItemId": line.item_id, "quantity": line.quantity_fulfilled}
        for line in order.lines
        if line.quantity_fulfilled
    ]
    if not sent:
        return []
    throw = number(order.id, "parcel")
    delivered = order.status is Status.SHIPPED
    return [
        {
            "packageReferenceId": "1",
            "packageStatus": {"status": "DELIVERED" if delivered and throw % 2 else "IN_TRANSIT"},
            "carrier": _CARRIERS[throw % len(_CARRIERS)],
            "trackingNumber": f"{throw % 10**12:012d}",
            "packageItems": sent,
        }
    ]
