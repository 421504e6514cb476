"""Stock item by item as JSON."""

from domain.inventory.cover import PointSource, StockStatus, status
from domain.kpis.stock_items import StockItem
from entrypoints.http.answer_types import Answer, Uuid
from entrypoints.http.figure_shapes import FreshAnswer
from entrypoints.http.shapes import id_text


class StockItemAnswer(Answer):
    """One SKU in one marketplace's stock, or in a stock that several marketplaces share."""

    sku: str
    asin: str | None
    fnsku: str | None
    title: str | None
    marketplaceId: str
    totalQuantity: int
    fulfillable: int
    """What can be sold now."""
    inbound: int
    reserved: int
    unfulfillable: int
    status: StockStatus
    unitsLast30Days: int
    daysOfCover: float | None
    """For so many days the stock lasts at the pace of the last 30; null where nothing was sold."""
    reorderPoint: int
    reorderPointSource: PointSource
    connectionId: Uuid
    """Whose it is: two sellers may have the same SKU in one marketplace."""


class StockListAnswer(FreshAnswer):
    """A page of the stock."""

    items: list[StockItemAnswer]
    nextCursor: str | None


class PointAnswer(Answer):
    """The seller's own reorder point; null for the computed one."""

    sku: str
    reorderPoint: int | None
    items: list[StockItemAnswer]


def item_json(item: StockItem) -> StockItemAnswer:
    """One item of the list."""
    cover, point = item.days_of_cover, item.reorder_point
    return {
        "sku": item.sku,
        "asin": item.asin,
        "fnsku": item.fnsku,
        "title": item.title,
        "marketplaceId": item.marketplace_id,
        "totalQuantity": item.total,
        "fulfillable": item.fulfillable,
        "inbound": item.inbound,
        "reserved": item.reserved,
        "unfulfillable": item.unfulfillable,
        "status": status(item.fulfillable, point),
        "unitsLast30Days": item.sold,
        "daysOfCover": None if cover is None else float(cover),
        "reorderPoint": point,
        "reorderPointSource": item.point_source,
        "connectionId": id_text(item.connection_id),
    }


#: The columns of the list as CSV.
ITEM_NAMES = tuple(StockItemAnswer.__annotations__)
