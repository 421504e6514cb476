"""Questions about products: may I list it, what will Amazon charge, and what has arrived of my shipments."""

from decimal import Decimal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from domain.connections.model import Connection, ConnectionId
from domain.errors import InvalidInput, NotFound, PortsideError
from domain.money import Money
from domain.products.model import FeeQuestion, IdKind, ListingQuestion, ShipmentSearch
from domain.products.place import marketplace_of
from domain.products.prices import in_currency
from entrypoints.http import paging
from entrypoints.http.context import services, user
from entrypoints.http.described import described, gives, listed, of_channel
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
from entrypoints.http.product_shapes import (
    EligibilitiesAnswer,
    EligibilityAnswer,
    FeesAnswer,
    ManyFeesAnswer,
    ShipmentAnswer,
    bad_row,
    eligibility_json,
    eligibility_row,
    fees_json,
    fees_row,
    shipment_json,
)
from entrypoints.http.reading import body, fields, query

bp = Blueprint("products", __name__, url_prefix="/api/v1/amazon")

#: Which list its cursors are of.
_SHIPMENTS = "inbound-shipments"
_ASIN = "The product's ASIN: ten capital letters and digits."


@bp.get("/eligibility/<asin>")
@described(
    "Products",
    gives(EligibilityAnswer, "Whether, and if not, why."),
    query=EligibilityQuery,
    errors=of_channel("amazon"),
    path={"asin": _ASIN},
)
def eligibility(asin: str) -> ResponseReturnValue:
    """Whether the seller may list this product.

    Asked at Amazon, and kept for a while. 404 for an ASIN that Amazon does not know in this marketplace.
    """
    _exists(asin)
    asked = query(EligibilityQuery)
    connection = _chosen(asked.connection_id)
    question = ListingQuestion(asin, asked.marketplace_id or connection.marketplace_id, asked.condition)
    return eligibility_json(question, services().eligibility.one(connection, question))


@bp.post("/eligibility")
@described(
    "Products",
    gives(EligibilitiesAnswer, "An answer or an error for each, in the order asked."),
    body=EligibilityBody,
    example={"asins": ["B0EXAMPLE1", "B0EXAMPLE2"]},
    errors=("not_found", *of_channel("amazon")),
)
def eligibilities() -> ResponseReturnValue:
    """Whether the seller may list each of up to a hundred products.

    Amazon has to be asked for one after the other: a request goes on for up to 20 seconds, and the rest are
    ``rate_limited``. The same request again asks only for what had no answer yet.
    """
    asked = body(EligibilityBody)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    marketplace_of(connection, marketplace_id)
    questions = {
        asin: ListingQuestion(asin, marketplace_id, asked.condition)
        for asin in asked.asins
        if ASIN.fullmatch(asin)
    }
    found = services().eligibility.many(connection, list(questions.values()))
    answers = dict(zip(questions, found, strict=True))
    return {"items": [eligibility_row(asin, questions.get(asin), answers.get(asin)) for asin in asked.asins]}


@bp.get("/fees/<asin>")
@described(
    "Products",
    gives(FeesAnswer, "The fees, and what is left."),
    query=FeesQuery,
    errors=of_channel("amazon"),
    path={"asin": _ASIN},
)
def fees(asin: str) -> ResponseReturnValue:
    """What Amazon would charge for one unit of this product.

    Asked at Amazon, and kept for a while. 404 for an ASIN that Amazon does not know in this marketplace, or knows too
    little about.
    """
    _exists(asin)
    asked = query(FeesQuery)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    question = _fee_question(connection, marketplace_id, IdKind.ASIN, asin, asked)
    return fees_json(question, services().fees.one(connection, question))


@bp.post("/fees")
@described(
    "Products",
    gives(ManyFeesAnswer, "An answer or an error for each, in the order asked."),
    body=FeesBody,
    example={
        "items": [{"asin": "B0EXAMPLE1", "price": 24.99}, {"sku": "TEA-250", "price": 9.5, "fba": False}]
    },
    errors=("not_found", *of_channel("amazon")),
)
def many_fees() -> ResponseReturnValue:
    """What Amazon would charge for each of up to a hundred products.

    Takes a call to Amazon for every twenty; equal items are asked once.
    """
    asked = body(FeesBody)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    marketplace_of(connection, marketplace_id)
    rows = [_read_row(connection, marketplace_id, row) for row in asked.items]
    good = [row for row in rows if isinstance(row, FeeQuestion)]
    answers = iter(services().fees.many(connection, good))
    return {
        "items": [
            fees_row(row, next(answers)) if isinstance(row, FeeQuestion) else bad_row(given, row)
            for given, row in zip(asked.items, rows, strict=True)
        ]
    }


@bp.get("/inbound-shipments")
@described(
    "Products",
    listed(ShipmentAnswer, "A page of them, by their ids."),
    query=ShipmentsQuery,
    errors=("not_found", *of_channel("amazon")),
)
def inbound_shipments() -> ResponseReturnValue:
    """Shipments to Amazon, with what has been received of them.

    Without a status and a date: those that are not closed, cancelled or deleted. Items are asked for of those on
    the page.
    """
    asked = query(ShipmentsQuery)
    connection = _chosen(asked.connection_id)
    marketplace_id = asked.marketplace_id or connection.marketplace_id
    found = services().inbound.search(
        connection,
        ShipmentSearch(marketplace_id, asked.status, asked.updated_after),
        after=_shipment(asked.cursor),
        limit=asked.limit + 1,
    )
    return paging.cut(
        found,
        asked.limit,
        lambda last: paging.encode(_SHIPMENTS, last.shipment.shipment_id),
        lambda one: shipment_json(marketplace_id, one),
    )


def _shipment(cursor: str | None) -> str | None:
    """The id to go on after."""
    return None if cursor is None else paging.decode_of(_SHIPMENTS, cursor, 1)[0]


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
