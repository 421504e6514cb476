"""Trying a connection out: which link of the chain holds, and what Amazon's orders look like. Nothing is kept."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field

from domain.connections.diagnosis import Link, holds
from domain.connections.model import Connection, ConnectionId
from domain.orders.model import Order, OrderPage
from entrypoints.http.context import services, user
from entrypoints.http.reading import Query, query
from entrypoints.http.shapes import Json, moment, number

bp = Blueprint("diagnosis", __name__, url_prefix="/api/amazon/test")

_unless_blank = BeforeValidator(lambda value: value or None)


class StatusQuery(Query):
    """Which connection: the default one, unless said."""

    connection_id: Annotated[UUID | None, _unless_blank] = Field(default=None, alias="amazonAccountId")


class OrdersQuery(StatusQuery):
    """Of which marketplace: the connection's own, unless said."""

    marketplace_id: Annotated[str | None, _unless_blank] = Field(default=None, alias="marketplaceId")


@bp.get("/status")
def status() -> ResponseReturnValue:
    """Every link of the chain, tried out now. A broken one is an answer, not an error."""
    connection = _chosen(query(StatusQuery).connection_id)
    chain = services().diagnosis.check(connection)
    # What the exchange brought to light is in the connection's status by now.
    current = services().connections.get(connection.user_id, connection.id)
    return {"success": True, "data": _chain_json(current, chain)}


@bp.get("/orders")
def orders() -> ResponseReturnValue:
    """One page of orders as Amazon tells them now, without anything about the buyer."""
    asked = query(OrdersQuery)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    page = services().diagnosis.latest_orders(connection, marketplace_id)
    return {"success": True, "data": _page_json(connection, marketplace_id, page)}


def _chosen(connection_id: UUID | None) -> Connection:
    wanted = ConnectionId(connection_id) if connection_id is not None else None
    return services().connections.chosen(user().id, wanted)


def _chain_json(connection: Connection, chain: list[Link]) -> Json:
    return {
        "connectionId": str(connection.id),
        "sellerId": connection.seller_id,
        "region": connection.region.value,
        "marketplaceIds": list(connection.marketplace_ids),
        "status": connection.status.value,
        "ok": holds(chain),
        "checks": [_link_json(link) for link in chain],
    }


def _link_json(link: Link) -> Json:
    shape: Json = {
        "name": link.name,
        "status": link.state.value,
        "cause": link.cause or None,
        "mend": link.mend or None,
        "seconds": round(link.seconds, 3),
    }
    if link.details:
        shape["details"] = {_camel(name): _value(value) for name, value in link.details.items()}
    if link.request_id:
        shape["requestId"] = link.request_id
    return shape


def _page_json(connection: Connection, marketplace_id: str, page: OrderPage) -> Json:
    return {
        "connectionId": str(connection.id),
        "marketplaceId": marketplace_id,
        "orders": [_order_json(order) for order in page.orders],
        "count": len(page.orders),
        "hasMore": page.next_token is not None,
    }


def _order_json(order: Order) -> Json:
    return {
        "orderId": order.order_id,
        "purchaseDate": moment(order.created_at),
        "lastUpdated": moment(order.updated_at),
        "status": order.status,
        "fulfilledBy": order.fulfilled_by,
        "total": number(order.total) if order.total else None,
        "currency": order.total.currency if order.total else None,
        "items": [
            {"sku": item.sku, "asin": item.asin, "title": item.title, "quantity": item.quantity}
            for item in order.items
        ],
    }


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _value(value: object) -> object:
    return moment(value) if isinstance(value, datetime) else value
