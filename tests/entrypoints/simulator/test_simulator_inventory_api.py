"""getInventorySummaries of the FBA Inventory API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from tests.entrypoints.simulator.driven import INVENTORY, NOON, Amazon, first_error, iso

US, CA = BY_COUNTRY["US"].id, BY_COUNTRY["CA"].id


def asked(**changes: Any) -> dict[str, Any]:
    query = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, **changes}
    return {name: value for name, value in query.items() if value is not None}


def all_pages(amazon: Amazon, **query: Any) -> list[list[dict[str, Any]]]:
    pages = []
    while True:
        amazon.simulator.api.buckets.refill()
        answer = amazon.get(INVENTORY, **query)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json["payload"]["inventorySummaries"])
        if "pagination" not in answer.json:
            return pages
        query["nextToken"] = answer.json["pagination"]["nextToken"]


def stock(amazon: Amazon, marketplace_id: str = US):
    return amazon.simulator.store.stock(amazon.seller().id, marketplace_id, amazon.clock.moment)


def test_all_pages_together_are_the_stores_stock(amazon: Amazon):
    pages = all_pages(amazon, **asked(details="true"))

    assert [len(page) for page in pages] == [50, 50, 20]
    for told, known in zip([each for page in pages for each in page], stock(amazon), strict=True):
        details = told["inventoryDetails"]
        assert (told["sellerSku"], told["asin"], told["fnSku"]) == (known.sku, known.asin, known.fnsku)
        assert (told["productName"], told["totalQuantity"]) == (known.title, known.total)
        assert details["fulfillableQuantity"] == known.fulfillable
        assert details["reservedQuantity"]["totalReservedQuantity"] == known.reserved
        assert details["unfulfillableQuantity"]["totalUnfulfillableQuantity"] == known.unfulfillable
        assert details["researchingQuantity"]["totalResearchingQuantity"] == known.researching
        assert details["inboundShippedQuantity"] == known.inbound_shipped


def test_details_come_only_when_asked_for(amazon: Amazon):
    without = amazon.get(INVENTORY, **asked())
    python_style = amazon.get(INVENTORY, **asked(details="True"))

    assert "inventoryDetails" not in without.json["payload"]["inventorySummaries"][0]
    assert "inventoryDetails" in python_style.json["payload"]["inventorySummaries"][0]


def test_untouched_skus_have_no_time_of_change(amazon: Amazon):
    times = [each.get("lastUpdatedTime") for page in all_pages(amazon, **asked()) for each in page]

    assert None in times
    assert all(datetime.fromisoformat(time) <= NOON for time in times if time is not None)


def test_a_start_time_returns_what_changed_since_and_ignores_skus(amazon: Amazon):
    since = NOON - timedelta(days=2)
    changed = [x.sku for x in stock(amazon) if x.last_updated and x.last_updated >= since]

    found = all_pages(amazon, **asked(startDateTime=iso(since), sellerSkus="something-else"))

    assert [each["sellerSku"] for page in found for each in page] == changed
    assert 0 < len(changed) < 100


def test_an_inbound_change_alone_is_not_seen_with_a_start_time(amazon: Amazon):
    before = {level.sku: level for level in stock(amazon)}
    amazon.clock.advance(days=2)
    moved = [
        level.sku
        for level in stock(amazon)
        if level.inbound_shipped != before[level.sku].inbound_shipped
        and level.last_updated == before[level.sku].last_updated
    ]

    found = all_pages(amazon, **asked(startDateTime=iso(NOON)))

    assert moved
    assert not {each["sellerSku"] for page in found for each in page} & set(moved)


def test_skus_with_signs_that_need_encoding_are_found(amazon: Amazon):
    odd = [level.sku for level in stock(amazon) if not level.sku.replace("-", "").isalnum()]

    found = amazon.get(INVENTORY, **asked(sellerSkus=",".join(odd)))
    repeated = amazon.get(INVENTORY, **asked(sellerSkus=odd))

    assert len(odd) > 5
    assert [each["sellerSku"] for each in found.json["payload"]["inventorySummaries"]] == odd
    assert repeated.json["payload"] == found.json["payload"]


def test_skus_go_before_the_single_sku(amazon: Amazon):
    first, second = (level.sku for level in stock(amazon)[:2])

    both = amazon.get(INVENTORY, **asked(sellerSkus=first, sellerSku=second))
    single = amazon.get(INVENTORY, **asked(sellerSku=second))

    assert [each["sellerSku"] for each in both.json["payload"]["inventorySummaries"]] == [first]
    assert [each["sellerSku"] for each in single.json["payload"]["inventorySummaries"]] == [second]


def test_an_unknown_sku_is_an_empty_list_without_pagination(amazon: Amazon):
    answer = amazon.get(INVENTORY, **asked(sellerSkus="NO-SUCH-SKU"))

    assert answer.status_code == 200
    assert answer.json["payload"]["inventorySummaries"] == []
    assert "pagination" not in answer.json


def test_a_page_token_lives_for_thirty_seconds(amazon: Amazon):
    token = amazon.get(INVENTORY, **asked()).json["pagination"]["nextToken"]
    amazon.clock.advance(seconds=30)
    in_time = amazon.get(INVENTORY, **asked(nextToken=token))
    amazon.clock.advance(seconds=1)

    too_late = amazon.get(INVENTORY, **asked(nextToken=token))

    assert in_time.status_code == 200
    assert (too_late.status_code, first_error(too_late)["code"]) == (400, "InvalidInput")


def test_a_page_token_belongs_to_the_other_parameters(amazon: Amazon):
    since = iso(NOON - timedelta(days=25))
    token = amazon.get(INVENTORY, **asked(startDateTime=since)).json["pagination"]["nextToken"]
    amazon.clock.advance(seconds=2)

    without = amazon.get(INVENTORY, **asked(nextToken=token))
    with_time = amazon.get(INVENTORY, **asked(nextToken=token, startDateTime=since))

    assert (without.status_code, with_time.status_code) == (400, 200)


@pytest.mark.parametrize(
    "query",
    [
        asked(granularityType=None),
        asked(granularityType="Country"),
        asked(granularityId=None),
        asked(marketplaceIds=None),
        asked(marketplaceIds=f"{US},{CA}"),
        asked(marketplaceIds=CA),
        asked(startDateTime="2026-10-01"),
        asked(startDateTime=iso(NOON - timedelta(days=560))),
        asked(sellerSkus=",".join(map(str, range(51)))),
        asked(details="yes"),
        asked(nextToken="forged"),
    ],
)
def test_wrong_parameters_are_invalid_input(amazon: Amazon, query):
    answer = amazon.get(INVENTORY, **query)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")
