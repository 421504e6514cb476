"""The product questions in the vendor's vocabulary: what is asked, and what refusals mean."""

import json
from datetime import timedelta

import pytest

from adapters.amazon.products import AmazonFees, AmazonInbound, AmazonRestrictions
from domain.errors import (
    AccessDenied,
    InvalidInput,
    NotFound,
    PortsideError,
    RateLimited,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
)
from domain.gateway.model import Answer, Call
from domain.money import Money
from domain.products.model import (
    Condition,
    FeeQuestion,
    IdKind,
    ListingQuestion,
    ShipmentSearch,
    ShipmentStatus,
)
from tests.adapters.amazon.samples import sample_bytes
from tests.domain.gateway.bench import CONNECTION, Bench
from tests.fakes.amazon import answer, refusal
from tests.fakes.things import NOW, US

LISTING = ListingQuestion("B0PORTSID1", US, Condition.USED_GOOD)
MUG = FeeQuestion(IdKind.ASIN, "B0PORTSID1", US, Money(1999, "USD"), Money(50, "USD"))
ODD_SKU = FeeQuestion(IdKind.SKU, "MUG/BLUE 2+1", US, Money(1999, "USD"), Money(0, "USD"), False)


def sampled(operation: str, case: str) -> Answer:
    return Answer(200, {"content-type": "application/json"}, sample_bytes(operation, case))


def calls(bench: Bench) -> list[Call]:
    return [sent[1] for sent in bench.wire.sent]


def test_restrictions_are_asked_for_the_connections_own_seller() -> None:
    bench = Bench(sampled("get_listings_restrictions", "free"))

    AmazonRestrictions(bench.gateway).eligibility(CONNECTION, LISTING)

    (call,) = calls(bench)
    assert (call.operation.name, call.operation.method, call.path) == (
        "getListingsRestrictions",
        "GET",
        "/listings/2021-08-01/restrictions",
    )
    assert call.query == {
        "asin": "B0PORTSID1",
        "sellerId": CONNECTION.seller_id,
        "marketplaceIds": US,
        "conditionType": "used_good",
    }


def test_an_asin_that_amazon_does_not_take_is_not_found() -> None:
    bench = Bench(answer(400, [{"code": "BAD_REQUEST", "message": "Invalid 'asin' provided."}]))

    with pytest.raises(NotFound, match="B0PORTSID1"):
        AmazonRestrictions(bench.gateway).eligibility(CONNECTION, LISTING)


def test_a_marketplace_in_which_the_seller_does_not_sell_is_the_callers_mistake() -> None:
    bench = Bench(refusal(400, "InvalidInput", f"Invalid marketplaceId: {US}."))

    with pytest.raises(InvalidInput) as caught:
        AmazonRestrictions(bench.gateway).eligibility(CONNECTION, LISTING)

    assert caught.value.fields.keys() == {"marketplace_id"}


def test_another_refusal_stays_one() -> None:
    bench = Bench(refusal(400, "InvalidInput", "No."))

    with pytest.raises(UpstreamRefused):
        AmazonRestrictions(bench.gateway).eligibility(CONNECTION, LISTING)


def test_a_missing_role_is_named() -> None:
    bench = Bench(refusal(403, "Unauthorized", "Access to requested resource is denied."))

    with pytest.raises(AccessDenied) as raised:
        AmazonRestrictions(bench.gateway).eligibility(CONNECTION, LISTING)

    assert raised.value.role == "Product Listing"


def test_an_unknown_product_is_asked_for_once() -> None:
    bench = Bench(sampled("get_listings_restrictions", "unknown"))

    with pytest.raises(NotFound):
        AmazonRestrictions(bench.gateway).eligibility(CONNECTION, ListingQuestion("B0PORTSID1", US))

    assert len(bench.wire.sent) == 1


def test_fees_by_asin_are_asked_with_all_that_they_depend_on() -> None:
    bench = Bench(sampled("get_my_fees_estimate", "good"))

    AmazonFees(bench.gateway).one(CONNECTION, MUG)

    (call,) = calls(bench)
    assert (call.operation.method, call.path) == (
        "POST",
        "/products/fees/v0/items/B0PORTSID1/feesEstimate",
    )
    assert json.loads(call.body or b"") == {
        "FeesEstimateRequest": {
            "MarketplaceId": US,
            "IsAmazonFulfilled": True,
            "PriceToEstimateFees": {
                "ListingPrice": {"CurrencyCode": "USD", "Amount": 19.99},
                "Shipping": {"CurrencyCode": "USD", "Amount": 0.5},
            },
            "Identifier": "0",
        }
    }


def test_a_sku_stays_whole_in_the_path() -> None:
    bench = Bench(sampled("get_my_fees_estimate", "good"))

    AmazonFees(bench.gateway).one(CONNECTION, ODD_SKU)

    (call,) = calls(bench)
    assert call.path == "/products/fees/v0/listings/MUG%2FBLUE%202%2B1/feesEstimate"


def test_a_service_error_inside_a_good_answer_is_asked_again() -> None:
    body = json.loads(sample_bytes("get_my_fees_estimate", "client_error"))
    body["payload"]["FeesEstimateResult"]["Status"] = "ServiceError"
    bench = Bench(answer(200, body), sampled("get_my_fees_estimate", "good"))

    found = AmazonFees(bench.gateway).one(CONNECTION, MUG)

    assert found.total == Money(621, "USD")
    assert len(bench.wire.sent) == 2


