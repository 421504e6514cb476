"""The fault matrix: what strikes on page six of ten, and what becomes of it, here and with two other clients.

``python-amazon-sp-api`` pages with its own ``load_all_pages``, Amazon's ``amzn-sp-api`` with a loop over its page tokens;
of both only the hosts are changed. Each run has a simulator of its own and begins without an access token.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import sp_api.auth.access_token_client as community_tokens
from sp_api.api import Orders
from sp_api.util import load_all_pages

from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.official_sdk import Configuration, SearchOrdersApi
from tests.entrypoints.simulator.real_clients import close, community, finish, official
from tests.page_six import A_PAGE, FAULTS, Outcome, Reader, ours, run

#: Longer than any of them takes that comes back at all: the official SDK needs 14 s to give up on a refresh token.
_LIMIT = 16.0
_DATA = ["PROCEEDS", "FULFILLMENT"]


def matrix() -> dict[str, dict[str, Outcome]]:
    """Every fault and every client; as much as can be at the same time, since most of it is waiting."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    Configuration.set_default(Configuration())  # the SDK's own cure for a log handler more with every model
    try:
        with ThreadPoolExecutor(len(_CLIENTS)) as threads:
            rows = list(threads.map(_row, _CLIENTS.values()))
    finally:
        Configuration.set_default(None)
        logging.disable(before)
    return dict(zip(_CLIENTS, rows, strict=True))


def table(rows: Mapping[str, Mapping[str, Outcome]]) -> str:
    """The matrix as it is printed: a line for each fault."""
    lines = [f"{'on page 6 of 10':<26}" + "".join(f"{client:<50}" for client in rows)]
    lines += [f"{fault:<26}" + "".join(f"{row[fault]!s:<50}" for row in rows.values()) for fault in FAULTS]
    return "\n".join(line.rstrip() for line in lines)


def figures(rows: Mapping[str, Mapping[str, Outcome]]) -> dict[str, dict[str, int]]:
    """What each client comes to: complete, an error, lost without a word, hung."""
    return {
        client: {
            "complete": sum(each.complete for each in row.values()),
            "named": sum(each.error is not None for each in row.values()),
            "lost": sum(each.lost for each in row.values()),
            "hung": sum(each.hung for each in row.values()),
        }
        for client, row in rows.items()
    }


def _row(client: tuple[Reader, int]) -> dict[str, Outcome]:
    reader, at_once = client
    with ThreadPoolExecutor(at_once) as threads:
        outcomes = threads.map(lambda faults: run(faults, reader, _LIMIT), FAULTS.values())
        return dict(zip(FAULTS, outcomes, strict=True))


def _community(amazon: SimulatorServer, since: datetime) -> list[str]:
    community_tokens.cache.clear()
    orders = community(Orders, amazon, "US", version="2026-01-01")
    seller = amazon.simulator.config.sellers[0]
    all_pages = load_all_pages(throttle_by_seconds=0, next_token_param="paginationToken")  # noqa: S106 - no secret
    search = all_pages(orders.search_orders)
    try:
        pages = search(
            lastUpdatedAfter=since.isoformat(),
            marketplaceIds=list(seller.marketplace_ids),
            includedData=_DATA,
            maxResultsPerPage=A_PAGE,
        )
        return [order["orderId"] for page in pages for order in page.payload.get("orders", [])]
    finally:
        finish(orders)


def _official(amazon: SimulatorServer, since: datetime) -> list[str]:
    client = official(amazon, "na")
    api, found = SearchOrdersApi(client), []
    ids = list(amazon.simulator.config.sellers[0].marketplace_ids)
    token: dict[str, Any] = {}
    try:
        while True:
            page = api.search_orders(
                last_updated_after=since,
                marketplace_ids=ids,
                included_data=_DATA,
                max_results_per_page=A_PAGE,
                **token,
            )
            found += [order.order_id for order in page.orders]
            if page.pagination is None:
                return found
            token = {"pagination_token": page.pagination.next_token}
    finally:
        close(client)


#: How each one reads, and how many runs may be under way at once: the second has one cache of tokens for all.
_CLIENTS: dict[str, tuple[Reader, int]] = {
    "Portside": (ours, 2),
    "python-amazon-sp-api": (_community, 1),
    "amzn-sp-api": (_official, 4),
}
