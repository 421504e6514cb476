"""FBA Inventory API v1.

Source: https://github.com/amzn/selling-partner-api-models, models/fba-inventory-api-model/fbaInventory.json
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from entrypoints.simulator.errors import invalid_input
from entrypoints.simulator.moments import DAY, SECOND, from_ms, iso, to_ms
from entrypoints.simulator.operations.parameters import (
    check_marketplaces,
    choice,
    flag,
    items,
    moment,
    required_text,
    text,
)
from entrypoints.simulator.roles import FULFILLMENT
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.stock import StockLevel
from entrypoints.simulator.usage_plans import UsagePlan

PAGE_SIZE = 50
TOKEN_LIFE_MS = 30 * SECOND
_OLDEST_START_MS = 548 * DAY
_PURPOSE = "inventory page"


def get_inventory_summaries(call: Call) -> Body:
    """The stock of one marketplace, fifty SKUs a page."""
    marketplace_id = _marketplace(call)
    start_ms = moment(call, "startDateTime")
    if start_ms is not None and start_ms < call.now_ms - _OLDEST_START_MS:
        raise invalid_input("startDateTime must not be earlier than 18 months before the request.")
    skus = items(call, "sellerSkus", most=50)
    single = text(call, "sellerSku")
    details = flag(call, "details")
    asked: list[object] = [call.seller_id, marketplace_id, start_ms, sorted(skus), single, details]
    after = _position(call, asked)
    levels = call.store.stock(call.seller_id, marketplace_id, from_ms(call.now_ms))
    wanted = [
        (position, level)
        for position, level in enumerate(levels)
        if position > after and _asked_for(level, start_ms, skus or ((single,) if single else ()))
    ]
    page = list(islice(wanted, PAGE_SIZE))
    body: Body = {
        "payload": {
            "granularity": {"granularityType": "Marketplace", "granularityId": marketplace_id},
            "inventorySummaries": [_summary(level, details) for _, level in page],
        }
    }
    if len(wanted) > len(page):
        claims: Body = {"asked": asked, "after": page[-1][0], "until": call.now_ms + TOKEN_LIFE_MS}
        claims["generation"] = call.troubles.pages.generation
        body["pagination"] = {"nextToken": call.signer.seal(_PURPOSE, claims)}
    return body


def _marketplace(call: Call) -> str:
    required_text(call, "granularityType")
    choice(call, "granularityType", ("Marketplace",), "Marketplace")
    granularity_id = required_text(call, "granularityId")
    marketplace_ids = items(call, "marketplaceIds", most=1)
    if not marketplace_ids:
        raise invalid_input("Missing required parameter: marketplaceIds.")
    if marketplace_ids[0] != granularity_id:
        raise invalid_input("granularityId and marketplaceIds must name the same marketplace.")
    check_marketplaces(call, marketplace_ids)
    return granularity_id


def _position(call: Call, asked: list[object]) -> int:
    """After which position the page begins: -1 without a token."""
    token = text(call, "nextToken")
    if token is None:
        return -1
    claims = call.signer.open(_PURPOSE, token)
    stale = claims is not None and claims["generation"] != call.troubles.pages.generation
    if claims is None or stale or claims["asked"] != asked or claims["until"] < call.now_ms:
        raise invalid_input("The nextToken is invalid or expired.")
    return int(claims["after"])


def _asked_for(level: StockLevel, start_ms: int | None, skus: Sequence[str]) -> bool:
    """A start time makes Amazon ignore SKUs; one that was never touched has not changed since any time."""
    if start_ms is not None:
        return level.last_updated is not None and to_ms(level.last_updated) >= start_ms
    return not skus or level.sku in skus


def _summary(level: StockLevel, details: bool) -> Body:
    summary: Body = {
        "asin": level.asin,
        "fnSku": level.fnsku,
        "sellerSku": level.sku,
        "condition": "NewItem",
        "productName": level.title,
        "totalQuantity": level.total,
        "stores": [],
    }
    # Amazon also gives an empty text; Amazon's own SDK can't read that where python-dateutil is installed.
    if level.last_updated is not None:
        summary["lastUpdatedTime"] = iso(to_ms(level.last_updated))
    if details:
        summary["inventoryDetails"] = _details(level)
    return summary


def _details(level: StockLevel) -> Body:
    return {
        "fulfillableQuantity": level.fulfillable,
        "inboundWorkingQuantity": level.inbound_working,
        "inboundShippedQuantity": level.inbound_shipped,
        "inboundReceivingQuantity": level.inbound_receiving,
        "reservedQuantity": {
            "totalReservedQuantity": level.reserved,
            "pendingCustomerOrderQuantity": level.reserved_for_orders,
            "pendingTransshipmentQuantity": level.reserved_in_transfer,
            "fcProcessingQuantity": level.reserved_in_processing,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": level.researching,
            "researchingQuantityBreakdown": [
                {"name": "researchingQuantityInShortTerm", "quantity": level.researching},
                {"name": "researchingQuantityInMidTerm", "quantity": 0},
                {"name": "researchingQuantityInLongTerm", "quantity": 0},
            ],
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": level.unfulfillable,
            "customerDamagedQuantity": level.customer_damaged,
            "warehouseDamagedQuantity": level.warehouse_damaged,
            "distributorDamagedQuantity": 0,
            "carrierDamagedQuantity": 0,
            "defectiveQuantity": level.defective,
            "expiredQuantity": 0,
        },
    }


OPERATIONS = (
    Operation(
        "getInventorySummaries",
        "/fba/inventory/v1/summaries",
        UsagePlan(2, 2),
        get_inventory_summaries,
        roles=(FULFILLMENT,),
    ),
)
