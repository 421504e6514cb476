"""Product Fees API v0: what Amazon would take, for one item or for twenty.

Source: https://github.com/amzn/selling-partner-api-models, models/product-fees-api-model/productFeesV0.json
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrypoints.simulator.errors import invalid_input
from entrypoints.simulator.fee_schedule import Fees, fees
from entrypoints.simulator.marketplaces import BY_ID, Marketplace
from entrypoints.simulator.moments import iso
from entrypoints.simulator.operations.bodies import amount, flag, mapping, required, required_text
from entrypoints.simulator.operations.parameters import check_marketplaces
from entrypoints.simulator.roles import PRICING
from entrypoints.simulator.shelf import Item, fails
from entrypoints.simulator.sp_api import Body, Call, Operation
from entrypoints.simulator.usage_plans import UsagePlan

MOST_IN_A_BATCH = 20
_PROGRAMS = ("FBA_CORE", "FBA_SNL", "FBA_EFN")


@dataclass(frozen=True)
class Question:
    """One estimate asked for, by ``ASIN`` or ``SellerSKU``."""

    id_type: str
    id_value: str
    marketplace: Marketplace
    by_amazon: bool
    listing_price: Mapping[str, Any]
    shipping: Mapping[str, Any] | None
    #: The request as it came, to be repeated.
    told: Mapping[str, Any]


class Unanswerable(Exception):
    """The estimate fails, the call does not: the item's own status says so."""


def get_my_fees_estimate_for_asin(call: Call) -> Body:
    """The fees of one ASIN."""
    return _single(call, "ASIN", call.path["Asin"])


def get_my_fees_estimate_for_sku(call: Call) -> Body:
    """The fees of one of the seller's SKUs."""
    return _single(call, "SellerSKU", call.path["SellerSKU"])


def get_my_fees_estimates(call: Call) -> list[Body]:
    """The fees of up to twenty items; a bare list in the order of the request."""
    if not isinstance(call.body, list) or not call.body:
        raise invalid_input("The body must be a list of fees estimate requests.")
    if len(call.body) > MOST_IN_A_BATCH:
        raise invalid_input(f"At most {MOST_IN_A_BATCH} requests are allowed, got {len(call.body)}.")
    questions = []
    for each in call.body:
        entry = mapping(each, "FeesEstimateByIdRequest")
        id_type = required_text(entry, "IdType", ("ASIN", "SellerSKU"))
        questions.append(_question(call, entry, id_type, required_text(entry, "IdValue")))
    return [_result(call, question) for question in questions]


def _single(call: Call, id_type: str, id_value: str) -> Body:
    body = mapping(call.body, "The body")
    return {"payload": {"FeesEstimateResult": _result(call, _question(call, body, id_type, id_value))}}


def _question(call: Call, body: Mapping[str, Any], id_type: str, id_value: str) -> Question:
    told = mapping(required(body, "FeesEstimateRequest"), "FeesEstimateRequest")
    marketplace_id = required_text(told, "MarketplaceId")
    prices = mapping(required(told, "PriceToEstimateFees"), "PriceToEstimateFees")
    required_text(told, "Identifier")
    by_amazon = flag(told, "IsAmazonFulfilled")
    if told.get("OptionalFulfillmentProgram") is not None:
        required_text(told, "OptionalFulfillmentProgram", _PROGRAMS)
        if not by_amazon:
            raise invalid_input("OptionalFulfillmentProgram needs IsAmazonFulfilled.")
    check_marketplaces(call, (marketplace_id,))
    listing_price = mapping(required(prices, "ListingPrice"), "ListingPrice")
    shipping = prices.get("Shipping")
    question = Question(
        id_type=id_type,
        id_value=id_value,
        marketplace=BY_ID[marketplace_id],
        by_amazon=by_amazon,
        listing_price=listing_price,
        shipping=None if shipping is None else mapping(shipping, "Shipping"),
        told=told,
    )
    for price in (question.listing_price, question.shipping):
        if price is not None:
            required_text(price, "CurrencyCode")
            amount(price, "Amount")
    return question


