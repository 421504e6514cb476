"""Orders API 2026-01-01: searchOrders and getOrder.

Source: https://github.com/amzn/selling-partner-api-models, models/orders-api-model/orders_2026-01-01.json
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from entrypoints.simulator.errors import SpApiError, invalid_input
from entrypoints.simulator.moments import DAY, MINUTE, from_ms, iso, to_ms
from entrypoints.simulator.operations.order_json import DATASETS, order_json
from entrypoints.simulator.operations.parameters import (
    check_marketplaces,
    choices,
    items,
    moment,
    text,
    whole_number,
)
from entrypoints.simulator.order_troubles import SEARCH, OrderHand
from entrypoints.simulator.orders import Status, StoreOrder
from entrypoints.simulator.roles import INVENTORY_AND_ORDERS
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

TOKEN_LIFE_MS = DAY
_SHORTEST_DELAY_MS = 2 * MINUTE
_OLDEST_ORDER_MS = 730 * DAY
_NO_TIME_LIMIT = frozenset(
    {"A1VC38T7YXB528", "A39IBJ37TRP1C6", "A19VAU5U5O7RUS"}
)  # JP, AU and SG: since 2016
_PURPOSE = "orders page"
_FAMILIES = {
    "created": ("createdAfter", "createdBefore"),
    "updated": ("lastUpdatedAfter", "lastUpdatedBefore"),
}


@dataclass(frozen=True)
class Search:
    """What a search asks for; ``family`` says which of an order's two times is meant."""

    family: str
    after_ms: int
    before_ms: int | None
    marketplace_ids: tuple[str, ...]
    statuses: tuple[str, ...]
    fulfilled_by: tuple[str, ...]

    def fingerprint(self, seller_id: str) -> list[Any]:
        """What a page token is bound to."""
        sets = [sorted(set(each)) for each in (self.marketplace_ids, self.statuses, self.fulfilled_by)]
        return [seller_id, self.family, self.after_ms, self.before_ms, *sets]

    def wants(self, order: StoreOrder) -> bool:
        """Whether an order of the right time passes the filters.

        An order of the channel NON_AMAZON has no marketplace id and is found under the marketplace whose
        stock serves it.
        """
        return (
            (not self.marketplace_ids or order.home_marketplace_id in self.marketplace_ids)
            and (not self.statuses or order.status in self.statuses)
            and (not self.fulfilled_by or order.fulfilled_by in self.fulfilled_by)
        )

    def time_of(self, order: StoreOrder) -> int:
        return to_ms(order.created_at if self.family == "created" else order.updated_at)


def search_orders(call: Call) -> Body:
    """A page of orders, by the time asked for and then by id, each as it stands now."""
    search = _search(call)
    size = whole_number(call, "maxResultsPerPage", 1, 100, 100)
    datasets = frozenset(choices(call, "includedData", DATASETS))
    check_marketplaces(call, search.marketplace_ids)
    place = _place(call, search)
    shifting = call.troubles.pages.take_shift(call.seller_id)
    page = list(islice(_from_place(call, search, place), size + max(1, shifting)))
    body: Body = {"orders": [order_json(order, datasets) for order in page[:size]]}
    if len(page) > size:
        last = page[size - 1]
        claims = {
            "asked": search.fingerprint(call.seller_id),
            "key": [search.time_of(last), last.id],
            "before": place.before_ms,
            "until": place.token_until_ms,
            "generation": call.troubles.pages.generation,
        }
        _shift(call, page[size : size + shifting])
        body["pagination"] = {"nextToken": call.signer.seal(_PURPOSE, claims)}
    body["createdBefore" if search.family == "created" else "lastUpdatedBefore"] = iso(place.before_ms)
    return body


def get_order(call: Call) -> Body:
    """One order by its id."""
    datasets = frozenset(choices(call, "includedData", DATASETS))
    check_marketplaces(call, ())
    edits = call.troubles.orders.of(call.seller_id).edits
    order = call.store.order(call.seller_id, call.path["orderId"], from_ms(call.now_ms), edits)
    if order is None or _too_old(order, call.now_ms):
        raise SpApiError(404, "NotFound", "The order was not found.", call.path["orderId"])
    return {"order": order_json(order, datasets)}


