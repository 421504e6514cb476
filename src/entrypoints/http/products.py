"""Questions about products: may I list it, what will Amazon charge, and what has arrived of my shipments."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from domain.connections.model import Connection, ConnectionId
from domain.errors import InvalidInput, NotFound, PortsideError
from domain.money import Money
from domain.products.model import (
    Eligibility,
    FeeEstimate,
    FeeQuestion,
    FullShipment,
    IdKind,
    ListingQuestion,
    ShipmentSearch,
)
from domain.products.place import marketplace_of
from domain.products.prices import in_currency
from entrypoints.http.context import services, user
from entrypoints.http.errors import row_error
from entrypoints.http.product_questions import (
    ASIN,
    NO_ASIN,
    EligibilityBody,
    EligibilityQuery,
    FeesBody,
    FeesQuery,
    FeesRow,
    ShipmentsQuery,
)
from entrypoints.http.reading import body, fields, query
from entrypoints.http.shapes import Json, number

bp = Blueprint("products", __name__, url_prefix="/api/v1/amazon")


@bp.get("/eligibility/<asin>")
def eligibility(asin: str) -> ResponseReturnValue:
    """Whether the seller may list this product."""
    _exists(asin)
    asked = query(EligibilityQuery)
    connection = _chosen(asked.connection_id)
    question = ListingQuestion(asin, asked.marketplace_id or connection.marketplace_id, asked.condition)
    return _eligibility_json(question, services().eligibility.one(connection, question))


@bp.post("/eligibility")
def eligibilities() -> ResponseReturnValue:
    """The same for up to a hundred, each with its answer or its error."""
    asked = body(EligibilityBody)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    questions = {
        asin: ListingQuestion(asin, marketplace_id, asked.condition)
        for asin in asked.asins
        if ASIN.fullmatch(asin)
    }
    found = services().eligibility.many(connection, list(questions.values()))
    answers = dict(zip(questions, found, strict=True))
    return {"items": [_eligibility_row(asin, questions.get(asin), answers.get(asin)) for asin in asked.asins]}


@bp.get("/fees/<asin>")
def fees(asin: str) -> ResponseReturnValue:
    """What Amazon would charge for this product."""
    _exists(asin)
    asked = query(FeesQuery)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    question = _fee_question(connection, marketplace_id, IdKind.ASIN, asin, asked)
    return _fees_json(question, services().fees.one(connection, question))


@bp.post("/fees")
def many_fees() -> ResponseReturnValue:
    """The same for up to a hundred, each with its answer or its error."""
    asked = body(FeesBody)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    marketplace_of(connection, marketplace_id)
    rows = [_read_row(connection, marketplace_id, row) for row in asked.items]
    good = [row for row in rows if isinstance(row, FeeQuestion)]
    answers = iter(services().fees.many(connection, good))
    return {
        "items": [
            _fees_row(row, next(answers)) if isinstance(row, FeeQuestion) else _bad_row(given, row)
            for given, row in zip(asked.items, rows, strict=True)
        ]
    }


@bp.get("/inbound-shipments")
def inbound_shipments() -> ResponseReturnValue:
    """Shipments to Amazon, with what has been received of them."""
    asked = query(ShipmentsQuery)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    found = services().inbound.search(
        connection, ShipmentSearch(marketplace_id, asked.status, asked.updated_after)
    )
    return {"items": [_shipment_json(marketplace_id, one) for one in found], "next_cursor": None}


def _exists(asin: str) -> None:
    """What can't be an ASIN is not asked for."""
    if not ASIN.fullmatch(asin):
        raise NotFound(f"There is no such product: {NO_ASIN}.")


def _chosen(connection_id: UUID | None) -> Connection:
    wanted = ConnectionId(connection_id) if connection_id is not None else None
    return services().connections.chosen(user().id, wanted)


def _fee_question(
    connection: Connection, marketplace_id: str, kind: IdKind, product_id: str, asked: FeesQuery | FeesRow
) -> FeeQuestion:
    currency = marketplace_of(connection, marketplace_id).currency
    problems: dict[str, str] = {}

    def amount(name: str, value: Decimal, *, zero: bool) -> Money:
        try:
            return in_currency(value, currency, zero=zero)
        except ValueError as error:
            problems[name] = str(error)
            return Money(0, currency)

    price = amount("price", asked.price, zero=False)
    shipping = amount("shipping", asked.shipping, zero=True)
    if problems:
        raise InvalidInput(problems)
    return FeeQuestion(kind, product_id, marketplace_id, price, shipping, asked.fba)


def _read_row(connection: Connection, marketplace_id: str, given: object) -> FeeQuestion | PortsideError:
    """A row's question, or what is wrong with the row."""
    try:
        row = FeesRow.model_validate(given)
    except ValidationError as error:
        return InvalidInput(fields(error, whole="item"))
    kind, name = (IdKind.SKU, row.sku) if row.asin is None else (IdKind.ASIN, row.asin)
    try:
        return _fee_question(connection, marketplace_id, kind, name or "", row)
    except InvalidInput as error:
        return error


def _eligibility_row(
    asin: str, question: ListingQuestion | None, answer: Eligibility | PortsideError | None
) -> Json:
    if question is None or answer is None:
        return {"asin": asin, "error": row_error(InvalidInput({"asin": NO_ASIN}))}
    if isinstance(answer, PortsideError):
        return {"asin": asin, "error": row_error(answer)}
    return _eligibility_json(question, answer)


def _eligibility_json(question: ListingQuestion, answer: Eligibility) -> Json:
    return {
        "asin": question.asin,
        "marketplace_id": question.marketplace_id,
        "condition": question.condition.value,
        "status": answer.status.value,
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


_NAMES: Mapping[IdKind, str] = {IdKind.ASIN: "asin", IdKind.SKU: "sku"}


def _fees_row(question: FeeQuestion, answer: FeeEstimate | PortsideError) -> Json:
    if isinstance(answer, PortsideError):
        return {_NAMES[question.kind]: question.product_id, "error": row_error(answer)}
    return _fees_json(question, answer)


def _bad_row(given: object, error: PortsideError) -> Json:
    """A row that could not be asked, named as it was given."""
    names = (
        {name: given[name] for name in ("asin", "sku") if name in given} if isinstance(given, dict) else {}
    )
    return {
        **{name: value for name, value in names.items() if isinstance(value, str)},
        "error": row_error(error),
    }


def _fees_json(question: FeeQuestion, answer: FeeEstimate) -> Json:
    return {
        _NAMES[question.kind]: question.product_id,
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


def _shipment_json(marketplace_id: str, found: FullShipment) -> Json:
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
