"""The Product Fees API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from tests.entrypoints.simulator.driven import Amazon, first_error

US, JP, DE = BY_COUNTRY["US"].id, BY_COUNTRY["JP"].id, BY_COUNTRY["DE"].id
BATCH = "/products/fees/v0/feesEstimate"


def by_asin(asin: str) -> str:
    return f"/products/fees/v0/items/{asin}/feesEstimate"


def by_sku(sku: str) -> str:
    return f"/products/fees/v0/listings/{quote(sku, safe='')}/feesEstimate"


def request(
    price: float = 20, currency: str = "USD", shipping: float | None = None, **fields: Any
) -> dict[str, Any]:
    prices: dict[str, Any] = {"ListingPrice": {"CurrencyCode": currency, "Amount": price}}
    if shipping is not None:
        prices["Shipping"] = {"CurrencyCode": currency, "Amount": shipping}
    told = {
        "MarketplaceId": US,
        "IsAmazonFulfilled": True,
        "PriceToEstimateFees": prices,
        "Identifier": "one",
    }
    return {"FeesEstimateRequest": {n: v for n, v in (told | fields).items() if v is not None}}


def entry(value: str, id_type: str = "ASIN", **fields: Any) -> dict[str, Any]:
    return request(**fields) | {"IdType": id_type, "IdValue": value}


def result(answer) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json["payload"]["FeesEstimateResult"])


def fees_of(told: dict[str, Any]) -> dict[str, float]:
    details = told["FeesEstimate"]["FeeDetailList"]
    return {detail["FeeType"]: detail["FinalFee"]["Amount"] for detail in details}


def test_the_total_is_the_sum_of_the_fees(amazon: Amazon):
    told = result(amazon.post(by_asin("B0FREE0001"), request(shipping=4.99)))

    fees = fees_of(told)
    assert list(fees) == ["ReferralFee", "VariableClosingFee", "PerItemFee", "FBAFees"]
    assert told["Status"] == "Success"
    assert told["FeesEstimate"]["TotalFeesEstimate"]["Amount"] == pytest.approx(sum(fees.values()))


def test_the_referral_fee_follows_the_price_and_shipping(amazon: Amazon):
    asin = amazon.simulator.store.catalogue(amazon.seller().id).products[0].asin

    alone = fees_of(result(amazon.post(by_asin(asin), request(price=25))))
    shipped = fees_of(result(amazon.post(by_asin(asin), request(price=20, shipping=5))))

    assert alone["ReferralFee"] == shipped["ReferralFee"] == 3.75


def test_what_amazon_packs_costs_more_and_says_for_what(amazon: Amazon):
    packed = result(amazon.post(by_asin("B0FREE0001"), request()))
    own = result(amazon.post(by_asin("B0FREE0001"), request(IsAmazonFulfilled=False)))

    fba = packed["FeesEstimate"]["FeeDetailList"][-1]
    parts = [part["FinalFee"]["Amount"] for part in fba["IncludedFeeDetailList"]]
    assert fba["IncludedFeeDetailList"][0]["FeeType"] == "FBAPickAndPack"
    assert fba["FinalFee"]["Amount"] == pytest.approx(sum(parts))
    assert "FBAFees" not in fees_of(own)


def test_every_sku_is_found_however_it_is_spelt(amazon: Amazon):
    products = amazon.simulator.store.catalogue(amazon.seller().id).products
    odd = [product for product in products if not product.sku.replace("-", "").isalnum()]

    for product in odd:
        amazon.simulator.api.buckets.refill()
        told = result(amazon.post(by_sku(product.sku), request()))
        assert told["Status"] == "Success"
        assert told["FeesEstimateIdentifier"]["IdValue"] == product.sku

    assert {sign for product in odd for sign in "/ +%&#" if sign in product.sku} == set("/ +%&#")


def test_the_estimate_repeats_who_asked_for_what(amazon: Amazon):
    told = result(amazon.post(by_asin("B0FREE0001"), request(Identifier="mine")))

    identifier = told["FeesEstimateIdentifier"]
    assert identifier["SellerInputIdentifier"] == "mine"
    assert (identifier["MarketplaceId"], identifier["SellerId"]) == (US, amazon.seller().id)
    assert (identifier["IdType"], identifier["IdValue"]) == ("ASIN", "B0FREE0001")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (by_asin("B0NONE0001"), request(), "ClientError"),
        (by_asin("nonsense"), request(), "ClientError"),
        (by_sku("NO-SUCH-SKU"), request(), "ClientError"),
        (by_asin("B0FREE0001"), request(currency="EUR"), "ClientError"),
        (by_asin("B0FREE0001"), request(price=-1), "ClientError"),
        (by_asin("B0FAIL0001"), request(), "ServiceError"),
    ],
)
def test_an_estimate_that_fails_is_still_200(amazon: Amazon, path: str, body: dict[str, Any], status: str):
    told = result(amazon.post(path, body))

    assert told["Status"] == status
    assert told["Error"]["Type"] == ("Sender" if status == "ClientError" else "Receiver")
    assert told["Error"]["Message"]
    assert "FeesEstimate" not in told


def test_a_batch_answers_a_bare_list_item_by_item(amazon: Amazon):
    sku = amazon.simulator.store.catalogue(amazon.seller().id).products[8].sku
    asked = [
        entry("B0FREE0001", Identifier="a"),
        entry("B0NONE0001", Identifier="b"),
        entry(sku, "SellerSKU", Identifier="c"),
        entry("B0FAIL0001", Identifier="d"),
    ]

    answer = amazon.post(BATCH, asked)

    assert isinstance(answer.json, list)
    assert [each["FeesEstimateIdentifier"]["SellerInputIdentifier"] for each in answer.json] == list("abcd")
    assert [each["Status"] for each in answer.json] == ["Success", "ClientError", "Success", "ServiceError"]


def test_a_batch_and_a_single_call_agree(amazon: Amazon):
    single = result(amazon.post(by_asin("B0FREE0001"), request()))
    (batch,) = amazon.post(BATCH, [entry("B0FREE0001")]).json

    assert batch == single


def test_currencies_without_decimal_places_stay_whole(amazon: Amazon):
    body = request(price=3000, currency="JPY", MarketplaceId=JP)

    told = result(amazon.post(by_asin("B0FREE0001"), body, "fe"))

    assert told["FeesEstimate"]["TotalFeesEstimate"]["CurrencyCode"] == "JPY"
    assert all(isinstance(amount, int) for amount in fees_of(told).values())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        (request(MarketplaceId="WRNGMRKTPLCE"), 400),
        (request(MarketplaceId=DE), 403),
        (request(Identifier=None), 400),
        (request(PriceToEstimateFees=None), 400),
        (request(PriceToEstimateFees={"ListingPrice": {"CurrencyCode": "USD", "Amount": "much"}}), 400),
        (request(IsAmazonFulfilled=False, OptionalFulfillmentProgram="FBA_CORE"), 400),
        (request(OptionalFulfillmentProgram="FBA_OTHER"), 400),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(amazon: Amazon, body: Any, status: int):
    answer = amazon.post(by_asin("B0FREE0001"), body)

    assert answer.status_code == status
    assert first_error(answer)["message"]


@pytest.mark.parametrize(
    "body", [[], {}, [entry("B0FREE0001")] * 21, [entry("B0FREE0001", "EAN")], [request()]]
)
def test_a_batch_that_cannot_be_read_is_refused_as_a_whole(amazon: Amazon, body: Any):
    answer = amazon.post(BATCH, body)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


def test_the_batch_may_be_called_once_in_two_seconds(amazon: Amazon):
    asked = [entry("B0FREE0001")]

    statuses = [amazon.post(BATCH, asked).status_code for _ in range(2)]
    amazon.clock.advance(seconds=2)
    statuses.append(amazon.post(BATCH, asked).status_code)

    assert statuses == [200, 429, 200]


def test_a_body_that_is_no_json_is_refused(amazon: Amazon):
    headers = {"x-amz-access-token": amazon.access_token(), "User-Agent": "Tests/1"}

    broken = amazon.http.post(BATCH, headers=headers, data="{", content_type="application/json")
    amazon.simulator.api.buckets.refill()
    form = amazon.http.post(BATCH, headers=headers, data={"a": "b"})

    assert (broken.status_code, form.status_code) == (400, 415)


def test_without_the_role_the_details_are_empty():
    amazon = Amazon.with_config(withheld_roles=("Pricing",))

    answer = amazon.post(by_asin("B0FREE0001"), request())

    assert answer.status_code == 403
    assert first_error(answer)["details"] == ""
    assert amazon.get("/sellers/v1/marketplaceParticipations").status_code == 200
