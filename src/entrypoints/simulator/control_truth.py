"""``GET truth``: what is true, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, request

from entrypoints.simulator.control_bodies import BadControl
from entrypoints.simulator.moments import from_ms, parse_iso
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.truth import lines as store_lines
from entrypoints.simulator.truth import Truth

_PARAMETERS = ("seller_id", "shop", "at", "orders")


def add_truth(blueprint: Blueprint, truth: Truth, shops: Shops, now: Callable[[], datetime]) -> None:
    """``GET truth?seller_id=&at=&orders=``: of all sellers without one, of now without a time.

    With ``shop`` in place of the seller's id it is told of that Shopify store.
    """

    @blueprint.get("/truth")
    def tell() -> Response:
        unknown = sorted(set(request.args) - set(_PARAMETERS))
        if unknown:
            raise BadControl(f"unknown parameters: {', '.join(unknown)}; known are {', '.join(_PARAMETERS)}")
        seller_id, with_orders = request.args.get("seller_id"), request.args.get("orders", "false")
        sellers = [each for each in truth.store.sellers if seller_id in (None, each.id)]
        if not sellers:
            raise BadControl("seller_id must be the id of one of this simulator's sellers")
        if with_orders not in ("true", "false"):
            raise BadControl("orders must be true or false")
        at = _moment(request.args.get("at"), now())
        if "shop" in request.args:
            return _of_store(shops, request.args, at)
        lines = (
            line.encode() for seller in sellers for line in truth.lines(seller, at, with_orders == "true")
        )
        return Response(lines, content_type="application/x-ndjson")


def _of_store(shops: Shops, arguments: Mapping[str, str], at: datetime) -> Response:
    store = shops.find(arguments["shop"])
    if store is None or "seller_id" in arguments:
        raise BadControl(
            "shop must be the host of one of this simulator's stores, and stands without seller_id"
        )
    told = store_lines(shops, store, at, arguments.get("orders") == "true")
    return Response((line.encode() for line in told), content_type="application/x-ndjson")


def _moment(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    at_ms = parse_iso(text)
    if at_ms is None:
        raise BadControl("at must be a time of ISO 8601 with a time zone")
    return from_ms(at_ms)