def test_a_client_error_inside_a_good_answer_is_final() -> None:
    bench = Bench(sampled("get_my_fees_estimate", "client_error"))

    with pytest.raises(NotFound):
        AmazonFees(bench.gateway).one(CONNECTION, MUG)

    assert len(bench.wire.sent) == 1


def test_several_fees_are_one_call_whose_rows_can_be_told_apart() -> None:
    bench = Bench(sampled("get_my_fees_estimates", "mixed"))

    found = AmazonFees(bench.gateway).many(CONNECTION, [MUG, ODD_SKU, ODD_SKU, ODD_SKU])

    (call,) = calls(bench)
    body = json.loads(call.body or b"")
    assert (call.operation.method, call.path) == ("POST", "/products/fees/v0/feesEstimate")
    assert [(row["IdType"], row["IdValue"]) for row in body] == [
        ("ASIN", "B0PORTSID1"),
        *[("SellerSKU", "MUG/BLUE 2+1")] * 3,
    ]
    assert [row["FeesEstimateRequest"]["Identifier"] for row in body] == ["0", "1", "2", "3"]
    assert [isinstance(one, PortsideError) for one in found] == [False, True, False, True]


@pytest.mark.parametrize("price", [1, 1999, 10**11 - 1, 123_456_789_01])
def test_prices_are_sent_to_the_last_cent(price: int) -> None:
    bench = Bench(sampled("get_my_fees_estimate", "client_error"))
    question = FeeQuestion(IdKind.ASIN, "B0PORTSID1", US, Money(price, "USD"), Money(0, "USD"))

    with pytest.raises(NotFound):
        AmazonFees(bench.gateway).one(CONNECTION, question)

    (call,) = calls(bench)
    sent = json.loads(call.body or b"", parse_float=str)["FeesEstimateRequest"]["PriceToEstimateFees"]
    assert Money.parse(sent["ListingPrice"]["Amount"], "USD") == Money(price, "USD")


def test_an_html_page_is_never_a_free_product() -> None:
    bench = Bench(Answer(200, {"content-type": "text/html"}, b"<html>"))

    with pytest.raises(UpstreamFailed):
        AmazonRestrictions(bench.gateway).eligibility(CONNECTION, LISTING)


def test_a_plan_that_is_used_up_tells_a_person_when_to_come_back() -> None:
    bench = Bench(answer(429, retry_after="30"))

    with pytest.raises(RateLimited) as raised:
        AmazonFees(bench.gateway).one(CONNECTION, MUG)

    assert raised.value.retry_after == pytest.approx(30)


def test_shipments_of_some_statuses_are_asked_for() -> None:
    bench = Bench(sampled("get_shipments", "first_page"))
    search = ShipmentSearch(US, (ShipmentStatus.WORKING, ShipmentStatus.RECEIVING))

    page = AmazonInbound(bench.gateway).shipments(CONNECTION, search, NOW, None)

    (call,) = calls(bench)
    assert (call.path, len(page.shipments)) == ("/fba/inbound/v0/shipments", 2)
    assert call.query == {
        "MarketplaceId": US,
        "QueryType": "SHIPMENT",
        "ShipmentStatusList": "WORKING,RECEIVING",
    }


def test_shipments_that_have_changed_are_asked_for_until_now() -> None:
    bench = Bench(sampled("get_shipments", "last_page"))
    search = ShipmentSearch(US, (ShipmentStatus.WORKING,), NOW - timedelta(days=1))

    AmazonInbound(bench.gateway).shipments(CONNECTION, search, NOW, None)

    (call,) = calls(bench)
    assert call.query == {
        "MarketplaceId": US,
        "QueryType": "DATE_RANGE",
        "LastUpdatedAfter": "2026-03-03T12:00:00Z",
        "LastUpdatedBefore": "2026-03-04T12:00:00Z",
    }


def test_further_shipments_are_asked_for_by_the_token_alone() -> None:
    bench = Bench(sampled("get_shipments", "last_page"))

    AmazonInbound(bench.gateway).shipments(CONNECTION, ShipmentSearch(US), NOW, "page-2")

    (call,) = calls(bench)
    assert call.query == {"MarketplaceId": US, "QueryType": "NEXT_TOKEN", "NextToken": "page-2"}


def test_items_are_asked_for_by_shipment_and_then_by_token() -> None:
    bench = Bench(sampled("get_shipment_items", "received"))
    inbound = AmazonInbound(bench.gateway)

    inbound.items(CONNECTION, US, "FBA15DJ9SVVD", None)
    inbound.items(CONNECTION, US, "FBA15DJ9SVVD", "page-2")

    first, second = calls(bench)
    assert (first.path, first.query) == (
        "/fba/inbound/v0/shipments/FBA15DJ9SVVD/items",
        {"MarketplaceId": US},
    )
    assert (second.path, second.query["NextToken"]) == ("/fba/inbound/v0/shipmentItems", "page-2")


@pytest.mark.parametrize(("token", "error"), [(None, UpstreamRefused), ("page-2", StalePage)])
def test_a_token_that_amazon_does_not_know_has_run_out(token: str | None, error: type[Exception]) -> None:
    bench = Bench(refusal(400, "Invalid Input", "The token is not valid."))
    inbound = AmazonInbound(bench.gateway)

    with pytest.raises(error) as listing:
        inbound.shipments(CONNECTION, ShipmentSearch(US), NOW, token)
    with pytest.raises(error) as items:
        inbound.items(CONNECTION, US, "FBA15DJ9SVVD", token)

    assert (type(listing.value), type(items.value)) == (error, error)
