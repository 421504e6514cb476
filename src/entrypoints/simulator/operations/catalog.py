"""Catalog Items API 2022-04-01: what an ASIN is.

Source: https://github.com/amzn/selling-partner-api-models,
models/catalog-items-api-model/catalogItems_2022-04-01.json
"""

from __future__ import annotations

from collections.abc import Iterator

from entrypoints.simulator.errors import denied, invalid_input, not_found
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.operations.parameters import (
    check_marketplaces,
    choice,
    choices,
    items,
    required_text,
    text,
    whole_number,
)
from entrypoints.simulator.roles import LISTING
from entrypoints.simulator.shelf import Item
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

DATASETS = (
    "attributes",
    "classifications",
    "dimensions",
    "identifiers",
    "images",
    "productTypes",
    "relationships",
    "salesRanks",
    "summaries",
    "vendorDetails",
)
_IDENTIFIERS = ("ASIN", "EAN", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
_MOST = 20
_PURPOSE = "catalog page"


def search_catalog_items(call: Call) -> Body:
    """A page of items, by identifiers or by words of their titles."""
    (marketplace_id,) = _marketplaces(call, most=1)
    datasets = _datasets(call)
    identifiers, keywords = items(call, "identifiers", most=_MOST), items(call, "keywords", most=_MOST)
    if bool(identifiers) == bool(keywords):
        raise invalid_input("Exactly one of identifiers and keywords is required.")
    size = whole_number(call, "pageSize", 1, 20, 10)
    found = list(_identified(call, marketplace_id, identifiers) if identifiers else _named(call, keywords))
    asked: list[object] = [call.seller_id, marketplace_id, sorted(identifiers), sorted(keywords)]
    start = _start(call, asked)
    page = found[start : start + size]
    body: Body = {
        "numberOfResults": len(found),
        "items": [_item(item, (marketplace_id,), datasets) for item in page],
    }
    if start + len(page) < len(found):
        claims = {"asked": asked, "next": start + len(page)}
        body["pagination"] = {"nextToken": call.signer.seal(_PURPOSE, claims)}
    return body


def get_catalog_item(call: Call) -> Body:
    """One item."""
    marketplace_ids = _marketplaces(call)
    datasets = _datasets(call)
    item = call.store.shelf.find(call.path["asin"])
    if item is None:
        raise not_found("Requested item not found in marketplace.", call.path["asin"])
    return _item(item, marketplace_ids, datasets)


def _marketplaces(call: Call, most: int | None = None) -> tuple[str, ...]:
    marketplace_ids = items(call, "marketplaceIds", most)
    if not marketplace_ids:
        raise invalid_input("Missing required parameter: marketplaceIds.")
    check_marketplaces(call, marketplace_ids)
    return marketplace_ids


def _datasets(call: Call) -> tuple[str, ...]:
    return choices(call, "includedData", DATASETS) or ("summaries",)


def _identified(call: Call, marketplace_id: str, identifiers: tuple[str, ...]) -> Iterator[Item]:
    """The items behind ASINs or the seller's own SKUs; nothing here has another kind of number."""
    kind = choice(call, "identifiersType", _IDENTIFIERS, required_text(call, "identifiersType"))
    asins: tuple[str | None, ...] = identifiers if kind in ("ASIN", "ISBN") else ()
    if kind == "SKU":
        if required_text(call, "sellerId") != call.seller_id:
            raise denied()
        offered = call.store.catalogue(call.seller_id).offered_in(BY_ID[marketplace_id])
        by_sku = {product.sku: product.asin for product in offered}
        asins = tuple(by_sku.get(sku) for sku in identifiers)
    for asin in asins:
        item = None if asin is None else call.store.shelf.find(asin)
        if item is not None:
            yield item


def _named(call: Call, keywords: tuple[str, ...]) -> Iterator[Item]:
    """The sellers' products of which the title holds every word."""
    words = [word.casefold() for keyword in keywords for word in keyword.split()]
    shelf = call.store.shelf
    for asin, title in shelf.titles.items():
        item = shelf.find(asin) if all(word in title.casefold() for word in words) else None
        if item is not None:
            yield item


def _start(call: Call, asked: list[object]) -> int:
    token = text(call, "pageToken")
    if token is None:
        return 0
    claims = call.signer.open(_PURPOSE, token)
    if claims is None or claims["asked"] != asked:
        raise invalid_input("The pageToken is invalid.")
    return int(claims["next"])


def _item(item: Item, marketplace_ids: tuple[str, ...], datasets: tuple[str, ...]) -> Body:
    """The datasets that the simulator knows something of; the others are empty lists."""
    body: Body = {"asin": item.asin}
    for dataset in datasets:
        body[dataset] = {} if dataset == "attributes" else []
    if "summaries" in datasets:
        body["summaries"] = [
            {
                "marketplaceId": each,
                "brand": item.brand,
                "itemName": item.title,
                "itemClassification": "BASE_PRODUCT",
                "websiteDisplayGroupName": item.category.name,
            }
            for each in marketplace_ids
        ]
    if "productTypes" in datasets:
        body["productTypes"] = [
            {"marketplaceId": each, "productType": item.category.product_type} for each in marketplace_ids
        ]
    return body


OPERATIONS = (
    Operation(
        "searchCatalogItems",
        "/catalog/2022-04-01/items",
        UsagePlan(2, 2),
        search_catalog_items,
        roles=(LISTING,),
        application_plan=UsagePlan(500, 500),
    ),
    Operation(
        "getCatalogItem",
        "/catalog/2022-04-01/items/{asin}",
        UsagePlan(2, 2),
        get_catalog_item,
        roles=(LISTING,),
        application_plan=UsagePlan(250, 250),
    ),
)
