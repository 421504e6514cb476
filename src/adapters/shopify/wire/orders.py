"""A store's orders, as Shopify sends them, in our words. No field of a customer is asked for, so none is ever here.

Source: shopify.dev, GraphQL Admin API, ``Order``, ``OrderDisplayFulfillmentStatus``, ``OrderDisplayFinancialStatus``.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from adapters.shopify.wire.reading import (
    moment,
    required_child,
    required_count,
    required_flag,
    required_list,
    required_moment,
    required_text,
    shop_money,
    text,
    wrong,
)
from domain.gateway.ports import Json
from domain.orders.model import CANCELLED, Order, OrderItem

#: What is asked of every order, by pages and in bulk alike.
FIELDS = (
    "id createdAt updatedAt cancelledAt test displayFinancialStatus displayFulfillmentStatus "
    "subtotalLineItemsQuantity totalPriceSet { shopMoney { amount currencyCode } }"
)
_ID = re.compile(r"gid://shopify/Order/([0-9]{1,30})")
#: Payments that never came: such an order sells nothing.
_NEVER_PAID = {"EXPIRED", "VOIDED"}
#: In Amazon's words, since figures count both alike. Words that are not here are kept as they are.
_STATUSES = {
    "FULFILLED": "SHIPPED",
    "PARTIALLY_FULFILLED": "PARTIALLY_SHIPPED",
    **dict.fromkeys(
        (
            "UNFULFILLED",
            "OPEN",
            "IN_PROGRESS",
            "ON_HOLD",
            "PENDING_FULFILLMENT",
            "REQUEST_DECLINED",
            "SCHEDULED",
        ),
        "UNSHIPPED",
    ),
}


@dataclass(frozen=True)
class WirePage:
    """One page as it came. ``listed`` counts all that it names, ``orders`` leaves test orders out."""

    orders: tuple[Order, ...]
    listed: int
    changed: tuple[datetime, ...]  # when each of them was changed, in the order of the page
    next_token: str | None


def order_page(data: Json, shop: str) -> WirePage:
    """A page of ``orders``.

    Raises:
        WrongAnswer: the list is missing, or something in it is not as promised.
    """
    listing = required_child(data, "orders")
    nodes, onward = required_list(listing, "nodes"), required_child(listing, "pageInfo")
    more = required_flag(onward, "hasNextPage")
    found = [order(node, shop) for node in nodes]
    return WirePage(
        tuple(each for each in found if each is not None),
        len(nodes),
        tuple(required_moment(node, "updatedAt") for node in nodes),
        required_text(onward, "endCursor") if more else None,
    )


def order(node: Json, shop: str) -> Order | None:
    """One order; ``None`` for one that was only a test.

    Raises:
        WrongAnswer: something in it is not as promised.
    """
    named = _ID.match(required_text(node, "id"))
    if named is None:
        raise wrong("id")
    if required_flag(node, "test"):
        return None
    return Order(
        order_id=named[1],
        marketplace_id=shop,
        created_at=required_moment(node, "createdAt"),
        updated_at=required_moment(node, "updatedAt"),
        status=_status(node),
        fulfilled_by=None,
        total=shop_money(node, "totalPriceSet"),
        items=(_all_goods(node),),
    )


def _status(node: Json) -> str:
    if moment(node, "cancelledAt") is not None or text(node, "displayFinancialStatus") in _NEVER_PAID:
        return CANCELLED
    told = required_text(node, "displayFulfillmentStatus")
    return _STATUSES.get(told, told)


def _all_goods(node: Json) -> OrderItem:
    """How much was ordered, as one line: what it was would make the question many times as dear."""
    return OrderItem(
        order_item_id="all",
        sku=None,
        asin=None,
        title=None,
        quantity=required_count(node, "subtotalLineItemsQuantity"),
        total=None,
    )
