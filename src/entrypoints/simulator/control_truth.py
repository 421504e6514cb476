"""``GET truth``: what is true, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request

from entrypoints.simulator.control_bodies import BadControl
from entrypoints.simulator.moments import from_ms, parse_iso
from entrypoints.simulator.truth import Truth

_PARAMETERS = ("seller_id", "at", "orders")


def add_truth(blueprint: Blueprint, truth: Truth, now: Callable[[], datetime]) -> None:
    """``GET truth?seller_id=&at=&orders=``: of all sellers without one, of now without a time."""

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
        lines = (
            line.encode() for seller in sellers for line in truth.lines(seller, at, with_orders == "true")
        )
        return Response(lines, content_type="application/x-ndjson")


def _moment(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    at_ms = parse_iso(text)
    if at_ms is None:
        raise BadControl("at must be a time of ISO 8601 with a time zone")
    return from_ms(at_ms)
