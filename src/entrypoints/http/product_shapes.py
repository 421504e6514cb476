"""Answers to questions about products as JSON."""

from typing import NotRequired

from domain.errors import InvalidInput, PortsideError
from domain.products.model import (
    Condition,
    Eligibility,
    EligibilityStatus,
    FeeEstimate,
    FeeQuestion,
    FullShipment,
    IdKind,
    ListingQuestion,
)
from entrypoints.http.answer_types import Amount, Answer, RowError, Url
from entrypoints.http.errors import row_error
from entrypoints.http.product_questions import NO_ASIN
from entrypoints.http.shapes import number


class ReasonLinkAnswer(Answer):
    """Where a seller can go on, at Amazon."""

    url: Url
    title: str | None
    verb: str
    """The method by which to ask for it: `GET`."""
    type: str | None
    """The media type of what is there."""


class ReasonAnswer(Answer):
    """Why a product is restricted, in Amazon's words."""

    code: str | None
    message: str
    links: list[ReasonLinkAnswer]


class EligibilityAnswer(Answer):
    """Whether the seller may list a product."""

    asin: str
    marketplace_id: str
    condition: Condition
    status: EligibilityStatus
    can_list: bool
    """Whether the seller may list it now, without asking Amazon first."""
    reasons: list[ReasonAnswer]
    """None without a restriction."""


class UnansweredAsinAnswer(Answer):
    """An ASIN without an answer."""

    asin: str
    """As it was given."""
    error: RowError


class EligibilitiesAnswer(Answer):
    """The answers, in the order of the ASINs."""

    items: list[EligibilityAnswer | UnansweredAsinAnswer]


class NamedProductAnswer(Answer):
    """The product, by the name by which it was asked for."""

    asin: NotRequired[str]
    sku: NotRequired[str]


class FeeAnswer(Answer):
    """One fee."""

    type: str
    """Amazon's name of it."""
    amount: Amount
    """What is charged in the end, promotions taken off."""


class FeesAnswer(NamedProductAnswer):
    """What Amazon would charge for one unit."""

    marketplace_id: str
    price: Amount
    shipping: Amount
    fba: bool
    """Whether Amazon sends it."""
    currency: str
    """The marketplace's: of all amounts here."""
    total_fees: Amount
    referral_fee: Amount
    """Amazon's commission; 0 where it names none."""
    fba_fulfillment_fee: Amount
    """For storing, packing and sending by Amazon; 0 where it names none."""
    fees: list[FeeAnswer]
    proceeds: Amount
    """Price + shipping − total fees. Below zero for a loss."""


class UnansweredProductAnswer(NamedProductAnswer):
    """A product without an answer, named as it was given."""

    error: RowError


class ManyFeesAnswer(Answer):
    """The answers, in the order of the products."""

    items: list[FeesAnswer | UnansweredProductAnswer]


class ShipmentItemAnswer(Answer):
    """One SKU of a shipment."""

    sku: str
    quantity_shipped: int
    quantity_received: int


class ShipmentAnswer(Answer):
    """One shipment to Amazon."""

    shipment_id: str
    name: str | None
    status: str | None
    """Amazon's word."""
    destination: str | None
    """The code of the fulfilment centre."""
    marketplace_id: str
    items: list[ShipmentItemAnswer]


def eligibility_row(
    asin: str, question: ListingQuestion | None, answer: Eligibility | PortsideError | None
) -> EligibilityAnswer | UnansweredAsinAnswer:
    """One row of several; ``None`` for what was not asked, since it is no ASIN."""
    if question is None or answer is None:
        return {"asin": asin, "error": row_error(InvalidInput({"asin": NO_ASIN}))}
    if isinstance(answer, PortsideError):
        return {"asin": asin, "error": row_error(answer)}
    return eligibility_json(question, answer)


def eligibility_json(question: ListingQuestion, answer: Eligibility) -> EligibilityAnswer:
    """Whether the seller may list a product."""
    return {
        "asin": question.asin,
        "marketplace_id": question.marketplace_id,
        "condition": question.condition,
        "status": answer.status,
        "can_list": answer.can_list,
        "reasons": [
            {
                "code": reason.code,
                "message": reason.message,
                "links": [
                    {"url": link.url, "title": link.title, "verb": link.verb, "type": link.type}
                    for link in reason.links
                ],
            }
            for reason in answer.reasons
        ],
    }


def fees_row(
    question: FeeQuestion, answer: FeeEstimate | PortsideError
) -> FeesAnswer | UnansweredProductAnswer:
    """One row of several."""
    if isinstance(answer, PortsideError):
        return {**_named(question), "error": row_error(answer)}
    return fees_json(question, answer)


def bad_row(given: object, error: PortsideError) -> UnansweredProductAnswer:
    """A row that could not be asked, named as it was given."""
    answer: UnansweredProductAnswer = {"error": row_error(error)}
    if isinstance(given, dict):
        asin, sku = given.get("asin"), given.get("sku")
        if isinstance(asin, str):
            answer["asin"] = asin
        if isinstance(sku, str):
            answer["sku"] = sku
    return answer


def fees_json(question: FeeQuestion, answer: FeeEstimate) -> FeesAnswer:
    """What Amazon would charge for one unit."""
    return {
        **_named(question),
        "marketplace_id": question.marketplace_id,
        "price": number(question.price),
        "shipping": number(question.shipping),
        "fba": question.fulfilled_by_amazon,
        "currency": answer.total.currency,
        "total_fees": number(answer.total),
        "referral_fee": number(answer.referral_fee),
        "fba_fulfillment_fee": number(answer.fba_fulfillment_fee),
        "fees": [{"type": fee.type, "amount": number(fee.amount)} for fee in answer.fees],
        "proceeds": number(answer.proceeds(question)),
    }


def shipment_json(marketplace_id: str, found: FullShipment) -> ShipmentAnswer:
    """A shipment with its items."""
    shipment = found.shipment
    return {
        "shipment_id": shipment.shipment_id,
        "name": shipment.name,
        "status": shipment.status,
        "destination": shipment.destination,
        "marketplace_id": marketplace_id,
        "items": [
            {"sku": item.sku, "quantity_shipped": item.shipped, "quantity_received": item.received}
            for item in found.items
        ],
    }


def _named(question: FeeQuestion) -> NamedProductAnswer:
    if question.kind is IdKind.SKU:
        return {"sku": question.product_id}
    return {"asin": question.product_id}