def _result(call: Call, question: Question) -> Body:
    identifier: Body = {
        "MarketplaceId": question.marketplace.id,
        "SellerId": call.seller_id,
        "IdType": question.id_type,
        "IdValue": question.id_value,
        "IsAmazonFulfilled": question.by_amazon,
        "PriceToEstimateFees": question.told["PriceToEstimateFees"],
        "SellerInputIdentifier": question.told["Identifier"],
    }
    if question.told.get("OptionalFulfillmentProgram"):
        identifier["OptionalFulfillmentProgram"] = question.told["OptionalFulfillmentProgram"]
    if fails(question.id_value):
        error = _error("Receiver", "InternalError", "There was an internal service failure.")
        return {"Status": "ServiceError", "FeesEstimateIdentifier": identifier, "Error": error}
    try:
        estimate = _estimate(call, question)
    except Unanswerable as cause:
        error = _error("Sender", "InvalidParameterValue", str(cause))
        return {"Status": "ClientError", "FeesEstimateIdentifier": identifier, "Error": error}
    return {"Status": "Success", "FeesEstimateIdentifier": identifier, "FeesEstimate": estimate}


def _error(side: str, code: str, message: str) -> Body:
    return {"Type": side, "Code": code, "Message": message, "Detail": []}


def _estimate(call: Call, question: Question) -> Body:
    marketplace = question.marketplace
    price = _minor(question.listing_price, marketplace)
    shipping = 0 if question.shipping is None else _minor(question.shipping, marketplace)
    found = fees(_item(call, question), marketplace, price, shipping, question.by_amazon)
    return {
        "TimeOfFeesEstimation": iso(call.now_ms // 1000 * 1000),
        "TotalFeesEstimate": _money(found.total, marketplace),
        "FeeDetailList": _details(found, marketplace, question.by_amazon),
    }


def _item(call: Call, question: Question) -> Item:
    """Raises:
    Unanswerable: no such ASIN, or the seller has no such SKU there.
    """
    asin: str | None = question.id_value
    if question.id_type == "SellerSKU":
        offered = call.store.catalogue(call.seller_id).offered_in(question.marketplace)
        asin = next((product.asin for product in offered if product.sku == question.id_value), None)
    item = None if asin is None else call.store.shelf.find(asin)
    if item is None:
        raise Unanswerable("There is an client-side error. Please verify your inputs.")
    return item


def _minor(price: Mapping[str, Any], marketplace: Marketplace) -> int:
    """Raises:
    Unanswerable: another currency, or less than nothing.
    """
    if price["CurrencyCode"] != marketplace.currency:
        raise Unanswerable(f"The currency must be {marketplace.currency}.")
    value = amount(price, "Amount")
    if not 0 <= value < 10**9:
        raise Unanswerable("The amount is out of range.")
    return round(value * marketplace.minor_units)


def _money(minor: int, marketplace: Marketplace) -> Body:
    """An amount as Amazon writes it here: a number, not a text."""
    value = minor / marketplace.minor_units if marketplace.minor_digits else minor
    return {"CurrencyCode": marketplace.currency, "Amount": value}


def _details(found: Fees, marketplace: Marketplace, by_amazon: bool) -> list[Body]:
    def fee(kind: str, minor: int) -> Body:
        money = _money(minor, marketplace)
        return {
            "FeeType": kind,
            "FeeAmount": money,
            "FeePromotion": _money(0, marketplace),
            "FinalFee": money,
        }

    details = [
        fee("ReferralFee", found.referral),
        fee("VariableClosingFee", found.closing),
        fee("PerItemFee", found.per_item),
    ]
    if by_amazon:
        included = [fee("FBAPickAndPack", found.pick_and_pack)]
        if found.weight_handling:
            included.append(fee("FBAWeightHandling", found.weight_handling))
        details.append(fee("FBAFees", found.fulfillment) | {"IncludedFeeDetailList": included})
    return details


OPERATIONS = (
    Operation(
        "getMyFeesEstimateForASIN",
        "/products/fees/v0/items/{Asin}/feesEstimate",
        UsagePlan(1, 2),
        get_my_fees_estimate_for_asin,
        method="POST",
        roles=(PRICING,),
    ),
    Operation(
        "getMyFeesEstimateForSKU",
        "/products/fees/v0/listings/{SellerSKU}/feesEstimate",
        UsagePlan(1, 2),
        get_my_fees_estimate_for_sku,
        method="POST",
        roles=(PRICING,),
    ),
    Operation(
        "getMyFeesEstimates",
        "/products/fees/v0/feesEstimate",
        UsagePlan(0.5, 1),
        get_my_fees_estimates,
        method="POST",
        roles=(PRICING,),
    ),
)