@dataclass(frozen=True)
class _Place:
    """Where a page begins: after a key (time and order id), and up to which time the whole search goes."""

    key: tuple[int, str]
    before_ms: int
    token_until_ms: int


def _search(call: Call) -> Search:
    given = {family: tuple(moment(call, name) for name in names) for family, names in _FAMILIES.items()}
    families = [family for family, times in given.items() if any(time is not None for time in times)]
    if len(families) > 1:
        raise invalid_input(
            "createdAfter/createdBefore and lastUpdatedAfter/lastUpdatedBefore must not be mixed."
        )
    if not families or given[families[0]][0] is None:
        raise invalid_input("Exactly one of createdAfter and lastUpdatedAfter is required.")
    after_ms, before_ms = given[families[0]]
    return Search(
        family=families[0],
        after_ms=after_ms or 0,
        before_ms=before_ms,
        marketplace_ids=items(call, "marketplaceIds", most=50),
        statuses=choices(call, "fulfillmentStatuses", list(Status)),
        fulfilled_by=choices(call, "fulfilledBy", ("MERCHANT", "AMAZON")),
    )


def _place(call: Call, search: Search) -> _Place:
    token = text(call, "paginationToken")
    latest_ms = call.now_ms - _SHORTEST_DELAY_MS
    if token is None:
        before_ms = latest_ms if search.before_ms is None else search.before_ms
        after_name, before_name = _FAMILIES[search.family]
        if before_ms > latest_ms:
            raise invalid_input(f"{before_name} must be at least two minutes before the time of the request.")
        if before_ms < search.after_ms:
            raise invalid_input(f"{before_name} must be equal to or after {after_name}.")
        return _Place((search.after_ms, ""), before_ms, call.now_ms + TOKEN_LIFE_MS)
    claims = call.signer.open(_PURPOSE, token)
    stale = claims is not None and claims["generation"] != call.troubles.pages.generation
    if claims is None or stale or claims["until"] < call.now_ms:
        raise invalid_input("The paginationToken is invalid or expired.")
    if claims["asked"] != search.fingerprint(call.seller_id):
        raise invalid_input("With a paginationToken all other parameters must be unchanged.")
    # Every page brings a token that lives for a day, though the search still ends where it began.
    return _Place((claims["key"][0], claims["key"][1]), claims["before"], call.now_ms + TOKEN_LIFE_MS)


def _from_place(call: Call, search: Search, place: _Place) -> Iterator[StoreOrder]:
    told = call.orders(SEARCH)
    between: Callable[[str, int, int, int], Iterator[StoreOrder]] = (
        told.created_between if search.family == "created" else told.updated_between
    )
    for order in between(call.seller_id, place.key[0], place.before_ms, call.now_ms):
        later = (search.time_of(order), order.id) > place.key
        if later and search.wants(order) and not _too_old(order, call.now_ms):
            yield order


def _shift(call: Call, orders: list[StoreOrder]) -> None:
    """Orders that the next pages would tell change now, with no other status."""
    if orders:
        hand = OrderHand(call.store, call.troubles.orders, lambda: from_ms(call.now_ms))
        hand.change(call.seller_id, [order.id for order in orders], None)


def _too_old(order: StoreOrder, now_ms: int) -> bool:
    """Amazon returns no orders of more than two years ago, except in the marketplaces that say so."""
    recent = to_ms(order.created_at) >= now_ms - _OLDEST_ORDER_MS
    return not recent and order.home_marketplace_id not in _NO_TIME_LIMIT


OPERATIONS = (
    Operation(
        "searchOrders",
        "/orders/2026-01-01/orders",
        UsagePlan(0.0056, 20),
        search_orders,
        roles=(INVENTORY_AND_ORDERS,),
    ),
    Operation(
        "getOrder",
        "/orders/2026-01-01/orders/{orderId}",
        UsagePlan(0.5, 30),
        get_order,
        roles=(INVENTORY_AND_ORDERS,),
    ),
)
