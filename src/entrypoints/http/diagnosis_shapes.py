"""Trying a connection out, as JSON."""

import re
from datetime import datetime
from typing import Literal, NotRequired, cast

from domain.connections.diagnosis import Link, LinkState, holds
from domain.connections.model import Connection, ConnectionStatus
from domain.marketplaces import Region
from domain.orders.model import Order, OrderItem, OrderPage
from entrypoints.http.answer_types import Amount, Answer, Anything, Uuid, When
from entrypoints.http.shapes import moment, number

LinkName = Literal[
    "stored_credentials", "key", "token_exchange", "role", "call", "roles", "authorization_age"
]


class LinkAnswer(Answer):
    """One link of the chain from what is stored to a real answer of Amazon's."""

    name: LinkName
    status: LinkState
    """``skipped``: it is not needed, or one before it has failed. ``warning``: it holds, and somebody should look at it."""
    cause: str | None
    mend: str | None
    seconds: float
    """What trying it took."""
    details: NotRequired[dict[str, Anything]]
    """Where there are any: ``expiresInSeconds``, ``roleArn``, ``role``, ``roles``, ``marketplaceIds``,
    ``notParticipating``, ``suspended``, ``granted``, ``refused``, ``notTried`` and ``unknown`` roles, ``renewBefore``,
    ``daysLeft``, ``retryAfterSeconds``."""
    requestId: NotRequired[str]
    """Amazon's own, where it has named one."""


class ChainAnswer(Answer):
    """Every link of a connection's chain."""

    connectionId: Uuid
    sellerId: str
    region: Region
    marketplaceIds: list[str]
    status: ConnectionStatus
    ok: bool
    """No link has failed."""
    checks: list[LinkAnswer]


class LiveItemAnswer(Answer):
    """One line of an order."""

    sku: str | None
    asin: str | None
    title: str | None
    quantity: int


class LiveOrderAnswer(Answer):
    """An order as Amazon tells it now, without anything about the buyer."""

    orderId: str
    purchaseDate: When
    lastUpdated: When
    status: str
    """Amazon's fulfilment status, of which the list is open."""
    fulfilledBy: str | None
    total: Amount | None
    """``null`` while the order is pending."""
    currency: str | None
    items: list[LiveItemAnswer]


class LiveOrdersAnswer(Answer):
    """One page of the orders that changed in the last seven days."""

    connectionId: Uuid
    marketplaceId: str
    orders: list[LiveOrderAnswer]
    count: int
    """Of the orders on this page."""
    hasMore: bool
    """Amazon has more of them than this page."""


def chain_json(connection: Connection, chain: list[Link]) -> ChainAnswer:
    """Every link of a connection's chain."""
    return {
        "connectionId": str(connection.id),
        "sellerId": connection.seller_id,
        "region": connection.region,
        "marketplaceIds": list(connection.marketplace_ids),
        "status": connection.status,
        "ok": holds(chain),
        "checks": [_link_json(link) for link in chain],
    }


def live_orders_json(connection: Connection, marketplace_id: str, page: OrderPage) -> LiveOrdersAnswer:
    """One page of orders."""
    return {
        "connectionId": str(connection.id),
        "marketplaceId": marketplace_id,
        "orders": [_order_json(order) for order in page.orders],
        "count": len(page.orders),
        "hasMore": page.next_token is not None,
    }


def _link_json(link: Link) -> LinkAnswer:
    shape: LinkAnswer = {
        "name": cast("LinkName", link.name),
        "status": link.state,
        "cause": link.cause or None,
        "mend": link.mend or None,
        "seconds": round(link.seconds, 3),
    }
    if link.details:
        shape["details"] = {_camel(name): _value(value) for name, value in link.details.items()}
    if link.request_id:
        shape["requestId"] = link.request_id
    return shape


def _order_json(order: Order) -> LiveOrderAnswer:
    return {
        "orderId": order.order_id,
        "purchaseDate": moment(order.created_at),
        "lastUpdated": moment(order.updated_at),
        "status": order.status,
        "fulfilledBy": order.fulfilled_by,
        "total": number(order.total) if order.total else None,
        "currency": order.total.currency if order.total else None,
        "items": [_item_json(item) for item in order.items],
    }


def _item_json(item: OrderItem) -> LiveItemAnswer:
    return {"sku": item.sku, "asin": item.asin, "title": item.title, "quantity": item.quantity}


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _value(value: object) -> object:
    return moment(value) if isinstance(value, datetime) else value
