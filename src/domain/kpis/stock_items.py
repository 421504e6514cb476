"""One item of the stock list, what the list may be asked, and the orders that it can be put in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.connections.model import ConnectionId
from domain.inventory import cover
from domain.inventory.cover import PointSource, StockStatus
from domain.inventory.words import TITLE_BEGINNING, words


@dataclass(frozen=True)
class StockItem:
    """One SKU in one physical stock, in units.

    ``marketplace_id`` is the marketplace asked for; else the connection's home where it is listed there, else the first
    by id. Texts are that marketplace's. ``sold`` are the units sold lately in all marketplaces of the stock, ``own`` is
    the seller's own reorder point.
    """

    connection_id: ConnectionId
    stock_pool: str
    marketplace_id: str
    sku: str
    asin: str | None
    fnsku: str | None
    title: str | None
    total: int
    fulfillable: int
    inbound: int
    reserved: int
    unfulfillable: int
    sold: int
    own: int | None

    @property
    def reorder_point(self) -> int:
        """Below so many units, buy again."""
        return cover.reorder_point(self.own, self.sold)

    @property
    def point_source(self) -> PointSource:
        """Where the reorder point comes from."""
        return cover.point_source(self.own, self.sold)

    @property
    def status(self) -> StockStatus:
        """Whether to buy again."""
        return cover.status(self.fulfillable, self.reorder_point)

    @property
    def days_of_cover(self) -> Decimal | None:
        """For how long it lasts; ``None`` where nothing was sold lately."""
        return cover.days_of_cover(self.fulfillable, self.sold)


class StockOrder(StrEnum):
    """What the list can be ordered by, in the JSON's words."""

    SKU = "sku"
    ASIN = "asin"
    TITLE = "title"
    TOTAL = "totalQuantity"
    FULFILLABLE = "fulfillable"
    INBOUND = "inbound"
    RESERVED = "reserved"
    UNFULFILLABLE = "unfulfillable"
    SOLD = "unitsLast30Days"
    COVER = "daysOfCover"
    POINT = "reorderPoint"
    STATUS = "status"


#: The most urgent first.
URGENCY: Mapping[StockStatus, int] = {StockStatus.OUT: 0, StockStatus.LOW: 1, StockStatus.OK: 2}


@dataclass(frozen=True)
class StockQuestion:
    """Which items, in which order. ``search`` is looked for literally, without regard to case.

    Items that lack what the list is ordered by come last, in either direction; those that agree in it go by SKU.
    """

    marketplace_id: str | None = None
    connection_id: ConnectionId | None = None
    sku: str | None = None
    status: StockStatus | None = None
    search: str | None = None
    order: StockOrder = StockOrder.SKU
    descending: bool = False


@dataclass(frozen=True)
class StockMark:
    """After which item a page goes on; ``value`` is what the list is ordered by."""

    value: str | int | None
    sku: str
    stock_pool: str
    connection_id: ConnectionId


def mark(item: StockItem, order: StockOrder) -> StockMark:
    """The place of an item in the list."""
    return StockMark(_VALUES[order](item), item.sku, item.stock_pool, item.connection_id)


def _title(item: StockItem) -> str | None:
    return None if item.title is None else words(item.title, item.sku, item.asin)[:TITLE_BEGINNING]


def _tenths(item: StockItem) -> int | None:
    return None if item.days_of_cover is None else int(item.days_of_cover * 10)


_VALUES: Mapping[StockOrder, Callable[[StockItem], str | int | None]] = {
    StockOrder.SKU: lambda item: item.sku,
    StockOrder.ASIN: lambda item: item.asin,
    StockOrder.TITLE: _title,
    StockOrder.TOTAL: lambda item: item.total,
    StockOrder.FULFILLABLE: lambda item: item.fulfillable,
    StockOrder.INBOUND: lambda item: item.inbound,
    StockOrder.RESERVED: lambda item: item.reserved,
    StockOrder.UNFULFILLABLE: lambda item: item.unfulfillable,
    StockOrder.SOLD: lambda item: item.sold,
    StockOrder.COVER: _tenths,
    StockOrder.POINT: lambda item: item.reorder_point,
    StockOrder.STATUS: lambda item: URGENCY[item.status],
}
