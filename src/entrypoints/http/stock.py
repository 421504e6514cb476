"""Stock: its figures, the list of it, and the seller's own reorder points."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field, StringConstraints, field_validator
from pydantic.config import JsonDict
from werkzeug.routing import BaseConverter

from domain.connections.model import ConnectionId
from domain.errors import InvalidInput, NotFound
from domain.inventory.cover import LARGEST_REORDER_POINT, StockStatus
from domain.kpis.stock import StockList
from domain.kpis.stock_items import StockItem, StockMark, StockOrder, StockQuestion
from entrypoints.http.answers import answered, streamed, wants_csv
from entrypoints.http.coming_and_going import MARKETPLACE
from entrypoints.http.context import services, user, visitor
from entrypoints.http.dashboard_shapes import InventoryAnswer, inventory_json
from entrypoints.http.described import dashboard, described, enveloped
from entrypoints.http.figure_shapes import freshness_json
from entrypoints.http.paging import PageQuery, can_be_kept, decode, encode
from entrypoints.http.reading import ALL_PRINTED, Body, Id, Query, body, query, read_whole
from entrypoints.http.sales_shapes import rows_of
from entrypoints.http.stock_shapes import (
    ITEM_NAMES,
    PointAnswer,
    StockItemAnswer,
    StockListAnswer,
    item_json,
)

bp = Blueprint("stock", __name__, url_prefix="/api/v1/dashboard/amazon-inventory")

_NOT_OURS = "not a cursor of this list"
#: The largest whole number that a database keeps.
_LARGEST = 2**63 - 1
_MARKETPLACE = "Only this marketplace; all of them by default."
_CONNECTION = "Only this connection's; all by default."
_ORDERS = ", ".join(order.value for order in StockOrder)


class SkuConverter(BaseConverter):
    """A SKU in an address, percent-encoded. Servers decode it before anybody sees it, so it may hold slashes."""

    regex = ".+?"
    part_isolating = False


@bp.record
def _know_skus(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["sku"] = SkuConverter


#: What the document says of an order: each of them, with - in front for the largest first; an empty one is the usual.
_ORDER_SHOWN: JsonDict = {"enum": [*StockOrder, *(f"-{each}" for each in StockOrder), ""]}
_SEARCH_SHOWN: JsonDict = {"pattern": ALL_PRINTED}


class StockQuery(Query):
    """Which stock."""

    marketplace_id: str | None = Field(
        default=None, alias="marketplaceId", description=_MARKETPLACE, json_schema_extra=MARKETPLACE
    )


class PlaceQuery(StockQuery):
    """Which stock, and whose."""

    connection_id: Id | None = Field(default=None, alias="connectionId", description=_CONNECTION)


class ItemsQuery(PageQuery, PlaceQuery):
    """Which items, and in which order."""

    status: StockStatus | None = None
    search: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, json_schema_extra=_SEARCH_SHOWN
    )
    sort: str = Field(default=StockOrder.SKU.value, json_schema_extra=_ORDER_SHOWN)
    cursor: Annotated[str, Field(max_length=3_000)] | None = None  # holds the beginning of a title

    @field_validator("status", mode="before")
    @classmethod
    def _any_status(cls, status: object) -> object:
        return status or None

    @field_validator("search")
    @classmethod
    def _can_be_found(cls, search: str | None) -> str | None:
        if search is not None and not search.isprintable():
            raise ValueError("must be printable characters")
        return search or None

    @field_validator("sort")
    @classmethod
    def _is_an_order(cls, sort: str) -> str:
        if sort and sort.removeprefix("-") not in set(StockOrder):
            raise ValueError(f"one of {_ORDERS}; with - in front for the largest first")
        return sort or StockOrder.SKU.value


#: What is read first stands last: otherwise the document would not tell the limits.
Point = Annotated[int, Field(ge=0, le=LARGEST_REORDER_POINT), BeforeValidator(read_whole)]


class ReorderPointBody(Body):
    """The seller's own reorder point; ``null`` for the computed one."""

    point: Point | None = Field(alias="reorderPoint")


@bp.get("")
@described(
    "Dashboards",
    *dashboard(InventoryAnswer, "The figures."),
    query=StockQuery,
    errors=("amazon_not_connected",),
)
def amazon_inventory() -> ResponseReturnValue:
    """Stock in figures."""
    asked, whose = query(StockQuery), user().id
    return answered(
        "amazon-inventory",
        (asked.marketplace_id,),
        lambda: services().dashboards.inventory(whose, asked.marketplace_id),
        inventory_json,
        lambda data: [data],
    )


