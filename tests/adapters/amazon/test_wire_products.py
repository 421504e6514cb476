"""Amazon's restrictions, fees and shipments in our words."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from adapters.amazon.wire.products import (
    eligibility,
    fee_estimate,
    fee_estimates,
    item_page,
    shipment_page,
)
from domain.errors import InvalidInput, NotFound, PortsideError, UpstreamFailed, WrongAnswer
from domain.money import Money
from domain.products.model import (
    EligibilityStatus,
    Fee,
    FeeEstimate,
    FeeQuestion,
    IdKind,
    Link,
    ListingQuestion,
    Shipment,
    ShipmentItem,
)
from tests.adapters.amazon.samples import sample
from tests.fakes.things import CA, US

Spoil = Callable[[dict[str, Any]], object]
LISTING = ListingQuestion("B0PORTSID1", US)
NOTHING = Money(0, "USD")
MUG = FeeQuestion(IdKind.ASIN, "B0PORTSID1", US, Money(1999, "USD"), NOTHING)


def restrictions(case: str = "approval") -> dict[str, Any]:
    return sample("get_listings_restrictions", case)


def test_no_restriction_means_that_it_may_be_listed() -> None:
    found = eligibility(restrictions("free"), LISTING)

    assert (found.status, found.reasons, found.can_list) == (EligibilityStatus.ELIGIBLE, (), True)


def test_an_approval_that_is_needed_says_where_to_ask_for_it() -> None:
    found = eligibility(restrictions(), LISTING)

    (reason,) = found.reasons
    assert (found.status, found.can_list) == (EligibilityStatus.APPROVAL_REQUIRED, False)
    assert (reason.code, reason.message) == (
        "APPROVAL_REQUIRED",
        "You need approval to list in this brand.",
    )
    assert reason.links == (
        Link(
            "https://sellercentral.amazon.com/hz/approvalrequest?asin=B0PORTSID1",
            "Request Approval via Seller Central.",
            "GET",
            "text/html",
        ),
    )


def test_a_refusal_is_one() -> None:
    assert eligibility(restrictions("refused"), LISTING).status is EligibilityStatus.NOT_ELIGIBLE


def test_an_unknown_product_is_not_found() -> None:
    with pytest.raises(NotFound, match="B0PORTSID1"):
        eligibility(restrictions("unknown"), LISTING)


def test_a_restriction_without_a_code_or_without_reasons_is_a_refusal() -> None:
    without_code, without_reasons = restrictions(), restrictions()
    without_code["restrictions"][0]["reasons"][0].pop("reasonCode")
    without_reasons["restrictions"][0].pop("reasons")

    found = [eligibility(body, LISTING) for body in (without_code, without_reasons)]

    assert [one.status for one in found] == [EligibilityStatus.NOT_ELIGIBLE] * 2
    assert found[0].reasons[0].code is None


@pytest.mark.parametrize("other", [{"message": "No.", "reasonCode": "NOT_ELIGIBLE"}, {"message": "No."}])
def test_an_approval_beside_a_refusal_is_a_refusal(other: dict[str, str]) -> None:
    body = restrictions()
    body["restrictions"][0]["reasons"].append(other)

    found = eligibility(body, LISTING)

    assert (found.status, len(found.reasons)) == (EligibilityStatus.NOT_ELIGIBLE, 2)


def test_a_restriction_of_another_condition_does_not_count() -> None:
    body = restrictions()
    body["restrictions"][0]["conditionType"] = "used_good"

    assert eligibility(body, LISTING).can_list


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://amazon.com", "data:text/html,x"])
def test_a_link_that_is_no_safe_web_page_is_left_out(url: str) -> None:
    body = restrictions()
    body["restrictions"][0]["reasons"][0]["links"][0]["resource"] = url

    assert eligibility(body, LISTING).reasons[0].links == ()


MALFORMED_RESTRICTIONS: dict[str, Spoil] = {
    "no list": lambda body: body.pop("restrictions"),
    "texts in the list": lambda body: body.update(restrictions=["x"]),
    "another marketplace": lambda body: body["restrictions"][0].update(marketplaceId=CA),
    "no marketplace": lambda body: body["restrictions"][0].pop("marketplaceId"),
    "no message": lambda body: body["restrictions"][0]["reasons"][0].pop("message"),
    "a text for the reasons": lambda body: body["restrictions"][0].update(reasons="x"),
    "a link to nowhere": lambda body: body["restrictions"][0]["reasons"][0]["links"][0].pop("resource"),
}


@pytest.mark.parametrize("spoil", MALFORMED_RESTRICTIONS.values(), ids=MALFORMED_RESTRICTIONS.keys())
def test_restrictions_that_are_not_as_promised_are_a_failure_and_never_a_free_product(spoil: Spoil) -> None:
    body = restrictions()
    spoil(body)

    with pytest.raises(UpstreamFailed, match="not as promised"):
        eligibility(body, LISTING)


def fees(case: str = "good") -> dict[str, Any]:
    return sample("get_my_fees_estimate", case)


def result_of(body: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = body["payload"]["FeesEstimateResult"]
    return result


def test_fees_are_what_is_charged_in_the_end() -> None:
    found = fee_estimate(fees(), MUG)

    assert found.total == Money(621, "USD")
    assert found.fees == (
        Fee("ReferralFee", Money(299, "USD")),
        Fee("VariableClosingFee", NOTHING),
        Fee("PerItemFee", NOTHING),
        Fee("FBAFees", Money(322, "USD")),
    )
    assert (found.referral_fee, found.fba_fulfillment_fee) == (Money(299, "USD"), Money(322, "USD"))
    assert found.proceeds(MUG) == Money(1999 - 621, "USD")


def test_a_client_error_inside_a_good_answer_is_noticed() -> None:
    with pytest.raises(NotFound, match=r"B0PORTSID1.*Please verify your inputs"):
        fee_estimate(fees("client_error"), MUG)


def test_a_client_error_of_another_kind_says_what_amazon_does_not_take() -> None:
    body = fees("client_error")
    result_of(body)["Error"].update(Code="InvalidPrice", Message="The price is too high.")

    with pytest.raises(InvalidInput, match=r"asin: .*The price is too high"):
        fee_estimate(body, MUG)


@pytest.mark.parametrize("status", ["ServiceError", "Unheard"])
def test_any_other_status_is_a_failure_of_amazons(status: str) -> None:
    body = fees()
    result_of(body)["Status"] = status

    with pytest.raises(UpstreamFailed):
        fee_estimate(body, MUG)


MALFORMED_FEES: dict[str, Spoil] = {
    "no payload": lambda body: body.pop("payload"),
    "no result": lambda body: body["payload"].pop("FeesEstimateResult"),
    "no status": lambda body: result_of(body).pop("Status"),
    "no estimate": lambda body: result_of(body).pop("FeesEstimate"),
    "no total": lambda body: result_of(body)["FeesEstimate"].pop("TotalFeesEstimate"),
    "another currency": lambda body: result_of(body)["FeesEstimate"]["TotalFeesEstimate"].update(
        CurrencyCode="EUR"
    ),
    "a truth for an amount": lambda body: result_of(body)["FeesEstimate"]["TotalFeesEstimate"].update(
        Amount=True
    ),
    "an endless amount": lambda body: result_of(body)["FeesEstimate"]["TotalFeesEstimate"].update(
        Amount=Decimal("1e99")
    ),
    "a fee without a name": lambda body: result_of(body)["FeesEstimate"]["FeeDetailList"][0].pop("FeeType"),
    "a fee without an end": lambda body: result_of(body)["FeesEstimate"]["FeeDetailList"][0].pop("FinalFee"),
}


@pytest.mark.parametrize("spoil", MALFORMED_FEES.values(), ids=MALFORMED_FEES.keys())
def test_fees_that_are_not_as_promised_are_a_failure(spoil: Spoil) -> None:
    body = fees()
    spoil(body)

    with pytest.raises(UpstreamFailed, match="not as promised"):
        fee_estimate(body, MUG)


BATCH = [
    MUG,
    FeeQuestion(IdKind.ASIN, "B0UNKNOWN1", US, Money(500, "USD"), NOTHING),
    FeeQuestion(IdKind.SKU, "MUG/BLUE 2+1", US, Money(999, "USD"), NOTHING),
    FeeQuestion(IdKind.SKU, "SKU/1", US, Money(500, "USD"), NOTHING),
]


def batch() -> dict[str, Any]:
    """As the gateway hands a bare list on."""
    return {"items": sample("get_my_fees_estimates", "mixed")}


def outcomes(found: list[FeeEstimate | PortsideError]) -> list[object]:
    return [one.total.minor if isinstance(one, FeeEstimate) else type(one) for one in found]


def test_results_are_matched_by_their_identifiers_and_not_by_their_place() -> None:
    assert outcomes(fee_estimates(batch(), BATCH)) == [622, NotFound, 472, UpstreamFailed]


def test_a_product_that_the_answer_leaves_out_has_an_error_of_its_own() -> None:
    body = batch()
    body["items"] = [
        one for one in body["items"] if one["FeesEstimateIdentifier"]["SellerInputIdentifier"] != "0"
    ]

    assert outcomes(fee_estimates(body, BATCH)) == [UpstreamFailed, NotFound, 472, UpstreamFailed]


def test_a_result_that_is_not_as_promised_does_not_stop_the_others() -> None:
    body = batch()
    for node in body["items"]:
        if node["FeesEstimateIdentifier"]["SellerInputIdentifier"] == "0":
            node["FeesEstimate"]["TotalFeesEstimate"]["CurrencyCode"] = "EUR"

    assert outcomes(fee_estimates(body, BATCH)) == [WrongAnswer, NotFound, 472, UpstreamFailed]


@pytest.mark.parametrize("identifier", ["0", "", None])
def test_results_that_cannot_be_told_apart_are_a_failure(identifier: str | None) -> None:
    body = batch()
    for node in body["items"][:2]:
        node["FeesEstimateIdentifier"]["SellerInputIdentifier"] = identifier

    with pytest.raises(UpstreamFailed, match="SellerInputIdentifier"):
        fee_estimates(body, BATCH)


def test_a_shipment_is_read_without_the_address_it_comes_from() -> None:
    page = shipment_page(sample("get_shipments", "first_page"))

    assert page.shipments == (
        Shipment("FBA15DJ9SVVD", "FBA (3/4/26, 09:00)", "RECEIVING", "ABE8"),
        Shipment("FBA15DJ9SVVE", None, "WORKING", "ABE8"),
    )
    assert "Nowhere" not in repr(page)
    assert page.next_token == "page-2"


def test_a_page_without_shipments_is_an_end() -> None:
    page = shipment_page(sample("get_shipments", "last_page"))

    assert (page.shipments, page.next_token) == ((), None)


def test_items_say_what_was_sent_and_what_has_arrived() -> None:
    page = item_page(sample("get_shipment_items", "received"), "FBA15DJ9SVVD")

    assert page.items == (ShipmentItem("MUG/BLUE 2+1", 20, 12), ShipmentItem("TRAY-OAK", 5, 0))
    assert page.next_token is None


MALFORMED_ITEMS: dict[str, Spoil] = {
    "no payload": lambda body: body.pop("payload"),
    "no list": lambda body: body["payload"].pop("ItemData"),
    "no SKU": lambda body: body["payload"]["ItemData"][0].pop("SellerSKU"),
    "a text for a quantity": lambda body: body["payload"]["ItemData"][0].update(QuantityReceived="12"),
    "another shipment": lambda body: body["payload"]["ItemData"][1].update(ShipmentId="FBA0"),
}


@pytest.mark.parametrize("spoil", MALFORMED_ITEMS.values(), ids=MALFORMED_ITEMS.keys())
def test_items_that_are_not_as_promised_are_a_failure_and_never_an_empty_shipment(spoil: Spoil) -> None:
    body = sample("get_shipment_items", "received")
    spoil(body)

    with pytest.raises(UpstreamFailed, match="not as promised"):
        item_page(body, "FBA15DJ9SVVD")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("payload"),
        lambda body: body["payload"].pop("ShipmentData"),
        lambda body: body["payload"]["ShipmentData"][0].pop("ShipmentId"),
        lambda body: body["payload"].update(NextToken=7),
    ],
)
def test_shipments_that_are_not_as_promised_are_a_failure(spoil: Spoil) -> None:
    body = sample("get_shipments", "first_page")
    spoil(body)

    with pytest.raises(UpstreamFailed, match="not as promised"):
        shipment_page(body)
