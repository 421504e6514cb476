"""A store's order as the Admin API tells it: every field the simulator knows, of which a query picks its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from entrypoints.simulator.moments import iso
from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.stores import minor_digits, price_rate

Json = dict[str, Any]


def decimal_text(minor: int, currency: str) -> str:
    """As Shopify writes amounts: one decimal place at least, and no zeros after it."""
    text = f"{Decimal(minor).scaleb(-minor_digits(currency)):f}"
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def order_json(order: StoreOrder) -> Json:
    """All fields of an order."""
    plan = order.plan

    def bag(minor: int) -> Json:
        shown = minor * price_rate(plan.presentment_currency) / price_rate(plan.currency)
        shown *= 10 ** (minor_digits(plan.presentment_currency) - minor_digits(plan.currency))
        presented = minor if plan.presentment_currency == plan.currency else round(shown * 0.8)
        return {
            "shopMoney": _money(minor, plan.currency),
            "presentmentMoney": _money(presented, plan.presentment_currency),
        }

    return {
        "__typename": "Order",
        "id": plan.gid,
        "legacyResourceId": str(plan.id),
        "name": plan.name,
        "createdAt": iso(plan.created_ms),
        "processedAt": iso(plan.processed_ms),
        "updatedAt": iso(order.updated_ms),
        "cancelledAt": None if order.cancelled_ms is None else iso(order.cancelled_ms),
        "cancelReason": None if order.cancelled_ms is None else "CUSTOMER",
        "closedAt": None if order.closed_ms is None else iso(order.closed_ms),
        "closed": order.closed_ms is not None,
        "test": plan.test,
        "displayFinancialStatus": order.financial,
        "displayFulfillmentStatus": order.fulfillment,
        "currencyCode": plan.currency,
        "presentmentCurrencyCode": plan.presentment_currency,
        "taxesIncluded": plan.tax == 0,
        "totalPriceSet": bag(order.total),
        "currentTotalPriceSet": bag(order.current_total),
        "subtotalPriceSet": bag(plan.goods - plan.discount),
        "totalDiscountsSet": bag(plan.discount),
        "totalShippingPriceSet": bag(plan.shipping),
        "totalTaxSet": bag(plan.tax),
        "totalRefundedSet": bag(order.refunded),
        "totalReceivedSet": bag(order.received),
        "netPaymentSet": bag(order.received - order.refunded),
        "subtotalLineItemsQuantity": order.units,
        "currentSubtotalLineItemsQuantity": order.current_units,
        "_line": _line(order),
    }


def _line(order: StoreOrder) -> Json:
    """The one line of an order: so many of the same."""
    article = order.plan.id % 37
    return {
        "id": f"gid://shopify/LineItem/{order.plan.id}1",
        "name": f"Article {article}",
        "title": f"Article {article}",
        "sku": f"SHOP-{article:03d}",
        "quantity": order.units,
        "currentQuantity": order.current_units,
    }


def _money(minor: int, currency: str) -> Json:
    return {"amount": decimal_text(minor, currency), "currencyCode": currency}
