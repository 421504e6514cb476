"""Controls of orders: hide them, show them, tell them late, change them, and let listings shift."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify

from entrypoints.simulator.control_bodies import (
    BadControl,
    Fields,
    choices,
    day,
    json_body,
    known,
    number,
    texts,
    whole,
)
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import MINUTE, parse_iso, to_ms
from entrypoints.simulator.order_troubles import REPORTS, SEARCH, TOLD_BY, OrderHand
from entrypoints.simulator.orders import Status, StoreOrder
from entrypoints.simulator.page_troubles import PageTroubles

_PAGE = 100
_MOST_MINUTES = 60 * 24 * 90
SellerId = Callable[[Fields], str]


def add_order_controls(blueprint: Blueprint, hand: OrderHand, seller_id: SellerId) -> None:
    """``POST orders/…``."""

    @blueprint.post("/orders/hide")
    def hide() -> Response:
        body = known(json_body(), "seller_id", "order_ids", "day", "marketplace_id", "page", "since", "from")
        seller = seller_id(body)
        places = choices(body, "from", TOLD_BY, (SEARCH, REPORTS))
        ids = [order.id for order in _chosen(hand, seller, body)]
        hand.troubles.hide(seller, ids, places)
        return jsonify(order_ids=ids)

    @blueprint.post("/orders/show")
    def show() -> Response:
        body = known(json_body(), "seller_id", "order_ids")
        ids = texts(body, "order_ids") if "order_ids" in body else None
        hand.troubles.show(seller_id(body), ids)
        return Response(status=204)

    @blueprint.post("/orders/late")
    def late() -> Response:
        body = known(json_body(), "seller_id", "order_ids", "count", "share", "minutes", "from")
        seller = seller_id(body)
        minutes = number(body, "minutes", 0, _MOST_MINUTES)
        places = choices(body, "from", TOLD_BY, (SEARCH,))
        _exactly_one(body, "order_ids", "count", "share")
        if "share" in body:
            share = number(body, "share", 0, 1)
            hand.troubles.lag(seller, share, int(minutes * MINUTE), places)
            return jsonify(order_ids=[])
        orders = _newest(hand, seller, body) if "count" in body else _listed(hand, seller, body)
        hand.delay(seller, orders, minutes, places)
        return jsonify(order_ids=[order.id for order in orders])

    @blueprint.post("/orders/change")
    def change() -> Response:
        body = known(json_body(), "seller_id", "order_id", "status")
        seller = seller_id(body)
        status = body.get("status")
        if status is not None and status not in list(Status):
            raise BadControl(f"status must be one of: {', '.join(Status)}")
        order_id = str(body.get("order_id", ""))
        if not hand.change(seller, [order_id], None if status is None else Status(status)):
            raise BadControl("order_id must be the id of one of the seller's orders")
        (order,) = hand.existing(seller, [order_id])
        return jsonify(order_id=order.id, status=order.status, last_updated=order.updated_at.isoformat())


def add_page_controls(blueprint: Blueprint, pages: PageTroubles, seller_id: SellerId) -> None:
    """``POST pages/shift`` and ``POST page-tokens/expire``."""

    @blueprint.post("/pages/shift")
    def shift() -> Response:
        body = known(json_body(), "seller_id", "orders", "pages")
        pages.shift(seller_id(body), whole(body, "orders", 1, 1000, 1), whole(body, "pages", 1, 1000, 1))
        return Response(status=204)

    @blueprint.post("/page-tokens/expire")
    def expire() -> Response:
        pages.expire()
        return Response(status=204)


def _chosen(hand: OrderHand, seller_id: str, body: Fields) -> list[StoreOrder]:
    """The orders meant: by their ids, those placed on a local day, or a page of the listing of changes."""
    _exactly_one(body, "order_ids", "day", "page")
    if "order_ids" in body:
        return _listed(hand, seller_id, body)
    if "page" in body:
        start = (whole(body, "page", 1, 100_000, 1) - 1) * _PAGE
        return list(islice(_since(hand, seller_id, body), start, start + _PAGE))
    wanted, only = day(body, "day"), body.get("marketplace_id")
    if only is not None and only not in BY_ID:
        raise BadControl("marketplace_id must be the id of a marketplace")

    def local_zone(order: StoreOrder) -> ZoneInfo:
        return BY_ID[order.home_marketplace_id].zone

    return [
        order
        for order in hand.all_orders(seller_id)
        if order.created_at.astimezone(local_zone(order)).date() == wanted
        and only in (None, order.home_marketplace_id)
    ]


def _since(hand: OrderHand, seller_id: str, body: Fields) -> Iterable[StoreOrder]:
    since = body.get("since")
    since_ms = 0 if since is None else parse_iso(str(since))
    if since_ms is None:
        raise BadControl("since must be a time of ISO 8601 with a time zone")
    return (order for order in hand.all_orders(seller_id) if to_ms(order.updated_at) >= since_ms)


def _listed(hand: OrderHand, seller_id: str, body: Fields) -> list[StoreOrder]:
    ids = texts(body, "order_ids")
    found = hand.existing(seller_id, ids)
    missing = sorted(set(ids) - {order.id for order in found})
    if missing:
        raise BadControl(f"order_ids: the seller has no order {', '.join(missing)}")
    return found


def _newest(hand: OrderHand, seller_id: str, body: Fields) -> list[StoreOrder]:
    """The orders changed last."""
    return hand.all_orders(seller_id)[-whole(body, "count", 1, 100_000, 1) :]


def _exactly_one(body: Fields, *names: str) -> None:
    if sum(name in body for name in names) != 1:
        raise BadControl(f"exactly one of {', '.join(names)} is needed")
