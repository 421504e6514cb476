"""Lists of orders: searched, sorted, and cut into pages by cursors that tell where the last one ended."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entrypoints.simulator.shopify.execution import GraphqlError, Json, error
from entrypoints.simulator.shopify.order_json import order_json
from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.search import Dropped, Search, understood
from entrypoints.simulator.shopify.shops import sixty_days_before

if TYPE_CHECKING:
    from entrypoints.simulator.shopify.schema import Asking

LARGEST_PAGE = 250
Place = tuple[int, int]

#: Where an order stands in a list; ties are broken by its id.
_KEYS: dict[str, Callable[[StoreOrder], int]] = {
    "CREATED_AT": lambda order: order.plan.created_ms,
    "UPDATED_AT": lambda order: order.updated_ms,
    "PROCESSED_AT": lambda order: order.plan.processed_ms,
    "ID": lambda order: order.plan.id,
    "ORDER_NUMBER": lambda order: order.plan.id,
    "TOTAL_PRICE": lambda order: order.total,
    "CURRENT_TOTAL_PRICE": lambda order: order.current_total,
}
SORT_KEYS = frozenset(_KEYS)
_DEFAULT_SORT = "PROCESSED_AT"


def connection(_source: Any, arguments: Mapping[str, Any], asking: Asking) -> Json:
    """``orders``.

    Raises:
        GraphqlError: the scope is missing, or the page cannot be cut.
    """
    asking.insist_on("read_orders", "orders")
    sort = arguments.get("sortKey") or _DEFAULT_SORT
    search = _search(arguments.get("query"), asking)
    size, backwards = _size(arguments, asking)
    reverse = bool(arguments.get("reverse")) is not backwards
    cursor = arguments.get("before" if backwards else "after")
    after = None if cursor is None else _place(sort, cursor)
    found = _found(search, asking, sort, None if reverse else after)
    places = [((_KEYS[sort](order), order.plan.id), order) for order in found]
    places.sort(key=lambda entry: entry[0], reverse=reverse)
    rest = [
        (place, order)
        for place, order in places
        if after is None or (place < after if reverse else place > after)
    ]
    page = rest[:size]
    more, before = len(rest) > len(page), after is not None
    if backwards:
        page.reverse()
        more, before = before, more
    edges = [{"cursor": _cursor(sort, place), "node": order_json(order)} for place, order in page]
    return {
        "edges": edges,
        "nodes": [edge["node"] for edge in edges],
        "pageInfo": {
            "hasNextPage": more,
            "hasPreviousPage": before,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def count(_source: Any, arguments: Mapping[str, Any], asking: Asking) -> Json:
    """``ordersCount``."""
    asking.insist_on("read_orders", "ordersCount")
    found = _found(_search(arguments.get("query"), asking), asking, "ID", None)
    return {"count": min(len(found), 10_000), "precision": "EXACT" if len(found) <= 10_000 else "AT_LEAST"}


def lines(order: Json, arguments: Mapping[str, Any], asking: Asking) -> Json:
    """``lineItems`` of an order: one, on one page."""
    _size(arguments, asking)
    edge = {"cursor": _cursor("ID", (0, 0)), "node": order["_line"]}
    edges = [] if arguments.get("after") else [edge]
    ends = edge["cursor"] if edges else None
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": ends, "endCursor": ends}
    return {"edges": edges, "nodes": [each["node"] for each in edges], "pageInfo": info}


def _search(query: str | None, asking: Asking) -> Search:
    """What is looked for. With its filters ignored, a search is told a warning and everything."""
    search = understood(query, asking.store.zone)
    if asking.switches.ignore_filters and query:
        dropped = Dropped("updated_at", "Invalid search field for this query.", "invalid_field")
        search = Search(warnings=[dropped])
    if search.warnings:
        warnings = [warning._asdict() for warning in search.warnings]
        asking.search.append({"path": ["orders"], "query": query, "parsed": {}, "warnings": warnings})
    return search


def _found(search: Search, asking: Asking, sort: str, after: Place | None) -> list[StoreOrder]:
    window = search.window
    if after is not None and sort == "CREATED_AT":
        window = replace(window, created_from_ms=max(window.created_from_ms or 0, after[0]))
    if after is not None and sort == "UPDATED_AT":
        window = replace(window, updated_from_ms=max(window.updated_from_ms or 0, after[0]))
    limit = 0 if "read_all_orders" in asking.scopes else sixty_days_before(asking.at)
    window = replace(window, created_from_ms=max(window.created_from_ms or 0, limit))
    orders = asking.shops.orders(asking.store, asking.at, window)
    return [order for order in orders if order.plan.created_ms >= limit and search.fits(order)]


def _size(arguments: Mapping[str, Any], asking: Asking) -> tuple[int, bool]:
    """How many, and whether they are counted from the end."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        if asking.bulk:
            return 10**9, False
        raise GraphqlError(error("you must provide one of first or last", "BAD_REQUEST"))
    size = int(last or 0) if first is None else int(first)
    if first is not None and last is not None:
        raise GraphqlError(error("providing both first and last is not supported", "BAD_REQUEST"))
    if not 0 < size <= LARGEST_PAGE:
        raise GraphqlError(error(f"first and last must be from 1 to {LARGEST_PAGE}", "BAD_REQUEST"))
    return size, first is None


def _cursor(sort: str, place: Place) -> str:
    body = {"last_id": place[1], "last_value": place[0], "sort": sort}
    return b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


def _place(sort: str, cursor: str) -> Place:
    try:
        body = json.loads(b64decode(cursor, validate=True))
        if body["sort"] == sort:
            return int(body["last_value"]), int(body["last_id"])
    except (Base64Error, ValueError, KeyError, TypeError):
        pass
    raise GraphqlError(error("Invalid cursor for current pagination sort.", "BAD_REQUEST"))
