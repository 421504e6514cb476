"""The Listings Restrictions API, and the catalogue behind it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from tests.entrypoints.simulator.driven import Amazon, first_error

US, CA, DE = BY_COUNTRY["US"].id, BY_COUNTRY["CA"].id, BY_COUNTRY["DE"].id
RESTRICTIONS = "/listings/2021-08-01/restrictions"
CATALOG = "/catalog/2022-04-01/items"


def ask(amazon: Amazon, **changes: Any):
    asked = {"asin": "B0FREE0001", "sellerId": amazon.seller().id, "marketplaceIds": US, **changes}
    return amazon.get(RESTRICTIONS, **{name: value for name, value in asked.items() if value is not None})


def codes(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [reason["reasonCode"] for each in answer.json["restrictions"] for reason in each["reasons"]]


@pytest.mark.parametrize(
    ("asin", "expected"),
    [
        ("B0FREE0001", []),
        ("B0GATE0001", ["APPROVAL_REQUIRED"]),
        ("B0NOPE0001", ["NOT_ELIGIBLE"]),
        ("B0NONE0001", ["ASIN_NOT_FOUND"]),
    ],
)
def test_some_beginnings_of_asins_mean_a_certain_answer(amazon: Amazon, asin: str, expected: list[str]):
    answer = ask(amazon, asin=asin)

    assert codes(answer) == expected


def test_most_asins_are_free(amazon: Amazon):
    found: Counter[str] = Counter()
    for index in range(200):
        amazon.simulator.api.buckets.refill()
        found[",".join(codes(ask(amazon, asin=f"B0{index:08d}"))) or "free"] += 1

    assert found["free"] > 120
    assert min(found["APPROVAL_REQUIRED"], found["NOT_ELIGIBLE"], found["ASIN_NOT_FOUND"]) > 3


def test_sellers_may_list_what_they_sell(amazon: Amazon):
    products = amazon.simulator.store.catalogue(amazon.seller().id).products[:9]

    assert [codes(ask(amazon, asin=product.asin)) for product in products] == [[]] * 9


def test_approval_is_asked_for_behind_a_link(amazon: Amazon):
    answer = ask(amazon, asin="B0GATE0001", marketplaceIds=f"{US},{CA}", conditionType="used_good")

    restrictions = answer.json["restrictions"]
    links = [each["reasons"][0]["links"][0] for each in restrictions]
    assert [each["marketplaceId"] for each in restrictions] == [US, CA]
    assert {each["conditionType"] for each in restrictions} == {"used_good"}
    assert links[0]["resource"].startswith("https://sellercentral.amazon.com/")
    assert links[1]["resource"].startswith("https://sellercentral.amazon.ca/")
    assert "asin=B0GATE0001&itemcondition=used" in links[0]["resource"]


def test_collectibles_are_closed(amazon: Amazon):
    assert codes(ask(amazon, conditionType="collectible_good")) == ["NOT_ELIGIBLE"]


@pytest.mark.parametrize(
    "changes", [{"asin": "BAD_ASIN"}, {"conditionType": "mint"}, {"reasonLocale": "English"}]
)
def test_a_bad_value_is_answered_with_a_bare_list(amazon: Amazon, changes: dict[str, str]):
    answer = ask(amazon, **changes)

    assert answer.status_code == 400
    assert answer.json[0]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("missing", ["asin", "sellerId", "marketplaceIds"])
def test_every_required_parameter_is_required(amazon: Amazon, missing: str):
    answer = ask(amazon, **{missing: None})

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


def test_only_the_caller_is_answered_for(amazon: Amazon):
    stranger = ask(amazon, sellerId=amazon.seller("eu").id)
    elsewhere = ask(amazon, marketplaceIds=DE)

    assert (stranger.status_code, elsewhere.status_code) == (403, 403)


def test_one_asin_always_fails(amazon: Amazon):
    answer = ask(amazon, asin="B0FAIL0001")

    assert (answer.status_code, first_error(answer)["code"]) == (500, "InternalFailure")


def test_all_sellers_of_an_application_share_a_second_plan(amazon: Amazon):
    operation, _ = amazon.simulator.api.find("GET", RESTRICTIONS) or pytest.fail("no such operation")
    shared = operation.application_plan
    assert shared is not None

    for _ in range(shared.burst):
        amazon.simulator.api.buckets.take((amazon.config.client_id, operation.name), shared, amazon.clock())

    assert ask(amazon).status_code == 429


def test_the_catalogue_tells_an_asins_title(amazon: Amazon):
    product = amazon.simulator.store.catalogue(amazon.seller().id).products[0]

    own = amazon.get(f"{CATALOG}/{product.asin}", marketplaceIds=US)
    unknown = amazon.get(f"{CATALOG}/B0NONE0001", marketplaceIds=US)

    assert own.json["summaries"][0]["itemName"] == product.title
    assert unknown.status_code == 404


def test_the_catalogue_is_searched_by_asin_sku_and_words(amazon: Amazon):
    products = amazon.simulator.store.catalogue(amazon.seller().id).products
    odd = [product for product in products if "/" in product.sku][:2]
    wanted = {product.asin for product in odd}
    identifiers = {"marketplaceIds": US, "sellerId": amazon.seller().id}

    asins = amazon.get(CATALOG, identifiers=",".join(sorted(wanted)), identifiersType="ASIN", **identifiers)
    skus = amazon.get(
        CATALOG, identifiers=",".join(product.sku for product in odd), identifiersType="SKU", **identifiers
    )
    amazon.simulator.api.buckets.refill()
    words = amazon.get(CATALOG, keywords="mug", marketplaceIds=US, pageSize=2)
    following = amazon.get(
        CATALOG,
        keywords="mug",
        marketplaceIds=US,
        pageSize=2,
        pageToken=words.json["pagination"]["nextToken"],
    )

    assert {item["asin"] for item in asins.json["items"]} == wanted
    assert {item["asin"] for item in skus.json["items"]} == wanted
    found = words.json["items"] + following.json["items"]
    assert len({item["asin"] for item in found}) == 4
    assert all("mug" in item["summaries"][0]["itemName"].lower() for item in found)


@pytest.mark.parametrize(
    "query", [{}, {"keywords": "mug", "identifiers": "B0FREE0001"}, {"identifiers": "B0FREE0001"}]
)
def test_a_search_needs_one_kind_of_question(amazon: Amazon, query: dict[str, str]):
    answer = amazon.get(CATALOG, marketplaceIds=US, **query)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/orders/v0/orders/112-0000000-0000000/buyerInfo",
        "/orders/v0/orders/112-0000000-0000000/address",
        "/orders/v0/orders/112-0000000-0000000/orderItems/buyerInfo",
    ],
)
def test_buyers_data_stay_closed(amazon: Amazon, path: str):
    answer = amazon.get(path)

    assert (answer.status_code, first_error(answer)["details"]) == (403, "")


def test_no_restricted_data_token_is_issued(amazon: Amazon):
    resource = {"method": "GET", "path": "/orders/v0/orders/{orderId}", "dataElements": ["buyerInfo"]}

    answer = amazon.post("/tokens/2021-03-01/restrictedDataToken", {"restrictedResources": [resource]})

    assert answer.status_code == 403