@bp.get("/items")
@described(
    "Dashboards",
    *dashboard(StockListAnswer, "A page of the list; as CSV, all of it unless a page is asked for."),
    query=ItemsQuery,
    errors=("amazon_not_connected", "not_found"),
)
def items() -> ResponseReturnValue:
    """Stock item by item: a page of it; or as CSV all of it, unless ``limit`` or ``cursor`` ask for a page."""
    asked, whose = query(ItemsQuery), user().id
    question = StockQuestion(
        marketplace_id=asked.marketplace_id,
        connection_id=_connection(asked.connection_id),
        status=asked.status,
        search=asked.search,
        order=StockOrder(asked.sort.removeprefix("-")),
        descending=asked.sort.startswith("-"),
    )
    after = None if asked.cursor is None else _mark(asked.cursor, question)
    bound, stock = _binding(question), services().stock
    if wants_csv() and not {"limit", "cursor"} & asked.model_fields_set:
        return streamed(
            "amazon-inventory-items",
            (bound,),
            ITEM_NAMES,
            # How fresh it is is read first: what is synced meanwhile makes rows newer than is said, and not older.
            lambda: (freshness_json(stock.known(whose)), _rows(stock.all(whose, question))),
        )
    return answered(
        "amazon-inventory-items",
        (bound, asked.limit, asked.cursor),
        lambda: stock.page(whose, question, after, asked.limit),
        lambda page: _list_json(page, question),
        rows_of("items"),
        ITEM_NAMES,
    )


@bp.put("/items/<sku:sku>/reorder-point", merge_slashes=False)
@described(
    "Dashboards",
    enveloped(PointAnswer, "The point, and what it is of."),
    query=PlaceQuery,
    body=ReorderPointBody,
    example={"reorderPoint": 25},
    errors=("amazon_not_connected",),
    path={"sku": "Percent-encoded, slashes too."},
)
def set_reorder_point(sku: str) -> ResponseReturnValue:
    """Set the seller's own reorder point, or go back to the computed one."""
    asked, stock = query(PlaceQuery), services().stock
    if not sku.isprintable():
        raise NotFound("No such SKU is listed.")
    question = StockQuestion(asked.marketplace_id, _connection(asked.connection_id), sku)
    stock.of_sku(user().id, question)  # what is not there is said before what is wrong with the body
    point = body(ReorderPointBody).point
    changed = stock.set_reorder_point(user(), visitor(), question, point)
    return {
        "success": True,
        "data": {"sku": sku, "reorderPoint": point, "items": [item_json(each) for each in changed]},
    }


def _rows(pieces: Iterator[list[StockItem]]) -> Iterator[list[StockItemAnswer]]:
    return ([item_json(each) for each in piece] for piece in pieces)


def _list_json(page: StockList, question: StockQuestion) -> StockListAnswer:
    return {
        "items": [item_json(each) for each in page.items],
        "nextCursor": None if page.onward is None else _cursor(page.onward, question),
        **freshness_json(page.freshness),
    }


def _connection(given: UUID | None) -> ConnectionId | None:
    return None if given is None else ConnectionId(given)


def _cursor(mark: StockMark, question: StockQuestion) -> str:
    return encode(
        _binding(question), json.dumps(mark.value), mark.sku, mark.stock_pool, str(mark.connection_id)
    )


def _mark(cursor: str, question: StockQuestion) -> StockMark:
    """The item after which to go on.

    Raises:
        InvalidInput: the cursor is none of ours, or another question's.
    """
    bound, value, sku, pool, connection_id = decode(cursor, 5)
    if bound != _binding(question):
        raise InvalidInput({"cursor": "another list's: begin again after changing what is asked for"})
    try:
        found = json.loads(value)
        place = StockMark(found, sku, pool, ConnectionId(UUID(connection_id)))
    except ValueError as error:
        raise InvalidInput({"cursor": _NOT_OURS}) from error
    texts = (sku, pool, found) if isinstance(found, str) else (sku, pool)
    if not _fits(found, question.order) or not all(can_be_kept(text) for text in texts):
        raise InvalidInput({"cursor": _NOT_OURS})
    return place


def _fits(value: object, order: StockOrder) -> bool:
    """Whether a list can be ordered by such a value."""
    if order in (StockOrder.SKU, StockOrder.ASIN, StockOrder.TITLE):
        return isinstance(value, str) or (value is None and order is not StockOrder.SKU)
    if value is None:
        return order is StockOrder.COVER
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _binding(question: StockQuestion) -> str:
    """Tells the question from others: a cursor of another one leads nowhere."""
    parts = [
        question.marketplace_id,
        str(question.connection_id),
        question.status,
        question.search,
        question.order,
        question.descending,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
