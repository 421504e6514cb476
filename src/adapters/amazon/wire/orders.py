"""Orders 2026-01-01, as Amazon sends them, in our words.

Source: ``orders_2026-01-01.json`` in Amazon's models.
"""

from adapters.amazon.wire.reading import (
    LONGEST_STATUS,
    child,
    count,
    moment,
    money,
    required_list,
    required_moment,
    required_text,
    text,
)
from domain.gateway.ports import Json
from domain.money import Money
from domain.orders.model import Order, OrderItem, OrderPage


def order_page(body: Json) -> OrderPage:
    """A page of ``searchOrders``.

    Raises:
        UpstreamFailed: the list of orders is missing, or something in it is not as promised.
    """
    return OrderPage(
        tuple(_order(node) for node in required_list(body, "orders")),
        text(child(body, "pagination"), "nextToken"),
        moment(body, "lastUpdatedBefore"),
    )


def _order(node: Json) -> Order:
    fulfillment = child(node, "fulfillment")
    return Order(
        order_id=required_text(node, "orderId"),
        marketplace_id=text(child(node, "salesChannel"), "marketplaceId"),
        created_at=required_moment(node, "createdTime"),
        updated_at=required_moment(node, "lastUpdatedTime"),
        status=required_text(fulfillment, "fulfillmentStatus")[:LONGEST_STATUS],
        fulfilled_by=text(fulfillment, "fulfilledBy"),
        total=money(child(node, "proceeds"), "grandTotal"),
        items=tuple(_item(item) for item in required_list(node, "orderItems")),
    )


def _item(node: Json) -> OrderItem:
    product, proceeds = child(node, "product"), child(node, "proceeds")
    return OrderItem(
        order_item_id=required_text(node, "orderItemId"),
        sku=text(product, "sellerSku"),
        asin=text(product, "asin"),
        title=text(product, "title"),
        quantity=count(node, "quantityOrdered"),
        total=money(proceeds, "proceedsTotal"),
        goods=_goods(proceeds),
    )


def _goods(proceeds: Json) -> Money | None:
    """What of a line's proceeds the goods cost: the subtotal of the kind ITEM. There is one of each kind."""
    if proceeds.get("breakdowns") is None:
        return None
    for part in required_list(proceeds, "breakdowns"):
        if part.get("type") == "ITEM":
            return money(part, "subtotal")
    return None
