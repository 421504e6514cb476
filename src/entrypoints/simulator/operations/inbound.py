"""Fulfillment Inbound API v0: shipments to Amazon and what of them was received.

Source: https://github.com/amzn/selling-partner-api-models,
models/fulfillment-inbound-api-model/fulfillmentInboundV0.json
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from entrypoints.simulator.dice import number
from entrypoints.simulator.errors import SpApiError, invalid_input, not_found
from entrypoints.simulator.inbound import InboundLedger, Shipment, ShippedItem
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import HOUR, from_ms
from entrypoints.simulator.operations.parameters import (
    check_marketplaces,
    choice,
    choices,
    items,
    moment,
    required_text,
    text,
)
from entrypoints.simulator.roles import FULFILLMENT
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

STATUSES = (
    "WORKING",
    "READY_TO_SHIP",
    "SHIPPED",
    "RECEIVING",
    "CANCELLED",
    "DELETED",
    "CLOSED",
    "ERROR",
    "IN_TRANSIT",
    "DELIVERED",
    "CHECKED_IN",
)
SHIPMENTS_PAGE, ITEMS_PAGE = 20, 50
TOKEN_LIFE_MS = HOUR
_MOST_IDS = 999
_PURPOSE = "inbound page"
_Asked = dict[str, Any]


def get_shipments(call: Call) -> Body:
    """A page of shipments: by status or id, or by the time of their last change."""
    asked, after = _asked(call, "shipments", ("SHIPMENT", "DATE_RANGE", "NEXT_TOKEN"))
    ledger, at_ms = _ledger(call, asked["marketplace"]), call.store.shown_ms(call.now_ms)
    found = [shipment for shipment, _ in _matching(ledger, asked, at_ms)]
    page = found[after : after + SHIPMENTS_PAGE]
    payload: Body = {"ShipmentData": [_shipment(call, ledger, each, at_ms) for each in page]}
    return _with_token(call, payload, asked, after + len(page), len(found))


def get_shipment_items(call: Call) -> Body:
    """A page of the items that changed in a time, whatever shipment they are in."""
    asked, after = _asked(call, "items", ("DATE_RANGE", "NEXT_TOKEN"))
    ledger, at_ms = _ledger(call, asked["marketplace"]), call.store.shown_ms(call.now_ms)
    found = [
        item
        for _, contents in _matching(ledger, asked, at_ms)
        for item in contents
        if asked["after"] <= item.updated_ms <= asked["before"]
    ]
    page = found[after : after + ITEMS_PAGE]
    payload: Body = {"ItemData": [_item(each) for each in page]}
    return _with_token(call, payload, asked, after + len(page), len(found))


def get_shipment_items_by_shipment_id(call: Call) -> Body:
    """Everything in one shipment, without pages."""
    marketplace_id = text(call, "MarketplaceId")
    check_marketplaces(call, (marketplace_id,) if marketplace_id else ())
    at_ms = call.store.shown_ms(call.now_ms)
    seller = call.store.seller(call.seller_id)
    for each in seller.marketplace_ids if seller else ():
        ledger = call.store.inbound(call.seller_id, each)
        for shipment in ledger.with_ids((call.path["shipmentId"],), at_ms):
            contents = ledger.items(shipment, at_ms)
            if contents:
                return {"payload": {"ItemData": [_item(item) for item in contents]}}
    raise not_found("The shipment was not found.", call.path["shipmentId"])


def _asked(call: Call, kind: str, query_types: tuple[str, ...]) -> tuple[_Asked, int]:
    """What is asked for, by the parameters or by the token, and where the page begins."""
    query_type = choice(call, "QueryType", query_types, required_text(call, "QueryType"))
    marketplace_id = required_text(call, "MarketplaceId")
    check_marketplaces(call, (marketplace_id,))
    if query_type == "NEXT_TOKEN":
        return _from_token(call, kind, marketplace_id)
    asked: _Asked = {"kind": kind, "seller": call.seller_id, "marketplace": marketplace_id}
    if query_type == "SHIPMENT":
        statuses = choices(call, "ShipmentStatusList", STATUSES)
        ids = items(call, "ShipmentIdList", most=_MOST_IDS)
        if not statuses and not ids:
            raise invalid_input("QueryType SHIPMENT needs ShipmentStatusList or ShipmentIdList.")
        return asked | {"statuses": sorted(statuses), "ids": sorted(ids)}, 0
    after_ms, before_ms = moment(call, "LastUpdatedAfter"), moment(call, "LastUpdatedBefore")
    if after_ms is None or before_ms is None:
        raise invalid_input("QueryType DATE_RANGE needs LastUpdatedAfter and LastUpdatedBefore.")
    if after_ms > before_ms:
        raise invalid_input("LastUpdatedAfter must not be after LastUpdatedBefore.")
    return asked | {"after": after_ms, "before": before_ms}, 0


def _from_token(call: Call, kind: str, marketplace_id: str) -> tuple[_Asked, int]:
    claims = call.signer.open(_PURPOSE, required_text(call, "NextToken"))
    if claims is None or claims["until"] < call.now_ms:
        raise invalid_input("The NextToken is invalid or expired.")
    asked: _Asked = claims["asked"]
    if (asked["kind"], asked["seller"], asked["marketplace"]) != (kind, call.seller_id, marketplace_id):
        raise invalid_input("The NextToken belongs to another request.")
    return asked, int(claims["next"])


def _with_token(call: Call, payload: Body, asked: _Asked, next_: int, total: int) -> Body:
    if next_ < total:
        claims = {"asked": asked, "next": next_, "until": call.now_ms + TOKEN_LIFE_MS}
        payload["NextToken"] = call.signer.seal(_PURPOSE, claims)
    return {"payload": payload}


def _ledger(call: Call, marketplace_id: str) -> InboundLedger:
    return call.store.inbound(call.seller_id, marketplace_id)


def _matching(
    ledger: InboundLedger, asked: _Asked, at_ms: int
) -> Iterator[tuple[Shipment, list[ShippedItem]]]:
    """The shipments asked for that hold something, the oldest first. Contents are looked at last: they are dear."""
    for shipment in ledger.shipments(at_ms):
        if asked.get("ids") and shipment.id not in asked["ids"]:
            continue
        if asked.get("statuses") and shipment.status_at(at_ms)[0] not in asked["statuses"]:
            continue
        if "after" in asked and shipment.created_ms > asked["before"]:
            continue
        contents = ledger.items(shipment, at_ms)
        if not contents:
            continue
        changed_ms = ledger.updated_ms(shipment, contents, at_ms)
        if (
            "after" not in asked
            or asked["kind"] == "items"
            or asked["after"] <= changed_ms <= asked["before"]
        ):
            yield shipment, contents


def _shipment(call: Call, ledger: InboundLedger, shipment: Shipment, at_ms: int) -> Body:
    catalogue = ledger.pool.ledger.catalogue
    country = BY_ID[catalogue.seller.marketplace_ids[0]].country_code
    return {
        "ShipmentId": shipment.id,
        "ShipmentName": shipment.name,
        "ShipFromAddress": {
            "Name": catalogue.seller.name,
            "AddressLine1": "1 Example Road",
            "City": "Sampleton",
            "StateOrProvinceCode": "WA" if country == "US" else country,
            "CountryCode": country,
            "PostalCode": f"{number(call.seller_id, 'postal') % 100_000:05d}",
        },
        "DestinationFulfillmentCenterId": shipment.warehouse,
        "ShipmentStatus": shipment.status_at(at_ms)[0],
        "LabelPrepType": "SELLER_LABEL",
        "AreCasesRequired": False,
        "ConfirmedNeedByDate": from_ms(shipment.created_ms).date().isoformat(),
        "BoxContentsSource": "2D_BARCODE",
    }


def _item(item: ShippedItem) -> Body:
    return {
        "ShipmentId": item.shipment_id,
        "SellerSKU": item.sku,
        "FulfillmentNetworkSKU": item.fnsku,
        "QuantityShipped": item.shipped,
        "QuantityReceived": item.received,
        "QuantityInCase": 0,
        "PrepDetailsList": [{"PrepInstruction": "Labeling", "PrepOwner": "SELLER"}],
    }


def _in_its_own_words(handle: Callable[[Call], Body]) -> Callable[[Call], Body]:
    """This old API writes the code of a bad parameter with a blank."""

    def worded(call: Call) -> Body:
        try:
            return handle(call)
        except SpApiError as error:
            if error.code != "InvalidInput":
                raise
            raise SpApiError(error.status, "Invalid Input", error.message, error.details) from error

    return worded


OPERATIONS = (
    Operation(
        "getShipments",
        "/fba/inbound/v0/shipments",
        UsagePlan(2, 30),
        _in_its_own_words(get_shipments),
        roles=(FULFILLMENT,),
    ),
    Operation(
        "getShipmentItems",
        "/fba/inbound/v0/shipmentItems",
        UsagePlan(2, 30),
        _in_its_own_words(get_shipment_items),
        roles=(FULFILLMENT,),
    ),
    Operation(
        "getShipmentItemsByShipmentId",
        "/fba/inbound/v0/shipments/{shipmentId}/items",
        UsagePlan(2, 30),
        _in_its_own_words(get_shipment_items_by_shipment_id),
        roles=(FULFILLMENT,),
    ),
)
