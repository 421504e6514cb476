"""Listings Restrictions, Product Fees v0 and Fulfillment Inbound v0, as Amazon sends them, in our words.

Addresses that shipments are sent from are left where they are: they may be a person's home.

Source: ``listingsRestrictions_2021-08-01.json``, ``productFeesV0.json`` and ``fulfillmentInboundV0.json`` in Amazon's models.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from adapters.amazon.wire.reading import child, count, required_list, required_text, text, wrong
from domain.errors import InvalidInput, NotFound, PortsideError, UpstreamFailed
from domain.gateway.ports import Json
from domain.money import Money
from domain.products.model import (
    Eligibility,
    EligibilityStatus,
    Fee,
    FeeEstimate,
    FeeQuestion,
    IdKind,
    ItemPage,
    Link,
    ListingQuestion,
    Reason,
    Shipment,
    ShipmentItem,
    ShipmentPage,
)

_UNKNOWN, _APPROVAL = "ASIN_NOT_FOUND", "APPROVAL_REQUIRED"
#: Amazon's code for a product that it does not know, and for one of which it lacks what an estimate needs (its measures).
_NO_ESTIMATE = "InvalidParameterValue"


def eligibility(body: Json, question: ListingQuestion) -> Eligibility:
    """The answer of ``getListingsRestrictions``. A restriction whose reason has no code counts as a refusal, and an approval
    that could be asked for is of no use where there is a refusal beside it.

    Raises:
        NotFound: Amazon knows no such ASIN in this marketplace.
        UpstreamFailed: the list is missing, or something in it is not as promised.
    """
    reasons: list[Reason] = []
    codes: set[str | None] = set()
    for node in required_list(body, "restrictions"):
        if required_text(node, "marketplaceId") != question.marketplace_id:
            raise wrong("marketplaceId")
        if text(node, "conditionType") not in (None, question.condition.value):
            continue
        here = [_reason(one) for one in required_list({"reasons": node.get("reasons") or []}, "reasons")]
        codes |= {reason.code for reason in here} or {None}
        reasons.extend(here)
    if _UNKNOWN in codes:
        raise NotFound(f"Amazon knows no ASIN {question.asin} in marketplace {question.marketplace_id}.")
    if not codes:
        return Eligibility(EligibilityStatus.ELIGIBLE)
    only_approval = codes == {_APPROVAL}
    status = EligibilityStatus.APPROVAL_REQUIRED if only_approval else EligibilityStatus.NOT_ELIGIBLE
    return Eligibility(status, tuple(reasons))


def fee_estimate(body: Json, question: FeeQuestion) -> FeeEstimate:
    """The answer of ``getMyFeesEstimateForASIN`` and ``…ForSKU``, which fails inside HTTP 200 too.

    Raises:
        NotFound, InvalidInput: Amazon has no estimate for this.
        UpstreamFailed: Amazon could not work it out, or something is missing.
    """
    result = child(child(body, "payload"), "FeesEstimateResult")
    if not result:
        raise wrong("FeesEstimateResult")
    outcome = _outcome(result, question)
    if isinstance(outcome, PortsideError):
        raise outcome
    return outcome


def fee_estimates(body: Json, questions: Sequence[FeeQuestion]) -> list[FeeEstimate | PortsideError]:
    """The answer of ``getMyFeesEstimates``: for each question its own outcome, found by the identifier it was sent with.

    The identifiers are the questions' numbers, from 0.

    Raises:
        UpstreamFailed: an identifier is missing or came twice. Any other flaw of a result is that question's outcome.
    """
    results: dict[str, Json] = {}
    for node in required_list(body, "items"):
        identifier = required_text(child(node, "FeesEstimateIdentifier"), "SellerInputIdentifier")
        if identifier in results:
            raise wrong("SellerInputIdentifier")
        results[identifier] = node
    return [_found(results, str(number), question) for number, question in enumerate(questions)]


def shipment_page(body: Json) -> ShipmentPage:
    """A page of ``getShipments``.

    Raises:
        UpstreamFailed: the list is missing, or something in it is not as promised.
    """
    payload = child(body, "payload")
    return ShipmentPage(
        tuple(_shipment(node) for node in required_list(payload, "ShipmentData")), text(payload, "NextToken")
    )


def item_page(body: Json, shipment_id: str) -> ItemPage:
    """A page of ``getShipmentItemsByShipmentId``, or what follows it.

    Raises:
        UpstreamFailed: the list is missing, something in it is not as promised, or it is of another shipment.
    """
    payload = child(body, "payload")
    nodes = required_list(payload, "ItemData")
    if any(text(node, "ShipmentId") not in (None, shipment_id) for node in nodes):
        raise wrong("ShipmentId")
    return ItemPage(tuple(_item(node) for node in nodes), text(payload, "NextToken"))


def _reason(node: Json) -> Reason:
    links = [_link(one) for one in required_list({"links": node.get("links") or []}, "links")]
    return Reason(
        text(node, "reasonCode"),
        required_text(node, "message"),
        tuple(one for one in links if one is not None),
    )


def _link(node: Json) -> Link | None:
    """A link that a page may show: others than to web pages are left out."""
    url = required_text(node, "resource")
    if not url.lower().startswith("https://"):
        return None
    return Link(url, text(node, "title"), text(node, "verb") or "GET", text(node, "type"))


def _found(
    results: Mapping[str, Json], identifier: str, question: FeeQuestion
) -> FeeEstimate | PortsideError:
    node = results.get(identifier)
    if node is None:
        return UpstreamFailed(f"Amazon's answer leaves {question.product_id} out: ask again.")
    try:
        return _outcome(node, question)
    except UpstreamFailed as error:  # the others' estimates are good
        return error


def _outcome(result: Json, question: FeeQuestion) -> FeeEstimate | PortsideError:
    status = required_text(result, "Status")
    if status == "Success":
        return _estimate(child(result, "FeesEstimate"), question)
    error = child(result, "Error")
    code, message = text(error, "Code") or "", text(error, "Message") or "no reason given"
    if status != "ClientError":
        return UpstreamFailed(f"Amazon could not estimate the fees of {question.product_id} ({message}).")
    if code == _NO_ESTIMATE or "not found" in message.lower() or "NotFound" in code:
        return NotFound(
            f"Amazon has no estimate for {question.product_id}: it knows no such product in this marketplace, or "
            f"not enough about it ({message})."
        )
    return InvalidInput({_FIELDS[question.kind]: f"Amazon does not take it ({message})"})


_FIELDS = {IdKind.ASIN: "asin", IdKind.SKU: "sku"}


def _estimate(node: Json, question: FeeQuestion) -> FeeEstimate:
    currency = question.price.currency
    details = required_list({"FeeDetailList": node.get("FeeDetailList") or []}, "FeeDetailList")
    fees = (Fee(required_text(one, "FeeType"), _money(one, "FinalFee", currency)) for one in details)
    return FeeEstimate(_money(node, "TotalFeesEstimate", currency), tuple(fees))


def _money(node: Json, name: str, currency: str) -> Money:
    """An amount of this currency, which has to be there; other operations write it in lower case."""
    inner = child(node, name)
    amount = inner.get("Amount")
    if inner.get("CurrencyCode") != currency:
        raise wrong(f"{name}.CurrencyCode")
    if isinstance(amount, bool) or not isinstance(amount, int | str | Decimal):
        raise wrong(f"{name}.Amount")
    try:
        return Money.parse(amount, currency)
    except ValueError as error:
        raise wrong(f"{name}.Amount") from error


def _shipment(node: Json) -> Shipment:
    return Shipment(
        shipment_id=required_text(node, "ShipmentId"),
        name=text(node, "ShipmentName"),
        status=text(node, "ShipmentStatus"),
        destination=text(node, "DestinationFulfillmentCenterId"),
    )


def _item(node: Json) -> ShipmentItem:
    return ShipmentItem(
        sku=required_text(node, "SellerSKU"),
        shipped=count(node, "QuantityShipped"),
        received=count(node, "QuantityReceived"),
    )
